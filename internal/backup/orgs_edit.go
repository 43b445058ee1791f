package backup

import (
	"context"
	"encoding/json"
	"errors"
)

// NewOrg is an organization to be made below another. What is empty stays unset.
type NewOrg struct {
	ParentGUID        string // orgGuid
	Name              string
	ExternalReference string
	Notes             string
}

// OrgEdit is what is to be changed of an organization; nil leaves as it is.
type OrgEdit struct {
	Name, ExternalReference, Notes *string
}

// orgEditWire travels with its nulls: they say that nothing is to be changed (wire: section 3.1).
type orgEditWire struct {
	Name              *string `json:"orgName"`
	ExternalReference *string `json:"orgExtRef"`
	Notes             *string `json:"notes"`
}

// CreateOrg makes an organization. Without a parent nothing is sent: the vendor makes none (wire: section 3.1).
//
//api:op POST /api/v3/orgs
func (w *Writer) CreateOrg(ctx context.Context, o NewOrg) error {
	const op = "POST /api/v3/orgs"
	if o.ParentGUID == "" || o.Name == "" {
		return &Error{Op: op, Meaning: NotSent, Cause: errors.New("an organization needs a parent and a name")}
	}
	unset := func(text string) *string {
		if text == "" {
			return nil
		}
		return &text
	}
	body, err := json.Marshal(struct {
		orgEditWire
		ParentGUID string `json:"parentOrgGuid"`
	}{orgEditWire{&o.Name, unset(o.ExternalReference), unset(o.Notes)}, o.ParentGUID})
	if err != nil {
		return &Error{Op: op, Meaning: NotSent, Cause: err}
	}
	return w.calls.change(ctx, "POST", target{template: "/api/v3/orgs", body: body})
}

// UpdateOrg changes the name, the external reference or the notes of an organization (wire: section 3.1).
//
//api:op PUT /api/v3/orgs/{guid}
func (w *Writer) UpdateOrg(ctx context.Context, guid string, e OrgEdit) error {
	const resource = "/api/v3/orgs/{guid}"
	body, err := json.Marshal(orgEditWire(e))
	if err != nil {
		return &Error{Op: "PUT " + resource, Meaning: NotSent, Cause: err}
	}
	return w.calls.change(ctx, "PUT", target{template: resource, id: guid, body: body})
}
