package handlers

import "testing"

func TestSomeNamesCountAllOthers(t *testing.T) {
	t.Parallel()
	six := []string{"a", "b", "c", "d", "e", "f"}
	for want, given := range map[string]struct {
		names []string
		all   int
	}{
		"": {nil, 0}, "a": {six[:1], 1}, "a, b, c, d, e": {six[:5], 5}, "a, b, c, d, e and 1 more": {six, 6},
		"a, b, c, d, e and 1,186 more": {six, 1191}, // only the first names were read
	} {
		if got := someNames(given.names, given.all); got != want {
			t.Errorf("%d of %d people are told as %q, want %q", len(given.names), given.all, got, want)
		}
	}
}
