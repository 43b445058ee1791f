package auth

import (
	"fmt"
	"testing"
	"time"
)

// frozen is a clock that stands still.
func frozen() func() time.Time {
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	return func() time.Time { return at }
}

func TestLimiterRemembersSoManyAddressesOnly(t *testing.T) {
	t.Parallel()
	clock := frozen()
	l := newLimiter(1, clock)
	for i := range knownAddresses + 10 {
		if err := l.allow(fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255)); err != nil {
			t.Fatalf("address %d: %v", i, err)
		}
	}
	if len(l.byAddr) != knownAddresses || l.recent.Len() != knownAddresses {
		t.Errorf("%d and %d addresses are remembered, want %d", len(l.byAddr), l.recent.Len(), knownAddresses)
	}
}

func TestLimiterTakesANetworkOfIPv6AsOneAddress(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		first, second string
		same          bool
	}{
		{"2001:db8::1", "2001:db8::ffff:1", true},
		{"2001:db8::1", "2001:db8:0:1::1", false},
		{"192.0.2.1", "192.0.2.2", false},
		{"fe80::1%eth0", "fe80::2%eth1", true},
		{"", "", true},
	} {
		l := newLimiter(1, frozen())
		if err := l.allow(tt.first); err != nil {
			t.Fatal(err)
		}
		if limited := l.allow(tt.second) != nil; limited != tt.same {
			t.Errorf("%s after %s: limited %v, want %v", tt.second, tt.first, limited, tt.same)
		}
	}
}

func TestTallyIsBounded(t *testing.T) {
	t.Parallel()
	now := frozen()()
	counts := newTally()
	for i := range knownSources * 2 {
		counts.add(now, fmt.Sprintf("host-%d", i), failedState)
	}
	if len(counts.counts) != knownSources+1 {
		t.Errorf("%d sources are remembered, want %d and one for the rest", len(counts.counts), knownSources)
	}
}
