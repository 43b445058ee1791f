package handlers

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/action"
	"backup-portal/internal/auth"
	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/internal/settings"
	"backup-portal/web/templates"
)

// reviewed is a change of settings that somebody is about to send: where it came from and what is said above it.
type reviewed struct {
	kind    action.Kind
	id      string
	changes settings.Changes
	back    string           // where to go when it is dropped; "": the settings
	notes   []templates.Note // what was left out on the way here

	again  *operation.Submission // the post that could not go on
	reason string                // as typed
	fault  *fault.Fault          // why it could not
}

// reviewFormer draws the review of what a former operation left to do (?rest=) or of what undoes it (?back=).
func (h *Handlers) reviewFormer(a action.Action) echo.HandlerFunc {
	return func(c echo.Context) error {
		if fragmentOnly(c) { // it is a page, not a dialog
			return seeOther(c, c.Request().URL.RequestURI())
		}
		actor := auth.VisitorOf(c).Actor
		id, err := idOf(c, a.Kind)
		if err != nil {
			return err
		}
		former, back := c.QueryParam("rest"), false
		if former == "" {
			former, back = c.QueryParam("back"), true
		}
		if former == "" {
			// The target has to be there for this reader, or the address does not exist.
			if _, err := h.Operations.Preview(c.Request().Context(), actor, a, []string{id}, nil); err != nil {
				return err
			}
			return seeOther(c, a.Kind.Path(id)+"/settings")
		}
		op, err := h.Operations.Get(c.Request().Context(), actor, former)
		if err != nil || op.Action != a.ID || op.TargetID != id {
			return cmp.Or(onlyInternal(err), notFound())
		}
		r := reviewed{kind: a.Kind, id: id, changes: h.Operations.Rest(op), back: operationURL(op.ID)}
		said := templates.Note{Kind: "info", Title: "This sends what was not written.", Text: "It is a change of its own, with its own entry in the audit log."}
		if back {
			r.changes = h.Operations.PutBack(op)
			said.Title = "This puts back what was written."
		}
		if len(r.changes) == 0 {
			return fault.New(fault.Conflict, "There is nothing to send of that change.", "Its page says what is in force.")
		}
		r.notes = []templates.Note{said}
		return h.review(c, http.StatusOK, actor, r)
	}
}

// onlyInternal keeps an error that says nothing about what is there or not.
func onlyInternal(err error) error {
	if err == nil || fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid) {
		return nil
	}
	return err
}

// submitSettings takes a reviewed change onto the road; with the button of the merge it draws another review instead.
func (h *Handlers) submitSettings(a action.Action) echo.HandlerFunc {
	return func(c echo.Context) error {
		actor := auth.VisitorOf(c).Actor
		id, err := idOf(c, a.Kind)
		if err != nil {
			return err
		}
		values, err := c.FormParams()
		if err != nil {
			return err
		}
		params := postedParams(values)
		changes, err := settings.ParseParams(params)
		if err != nil {
			return badChanges(err)
		}
		r := reviewed{kind: a.Kind, id: id, changes: changes}
		if values.Has("merge") {
			return h.merge(c, actor, r, values)
		}
		in := operation.Submission{
			ID: values.Get("operation"), Action: a.ID, TargetID: id, Params: params,
			Reason: values.Get("reason"), Seen: values.Get("seen"), Request: requestID(c),
		}
		op, err := h.Operations.Submit(c.Request().Context(), actor, in)
		switch {
		case err == nil && op.Under != "":
			return seeOther(c, requestURL(op.Under))
		case err == nil:
			return seeOther(c, operationURL(op.ID))
		}
		f := fault.Of(err)
		if f.Kind == fault.NotFound {
			return err
		}
		if f.Kind == fault.Internal {
			h.Logger.Error("change not taken", "request", requestID(c), "route", c.Path(), "operation", in.ID, "err", err)
		}
		r.again, r.fault, r.reason = &in, f, in.Reason
		return h.review(c, statuses[f.Kind].status, actor, r)
	}
}

