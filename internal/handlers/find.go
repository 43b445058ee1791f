package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/auth"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
)

// find is the search of the header. What matches one device opens it. When none matches, an organization or a user of
// exactly that name or uid is opened; all else becomes the list.
func (h *Handlers) find(c echo.Context) error {
	ctx := c.Request().Context()
	text := trimmed(c.QueryParam("q"))
	if err := checkText(text); err != nil {
		return err
	}
	if text == "" {
		return c.Redirect(http.StatusSeeOther, devicesPath)
	}
	scope := readScope(auth.VisitorOf(c).Actor)
	page, err := h.Inventory.Search(ctx, inventory.DeviceQuery{Scope: scope, Text: text, Limit: 1})
	if err != nil {
		return err
	}
	if page.Total == 1 && len(page.Devices) == 1 {
		return c.Redirect(http.StatusSeeOther, deviceURL(page.Devices[0].GUID))
	}
	if page.Total == 0 {
		orgs, err := h.Inventory.OrgLevel(ctx, inventory.OrgQuery{Scope: scope, Text: text})
		if err != nil {
			return err
		}
		if uid, one := only(orgs.Orgs, text, func(o inventory.OrgNode) (string, string) { return o.UID, o.Name }); one {
			return c.Redirect(http.StatusSeeOther, "/organizations/"+url.PathEscape(uid))
		}
		users, err := h.Inventory.Users(ctx, inventory.UserQuery{Scope: scope, Text: text})
		if err != nil {
			return err
		}
		if uid, one := only(users.Users, text, func(u inventory.UserRow) (string, string) { return u.UID, u.Username }); one {
			return c.Redirect(http.StatusSeeOther, "/users/"+url.PathEscape(uid))
		}
	}
	return c.Redirect(http.StatusSeeOther, devicesPath+"?"+url.Values{"q": {text}}.Encode())
}

// only answers the uid of the one among those found whose uid or name is the text.
func only[T any](found []T, text string, of func(T) (uid, name string)) (string, bool) {
	var uids []string
	for _, one := range found {
		uid, name := of(one)
		if uid == text || strings.EqualFold(name, text) {
			uids = append(uids, uid)
		}
	}
	if len(uids) != 1 {
		return "", false
	}
	return uids[0], true
}

func checkText(text string) error {
	if utf8.RuneCountInString(text) > queryLimit {
		return fault.New(fault.Invalid, fmt.Sprintf("The search is longer than %d characters.", queryLimit), "A part of a name or a GUID is enough.")
	}
	return nil
}
