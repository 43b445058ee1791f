package handlers

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/audit"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

// TestHistoryInWords: people are the subject of what they did, and nobody of what happened by itself.
func TestHistoryInWords(t *testing.T) {
	t.Parallel()
	page := pageOf(operation.Ended, operation.Succeeded)
	page.actor = policy.Actor{Issuer: "i", Subject: "sara"}
	asker, sara := audit.Actor{Key: "asker", Name: "Jonas Eide"}, audit.Actor{Key: page.actor.Key(), Name: "Sara Holm"}
	portal := audit.Actor{Key: audit.SystemKey, Name: "Backup Portal"}
	for _, l := range []audit.Line{
		{Actor: asker, Outcome: audit.Requested},
		{Actor: sara, Outcome: audit.Refused},
		{Actor: sara, Outcome: audit.Approved},
		{Actor: portal, Outcome: audit.Started},
		{Actor: asker, Outcome: audit.Intent, Operation: "0"},
		{Actor: asker, Outcome: audit.Unknown, Operation: "0"},
		{Actor: portal, Outcome: audit.Stopped},
		{Actor: sara, Outcome: audit.Succeeded, Operation: "0"},
		{Actor: portal, Outcome: audit.Ended},
	} {
		l.OrgUIDs = []string{"117"}
		page.steps = append(page.steps, operation.Event{Line: l})
	}
	var got []string
	for _, s := range page.history() {
		got = append(got, s.Lead+" "+s.Text)
	}
	if diff := cmp.Diff([]string{
		"Jonas Eide asked for it", "You tried in vain", "You approved", "The run began ", "Written down before it was sent ", "Unknown ",
		"The run stopped ", "You settled it: it happened", "The run ended ",
	}, got); diff != "" {
		t.Error(diff)
	}
}

// TestWhatThePortalDidInWords: nobody reads that the portal failed where it found out that somebody else had.
func TestWhatThePortalDidInWords(t *testing.T) {
	t.Parallel()
	for outcome, want := range map[audit.Outcome]string{
		audit.Succeeded: "settled: it did deactivate", audit.Failed: "settled: it did not deactivate",
		audit.Unknown: "cannot tell whether it did deactivate", audit.Refused: "did not deactivate", audit.Ended: "finished the request to deactivate",
	} {
		l := audit.Line{Actor: audit.Actor{Key: audit.SystemKey}, Action: "device.deactivate", Outcome: outcome}
		if got := outcomeSentence(l); got != want {
			t.Errorf("%s by the portal: %q, want %q", outcome, got, want)
		}
	}
	l := audit.Line{Actor: audit.Actor{Key: "asker"}, Action: "device.deactivate", Outcome: audit.Failed}
	if got := outcomeSentence(l); got != "failed to deactivate" {
		t.Errorf("somebody's failure: %q", got)
	}
}
