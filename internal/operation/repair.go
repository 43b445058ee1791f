package operation

import "backup-portal/internal/settings"

// Rest is what an operation set out to change and did not write: sending it is a new operation.
func (s *Service) Rest(op Operation) settings.Changes {
	return changesOf(op).Without(op.Written)
}

// PutBack is what undoes all that an operation wrote.
func (s *Service) PutBack(op Operation) settings.Changes {
	changes := changesOf(op)
	switch op.State {
	case Succeeded:
		return changes.Back()
	case Partial:
		return changes.Only(op.Written).Back()
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
