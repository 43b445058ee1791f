package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/auth"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/web/templates"
)

const (
	usersPath = "/users"
	usersPage = 50
)

func userURL(uid string) string { return usersPath + "/" + url.PathEscape(uid) }

// userFilter is the list of users as the address bar says it.
type userFilter struct {
	filter
	problems []string
}

func newUserFilter(values url.Values) *userFilter {
	return &userFilter{filter: filter{path: usersPath, keys: []string{"q", "active", "blocked", "hold", "org"}, values: values}}
}

// parse turns the address into a query of the mirror; what is neither true nor false is told, not guessed.
func (f *userFilter) parse(scope inventory.Scope) inventory.UserQuery {
	return inventory.UserQuery{
		Scope: scope, Text: f.get("q"), OrgUID: f.get("org"), Active: f.yesNo("active"), Blocked: f.yesNo("blocked"), OnHold: f.yesNo("hold"),
		After: f.get("after"), Before: f.get("before"), Limit: usersPage,
	}
}

func (f *userFilter) yesNo(key string) *bool {
	switch strings.ToLower(f.get(key)) {
	case "":
		return nil
	case "true":
		return new(true)
	case "false":
		return new(false)
	}
	f.problems = append(f.problems, fmt.Sprintf("The filter %q knows only true and false.", key))
	return nil
}

