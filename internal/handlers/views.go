package handlers

import (
	"context"
	"net/url"
	"slices"

	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/policy"
	"backup-portal/internal/preference"
	"backup-portal/web/templates"
)

const (
	viewsURL = devicesPath + "/views"
	// viewsInMenu is how many views the menu above the list names, and viewsForMenu among how many it looks for them; the
	// page of views has all.
	viewsInMenu  = 15
	viewsForMenu = 50
)

func readerOf(actor policy.Actor) preference.Reader {
	return preference.Reader{Key: actor.Key(), Name: actor.Name, Roots: policy.Subtrees(actor, policy.Read)}
}

func viewURL(id string) string { return viewsURL + "/" + url.PathEscape(id) }

// listURL is the list that a view keeps. It is read with the rights of whoever opens it.
func listURL(v preference.View) string { return devicesPath + "?" + v.Query }

// visibleViews lists the person's own views and those shared with them.
func (h *Handlers) visibleViews(ctx context.Context, actor policy.Actor) ([]preference.View, error) {
	views, err := h.Preferences.Views(ctx, readerOf(actor))
	if err != nil {
		return nil, err
	}
	return h.visibleAmong(ctx, actor, views)
}

// visibleAmong leaves out shared views about an organization or a user that the person may not see.
func (h *Handlers) visibleAmong(ctx context.Context, actor policy.Actor, views []preference.View) ([]preference.View, error) {
	about := h.aboutVisible(actor)
	var visible []preference.View
	for _, v := range views {
		shown := v.Owner == actor.Key()
		if !shown {
			var err error
			if shown, err = about(ctx, v); err != nil {
				return nil, err
			}
		}
		if shown {
			visible = append(visible, v)
		}
	}
	return visible, nil
}

// visibleView finds one of them.
func (h *Handlers) visibleView(ctx context.Context, actor policy.Actor, id string) (preference.View, error) {
	v, err := h.Preferences.View(ctx, readerOf(actor), id)
	if err != nil || v.Owner == actor.Key() {
		return v, err
	}
	shown, err := h.aboutVisible(actor)(ctx, v)
	if err == nil && !shown {
		err = inventory.NoSuchPage(nil)
	}
	return v, err
}

// aboutVisible answers whether the reader may see the organization and the user that a view filters by; it asks for each
// of them once.
func (h *Handlers) aboutVisible(actor policy.Actor) func(context.Context, preference.View) (bool, error) {
	scope := readScope(actor)
	known := map[string]error{}
	return func(ctx context.Context, v preference.View) (bool, error) {
		values, err := url.ParseQuery(v.Query)
		if err != nil {
			return false, nil //nolint:nilerr // nobody's list; the address is of the portal's own making
		}
		for key, find := range map[string]func(uid string) error{
			"org":  func(uid string) error { _, err := h.Inventory.Org(ctx, scope, uid); return err },
			"user": func(uid string) error { _, err := h.Inventory.UserRow(ctx, scope, uid); return err },
		} {
			uid := values.Get(key)
			if uid == "" {
				continue
			}
			found, asked := known[key+uid]
			if !asked {
				found = find(uid)
				known[key+uid] = found
			}
			if fault.Is(found, fault.NotFound) {
				return false, nil
			}
			if found != nil {
				return false, found
			}
		}
		return true, nil
	}
}

// viewMenu names the views above the list, the one that the list shows marked.
func (h *Handlers) viewMenu(ctx context.Context, tools *templates.DeviceTools, actor policy.Actor, f *deviceFilter, columns []deviceColumn) error {
	views, err := h.Preferences.Views(ctx, readerOf(actor))
	if err != nil {
		return err
	}
	// Columns are a part of a view, whether the address names them or the person keeps them.
	now := f.query("columns", keysOf(columns))
	tools.ManageURL, tools.SaveURL = viewsURL, viewsURL+"/new?"+now
	if i := slices.IndexFunc(views, func(v preference.View) bool { return v.Query == now }); i >= viewsInMenu {
		views = slices.Concat(views[i:i+1], views[:i])
	}
	// Of others' views each may ask for an organization and a user: however many they share, the list stays as fast.
	views, err = h.visibleAmong(ctx, actor, views[:min(len(views), viewsForMenu)])
	if err != nil {
		return err
	}
	for _, v := range views[:min(len(views), viewsInMenu)] {
		link := templates.ViewLink{Name: v.Name, URL: listURL(v), Current: v.Query == now}
		if v.Owner != actor.Key() {
			link.By = v.OwnerName
		}
		tools.Views = append(tools.Views, link)
	}
	return nil
}

// sharedWith says whom a view reaches, as far as the reader sees there.
func (h *Handlers) sharedWith(ctx context.Context, actor policy.Actor, v preference.View) (string, error) {
	if v.ShareOrgUID == "" {
		return "", nil
	}
	org, err := h.Inventory.Org(ctx, readScope(actor), v.ShareOrgUID)
	if fault.Is(err, fault.NotFound) {
		if v.ShareOrgPath == "" {
			return "an organization that is gone", nil
		}
		return "an organization above yours", nil
	}
	return org.Name, err
}

// mayManage tells whether the actor may take away what others share with an organization at this path.
func mayManage(actor policy.Actor) func(path string) bool {
	return func(path string) bool { return path != "" && policy.May(actor, policy.ManageViews, path) }
}
