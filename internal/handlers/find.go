package handlers

import (
	"context"
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

// find is the search of the header. What is named exactly is opened: a device, else an organization, else a user. What
// matches one device opens it, too; all else becomes the list.
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
	page, err := h.Inventory.Search(ctx, inventory.DeviceQuery{Scope: scope, Text: text, Limit: devicesPage})
	if err != nil {
		return err
	}
	path, err := h.named(ctx, scope, text, page)
	switch {
	case err != nil:
		return err
	case path != "":
		return c.Redirect(http.StatusSeeOther, path)
	case page.Total == 1 && len(page.Devices) == 1:
		return c.Redirect(http.StatusSeeOther, deviceURL(page.Devices[0].GUID))
	}
	return c.Redirect(http.StatusSeeOther, devicesPath+"?"+url.Values{"q": {text}}.Encode())
}

// named answers the page of the one thing that is called exactly so, "" when there is none or several. Where only a part of
// what was found is at hand, nothing is taken for the only one.
func (h *Handlers) named(ctx context.Context, scope inventory.Scope, text string, found inventory.DevicePage) (string, error) {
	if found.Next == "" {
		if guid, one := only(found.Devices, text, func(d inventory.Device) (string, string) { return d.GUID, d.Name }); one {
			return deviceURL(guid), nil
		}
	}
	orgs, err := h.Inventory.OrgLevel(ctx, inventory.OrgQuery{Scope: scope, Text: text, Uncounted: true})
	if err != nil {
		return "", err
	}
	if uid, one := only(orgs.Orgs, text, func(o inventory.OrgNode) (string, string) { return o.UID, o.Name }); one && orgs.Next == "" {
		return organizationURL(uid), nil
	}
	// A user's devices are found by the username as well, so that finding some does not say that no user was meant; usernames
	// are addresses, and nothing else is looked for among users while there are devices.
	if found.Total > 0 && !strings.Contains(text, "@") {
		return "", nil
	}
	users, err := h.Inventory.Users(ctx, inventory.UserQuery{Scope: scope, Text: text})
	if err != nil {
		return "", err
	}
	if uid, one := only(users.Users, text, func(u inventory.UserRow) (string, string) { return u.UID, u.Username }); one && users.Next == "" {
		return userURL(uid), nil
	}
	return "", nil
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
