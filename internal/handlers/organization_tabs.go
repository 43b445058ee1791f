package handlers

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/audit"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

// activityLines is how many lines of activity one page shows.
const activityLines = 25

// remembered says that a page shows the mirror's row, and why.
func (h *Handlers) remembered(failure error, readAt time.Time, page string) (string, []templates.Note) {
	ago := h.clock().ago(readAt)
	return "As the portal knew it " + ago, []templates.Note{{
		Kind: "bad", Title: fault.Of(failure).Message,
		Text:    "Shown is what the portal knew " + ago + ".",
		Actions: []templates.Button{{Label: "Try again", URL: page}},
	}}
}

// devicesWhere is the first page of the list of devices under one filter, as the list itself would show it but for the
// column of what the page has said already, and the
// address of the whole list.
func (h *Handlers) devicesWhere(ctx context.Context, actor policy.Actor, key, value, said string) (templates.DevicesView, templates.Link, error) {
	var view templates.DevicesView
	f := newDeviceFilter(url.Values{key: {value}}, h.Now())
	q := f.parse(readScope(actor))
	columns, err := h.columns(ctx, actor, f)
	if err != nil {
		return view, templates.Link{}, err
	}
	columns = slices.DeleteFunc(columns, func(c deviceColumn) bool { return c.key == said })
	found, err := h.Inventory.Search(ctx, q)
	if err != nil {
		return view, templates.Link{}, err
	}
	h.list(&view, f, q, found, columns)
	if err := h.badgeDevices(ctx, &view, found.Devices); err != nil {
		return view, templates.Link{}, err
	}
	for i := range view.Columns {
		view.Columns[i].SortURL = "" // the order is chosen in the list itself
	}
	if len(view.Rows) == 0 {
		view.Empty = templates.Empty{Title: "No devices", Text: "None is known to the portal."}
		return view, templates.Link{}, nil
	}
	all := templates.Link{Label: "All " + total(found) + " in the list, with filters and export", URL: f.with()}
	if found.Total == 1 {
		all.Label = "This device in the list"
	}
	return view, all, nil
}

func (h *Handlers) orgDevices(c echo.Context, actor policy.Actor, live inventory.LiveOrg, view *templates.OrganizationView) error {
	devices, all, err := h.devicesWhere(c.Request().Context(), actor, "org", live.Row.UID, "")
	view.Devices, view.All = &devices, all
	view.Related = templates.Link{Label: "Full disk access of its Macs", URL: organizationURL(live.Row.UID) + "/full-disk-access"}
	return err
}

func (h *Handlers) orgUsers(c echo.Context, actor policy.Actor, live inventory.LiveOrg, view *templates.OrganizationView) error {
	f := newUserFilter(url.Values{"org": {live.Row.UID}})
	q := f.parse(readScope(actor))
	found, err := h.Inventory.Users(c.Request().Context(), q)
	if err != nil {
		return err
	}
	users := f.view(found, live.Row.Org)
	view.Users = &users
	if len(users.Rows) == 0 {
		users.Empty = templates.Empty{Title: "No users", Text: "None is known to the portal."}
		return nil
	}
	view.All = templates.Link{Label: "All " + usersTotal(found) + " in the list", URL: f.with()}
	return nil
}

// orgAccess says which groups hold which roles here, for those who may know.
func (h *Handlers) orgAccess(c echo.Context, actor policy.Actor, live inventory.LiveOrg, view *templates.OrganizationView) error {
	if !policy.May(actor, policy.SeeAccess, live.Row.Path) {
		view.AccessText = "Who holds a role here is for those with the role org-manager, admin or auditor."
		return nil
	}
	roles, err := h.Auth.RolesAt(c.Request().Context(), live.Row.Path)
	if err != nil {
		return err
	}
	view.AccessText = "No role of the configuration reaches this organization."
	for _, r := range roles {
		row := templates.AccessRow{Role: string(r.Role), Group: r.Group, Held: templates.Link{Label: "above your organization"}}
		for _, o := range live.Chain { // who holds it above is not named
			if o.UID != r.OrgUID {
				continue
			}
			row.Held = templates.Link{Label: o.Name, URL: organizationURL(o.UID)}
			if o.UID == live.Row.UID {
				row.Held = templates.Link{Label: "this organization"}
			}
			if row.People = someNames(r.People, len(r.People)); row.People == "" {
				row.People = "nobody in 90 days"
			}
		}
		view.Access = append(view.Access, row)
	}
	return nil
}

// namesShown is how many of some people are named.
const namesShown = 5

// someNames names the first of so many people and counts the others, also those whose names were not read.
func someNames(names []string, all int) string {
	shown := names[:min(len(names), namesShown)]
	text := strings.Join(shown, ", ")
	if more := all - len(shown); more > 0 {
		text += " and " + number(more) + " more"
	}
	return text
}

// orgActivity is what the audit log tells of this organization and all below it, as far as the person may read it.
func (h *Handlers) orgActivity(c echo.Context, actor policy.Actor, live inventory.LiveOrg, view *templates.OrganizationView) error {
	older, _ := strconv.ParseInt(strings.TrimSpace(c.QueryParam("older")), 10, 64)
	entries, further, err := h.searchAudit(c.Request().Context(), actor, audit.Query{
		Within: live.Row.Path, WithoutSessions: true, BeforeSeq: max(older, 0), Limit: activityLines,
	})
	if err != nil {
		return err
	}
	view.Activity = h.steps(actor, entries)
	view.NoActivity = "No change by this portal that you may see."
	page := organizationURL(live.Row.UID) + "/activity"
	view.Pager.Text = counted(len(entries), "line") + " on this page"
	if older > 0 {
		view.Pager.Links = append(view.Pager.Links, templates.Link{Label: "Newest", URL: page})
	}
	if further {
		last := strconv.FormatInt(entries[len(entries)-1].Seq, 10)
		view.Pager.Links = append(view.Pager.Links, templates.Link{Label: "Older", URL: page + "?older=" + last})
	}
	view.All = templates.Link{Label: "Lines about the organization itself in the audit log", URL: "/audit?" + url.Values{"target": {live.Row.UID}}.Encode()}
	return nil
}
