package operation

import "backup-portal/internal/settings"

// Rest is what an operation set out to change and did not write: sending it is a new operation.
func (s *Service) Rest(op Operation) settings.Changes {
	return changesOf(op).Without(op.Written)
}

// PutBack is what undoes all that an operation wrote, and nothing that somebody else had set to the same value before it.
func (s *Service) PutBack(op Operation) settings.Changes {
	switch op.State {
	case Succeeded, Partial:
		return changesOf(op).Only(op.Written).Back()
	}
	return nil
}

// changesOf are the settings that an operation is about; none of an operation about something else.
func changesOf(op Operation) settings.Changes {
	changes, err := settings.ParseParams(op.Params)
	if err != nil {
		return nil
	}
	return changes
}
