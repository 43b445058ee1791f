package policy

import (
	"slices"

	"backup-portal/internal/action"
	"backup-portal/internal/approval"
)

// Standing is by which roles the actor may vote on the action on a target in the organization at path: those that open
// the action to them there. None: they may not vote. While the portal is read-only nobody may.
func Standing(actor Actor, a action.Action, path string, s Situation) []approval.Held {
	if s.ReadOnly {
		return nil
	}
	var standing []approval.Held
	for _, g := range actor.Grants {
		if _, ok := s.Rules.opens(g, a.ID, path); !ok {
			continue
		}
		held := approval.Held{Role: string(g.Role), Above: g.Path != path, Root: g.AtRoot}
		if !slices.Contains(standing, held) {
			standing = append(standing, held)
		}
	}
	return standing
}
