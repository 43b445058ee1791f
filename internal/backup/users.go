package backup

import (
	"context"
	"iter"
	"net/url"
)

// UserQuery selects and pages users; zero values do not filter.
type UserQuery struct {
	Active    *bool
	Email     string
	OrgUID    string
	RoleID    string
	Text      string // the vendor's own partial match
	WithRoles bool   // fill User.Roles
	Page      int    // from 1; 0 is 1
	PageSize  int    // 0 is 500
}

// UserPage is one page of a listing. Total is -1 when the vendor does not tell.
type UserPage struct {
	Users []User
	Total int
}

// UserPage reads one page of users; OrgNotFound when OrgUID is unknown (wire: section 4.1).
//
//api:op GET /api/v1/User
func (r *Reader) UserPage(ctx context.Context, q UserQuery) (UserPage, error) {
	v := url.Values{}
	setFlag(v, "active", q.Active)
	setText(v, "email", q.Email)
	setText(v, "orgUid", q.OrgUID)
	setText(v, "roleId", q.RoleID)
	setPage(v, q.Page, q.PageSize)
	setText(v, "q", q.Text)
	if q.WithRoles {
		v.Set("incRoles", pythonBool(true))
	}
	rows, total, err := readPage[userWire](ctx, r.calls, "/api/v1/User", "users", v)
	if err != nil {
		return UserPage{}, err
	}
	return UserPage{Users: convert(rows, userWire.user), Total: total}, nil
}

// Users reads all matching users page by page, each once; see Devices for how it ends.
//
//api:op GET /api/v1/User
func (r *Reader) Users(ctx context.Context, q UserQuery) iter.Seq2[User, error] {
	return listAll("GET /api/v1/User", q.PageSize, func(u User) string { return u.UID },
		func(page, size int) ([]User, int, error) {
			q := q
			q.Page, q.PageSize = page, size
			p, err := r.UserPage(ctx, q)
			return p.Users, p.Total, err
		})
}

// UserByUID reads one user; NotFound when there is none.
//
//api:op GET /api/v1/User/{uid}
func (r *Reader) UserByUID(ctx context.Context, uid string, withRoles bool) (User, error) {
	v := url.Values{"idType": {"uid"}}
	if withRoles {
		v.Set("incRoles", pythonBool(true))
	}
	row, err := readDocument[userWire](ctx, r.calls, target{template: "/api/v1/User/{uid}", id: uid, query: v})
	if err != nil {
		return User{}, err
	}
	return row.user(), nil
}

// CurrentUser reads the user of the signed-in account; API clients are none and get NotFound.
//
//api:op GET /api/v1/User/my
func (r *Reader) CurrentUser(ctx context.Context) (User, error) {
	row, err := readDocument[userWire](ctx, r.calls, target{template: "/api/v1/User/my"})
	if err != nil {
		return User{}, r.explainMy(err)
	}
	return row.user(), nil
}
