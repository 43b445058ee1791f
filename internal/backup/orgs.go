package backup

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"sync"
)

// OrgQuery selects and pages organizations; nil Active does not filter.
type OrgQuery struct {
	Active   *bool
	Page     int // from 1; 0 is 1
	PageSize int // 0 is 500
}

// OrgPage is one page of a listing, the root organization first. Total is -1 when the vendor does not tell.
type OrgPage struct {
	Orgs  []Org
	Total int
}

// OrgPage reads one page of organizations (wire: section 3.1).
//
//api:op GET /api/v1/Org
func (r *Reader) OrgPage(ctx context.Context, q OrgQuery) (OrgPage, error) {
	v := url.Values{}
	setPage(v, q.Page, q.PageSize)
	setFlag(v, "active", q.Active)
	rows, total, err := readPage[orgWire](ctx, r.calls, "/api/v1/Org", "orgs", v)
	if err != nil {
		return OrgPage{}, err
	}
	orgs := convert(rows, orgWire.org)
	r.orgs.learn(orgs)
	return OrgPage{Orgs: orgs, Total: total}, nil
}

// Orgs reads all organizations page by page, each once; see Devices for how it ends.
//
//api:op GET /api/v1/Org
func (r *Reader) Orgs(ctx context.Context, q OrgQuery) iter.Seq2[Org, error] {
	return listAll("GET /api/v1/Org", q.PageSize, func(o Org) string { return o.UID },
		func(page, size int) ([]Org, int, error) {
			q := q
			q.Page, q.PageSize = page, size
			p, err := r.OrgPage(ctx, q)
			return p.Orgs, p.Total, err
		})
}

// OrgByUID reads one organization; NotFound when there is none. The v3 resource wants the orgGuid, which only the
// list tells: the list is read until the organization appears (the SDKs stop after 500), and remembered.
//
//api:op GET /api/v1/Org
//api:op GET /api/v3/orgs/{guid}
func (r *Reader) OrgByUID(ctx context.Context, uid string) (Org, error) {
	if guid, ok := r.orgs.guid(uid); ok {
		org, err := r.orgByGUID(ctx, guid)
		if !IsNotFound(err) {
			return sameOrg(org, uid, err)
		}
		r.orgs.forget(uid)
	}
	listed, err := r.listedOrg(ctx, uid)
	if err != nil || listed.GUID == "" { // older servers: the list row is all there is (wire: section 3.2)
		return listed, err
	}
	org, err := r.orgByGUID(ctx, listed.GUID)
	return sameOrg(org, uid, err)
}

// OrgAgain reads an organization that has been read before; ok is false, and nothing is sent, for one that would have to be
// looked for in the list, which takes longer than a person waits.
//
//api:op GET /api/v3/orgs/{guid}
func (r *Reader) OrgAgain(ctx context.Context, uid string) (org Org, ok bool, err error) {
	guid, ok := r.orgs.guid(uid)
	if !ok {
		return Org{}, false, nil
	}
	org, err = r.orgByGUID(ctx, guid)
	org, err = sameOrg(org, uid, err)
	return org, true, err
}

// listedOrg reads the list until the organization appears.
func (r *Reader) listedOrg(ctx context.Context, uid string) (Org, error) {
	for org, err := range r.Orgs(ctx, OrgQuery{}) {
		if err != nil {
			return Org{}, err
		}
		if org.UID == uid {
			return org, nil
		}
	}
	return Org{}, &Error{Status: http.StatusNotFound, Op: "GET /api/v1/Org", Meaning: OrgNotFound, Sent: true, Attempts: 1}
}

// sameOrg turns down an answer about another organization than was asked for.
func sameOrg(org Org, uid string, err error) (Org, error) {
	if err == nil && org.UID != uid {
		return Org{}, &Error{
			Status: http.StatusOK, Op: "GET /api/v3/orgs/{guid}", Meaning: Unparseable, Sent: true, Attempts: 1,
			Cause: errors.New("the answer is about another organization"),
		}
	}
	return org, err
}

func (r *Reader) orgByGUID(ctx context.Context, guid string) (Org, error) {
	row, err := readDocument[orgWire](ctx, r.calls, target{template: "/api/v3/orgs/{guid}", id: guid})
	if err != nil {
		return Org{}, err
	}
	return row.org(), nil
}

// BlockOrg blocks an organization and everything below it, named by its orgGuid; blocking a blocked one succeeds
// (wire: section 3.1).
//
//api:op POST /api/v3/orgs/{guid}/block
func (w *Writer) BlockOrg(ctx context.Context, guid string) error {
	return w.calls.change(ctx, "POST", target{template: "/api/v3/orgs/{guid}/block", id: guid})
}

// UnblockOrg lifts the block of an organization and everything below it but for their users (wire: section 3.1).
//
//api:op POST /api/v3/orgs/{guid}/unblock
func (w *Writer) UnblockOrg(ctx context.Context, guid string) error {
	return w.calls.change(ctx, "POST", target{template: "/api/v3/orgs/{guid}/unblock", id: guid})
}

// DeactivateOrg deactivates an organization with everything below it, users and devices too, and moves their archives to
// cold storage (wire: section 3.1).
//
//api:op POST /api/v3/orgs/{guid}/deactivate
func (w *Writer) DeactivateOrg(ctx context.Context, guid string) error {
	return w.calls.change(ctx, "POST", target{template: "/api/v3/orgs/{guid}/deactivate", id: guid})
}

// ReactivateOrg activates an organization again; what was deactivated with it stays so (wire: section 3.1).
//
//api:op POST /api/v3/orgs/{guid}/activate
func (w *Writer) ReactivateOrg(ctx context.Context, guid string) error {
	return w.calls.change(ctx, "POST", target{template: "/api/v3/orgs/{guid}/activate", id: guid})
}

// CurrentOrg reads the organization of the signed-in account; API clients have none and get an error.
//
//api:op GET /api/v1/Org/my
func (r *Reader) CurrentOrg(ctx context.Context) (Org, error) {
	row, err := readDocument[orgWire](ctx, r.calls, target{template: "/api/v1/Org/my"})
	if err != nil {
		return Org{}, r.explainMy(err)
	}
	return row.org(), nil
}

// explainMy says why a "my" resource fails for API clients (wire: section 1.3).
func (r *Reader) explainMy(err error) error {
	if e, ok := errors.AsType[*Error](err); ok && r.apiClient && e.Status >= 400 && e.Cause == nil {
		e.Cause = errors.New("an API client has no user or organization of its own")
	}
	return err
}

// orgGUIDs remembers which orgGuid belongs to an orgUid; the pair never changes.
type orgGUIDs struct {
	mu    sync.Mutex
	byUID map[string]string
}

func (g *orgGUIDs) learn(orgs []Org) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.byUID == nil {
		g.byUID = make(map[string]string)
	}
	for _, o := range orgs {
		if o.UID != "" && o.GUID != "" {
			g.byUID[o.UID] = o.GUID
		}
	}
}

func (g *orgGUIDs) guid(uid string) (string, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	guid, ok := g.byUID[uid]
	return guid, ok
}

func (g *orgGUIDs) forget(uid string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.byUID, uid)
}
