package handlers

import "testing"

func TestUpTo(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{1: "1", 98: "98", 99: "99", 100: "99+"} {
		if got := upTo(n, mostCounted); got != want {
			t.Errorf("%d is written %q, want %q", n, got, want)
		}
	}
}
