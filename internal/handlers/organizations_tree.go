package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/action"
	"backup-portal/internal/auth"
	"backup-portal/internal/inventory"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

const (
	openLimit   = 40     // organizations that an address opens
	treeLimit   = 500    // rows that a page is drawn with; what does not fit stays closed
	nothingOpen = "none" // the address of a tree whose only root was closed
)

// tree draws the tree as far as the address opens it. A single root is open unless the address says otherwise.
func (h *Handlers) tree(ctx context.Context, actor policy.Actor, f filter, view *templates.OrganizationsView) error {
	t := orgTree{fleet: h.Inventory, busy: h.busyOrgs, scope: readScope(actor)}
	roots, err := h.Inventory.OrgLevel(ctx, inventory.OrgQuery{Scope: t.scope, After: f.values.Get("after")})
	if err != nil {
		return err
	}
	for uid := range strings.SplitSeq(f.values.Get("open"), ",") {
		if uidPattern.MatchString(uid) && len(t.open) < openLimit && !slices.Contains(t.open, uid) {
			t.open = append(t.open, uid)
		}
	}
	if !f.values.Has("open") && roots.Total == 1 && len(roots.Orgs) == 1 {
		t.open = []string{roots.Orgs[0].UID}
	}
	t.rows = len(roots.Orgs)
	if view.Tree, err = t.level(ctx, inventory.Org{}, roots, 1, 0); err != nil {
		return err
	}
	known := 0
	for _, o := range roots.Orgs {
		known += 1 + o.Orgs
	}
	view.Scope = counted(known, "organization")
	if roots.Next != "" {
		view.Scope = number(known) + "+ organizations"
	}
	view.Scope += "; counts include everything below"
	view.Announce = view.Scope
	if len(roots.Orgs) == 0 {
		view.Empty = templates.Empty{Title: "No organization is known yet", Text: "The first sync with the backup service is still under way."}
	}
	return nil
}

// orgTree is one drawing of the tree.
type orgTree struct {
	fleet *inventory.Service
	busy  func(context.Context, []inventory.OrgNode) (map[string]templates.State, error)
	scope inventory.Scope
	open  []string
	rows  int // drawn so far
}

// level draws a part of a level, and below its organizations those levels that are open.
func (t *orgTree) level(ctx context.Context, parent inventory.Org, page inventory.OrgPage, depth, before int) (templates.OrgLevel, error) {
	var level templates.OrgLevel
	badges, err := t.busy(ctx, page.Orgs)
	if err != nil {
		return level, err
	}
	for i, o := range page.Orgs {
		item := templates.OrgItem{
			UID: o.UID, Name: o.Name, URL: organizationURL(o.UID),
			Level: strconv.Itoa(depth), Place: strconv.Itoa(before + i + 1), Size: strconv.Itoa(page.Total),
			Devices: number(o.Devices), Users: number(o.Users), Alerts: number(o.Alerts), Stored: size(o.StoredBytes),
			Busy: badges[o.UID],
		}
		if !o.Active || o.Blocked {
			item.State = orgState(o.Active, o.Blocked)
		}
		if o.Children > 0 {
			item.LevelURL = organizationURL(o.UID) + "/children"
			if err := t.unfold(ctx, &item, o, depth); err != nil {
				return level, err
			}
			item.ToggleURL = t.toggled(o, item.Open)
		}
		level.Items = append(level.Items, item)
	}
	if page.Next != "" {
		shown := before + len(page.Orgs)
		level.More = more(parent, page.Next, shown, page.Total, depth)
	}
	return level, nil
}

// unfold draws what lies below an open organization, while there is room.
func (t *orgTree) unfold(ctx context.Context, item *templates.OrgItem, o inventory.OrgNode, depth int) error {
	if !slices.Contains(t.open, o.UID) || t.rows+min(o.Children, inventory.OrgLevelSize) > treeLimit {
		return nil
	}
	below, err := t.fleet.OrgLevel(ctx, inventory.OrgQuery{Scope: t.scope, ParentUID: o.UID})
	if err != nil {
		return err
	}
	t.rows += len(below.Orgs)
	item.Open = true
	item.Below, err = t.level(ctx, o.Org, below, depth+1, 0)
	return err
}

// toggled is the page with an organization opened or closed. In a fragment, which knows no other open ones, the way to it
// is open too.
func (t *orgTree) toggled(o inventory.OrgNode, isOpen bool) string {
	open := slices.Clone(t.open)
	if isOpen {
		open = slices.DeleteFunc(open, func(uid string) bool { return uid == o.UID })
	} else {
		open = append(open, o.UID)
	}
	if len(open) == 0 {
		open = []string{nothingOpen}
	}
	return organizationsPath + "?open=" + strings.Join(open, ",")
}

// more leads to the rest of a level.
func more(parent inventory.Org, next string, shown, total, depth int) templates.OrgMore {
	rest := templates.OrgMore{
		Label: fmt.Sprintf("Next %d of %s", min(inventory.OrgLevelSize, total-shown), number(total)),
		Level: strconv.Itoa(depth),
	}
	list := url.Values{"after": {next}}
	if parent.UID == "" { // the scope has more roots than a level shows
		rest.URL, rest.FilterURL = organizationsPath+"?"+list.Encode(), organizationsPath
		return rest
	}
	level := url.Values{"after": {next}, "from": {strconv.Itoa(shown)}}
	rest.LevelURL = organizationURL(parent.UID) + "/children?" + level.Encode()
	within := url.Values{"within": {parent.UID}}
	rest.FilterURL = organizationsPath + "?" + within.Encode()
	within.Set("after", next)
	rest.URL = organizationsPath + "?" + within.Encode()
	return rest
}

// orgChildren answers a part of one level for the tree on the screen. Whoever comes without script gets it as a list.
func (h *Handlers) orgChildren(c echo.Context) error {
	ctx := c.Request().Context()
	uid, err := idOf(c, action.Organization)
	if err != nil {
		return err
	}
	t := orgTree{fleet: h.Inventory, busy: h.busyOrgs, scope: readScope(auth.VisitorOf(c).Actor)}
	parent, err := h.Inventory.Org(ctx, t.scope, uid)
	if err != nil {
		return err
	}
	after := c.QueryParam("after")
	if !fragmentOnly(c) {
		f := filter{path: organizationsPath, keys: []string{"within"}, values: url.Values{"within": {uid}}}
		return c.Redirect(http.StatusSeeOther, f.with("after", after))
	}
	page, err := h.Inventory.OrgLevel(ctx, inventory.OrgQuery{Scope: t.scope, ParentUID: uid, After: after})
	if err != nil {
		return err
	}
	chain, err := h.Inventory.Chain(ctx, t.scope, parent)
	if err != nil {
		return err
	}
	for _, o := range chain {
		t.open = append(t.open, o.UID)
	}
	from, err := strconv.Atoi(c.QueryParam("from"))
	if err != nil || after == "" {
		from = 0
	}
	from = min(max(from, 0), max(page.Total-len(page.Orgs), 0))
	// The way down to here is open in what is drawn, and nothing below it.
	depth := len(chain) + 1
	level, err := t.level(ctx, parent, page, depth, from)
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, templates.OrgChildren(level))
}