// review shows what a change would do, on the settings as they are now. A value that others have changed meanwhile is asked
// about first.
func (h *Handlers) review(c echo.Context, status int, actor policy.Actor, r reviewed) error {
	a, ok := action.ByID(changeID(r.kind))
	if !ok {
		return notFound()
	}
	ctx := c.Request().Context()
	preview, err := h.Operations.Preview(ctx, actor, a, []string{r.id}, r.changes.Params())
	if err != nil {
		return err
	}
	t := preview.Targets[0]
	if t.State.Settings != nil {
		left, _, _ := r.changes.Against(*t.State.Settings)
		if t.Conflict == nil && len(left) > 0 && len(left) < len(r.changes) {
			r.notes = append(r.notes, templates.Note{Kind: "info", Title: counted(len(r.changes)-len(left), "value") + " left out:", Text: "set like that already."})
			r.changes = left
			return h.review(c, status, actor, r)
		}
	}
	s, err := h.sheetFrom(ctx, actor, r.kind, t.Reading)
	if err != nil {
		return err
	}
	if t.Conflict != nil {
		return h.drawMerge(c, s, r, *t.Conflict)
	}
	return h.drawReview(c, status, actor, s, r, preview)
}

func (h *Handlers) drawReview(c echo.Context, status int, actor policy.Actor, s sheetOf, r reviewed, preview operation.Preview) error {
	a, t := preview.Action, preview.Targets[0]
	view := templates.SettingsReview{
		Head: settingsHead(s, "Review"), Title: counted(len(r.changes), "value") + " of " + s.name, Notes: r.notes,
		Aside: "Nothing was sent yet", Edit: editAgain(s, r.changes),
	}
	view.Head.Title = "Review the change of " + s.name
	o := originsOf(s)
	losing := 0
	for _, change := range o.inOrder(r.changes) {
		row := o.review(change)
		if row.Note != "" {
			losing++
		}
		view.Rows = append(view.Rows, row)
	}
	view.Notes = append(view.Notes, o.breaks(r.changes)...)
	if losing > 0 {
		view.Notes = append(view.Notes, templates.Note{Kind: "warn", Shape: "alert", Title: counted(losing, "value") + " can cost stored data.", Text: "The lines below say what is lost."})
	}
	form := templates.ConfirmView{
		Ask: "Send it?", PostURL: actionURL(a, r.id), BackURL: cmp.Or(r.back, s.url()), Undo: undoSentence(a), Effect: "The values are sent to the backup service as they stand here.", Required: a.Reason,
		Keep: "Drop the change", Button: a.Label, Swap: "#review", OperationID: operation.NewID(), Reason: r.reason,
	}
	for name, value := range r.changes.Params() {
		form.Hidden = append(form.Hidden, templates.Hidden{Name: changeField + name, Value: value})
	}
	slices.SortFunc(form.Hidden, func(a, b templates.Hidden) int { return strings.Compare(a.Name, b.Name) })
	seen := ""
	switch {
	case t.Failure != nil:
		form.Disabled = "Off until the backup service answers."
	default:
		seen = a.Fingerprint(t.Order)
		view.Reach = reachFacts(a, t.Order, view.Rows)
		form.Disabled = preview.Refusal
	}
	h.demand(&form, actor, preview)
	if r.again != nil {
		again(&form, r.again.ID, r.reason, r.fault)
		if r.fault.Kind == fault.Upstream {
			seen = r.again.Seen
		}
		if stepUpNeeded(r.fault) {
			signInFirst(&form, h.clock(), actor, r.fault)
		}
	}
	if form.Disabled == "" {
		_, busy, err := h.Operations.OpenOn(c.Request().Context(), a.Kind.ID, r.id)
		if err != nil {
			return err
		}
		if busy {
			form.Disabled = "Waits until the open operation on this " + a.Kind.Noun + " is settled."
		}
	}
	form.Hidden = append(form.Hidden, templates.Hidden{Name: "seen", Value: seen})
	view.Form = form
	if target(c) == "review" {
		return h.render(c, status, templates.SettingsReviewBody(view))
	}
	return h.render(c, status, templates.SettingsReviewPage(h.base(c, "Review the change of "+s.name, s.kind.Resource), view))
}

