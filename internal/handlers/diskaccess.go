package handlers

import (
	"context"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

const (
	// macsRead is how many Macs one page looks at, and macsShown how many it lists.
	macsRead, macsShown = 20_000, 100
	// macOrgs is how many organizations one page asks; a file asks all.
	macOrgs = 40
)

// diskAccess is what an organization's Macs tell of full disk access: the mirror's Macs with the vendor's answer of now.
func (h *Handlers) diskAccess(c echo.Context, actor policy.Actor, live inventory.LiveOrg, view *templates.OrganizationView) error {
	f := newDiskAccessList(live.Row.UID, c.QueryParams())
	if live.Failure == nil {
		view.Source = "Macs as last synced; what they may read, from the backup service just now"
	}
	macs, more, err := h.macs(c.Request().Context(), readScope(actor), live.Row.UID, f.below())
	if err != nil {
		return err
	}
	reading := h.Inventory.ReadDiskAccess(macOrgs)
	if live.Failure == nil { // else it has just not answered
		if err := reading.AskInTime(c.Request().Context(), macs); err != nil {
			return err // the person left; without an answer in time the page says so
		}
	}
	report := f.view(macs, reading, h.clock())
	report.Notes = f.notes(reading, more)
	report.Export = templates.Button{Label: "Export CSV", URL: f.at(f.path + "/export.csv")}
	if !policy.May(actor, policy.ExportLists, live.Row.Path) {
		report.ExportWhy = noDeviceExport
	}
	report.Switchable = live.Row.Orgs > 0
	view.DiskAccess = &report
	return nil
}

// macs reads the active Macs of an organization, or with below those of all below it too; more tells that there are others.
func (h *Handlers) macs(ctx context.Context, scope inventory.Scope, uid string, below bool) (macs []inventory.Device, more bool, err error) {
	selected, err := h.Inventory.Macs(ctx, scope, uid, below)
	if err != nil {
		return nil, false, err
	}
	for batch, err := range selected.Batches(ctx) {
		if err != nil {
			return nil, false, err
		}
		if macs = append(macs, batch...); len(macs) >= macsRead {
			break
		}
	}
	return macs, selected.Len() > max(len(macs), macsRead), nil
}

// diskAccessList is the report as the address bar says it.
type diskAccessList struct{ filter }

func newDiskAccessList(uid string, values url.Values) diskAccessList {
	return diskAccessList{filter{path: organizationURL(uid) + "/full-disk-access", keys: []string{"below", "access"}, values: values}}
}

func (f diskAccessList) below() bool { return f.get("below") == "true" }

// accessStates are the states in the order of their counts.
var accessStates = []inventory.DiskAccess{inventory.DiskAccessNotGranted, inventory.DiskAccessNotTold, inventory.DiskAccessGranted}

// accessState puts a state into a shape and a word.
func accessState(a inventory.DiskAccess) templates.State {
	switch a {
	case inventory.DiskAccessGranted:
		return templates.State{Shape: "ok", Tone: "ok", Word: "Granted"}
	case inventory.DiskAccessNotGranted:
		return templates.State{Shape: "alert", Tone: "bad", Word: "Not granted", Title: "macOS keeps some folders from the backup client"}
	}
	return templates.State{Shape: "unknown", Word: "Not told", Title: "Its client has not reported it"}
}

// view draws the report: counts of all Macs, rows of those that the filter leaves.
func (f diskAccessList) view(macs []inventory.Device, reading *inventory.DiskAccessReading, k clock) templates.DiskAccessView {
	count := map[inventory.DiskAccess]int{}
	chosen := inventory.DiskAccess(f.get("access"))
	var rows []inventory.Device
	for _, d := range macs {
		state := reading.Of(d)
		count[state]++
		if chosen == "" || chosen == state {
			rows = append(rows, d)
		}
	}
	view := templates.DiskAccessView{Below: f.below(), Total: counted(len(macs), "Mac"), SwitchURL: f.with("below", "true")}
	if view.Below {
		view.SwitchURL = f.with("below", "")
	}
	view.Counts = append(view.Counts, templates.FacetItem{ID: "access-all", Label: "All", Figure: number(len(macs)), URL: f.with("access", ""), Current: chosen == ""})
	for _, state := range accessStates {
		item := templates.FacetItem{ID: "access-" + string(state), Label: accessState(state).Word, Figure: number(count[state]), URL: f.with("access", string(state)), Current: chosen == state}
		if item.Current {
			item.URL = f.with("access", "")
		}
		view.Counts = append(view.Counts, item)
	}
	from := min(max(atoi(f.get("from")), 0), max(len(rows)-1, 0)/macsShown*macsShown)
	shown := rows[from:min(from+macsShown, len(rows))]
	for _, d := range shown {
		view.Rows = append(view.Rows, templates.DiskAccessRow{
			Name: d.Name, URL: deviceURL(d.GUID), State: accessState(reading.Of(d)), User: d.Username, UserURL: userURL(d.UserUID),
			Org: d.OrgName, Connected: k.short(d.LastConnected),
		})
	}
	f.pages(&view, from, len(shown), len(rows))
	switch {
	case len(macs) == 0:
		view.Empty = templates.Empty{Title: "No Mac", Text: "The portal knows no active Mac here. Full disk access is a matter of macOS alone."}
	case len(rows) == 0:
		view.Empty = templates.Empty{Title: "No Mac in that state", Actions: []templates.Button{{Label: "All Macs", URL: f.with("access", "")}}}
	}
	return view
}

func (f diskAccessList) pages(view *templates.DiskAccessView, from, shown, all int) {
	if shown == all {
		return
	}
	place := func(n int) string { return f.with("from", strconv.Itoa(n)) }
	view.Pager.Text = number(from+1) + " to " + number(from+shown) + " of " + number(all)
	if from > 0 {
		view.Pager.Links = append(view.Pager.Links, templates.Link{Label: "Previous", URL: place(max(from-macsShown, 0))})
	}
	if from+shown < all {
		view.Pager.Links = append(view.Pager.Links, templates.Link{Label: "Next", URL: place(from + shown)})
	}
}

// notes say what the report does not know.
func (f diskAccessList) notes(reading *inventory.DiskAccessReading, more bool) []templates.Note {
	var notes []templates.Note
	silent, unasked, why := reading.Silent()
	if silent > 0 {
		notes = append(notes, templates.Note{
			Kind: "bad", Title: fault.Of(why).Message, Text: "Of " + counted(silent, "organization") + " it is not known now what their Macs may read.",
			Actions: []templates.Button{{Label: "Try again", URL: f.with()}},
		})
	}
	if unasked > 0 {
		notes = append(notes, templates.Note{
			Kind: "warn", Title: counted(unasked, "organization") + " not asked.",
			Text: "A page asks at most " + number(macOrgs) + "; their Macs read “not told”. Choose an organization further down, or export: the file asks all of them.",
		})
	}
	if more {
		notes = append(notes, templates.Note{Kind: "warn", Title: "There are more Macs than this page counts.", Text: "It counts the first " + number(macsRead) + " by name; the export has all of them."})
	}
	return notes
}

// atoi reads a number of an address; what is none is 0.
func atoi(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}

// deviceDiskAccess asks, beside whatever else is read, what a Mac may read; the answer waits for it. Of what is no Mac
// nothing is asked.
func (h *Handlers) deviceDiskAccess(ctx context.Context, actor policy.Actor, guid string) func() templates.Fact {
	fact := templates.Fact{Label: "Full disk access", Value: "not known now"}
	d, err := h.Inventory.Device(ctx, readScope(actor), guid)
	if err != nil || !d.IsMac() {
		return func() templates.Fact { return fact }
	}
	answered := make(chan templates.Fact, 1)
	go func() {
		if state, err := h.Inventory.DeviceDiskAccess(ctx, guid); err == nil {
			fact.State = accessState(state)
		}
		answered <- fact
	}()
	return func() templates.Fact { return <-answered }
}
