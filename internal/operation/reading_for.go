package operation

import (
	"context"

	"backup-portal/internal/action"
	"backup-portal/internal/inventory"
)

// readFor reads a target for an action with these parameters.
func (s *Service) readFor(ctx context.Context, scope inventory.Scope, a action.Action, id string, params map[string]string) (Reading, error) {
	reading, err := s.Read(ctx, scope, a.Kind, id)
	reading.Params = params
	return reading, err
}
