package handlers

import (
	"context"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/action"
	"backup-portal/internal/auth"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

const (
	requestsPage = 50
	// noticesShown is how many things that happened are told at once; older ones are in the lists.
	noticesShown = 10
)

// The lists of requests.
const (
	toDecide = "to-decide"
	mine     = "mine"
	all      = "all"
)

// requests is the list: what waits for the person, what they asked for, what they may read.
func (h *Handlers) requests(c echo.Context) error {
	ctx := c.Request().Context()
	actor := auth.VisitorOf(c).Actor
	waiting, err := h.Operations.ToDecide(ctx, actor)
	if err != nil {
		return err
	}
	list, after := c.QueryParam("list"), c.QueryParam("after")
	switch {
	case list == mine || list == all || list == toDecide:
	case len(waiting) > 0:
		list = toDecide
	default:
		list = mine
	}
	if _, err := operation.ParseID(after); err != nil {
		after = ""
	}
	found := waiting
	switch list {
	case mine:
		found, err = h.Operations.Mine(ctx, actor, after, requestsPage+1)
	case all:
		found, err = h.Operations.AllRequests(ctx, actor, nil, after, requestsPage+1)
	}
	if err != nil {
		return err
	}
	view, err := h.requestsView(ctx, actor, list, after, found)
	if err != nil {
		return err
	}
	if target(c) == "results" {
		return h.render(c, http.StatusOK, templates.RequestsResults(view))
	}
	open, err := h.ownOpen(ctx, actor)
	if err != nil {
		return err
	}
	view.Tabs = []templates.Tab{
		{Key: toDecide, Label: "To decide", URL: requestListURL(toDecide, ""), Figure: number(len(waiting)), Current: list == toDecide},
		{Key: mine, Label: "Mine", URL: requestListURL(mine, ""), Figure: open, Current: list == mine},
		{Key: all, Label: "All", URL: requestListURL(all, ""), Current: list == all},
	}
	return h.render(c, http.StatusOK, templates.Requests(h.base(c, "Requests", "requests"), view))
}

func requestListURL(list, after string) string {
	values := url.Values{"list": {list}}
	if after != "" {
		values.Set("after", after)
	}
	return requestsPath + "?" + values.Encode()
}

// ownOpen counts the person's requests that something can still come of, "" for none.
func (h *Handlers) ownOpen(ctx context.Context, actor policy.Actor) (string, error) {
	newest, err := h.Operations.Mine(ctx, actor, "", requestsPage)
	if err != nil {
		return "", err
	}
	open := 0
	for _, r := range newest {
		if r.Open() {
			open++
		}
	}
	if open == 0 {
		return "", nil
	}
	return number(open) + " open", nil
}

func (h *Handlers) requestsView(ctx context.Context, actor policy.Actor, list, after string, found []operation.Request) (templates.RequestsView, error) {
	view := templates.RequestsView{Caption: listCaptions[list], EndLabel: "End"}
	if list == toDecide {
		view.EndLabel = "Expires"
	}
	next := ""
	if len(found) > requestsPage && list != toDecide {
		found = found[:requestsPage]
		next = requestListURL(list, found[requestsPage-1].ID)
	}
	org := h.orgNames(ctx, actor)
	progress, err := h.Operations.Votes(ctx, found)
	if err != nil {
		return view, err
	}
	for i, r := range found {
		row := h.requestRow(actor, r, progress[i], org)
		if list == toDecide {
			row.State.Word = "Waiting for you"
		}
		view.Rows = append(view.Rows, row)
	}
	view.Announce = counted(len(view.Rows), "request")
	if len(view.Rows) == 0 {
		view.Announce, view.Empty = "none", nothingAsked(list, after)
	}
	if after != "" || next != "" {
		view.Announce += " on this page"
		first := ""
		if after != "" {
			first = requestListURL(list, "")
		}
		view.Pager = templates.Pager{Text: view.Announce, Links: []templates.Link{{Label: "First", URL: first}, {Label: "Next", URL: next}}}
	}
	view.Notices, err = h.notices(ctx, actor, org)
	return view, err
}

var listCaptions = map[string]string{
	toDecide: "Requests that wait for your decision, oldest first", mine: "Requests that you made, newest first", all: "Requests that you may read, newest first",
}

func nothingAsked(list, after string) templates.Empty {
	switch {
	case after != "":
		return templates.Empty{Title: "There are no older ones", Actions: []templates.Button{{Label: "First page", URL: requestListURL(list, "")}}}
	case list == toDecide:
		return templates.Empty{Title: "Nothing waits for your decision", Text: "What others ask for, and you may decide on, appears here. You get a notice too."}
	case list == mine:
		return templates.Empty{
			Title: "You have asked for nothing", Text: "What needs the yes of others begins at a device, an organization or a selection of devices.",
			Actions: []templates.Button{{Label: "Devices", URL: devicesPath}, {Label: "Organizations", URL: organizationsPath}},
		}
	}
	return templates.Empty{Title: "No request that you may read", Text: "Here is what was asked for in your part of the fleet, with its votes and its outcome."}
}

func (h *Handlers) requestRow(actor policy.Actor, r operation.Request, progress operation.Progress, org func(string) (string, bool)) templates.RequestRow {
	a, _ := action.ByID(r.Action)
	k := h.clock()
	row := templates.RequestRow{
		What: whatWords(a, r), URL: requestURL(r.ID), Where: whereWords(r, org), Who: r.Person.Name, Reason: r.Reason, State: requestState(r),
	}
	if r.Person.Key == actor.Key() {
		row.Who = "you"
	}
	if kindOf(r) == action.Organization {
		row.Where = "with all below it"
	}
	row.Votes = voteCount(r, progress.Verdict)
	switch {
	case r.State == operation.Awaiting:
		row.End = k.ahead(r.Expires)
	case r.State == operation.Scheduled:
		row.End = k.ahead(r.Due)
	case !r.Closed.IsZero():
		row.End = k.long(r.Closed)
	}
	return row
}

// notices lists what the person was told and has not looked at. What they may not read any more is left out.
func (h *Handlers) notices(ctx context.Context, actor policy.Actor, org func(string) (string, bool)) ([]templates.NoticeItem, error) {
	told, err := h.Operations.Notices(ctx, actor, noticesShown)
	if err != nil {
		return nil, err
	}
	k := h.clock()
	var items []templates.NoticeItem
	for _, n := range told {
		if !n.Read.IsZero() {
			continue
		}
		r, err := h.Operations.Request(ctx, actor, n.RequestID)
		if err != nil {
			continue
		}
		a, _ := action.ByID(r.Action)
		item := templates.NoticeItem{State: requestState(r), Link: templates.Link{Label: whatWords(a, r), URL: requestURL(r.ID)}, Text: noticeWords(n.Kind, r), At: k.long(n.At)}
		if where := whereWords(r, org); where != "" {
			item.Link.Label += " in " + where
		}
		items = append(items, item)
	}
	return items, nil
}

// noticeWords go after the name of the request.
func noticeWords(kind operation.NoticeKind, r operation.Request) string {
	switch kind {
	case operation.ToDecide:
		return "was asked for by " + r.Person.Name + " and waits for a decision"
	case operation.Again:
		return "reaches more than before and is decided anew"
	case operation.Soon:
		return "has the agreement that it needs and runs soon"
	case operation.Halted:
		return stopWords(r)
	case operation.Over:
	}
	return endWords(r)
}
