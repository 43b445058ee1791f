package handlers_test

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"backup-portal/internal/action"
	"backup-portal/internal/audit"
	"backup-portal/internal/operation"
)

// takenBack withdraws the request that a post became, so that the next person can ask for the same.
func (b *browser) takenBack(a answer) answer {
	b.t.Helper()
	if to := a.header.Get("Location"); strings.HasPrefix(to, "/requests/") {
		b.post(to+"/withdraw", url.Values{})
	}
	return a
}

// askedFor answers the id of a request of the root's admin about the place's device.
func (p *portal) askedFor(place string) string {
	p.t.Helper()
	d := p.device[place]
	if op, open, err := p.store.OpenOn(p.t.Context(), action.Device.ID, d.GUID); err == nil && open {
		return op.Under
	}
	a := p.as("root-admin").post("/devices/"+d.GUID+"/deactivate", url.Values{"operation": {operation.NewID()}, "reason": {"matrix"}})
	id, found := strings.CutPrefix(a.header.Get("Location"), "/requests/")
	if !found {
		p.t.Fatalf("no request was made: %d %s", a.status, a.body)
	}
	return id
}

// unknown answers the id of an operation of a third person on the place's device whose outcome is unknown.
func (p *portal) unknown(place string) string {
	d := p.device[place]
	return p.unknownOn(operation.Operation{Action: "device.block", TargetKind: "device", TargetID: d.GUID, TargetName: d.Name, TargetOrgUID: d.OrgUID})
}

// unknownOrg is unknown for the place itself.
func (p *portal) unknownOrg(place string) string {
	o := p.org(place)
	return p.unknownOn(operation.Operation{
		Action: "org.block", TargetKind: "organization", TargetID: o.UID, TargetName: o.Name, TargetOrgUID: o.UID, TargetOrgName: o.Name,
	})
}

func (p *portal) unknownOn(op operation.Operation) string {
	p.t.Helper()
	if op, open, err := p.store.OpenOn(p.t.Context(), op.TargetKind, op.TargetID); err == nil && open {
		return op.ID
	}
	op.ID, op.Person = operation.NewID(), operation.Person{Key: "third", Name: "Third Person"}
	line := func(o audit.Outcome) audit.Line {
		return audit.Line{
			At: time.Now(), Actor: audit.Actor{Key: "third", Name: "Third Person"}, Action: op.Action, Outcome: o, Operation: op.ID,
			Target:  audit.Target{Kind: op.TargetKind, ID: op.TargetID, Name: op.TargetName, Org: op.TargetOrgName},
			OrgUIDs: []string{op.TargetOrgUID},
		}
	}
	stored, _, err := p.store.Begin(p.t.Context(), op, time.Minute, line(audit.Intent))
	must(p.t, err)
	_, err = p.store.Move(p.t.Context(), operation.Move{ID: op.ID, Version: stored.Version, To: operation.Unknown, Line: line(audit.Unknown)})
	must(p.t, err)
	return op.ID
}

// isChange tells whether a route runs an action of the catalogue.
func isChange(name string) bool {
	return slices.ContainsFunc(action.All, func(a action.Action) bool {
		return name == "POST "+a.Kind.Path(":"+a.Kind.Param)+"/"+a.Verb || name == "POST /devices/several/"+a.Verb && a.Bulk
	})
}

// waits tells whether a post became a request that was not run.
func (p *portal) waits(a answer) bool {
	p.t.Helper()
	id, found := strings.CutPrefix(a.header.Get("Location"), "/requests/")
	if !found {
		return false
	}
	r, err := p.store.Request(p.t.Context(), id)
	must(p.t, err)
	return r.State == operation.Awaiting || r.State == operation.Withdrawn
}
