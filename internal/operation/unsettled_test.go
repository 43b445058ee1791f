package operation_test

import (
	"fmt"
	"testing"
	"time"

	"backup-portal/internal/audit"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

// TestOnesOwnUnknownOutcomeIsNotCrowdedOut: other people's outcomes, which this reader may not see, take no place in the list.
func TestOnesOwnUnknownOutcomeIsNotCrowdedOut(t *testing.T) {
	t.Parallel()
	r := setup(t)
	reader := r.actor(policy.HelpDesk, r.root.UID)
	snapshot := r.emulator.Snapshot()
	for i := range 60 {
		key := "somebody else"
		if i == 59 { // the newest
			key = reader.Key()
		}
		op := operation.Operation{
			ID: operation.NewID(), Action: "device.block", Person: operation.Person{Key: key},
			TargetKind: "device", TargetID: fmt.Sprint("gone-", i), TargetOrgUID: snapshot.Devices[0].OrgUID,
		}
		line := audit.Line{Actor: audit.Actor{Key: key}, Action: op.Action, Outcome: audit.Intent, Operation: op.ID}
		stored, _, err := r.store.Begin(t.Context(), op, time.Minute, line)
		if err != nil {
			t.Fatal(err)
		}
		line.Outcome = audit.Unknown
		if _, err := r.store.Move(t.Context(), operation.Move{ID: op.ID, Version: stored.Version, To: operation.Unknown, Line: line}); err != nil {
			t.Fatal(err)
		}
	}
	for who, c := range map[string]struct {
		actor policy.Actor
		want  int
	}{"help-desk": {reader, 1}, "admin": {r.admin(), 50}} {
		if listed, err := r.service.Unsettled(t.Context(), c.actor); err != nil || len(listed) != c.want {
			t.Errorf("%s reads %d unknown outcomes, want %d (%v)", who, len(listed), c.want, err)
		}
	}
}
