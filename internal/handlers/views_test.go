package handlers_test

import (
	"backup-portal/internal/operation"
	"backup-portal/internal/preference"
)

// sharedView answers the id of a view that a third person shares with the place's organization.
func (p *portal) sharedView(place string) string {
	p.t.Helper()
	third := preference.Reader{Key: "third", Name: "Third Person"}
	id := operation.NewID()
	must(p.t, p.store.AddView(p.t.Context(), preference.View{
		ID: id, Owner: third.Key, OwnerName: third.Name, Name: "view " + id, Query: "active=true&columns=name", ShareOrgUID: p.org(place).UID,
	}, 1000))
	return id
}
