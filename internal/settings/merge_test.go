package settings_test

import (
	"testing"

	"backup-portal/internal/settings"
)

// TestBoth: what either has added is in, what either has removed is out, and an entry is as often there as both want it.
func TestBoth(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		key            settings.Key
		was, now, mine string
		both           string
		apart          bool
	}{
		"each added one":          {"set.1.includes", `["a"]`, `["a","b"]`, `["a","c"]`, `["a","b","c"]`, false},
		"one removed, one added":  {"set.1.includes", `["a","b"]`, `["b"]`, `["a","b","c"]`, `["b","c"]`, false},
		"each removed another":    {"set.1.patterns", `["a","b","c"]`, `["b","c"]`, `["a","c"]`, `["c"]`, false},
		"both added the same":     {"set.1.excludes", `[]`, `["x"]`, `["x"]`, `["x"]`, false},
		"nothing was there":       {"reporting.recipients", ``, `["a@b.example"]`, `["c@d.example"]`, `["a@b.example","c@d.example"]`, false},
		"no list":                 {"quota.maxSeats", `1`, `2`, `3`, ``, true},
		"a list that is not one":  {"set.1.includes", `["a"]`, `{"a":1}`, `["b"]`, ``, true},
		"where a lock is part of": {"set.1.destinations", `["43"]`, `["43!"]`, `["43","44"]`, ``, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			both, ok := settings.Conflict{Change: settings.Change{Key: c.key, From: c.was, To: c.mine}, Now: c.now}.Both()
			if both != c.both || ok == c.apart {
				t.Errorf("%s, %t; want %s", both, ok, c.both)
			}
		})
	}
}
