package backup

import (
	"context"
	"errors"
	"iter"
	"net/url"
	"strconv"
)

// HoldMembershipQuery selects memberships; the vendor wants a user or a matter. Nil Active does not filter.
type HoldMembershipQuery struct {
	UserUID   string
	MatterUID string
	Active    *bool
}

// holdDialect is how the legal-hold resources are spoken to: three ways, by product and sign-in (wire: section 5.1).
type holdDialect struct {
	matters, memberships string // paths
	matterRows, rows     string // what their lists are called; a bare list needs no name
	v1                   bool   // names of the query
}

func (r *Reader) holdDialect() holdDialect {
	switch {
	case r.calls.options.Dialect == CrashPlan:
		return holdDialect{"/api/v38/legal-hold-matter/list", "/api/v38/legal-hold-membership/list", "matters", "memberships", false}
	case r.apiClient:
		return holdDialect{"/api/v27/legal-hold-matter/list", "/api/v27/legal-hold-membership/list", "matters", "memberships", false}
	default:
		return holdDialect{"/api/v1/LegalHold", "/api/v1/LegalHoldMembership", "legalHolds", "legalHoldMemberships", true}
	}
}

// HoldMatters reads all matters, or those that are active or closed, each once; see Devices for how it ends. Forbidden
// when the portal's account may not read legal holds.
//
//api:op GET /api/v38/legal-hold-matter/list
//api:op GET /api/v27/legal-hold-matter/list
//api:op GET /api/v1/LegalHold
func (r *Reader) HoldMatters(ctx context.Context, active *bool) iter.Seq2[HoldMatter, error] {
	d := r.holdDialect()
	v := url.Values{}
	if d.v1 {
		v.Set("activeState", activeState(active))
	} else {
		v.Set("active", activeWord(active))
	}
	return listHolds(ctx, r.calls, d, d.matters, d.matterRows, v, holdMatterWire.matter, func(m HoldMatter) string { return m.UID })
}

// HoldMemberships reads the memberships of a user or a matter, each once; see Devices for how it ends.
//
//api:op GET /api/v38/legal-hold-membership/list
//api:op GET /api/v27/legal-hold-membership/list
//api:op GET /api/v1/LegalHoldMembership
func (r *Reader) HoldMemberships(ctx context.Context, q HoldMembershipQuery) iter.Seq2[HoldMembership, error] {
	d := r.holdDialect()
	if q.UserUID == "" && q.MatterUID == "" {
		return func(yield func(HoldMembership, error) bool) {
			yield(HoldMembership{}, &Error{Op: "GET " + d.memberships, Meaning: NotSent, Cause: errors.New("neither user nor matter")})
		}
	}
	v := url.Values{}
	setText(v, "userUid", q.UserUID)
	setText(v, "legalHoldUid", q.MatterUID)
	if d.v1 {
		v.Set("activeState", activeState(q.Active))
	} else {
		v.Set("active", activeState(q.Active))
	}
	return listHolds(ctx, r.calls, d, d.memberships, d.rows, v, holdMembershipWire.membership, func(m HoldMembership) string { return m.UID })
}

// activeState and activeWord are the two forms of the filter, both told in full (wire: section 0.2).
func activeState(active *bool) string {
	switch {
	case active == nil:
		return "ALL"
	case *active:
		return "ACTIVE"
	default:
		return "INACTIVE"
	}
}

func activeWord(active *bool) string {
	if active == nil {
		return "none"
	}
	return strconv.FormatBool(*active)
}

// listHolds walks a list that comes without a count. The SDKs never ask the newer resources for a second page (wire: section
// 5.2), so nobody knows what one answers: a vendor that had fewer rows than were asked for and begins with the same one again
// has given all it has.
func listHolds[W row, T any](ctx context.Context, c *caller, d holdDialect, path, key string, query url.Values, of func(W) T, id func(T) string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var first string
		var short bool
		listAll("GET "+path, 0, id, func(number, size int) ([]T, int, error) {
			setHoldPage(query, d.v1, number, size)
			wires, total, err := readList[W](ctx, c, path, key, query)
			if err != nil {
				return nil, 0, err
			}
			rows := convert(wires, of)
			switch {
			case len(rows) == 0:
			case number == 1:
				first, short = id(rows[0]), len(rows) < size
			case short && id(rows[0]) == first:
				rows = nil
			}
			return rows, total, nil
		})(yield)
	}
}

func setHoldPage(v url.Values, v1 bool, page, size int) {
	if v1 {
		setPage(v, page, size)
		return
	}
	v.Set("page", strconv.Itoa(page))
	v.Set("pageSize", strconv.Itoa(size))
}
