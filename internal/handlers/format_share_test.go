package handlers

import "testing"

// TestShare: something is never told as nothing, nor nearly all as all.
func TestShare(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		part, whole int
		want        string
	}{
		{0, 0, ""},
		{0, 10, "0.0 %"},
		{10, 10, "100 %"},
		{1, 3, "33.3 %"},
		{1, 1999, "0.1 %"},
		{1, 2001, "< 0.1 %"},
		{1_999, 2_000, "> 99.9 %"},
		{1_998, 2_000, "99.9 %"},
	} {
		if got := share(c.part, c.whole); got != c.want {
			t.Errorf("%d of %d: %q, want %q", c.part, c.whole, got, c.want)
		}
	}
}
