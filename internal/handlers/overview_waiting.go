package handlers

import (
	"context"
	"strings"

	"backup-portal/internal/action"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

// waitingShown is how many of each kind the overview lists; the rest is on the pages that it leads to.
const waitingShown = 5

// mostCounted is how far the navigation counts: where more wait, how many is for their list to say.
const mostCounted = 99

// requestsNav is the entry of the navigation, with how many requests wait for the person's decision.
func (h *Handlers) requestsNav(ctx context.Context, actor policy.Actor) templates.NavItem {
	item := templates.NavItem{Key: "requests", Label: "Requests", URL: requestsPath, Shortcut: "r"}
	// A page is worth more than its count: where that cannot be read, the page itself will say what is wrong.
	if n, err := h.Operations.CountToDecide(ctx, actor, mostCounted+1); err == nil && n > 0 {
		item.Count = upTo(n, mostCounted)
		item.CountTitle = item.Count + " to decide"
	}
	return item
}

// upTo writes a number that was counted no further than one past most: "99+".
func upTo(n, most int) string {
	if n > most {
		return number(most) + "+"
	}
	return number(n)
}

// waiting lists what waits for the person, and in words how much of what: requests to decide, their own that are open,
// what came to its end since they last looked, and unknown outcomes, which nobody else settles.
func (h *Handlers) waiting(ctx context.Context, actor policy.Actor) (items []templates.TodoItem, words string, err error) {
	toVote, err := h.Operations.ToDecide(ctx, actor)
	if err != nil {
		return nil, "", err
	}
	own, err := h.Operations.Mine(ctx, actor, "", requestsPage)
	if err != nil {
		return nil, "", err
	}
	unsettled, err := h.Operations.Unsettled(ctx, actor)
	if err != nil {
		return nil, "", err
	}
	told, err := h.endedNotices(ctx, actor)
	if err != nil {
		return nil, "", err
	}
	var counts []string
	count := func(n int, what string) {
		if n > 0 {
			counts = append(counts, number(n)+" "+what)
		}
	}
	org, k := h.orgNames(ctx, actor), h.clock()
	for _, r := range toVote[:min(len(toVote), waitingShown)] {
		item := requestTodo(k, r, org, "waits for your decision", "Decide")
		item.Detail = "Asked by " + r.Person.Name + ", expires " + k.ahead(r.Expires).Text
		items = append(items, item)
	}
	count(len(toVote), "to decide")
	open := 0
	for _, r := range own {
		if !r.Open() {
			continue
		}
		if open++; open <= waitingShown {
			items = append(items, requestTodo(k, r, org, ownWords(r), "Look"))
		}
	}
	count(open, "of yours open")
	items = append(items, told...)
	for _, op := range unsettled {
		items = append(items, unsettledTodo(k, h.heading(op), op))
	}
	count(len(unsettled), "to settle")
	return items, strings.Join(counts, ", "), nil
}

func requestTodo(k clock, r operation.Request, org func(string) (string, bool), text, button string) templates.TodoItem {
	a, _ := action.ByID(r.Action)
	label := whatWords(a, r)
	if where := whereWords(r, org); where != "" {
		label += " in " + where
	}
	return templates.TodoItem{
		State: requestState(r), Link: templates.Link{Label: label, URL: requestURL(r.ID)}, Text: text, Detail: r.Reason, At: k.long(r.Created),
		Button: templates.Link{Label: button, URL: requestURL(r.ID)},
	}
}

func unsettledTodo(k clock, heading string, op operation.Operation) templates.TodoItem {
	return templates.TodoItem{
		State:  operationState(op.State),
		Link:   templates.Link{Label: heading, URL: operationURL(op.ID)},
		Text:   "has an unknown outcome",
		Detail: op.Detail,
		At:     k.long(op.Created),
		Button: templates.Link{Label: "Settle", URL: operationURL(op.ID)},
	}
}

// endedNotices lists the person's own requests that came to an end and that they have not looked at since.
func (h *Handlers) endedNotices(ctx context.Context, actor policy.Actor) ([]templates.TodoItem, error) {
	told, err := h.Operations.Notices(ctx, actor, noticesShown)
	if err != nil {
		return nil, err
	}
	var items []templates.TodoItem
	org, k := h.orgNames(ctx, actor), h.clock()
	for _, n := range told {
		if n.Kind != operation.Over || !n.Read.IsZero() {
			continue
		}
		r, err := h.Operations.Request(ctx, actor, n.RequestID)
		if err != nil {
			continue // not theirs to read any more
		}
		item := requestTodo(k, r, org, endWords(r), "Look")
		item.At = k.long(n.At)
		items = append(items, item)
	}
	return items, nil
}
