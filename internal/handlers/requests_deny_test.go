package handlers

import (
	"strings"
	"testing"

	"backup-portal/internal/operation"
)

// TestOnlyANoIsOffered to somebody whose address the asker goes by.
func TestOnlyANoIsOffered(t *testing.T) {
	t.Parallel()
	p := pageOf(operation.Awaiting, operation.Awaiting)
	p.can.Own, p.can.DenyOnly, p.can.Vote = true, true, "Nobody agrees to their own request, under no account of theirs."
	view := p.view()
	if !view.Decide.Votable() || view.Decide.Approve.Label != "" || view.Impact.Approve.Label != "" {
		t.Errorf("the decision: %+v", view.Decide)
	}
	if !strings.HasPrefix(view.Decide.Text, p.can.Vote) || !strings.Contains(view.Decide.Text, "You can still deny it.") {
		t.Errorf("it says %q", view.Decide.Text)
	}
	if view.State.Word == "Waiting for you" {
		t.Error("it waits for them, though their yes would not count")
	}
	p.can.DenyOnly = false
	if p.view().Decide.Shown {
		t.Error("who asked is offered to decide")
	}
}