// inOrder sorts changes as the values stand on the pages.
func (o origins) inOrder(changes settings.Changes) settings.Changes {
	place := map[settings.Key]int{}
	for i, v := range o.sheet.Values() {
		place[v.Key] = i
	}
	sorted := slices.Clone(changes)
	slices.SortStableFunc(sorted, func(a, b settings.Change) int { return cmp.Compare(place[a.Key], place[b.Key]) })
	return sorted
}

// reachFacts are what the action says of its reach; what the values themselves say stands beside them.
func reachFacts(a action.Action, o action.Order, rows []templates.ReviewRow) []templates.Fact {
	var facts []templates.Fact
	for i, f := range a.Impact(o) {
		said := slices.ContainsFunc(rows, func(r templates.ReviewRow) bool { return r.Note == f.Value })
		if i > 0 && !said {
			facts = append(facts, templates.Fact{Label: f.Name, Value: f.Value})
		}
	}
	return facts
}

// editAgain leads back to the form that the changes came from, when they came from one.
func editAgain(s sheetOf, changes settings.Changes) templates.EditAgain {
	var edit templates.EditAgain
	for name, value := range changes.Params() {
		edit.Hidden = append(edit.Hidden, templates.Hidden{Name: changeField + name, Value: value})
	}
	var group settings.Group
	for _, c := range changes {
		p := propertyOf(&s.sheet, c.Key)
		if group != "" && p.Group != group {
			return templates.EditAgain{}
		}
		group = p.Group
	}
	if group != "" {
		edit.PostURL = s.url() + "/" + string(group)
	}
	return edit
}

// review is one change before and after. What was inherited is told by what was in force.
func (o origins) review(c settings.Change) templates.ReviewRow {
	v, ok := o.sheet.Value(c.Key)
	if isSwitch(c.Key) {
		return templates.ReviewRow{Label: groupTitle(o.sheetOf, v.Group), Before: o.switched(v.Property, c.From), After: o.switched(v.Property, c.To)}
	}
	if ok && v.Inherited && v.Effective != c.To {
		c.From = v.Effective
	}
	row := changeRow(&o.sheet, c)
	if ok && v.Inherited && v.Effective == c.To {
		row.Before, row.After = o.inWords(v.Property, c.To), o.inWords(v.Property, c.To)+", set here"
		row.Added, row.Removed, row.Kept, row.Note = nil, nil, "", ""
	}
	return row
}

// inWords is a value in words, never nothing.
func (o origins) inWords(p settings.Property, canonical string) string {
	if p.Secret {
		return masked
	}
	return cmp.Or(o.sheet.Words(p, canonical), "none")
}

// switched says where the values of a group come from.
func (o origins) switched(p settings.Property, canonical string) string {
	if canonical != "true" {
		return "set here"
	}
	_, provider, _ := o.sheet.Inherits(p.Inherits)
	return "follows " + o.parent(provider)
}

// breaks says what of inheritance a change ends or begins.
func (o origins) breaks(changes settings.Changes) []templates.Note {
	var notes []templates.Note
	told := map[settings.Inheritance]bool{}
	for _, c := range changes {
		v, ok := o.sheet.Value(c.Key)
		if !ok || told[v.Inherits] {
			continue
		}
		switch {
		case isSwitch(c.Key) && c.To == "true":
			notes = append(notes, templates.Note{
				Kind: "info", Title: groupTitle(o.sheetOf, v.Group) + " follows the level above again.",
				Text: "What counts then is what " + o.over(v.Inherits) + " has, now and whenever it is changed there.",
			})
		case v.Inherited && v.Inherits != settings.FromOrganization, isSwitch(c.Key):
			notes = append(notes, templates.Note{
				Kind: "warn", Shape: "info", Title: "It ends an inheritance.",
				Text: groupTitle(o.sheetOf, v.Group) + " of " + o.name + " no longer follows " + o.over(v.Inherits) + ": a change made there does not arrive here any more.",
			})
		default:
			continue
		}
		told[v.Inherits] = true
	}
	return notes
}

// over names what is followed in what is inherited together.
func (o origins) over(by settings.Inheritance) string {
	_, provider, _ := o.sheet.Inherits(by)
	return o.parent(provider)
}
