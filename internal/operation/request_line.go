package operation

import (
	"fmt"
	"slices"
	"time"

	"backup-portal/internal/action"
	"backup-portal/internal/audit"
)

// line starts an audit line about the request as a whole, by the person who asked for it.
func (r Request) line(outcome audit.Outcome, at time.Time) audit.Line {
	line := audit.Line{
		At:     at,
		Actor:  audit.Actor{Key: r.Person.Key, Name: r.Person.Name, Email: r.Person.Email, Address: r.Person.Address},
		Action: r.Action, Vendor: "backup", Outcome: outcome, Reason: r.Reason, Request: r.HTTP, Under: r.ID,
		Target: audit.Target{Kind: "request", ID: r.ID, Name: r.targets()},
	}
	for _, op := range r.Items {
		line.OrgUIDs = append(line.OrgUIDs, op.TargetOrgUID)
	}
	slices.Sort(line.OrgUIDs)
	line.OrgUIDs = slices.Compact(line.OrgUIDs)
	if len(r.Items) == 1 {
		op := r.Items[0]
		line.Target = audit.Target{Kind: op.TargetKind, ID: op.TargetID, Name: op.TargetName, Org: op.TargetOrgName}
	}
	return line
}

// systemLine is a line about the request by the portal itself: the reason is that of who asked, and stays with them.
func (r Request) systemLine(outcome audit.Outcome, at time.Time, detail string) audit.Line {
	line := r.line(outcome, at)
	line.Actor, line.Reason, line.Detail = systemActor(), "", detail
	return line
}

// targets says what the request is about: "12 devices".
func (r Request) targets() string {
	if len(r.Items) == 0 {
		return ""
	}
	return counted(len(r.Items), action.KindByID(r.Items[0].TargetKind).Noun)
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// now is the time that decides about a request: that of the transaction that read it.
func (s *Service) now(r Request) time.Time {
	if r.ReadAt.IsZero() {
		return s.opts.Now()
	}
	return r.ReadAt
}
