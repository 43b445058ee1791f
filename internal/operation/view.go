package operation

import (
	"context"
	"slices"

	"backup-portal/internal/action"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/policy"
)

// Get reads an operation for a person: their own, one whose audit lines they may read, and in both cases only while its
// target lies in what they may read; or one of a request that Request answers. To everybody else it does not exist.
func (s *Service) Get(ctx context.Context, actor policy.Actor, id string) (Operation, error) {
	op, err := s.opts.Store.Operation(ctx, id)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return Operation{}, err
	}
	seen := err == nil && mayRead(actor, op)
	if err == nil && !seen && op.Under != "" {
		// Who votes on the request sees what becomes of its targets.
		_, underErr := s.Request(ctx, actor, op.Under)
		seen = underErr == nil
	}
	if !seen {
		return Operation{}, fault.New(fault.NotFound, inventory.NotFoundMessage, inventory.NotFoundNext)
	}
	return op, nil
}

func mayRead(actor policy.Actor, op Operation) bool {
	own := op.Person.Key == actor.Key() && policy.May(actor, policy.Read, op.TargetOrgPath)
	return own || policy.May(actor, policy.ReadAudit, op.TargetOrgPath)
}

const (
	unsettledLimit = 50   // unknown outcomes that are listed at once
	unsettledRead  = 1000 // and read for it: what the reader may not see takes no place in the list
)

// Unsettled lists the operations with an unknown outcome that Get would answer, oldest first.
func (s *Service) Unsettled(ctx context.Context, actor policy.Actor) ([]Operation, error) {
	ops, err := s.opts.Store.Unsettled(ctx, inventory.Scope{Paths: policy.Subtrees(actor, policy.Read)}, unsettledRead)
	if err != nil {
		return nil, err
	}
	ops = slices.DeleteFunc(ops, func(op Operation) bool { return !mayRead(actor, op) })
	return ops[:min(len(ops), unsettledLimit)], nil
}

// Events lists the steps of an operation that Get answered.
func (s *Service) Events(ctx context.Context, op Operation) ([]Event, error) {
	return s.opts.Store.Events(ctx, op.ID)
}

// OpenOn reads the open operation of a target, if any, whoever asked for it.
func (s *Service) OpenOn(ctx context.Context, kind, id string) (Operation, bool, error) {
	return s.opts.Store.OpenOn(ctx, kind, id)
}

// Offer is one action as a page offers it: Why is "" when it can be run or asked for now, else why not. Decision tells
// which of the two, and who has to agree.
type Offer struct {
	Action   action.Action
	Decision policy.Decision
	Why      string
}

// Offers tells for each action of the target's kind whether the actor could run it, or ask for it, on the target as it was
// read. Busy says that an operation is open on it.
func (s *Service) Offers(actor policy.Actor, reading Reading, busy bool) []Offer {
	var offers []Offer
	for _, a := range s.opts.Catalogue {
		if a.Kind.ID != reading.Target.Kind {
			continue
		}
		d := policy.Decide(actor, a, reading.Target.OrgPath, s.situation())
		offer := Offer{Action: a, Decision: d}
		switch ready := a.Ready(reading.Order); {
		case !d.May():
			offer.Why = d.Reason
		case busy:
			offer.Why = "Waits until the open operation on this " + a.Kind.Noun + " is settled."
		default:
			offer.Why = ready
		}
		offers = append(offers, offer)
	}
	return offers
}
