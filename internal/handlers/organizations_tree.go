package handlers

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/action"
	"backup-portal/internal/auth"
	"backup-portal/internal/inventory"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

const (
	treeLimit  = 640 // rows that a page is drawn with, so that it travels as 40 kB; the script fetches what does not fit
	levelLimit = 250 // rows that a part of a level is drawn with, and 15 kB
)

// tree draws the tree as far as the address opens it. A single root is open unless the address says otherwise.
func (h *Handlers) tree(ctx context.Context, actor policy.Actor, f filter, view *templates.OrganizationsView) error {
	scope := readScope(actor)
	roots, err := h.Inventory.OrgLevel(ctx, inventory.OrgQuery{Scope: scope, After: f.values.Get("after")})
	if err != nil {
		return err
	}
	t := orgTree{fleet: h.Inventory, scope: scope, rows: len(roots.Orgs), limit: treeLimit}
	if t.open, err = readOpen(ctx, h.Inventory, scope, f.values.Get("open")); err != nil {
		return err
	}
	if !f.values.Has("open") && roots.Total == 1 && len(roots.Orgs) == 1 {
		t.open.open(scope, roots.Orgs[0].Org)
	}
	if err := t.readAhead(ctx, roots.Orgs); err != nil {
		return err
	}
	if view.Tree, err = t.level(ctx, inventory.Org{}, roots, 1, 0); err != nil {
		return err
	}
	if err := h.badgeTree(ctx, &view.Tree); err != nil {
		return err
	}
	view.Open, view.OpenLimit, view.LevelSize = t.open.address(), strconv.Itoa(openLimit), strconv.Itoa(inventory.OrgLevelSize)
	view.Unfinished = t.unfinished
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

// toggled leads whoever comes without script to the tree with one organization opened or closed.
func (h *Handlers) toggled(c echo.Context, actor policy.Actor, f filter) error {
	ctx, scope := c.Request().Context(), readScope(actor)
	open, err := readOpen(ctx, h.Inventory, scope, f.values.Get("open"))
	if err != nil {
		return err
	}
	o, err := h.Inventory.Org(ctx, scope, f.values.Get("toggle"))
	if err != nil {
		return err
	}
	open.toggle(scope, o)
	return c.Redirect(http.StatusSeeOther, organizationsPath+"?open="+open.address())
}

// orgTree is one drawing of the tree.
type orgTree struct {
	fleet       *inventory.Service
	scope       inventory.Scope
	open        openOrgs
	ahead       map[string]inventory.OrgPage // levels read and not drawn yet, by the path of the organization above
	rows, limit int                          // drawn so far, and how many there may be
	unfinished  bool                         // something that is open did not fit
}

// readAhead reads what is open below organizations that were just read, and below that: each depth by one question, where
// a tree with hundreds of open ones would ask for each. It takes levels that are shown whole as long as they may still
// fit; what fits in the end is found out by drawing.
func (t *orgTree) readAhead(ctx context.Context, orgs []inventory.OrgNode) error {
	if t.ahead == nil {
		t.ahead = map[string]inventory.OrgPage{}
	}
	for {
		var paths []string
		room := t.limit - t.rows
		for _, o := range orgs {
			if _, isOpen := t.open.paths[o.UID]; isOpen && o.Children > 0 && o.Children <= min(room, t.wanted(o.UID)) {
				paths = append(paths, o.Path)
				room -= o.Children
			}
		}
		if len(paths) == 0 {
			return nil
		}
		levels, err := t.fleet.OrgLevels(ctx, t.scope, paths, t.limit)
		if err != nil {
			return err
		}
		maps.Copy(t.ahead, levels)
		orgs = nil
		for _, path := range paths {
			orgs = append(orgs, levels[path].Orgs...)
		}
	}
}

// wanted is how many of an open organization's level the address asks for.
func (t *orgTree) wanted(uid string) int { return max(t.open.shown[uid], inventory.OrgLevelSize) }

// level draws a part of a level, and below its organizations those levels that are open.
func (t *orgTree) level(ctx context.Context, parent inventory.Org, page inventory.OrgPage, depth, before int) (templates.OrgLevel, error) {
	var level templates.OrgLevel
	for i, o := range page.Orgs {
		item := templates.OrgItem{
			UID: o.UID, Name: o.Name, URL: organizationURL(o.UID),
			Level: strconv.Itoa(depth), Place: strconv.Itoa(before + i + 1), Size: strconv.Itoa(page.Total),
			Devices: number(o.Devices), Users: number(o.Users), Alerts: number(o.Alerts), Stored: size(o.StoredBytes),
		}
		if !o.Active || o.Blocked {
			item.State = orgState(o.Active, o.Blocked)
		}
		if o.Children > 0 {
			item.LevelURL = organizationURL(o.UID) + "/children"
			if err := t.unfold(ctx, &item, o, depth); err != nil {
				return level, err
			}
		}
		level.Items = append(level.Items, item)
	}
	if page.Next != "" {
		shown := before + len(page.Orgs)
		level.More = more(parent, page.Next, shown, page.Total, depth)
		level.More.Unfinished = t.open.shown[parent.UID] > shown
		t.unfinished = t.unfinished || level.More.Unfinished
	}
	return level, nil
}

// unfold draws what lies below an open organization, while there is room: the first part of the level or nothing, and of
// the parts that were fetched after it as much as fits.
func (t *orgTree) unfold(ctx context.Context, item *templates.OrgItem, o inventory.OrgNode, depth int) error {
	if _, isOpen := t.open.paths[o.UID]; !isOpen {
		return nil
	}
	room := t.limit - t.rows
	if min(o.Children, inventory.OrgLevelSize) > room {
		item.Unfinished, t.unfinished = true, true
		return nil
	}
	shown := min(t.wanted(o.UID), max(room, inventory.OrgLevelSize))
	below, err := t.below(ctx, o, shown)
	if err != nil {
		return err
	}
	item.Open = true
	item.Below, err = t.level(ctx, o.Org, below, depth+1, 0)
	return err
}

// below takes the first so many of a level, to draw them.
func (t *orgTree) below(ctx context.Context, o inventory.OrgNode, shown int) (inventory.OrgPage, error) {
	if level, whole := t.ahead[o.Path]; whole && len(level.Orgs) <= shown {
		t.rows += len(level.Orgs)
		return level, nil
	}
	level, err := t.fleet.OrgLevel(ctx, inventory.OrgQuery{Scope: t.scope, ParentUID: o.UID, Limit: shown})
	if err != nil {
		return level, err
	}
	t.rows += len(level.Orgs)
	return level, t.readAhead(ctx, level.Orgs)
}

// badgeTree marks the organizations of a tree that something is open on: one look for all of them.
func (h *Handlers) badgeTree(ctx context.Context, level *templates.OrgLevel) error {
	var all []*templates.OrgItem
	var collect func(items []templates.OrgItem)
	collect = func(items []templates.OrgItem) {
		for i := range items {
			all = append(all, &items[i])
			collect(items[i].Below.Items)
		}
	}
	collect(level.Items)
	uids := make([]string, len(all))
	for i, item := range all {
		uids[i] = item.UID
	}
	badges, err := h.busy(ctx, action.Organization, uids)
	for _, item := range all {
		item.Busy = badges[item.UID]
	}
	return err
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
	scope := readScope(auth.VisitorOf(c).Actor)
	parent, err := h.Inventory.Org(ctx, scope, uid)
	if err != nil {
		return err
	}
	after := c.QueryParam("after")
	if !fragmentOnly(c) {
		f := filter{path: organizationsPath, keys: []string{"within"}, values: url.Values{"within": {uid}}}
		return c.Redirect(http.StatusSeeOther, f.with("after", after))
	}
	page, err := h.Inventory.OrgLevel(ctx, inventory.OrgQuery{Scope: scope, ParentUID: uid, After: after})
	if err != nil {
		return err
	}
	chain, err := h.Inventory.Chain(ctx, scope, parent)
	if err != nil {
		return err
	}
	// What a page had no room for is drawn as that page's address opens it.
	open, err := readOpen(ctx, h.Inventory, scope, c.QueryParam("open"))
	if err != nil {
		return err
	}
	from, err := strconv.Atoi(c.QueryParam("from"))
	if err != nil || after == "" {
		from = 0
	}
	from = min(max(from, 0), max(page.Total-len(page.Orgs), 0))
	t := orgTree{fleet: h.Inventory, scope: scope, open: open, rows: len(page.Orgs), limit: levelLimit}
	if err := t.readAhead(ctx, page.Orgs); err != nil {
		return err
	}
	level, err := t.level(ctx, parent, page, len(chain)+1, from)
	if err != nil {
		return err
	}
	if err := h.badgeTree(ctx, &level); err != nil {
		return err
	}
	return h.render(c, http.StatusOK, templates.OrgChildren(level))
}
