package policy

import (
	"backup-portal/internal/action"
	"backup-portal/internal/approval"
)

// Standing is by which roles the actor may vote on the action on a target in the organization at path: those that open
// the action to them there. None: they may not vote.
func Standing(actor Actor, a action.Action, path string, s Situation) []approval.Held {
	return nil
}
