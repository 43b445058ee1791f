package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/action"
	"backup-portal/internal/auth"
	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

// confirm asks before a change: a page by itself, or the same form in a dialog.
func (h *Handlers) confirm(a action.Action) echo.HandlerFunc {
	return func(c echo.Context) error {
		actor := auth.VisitorOf(c).Actor
		id, err := idOf(c, a.Kind)
		if err != nil {
			return err
		}
		preview, err := h.Operations.Preview(c.Request().Context(), actor, a, []string{id}, nil)
		if err != nil {
			return err
		}
		view, err := h.confirmView(c, actor, preview)
		if err != nil {
			return err
		}
		if former := c.QueryParam("back"); former != "" {
			if err := h.putBack(c, actor, a, id, former, &view); err != nil {
				return err
			}
		}
		view.OperationID = operation.NewID()
		return h.drawConfirm(c, http.StatusOK, a, view)
	}
}

func (h *Handlers) drawConfirm(c echo.Context, status int, a action.Action, view templates.ConfirmView) error {
	if fragmentOnly(c) {
		return h.render(c, status, templates.ConfirmDialog(view))
	}
	return h.render(c, status, templates.Confirm(h.base(c, a.Label, a.Kind.Resource), view))
}

// keepWords are on the button that does nothing.
func keepWords(a action.Action) string {
	if a.Grows {
		return "Cancel"
	}
	return "Keep it as it is"
}

// confirmView asks about one target as it was read.
func (h *Handlers) confirmView(c echo.Context, actor policy.Actor, preview operation.Preview) (templates.ConfirmView, error) {
	a, reading := preview.Action, preview.Targets[0].Reading
	view := templates.ConfirmView{
		Ask: a.Ask, PostURL: actionURL(a, reading.Target.ID), BackURL: a.Kind.Path(reading.Target.ID), Undo: undoSentence(a),
		Effect: a.Effect, Required: a.Reason, Keep: keepWords(a), Button: a.Label, Destructive: a.Risk == action.Destructive,
	}
	for _, f := range reading.Facts {
		view.Facts = append(view.Facts, templates.Fact{Label: f.Name, Value: f.Value, ID: f.Name == a.Kind.IDLabel})
	}
	view.Fields = fieldsOf(a, reading.Order)
	if reading.Failure != nil {
		view.Disabled = "Off until the backup service answers."
		h.demand(&view, actor, preview)
		return view, nil
	}
	for _, f := range a.Impact(reading.Order) {
		view.Facts = append(view.Facts, templates.Fact{Label: f.Name, Value: f.Value})
	}
	view.Hidden = []templates.Hidden{{Name: "seen", Value: a.Fingerprint(reading.Order)}}
	if a.Settings != nil && len(a.Params) == 0 {
		view.Changes = changeRows(reading.State.Settings, a.Settings(reading.Order))
	}
	view.Warning = lossOf(a, []operation.Reading{reading})
	view.Notes = notesOf(reading)
	h.demand(&view, actor, preview)
	view.Disabled = preview.Refusal
	if view.Disabled != "" {
		return view, nil
	}
	_, busy, err := h.Operations.OpenOn(c.Request().Context(), reading.Target.Kind, reading.Target.ID)
	if busy {
		view.Disabled = "Waits until the open operation on this " + a.Kind.Noun + " is settled."
	}
	return view, err
}

// submit takes the posted form onto the road and leads to its operation, or to the request that it became. What cannot go
// on shows the form again with what was typed, the same operation id and the reason.
func (h *Handlers) submit(a action.Action) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx := c.Request().Context()
		actor := auth.VisitorOf(c).Actor
		id, err := idOf(c, a.Kind)
		if err != nil {
			return err
		}
		in := operation.Submission{
			ID: c.FormValue("operation"), Action: a.ID, TargetID: id, Params: paramsOf(c, a),
			Reason: c.FormValue("reason"), Seen: c.FormValue("seen"), Request: requestID(c),
		}
		op, err := h.Operations.Submit(ctx, actor, in)
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
		view, viewErr := h.confirmAgain(c, actor, a, in, f)
		if viewErr != nil {
			return err
		}
		typedAgain(c, &view, a, err, f.Kind == fault.Upstream)
		if f.Kind == fault.Internal {
			h.Logger.Error("change not taken", "request", requestID(c), "route", c.Path(), "operation", in.ID, "err", err)
		}
		if stepUpNeeded(err) {
			signInFirst(&view, h.clock(), actor, f)
		}
		return h.drawConfirm(c, statuses[f.Kind].status, a, view)
	}
}

// confirmAgain draws the form after a post that could not go on: what was typed, and why.
func (h *Handlers) confirmAgain(c echo.Context, actor policy.Actor, a action.Action, in operation.Submission, f *fault.Fault) (templates.ConfirmView, error) {
	preview, err := h.previewFor(c, actor, a, []string{in.TargetID}, f)
	if err != nil {
		return templates.ConfirmView{}, err
	}
	view, err := h.confirmView(c, actor, preview)
	if err != nil {
		return view, err
	}
	again(&view, in.ID, in.Reason, f)
	if f.Kind == fault.Upstream {
		view.Hidden = []templates.Hidden{{Name: "seen", Value: in.Seen}}
	}
	return view, nil
}

// again puts into a form what was typed, and why it could not go on.
func again(view *templates.ConfirmView, id, reason string, f *fault.Fault) {
	view.OperationID, view.Reason = id, reason
	view.Problem = templates.Note{Kind: "bad", Title: f.Message, Text: f.Next}
	switch f.Kind {
	case fault.Upstream:
		view.Disabled = "" // the same form can be sent again as it is, about what was seen when it was drawn
	case fault.Invalid:
		// A form without a valid id was not drawn by the portal; this one is new.
		if _, err := operation.ParseID(id); err != nil {
			view.OperationID = operation.NewID()
		} else {
			view.ReasonError, view.Problem.Text = f.Message+" "+f.Next, "" // said once, beside the field
		}
	case fault.Conflict:
		view.OperationID = operation.NewID()
	case fault.Internal, fault.Denied, fault.NotFound:
	}
}

// previewFor reads targets live, or only from the mirror when the vendor has just not answered.
func (h *Handlers) previewFor(c echo.Context, actor policy.Actor, a action.Action, ids []string, f *fault.Fault) (operation.Preview, error) {
	ctx := c.Request().Context()
	if f.Kind != fault.Upstream {
		return h.Operations.Preview(ctx, actor, a, ids, nil)
	}
	preview := operation.Preview{Action: a}
	for _, id := range ids {
		reading, err := h.Operations.Remembered(ctx, readScope(actor), a.Kind, id, f)
		if err != nil {
			return preview, err
		}
		preview.Targets = append(preview.Targets, operation.PreviewTarget{Reading: reading})
		for _, offer := range h.Operations.Offers(actor, reading, false) {
			if offer.Action.ID == a.ID && offer.Decision.Need.People() >= preview.Need.People() {
				preview.Need, preview.Terms = offer.Decision.Need, offer.Decision.Terms
			}
		}
	}
	return preview, nil
}
