package operation

import (
	"context"

	"backup-portal/internal/action"
	"backup-portal/internal/inventory"
	"backup-portal/internal/settings"
)

// readFor reads a target for an action with these parameters, and the settings documents side by side with it when the
// action decides on those. Without them nothing can be decided: their Failure is that of the reading.
func (s *Service) readFor(ctx context.Context, scope inventory.Scope, a action.Action, id string, params map[string]string) (Reading, error) {
	if !a.Documents {
		reading, err := s.Read(ctx, scope, a.Kind, id)
		reading.Params = params
		return reading, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // whatever still reads when the target itself is not to be had
	type answer struct {
		documents documents
		err       error
	}
	early := make(chan answer, 1)
	go func() {
		d, err := s.documents(ctx, scope, a.Kind, id)
		early <- answer{d, err}
	}()
	reading, err := s.Read(ctx, scope, a.Kind, id)
	reading.Params = params
	if err != nil || reading.Failure != nil {
		return reading, err
	}
	read := <-early
	if read.err != nil {
		return Reading{}, read.err
	}
	reading.Failure = read.documents.failure
	reading.State.Settings, reading.State.Defaults, reading.State.Reach = read.documents.sheet, read.documents.defaults, read.documents.reach
	return reading, nil
}

// documents are the settings of a target. A device whose organization's could not be read has no defaults.
type documents struct {
	sheet, defaults *settings.Sheet
	reach           map[settings.Inheritance]action.Reach
	failure         error // a fault.Upstream; nil
}

// documents reads the settings of a target live.
func (s *Service) documents(ctx context.Context, scope inventory.Scope, k action.Kind, id string) (documents, error) {
	of, ok := s.readers[k.ID]
	if !ok {
		return documents{}, noTarget()
	}
	return of.documents(ctx, scope, id)
}

func (d devices) documents(ctx context.Context, scope inventory.Scope, guid string) (documents, error) {
	read, err := d.fleet.DeviceSettings(ctx, scope, guid)
	if err != nil || read.Failure != nil {
		return documents{failure: read.Failure}, err
	}
	found := documents{sheet: &read.Sheet}
	if read.DefaultsKnown {
		found.defaults = &read.Defaults
	}
	return found, nil
}

func (o orgs) documents(ctx context.Context, scope inventory.Scope, uid string) (documents, error) {
	read, err := o.fleet.Settings(ctx, scope, uid)
	if err != nil || read.Failure != nil {
		return documents{failure: read.Failure}, err
	}
	found := documents{sheet: &read.Sheet, reach: make(map[settings.Inheritance]action.Reach, len(read.Reach))}
	for by, reach := range read.Reach {
		found.reach[by] = action.Reach(reach)
	}
	return found, nil
}
