package operation_test

import (
	"strings"
	"testing"

	"backup-portal/internal/operation"
)

// TestMoves is the table of docs/architecture.md, written a second time on purpose.
func TestMoves(t *testing.T) {
	t.Parallel()
	allowed := map[string]bool{}
	for _, pair := range []string{
		"awaiting running", "awaiting rejected", "awaiting expired", "awaiting withdrawn", "awaiting left-out",
		"running succeeded", "running failed", "running failed-in-part", "running unknown",
		"unknown succeeded", "unknown failed", "unknown failed-in-part",
	} {
		allowed[pair] = true
	}
	for _, from := range operation.States {
		for _, to := range operation.States {
			if got, want := operation.CanMove(from, to), allowed[string(from)+" "+string(to)]; got != want {
				t.Errorf("%s → %s: %t, want %t", from, to, got, want)
			}
		}
		if open := (operation.Operation{State: from}).Open(); open != (from == operation.Awaiting || from == operation.Running || from == operation.Unknown) {
			t.Errorf("%s is open: %t", from, open)
		}
	}
}

// TestTurns is the same for requests.
func TestTurns(t *testing.T) {
	t.Parallel()
	allowed := map[string]bool{}
	for _, pair := range []string{
		"awaiting scheduled", "awaiting running", "awaiting rejected", "awaiting expired", "awaiting withdrawn",
		"scheduled running", "scheduled awaiting", "scheduled rejected", "scheduled expired", "scheduled withdrawn",
		"running awaiting", "running rejected", "running stopped", "running ended",
		"stopped running", "stopped ended",
	} {
		allowed[pair] = true
	}
	for _, from := range operation.States {
		for _, to := range operation.States {
			if got, want := operation.CanTurn(from, to), allowed[string(from)+" "+string(to)]; got != want {
				t.Errorf("%s → %s: %t, want %t", from, to, got, want)
			}
		}
		if open := (operation.Request{State: from}).Open(); open != strings.Contains("awaiting scheduled running stopped", string(from)) {
			t.Errorf("%s is open: %t", from, open)
		}
	}
}