// users is the list.
func (h *Handlers) users(c echo.Context) error {
	ctx := c.Request().Context()
	actor := auth.VisitorOf(c).Actor
	f := newUserFilter(c.QueryParams())
	if led, err := f.tidy(c); led {
		return err
	}
	for _, key := range []string{"q", "org"} {
		if err := checkText(f.get(key)); err != nil {
			return err
		}
	}
	q := f.parse(readScope(actor))
	if q.OnHold != nil {
		known, err := h.holdsKnown(ctx)
		if err != nil {
			return err
		}
		if !known {
			f.problems = append(f.problems, holdsUnknown)
		}
	}
	if len(f.problems) > 0 {
		return fault.New(fault.Invalid, strings.Join(f.problems, " "), "Remove it from the address, or use the filters of the page.")
	}
	found, err := h.Inventory.Users(ctx, q)
	if err != nil {
		return err
	}
	var org inventory.Org // of the filter; zero when there is none that the person may see
	if q.OrgUID != "" {
		if org, err = h.Inventory.Org(ctx, q.Scope, q.OrgUID); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	view := f.view(found, org)
	view.Note = h.staleNote(ctx, actor)
	orgs, err := h.Inventory.Orgs(ctx, q.Scope, orgLimit+1)
	if err != nil {
		return err
	}
	offered := len(orgs) > 1 && len(orgs) <= orgLimit
	if !offered && q.OrgUID != "" {
		view.Hidden = []templates.Hidden{{Name: "org", Value: q.OrgUID}}
	}
	if target(c) == "results" {
		return h.render(c, http.StatusOK, templates.UsersResults(view))
	}
	view.Selects = f.selects()
	if offered {
		view.Selects = append(view.Selects, templates.Select{Name: "org", Label: "Organization", Options: orgOptions(orgs, org)})
	}
	return h.render(c, http.StatusOK, templates.Users(h.base(c, "Users", "users"), view))
}

// view draws what was found.
func (f *userFilter) view(found inventory.UserPage, org inventory.Org) templates.UsersView {
	view := templates.UsersView{
		URL: usersPath, Query: f.get("q"), Scope: usersTotal(found), Caption: "Users by username",
		Chips: f.chips(org), Pager: f.pager(found),
	}
	if !f.empty() {
		view.ClearURL = f.bare()
		view.Scope += " match"
		if found.Total == 1 {
			view.Scope += "es"
		}
	}
	view.Announce = view.Scope
	for _, u := range found.Users {
		view.Rows = append(view.Rows, templates.UserRow{
			Username: u.Username, URL: userURL(u.UID), Name: u.Name, Email: u.Email, Org: u.OrgName,
			States: userStates(u.Active, u.Blocked, u.OnHold), Devices: number(u.Devices),
		})
	}
	if len(view.Rows) == 0 {
		view.Empty = f.nobody(view.Chips)
	}
	return view
}

func usersTotal(p inventory.UserPage) string {
	if p.TotalCapped {
		return number(p.Total) + "+ users"
	}
	return counted(p.Total, "user")
}

func (f *userFilter) nobody(chips []templates.Chip) templates.Empty {
	if f.empty() {
		return templates.Empty{Title: "No user is known yet", Text: "Either these organizations have none, or the first sync with the backup service is still under way."}
	}
	e := templates.Empty{Title: "No user matches", Text: "Take a filter away to see more."}
	if text := f.get("q"); text != "" {
		e.Title = "No user matches “" + text + "”"
		if len([]rune(text)) < 3 {
			e.Text = "One or two letters find what begins with them; a third one finds parts of words too."
		}
	}
	for _, chip := range chips {
		e.Actions = append(e.Actions, templates.Button{Label: "Without " + strings.ToLower(chip.Key), URL: chip.RemoveURL})
	}
	return e
}

// userWords are what true and false mean for the filters that know only those.
var userWords = map[string][2]string{"active": {"active", "deactivated"}, "blocked": {"blocked", "not blocked"}, "hold": {"on hold", "not on hold"}}

func (f *userFilter) chips(org inventory.Org) []templates.Chip {
	labels := map[string]string{"q": "Text", "active": "State", "blocked": "Block", "hold": "Legal hold", "org": "Organization"}
	var list []templates.Chip
	for _, key := range f.keys {
		value := f.get(key)
		if value == "" {
			continue
		}
		if words, ok := userWords[key]; ok {
			value = words[0]
			if strings.EqualFold(f.get(key), "false") {
				value = words[1]
			}
		}
		if key == "org" {
			value = "unknown"
			if org.UID != "" {
				value = org.Name + " and below"
			}
		}
		list = append(list, templates.Chip{Key: labels[key], Value: value, RemoveURL: f.with(key, "")})
	}
	return list
}

func (f *userFilter) selects() []templates.Select {
	choice := func(key, label, all, yes, no string) templates.Select {
		now := strings.ToLower(f.get(key))
		return templates.Select{Name: key, Label: label, Options: []templates.Option{
			{Label: all, Selected: now == ""}, {Value: "true", Label: yes, Selected: now == "true"}, {Value: "false", Label: no, Selected: now == "false"},
		}}
	}
	return []templates.Select{
		choice("active", "State", "Any state", "Active", "Deactivated"), choice("blocked", "Block", "Blocked or not", "Blocked", "Not blocked"),
		choice("hold", "Legal hold", "On hold or not", "On legal hold", "On no legal hold"),
	}
}

func (f *userFilter) pager(p inventory.UserPage) templates.Pager {
	first, previous, next := "", "", ""
	if p.HasPrevious {
		first, previous = f.with(), f.with("before", p.Before)
	}
	if p.Next != "" {
		next = f.with("after", p.Next)
	}
	return templates.Pager{
		Text:  counted(len(p.Users), "user") + " on this page",
		Links: []templates.Link{{Label: "First", URL: first}, {Label: "Previous", URL: previous}, {Label: "Next", URL: next}},
	}
}

// userStates are a user's state and, when they are on one, their legal hold.
func userStates(active, blocked, onHold bool) []templates.State {
	states := []templates.State{userState(active, blocked)}
	if onHold {
		states = append(states, holdState("On legal hold"))
	}
	return states
}

// holdState marks who is on legal hold, and what is theirs.
func holdState(word string) templates.State {
	return templates.State{Shape: "hold", Tone: "warn", Word: word, Title: "The backup service deactivates nothing that is on legal hold"}
}

func userState(active, blocked bool) templates.State {
	switch {
	case !active && blocked:
		return templates.State{Shape: "off", Word: "Deactivated, blocked"}
	case !active:
		return templates.State{Shape: "off", Word: "Deactivated"}
	case blocked:
		return templates.State{Shape: "blocked", Tone: "bad", Word: "Active, blocked"}
	}
	return templates.State{Shape: "ok", Tone: "ok", Word: "Active"}
}
