package auth

import (
	"strings"
	"testing"
)

func TestCleanAgent(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ raw, want string }{
		"a browser":   {"Mozilla/5.0 (X11; Linux x86_64)", "Mozilla/5.0 (X11; Linux x86_64)"},
		"nothing":     {"", ""},
		"line breaks": {"a\r\nb\tc\x00d\x1b[31m", "abcd[31m"},
		"direction":   {"a\u202eb\u200bc", "abc"},
		"broken text": {"a\xffb", "ab"},
		"too long":    {strings.Repeat("é", longestAgent+1), strings.Repeat("é", longestAgent)},
	} {
		if got := cleanAgent(c.raw); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
