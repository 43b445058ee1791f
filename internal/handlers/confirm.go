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
		reading, err := h.readTarget(c.Request().Context(), actor, a.Kind, id)
		if err != nil {
			return err
		}
		view, err := h.confirmView(c, actor, a, reading)
		if err != nil {
			return err
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

func (h *Handlers) confirmView(c echo.Context, actor policy.Actor, a action.Action, reading operation.Reading) (templates.ConfirmView, error) {
	view := templates.ConfirmView{
		Ask: a.Ask, PostURL: actionURL(a, reading.Target.ID), BackURL: a.Kind.Path(reading.Target.ID),
		Effect: a.Effect, Required: a.Reason, Keep: "Keep it as it is", Button: a.Label, Destructive: a.Risk == action.Destructive,
	}
	for _, f := range reading.Facts {
		view.Facts = append(view.Facts, templates.Fact{Label: f.Name, Value: f.Value, ID: f.Name == a.Kind.IDLabel})
	}
	if a.Undo.Action != "" {
		if undo, ok := action.ByID(a.Undo.Action); ok {
			view.Undo = undo.Label + " takes it back. " + a.Undo.Leaves
		}
	} else {
		view.Undo = a.Undo.Why
	}
	if reading.Failure != nil {
		view.Disabled = "Off until the backup service answers."
		return view, nil
	}
	for _, f := range a.Impact(reading.State) {
		view.Facts = append(view.Facts, templates.Fact{Label: f.Name, Value: f.Value})
	}
	view.Hidden = []templates.Hidden{{Name: "seen", Value: a.Fingerprint(reading.State)}}
	_, busy, err := h.Operations.OpenOn(c.Request().Context(), reading.Target.Kind, reading.Target.ID)
	if err != nil {
		return view, err
	}
	for _, offer := range h.Operations.Offers(actor, reading, busy) {
		if offer.Action.ID == a.ID {
			view.Disabled = offer.Why
		}
	}
	return view, nil
}

// submit takes the posted form onto the road and leads to its operation. What cannot go on shows the form again with
// what was typed, the same operation id and the reason.
func (h *Handlers) submit(a action.Action) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx := c.Request().Context()
		actor := auth.VisitorOf(c).Actor
		id, err := idOf(c, a.Kind)
		if err != nil {
			return err
		}
		in := operation.Submission{
			ID: c.FormValue("operation"), Action: a.ID, TargetID: id,
			Reason: c.FormValue("reason"), Seen: c.FormValue("seen"), Request: requestID(c),
		}
		op, err := h.Operations.Submit(ctx, actor, in)
		if err == nil {
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
		if f.Kind == fault.Internal {
			h.Logger.Error("change not taken", "request", requestID(c), "route", c.Path(), "operation", in.ID, "err", err)
		}
		return h.drawConfirm(c, statuses[f.Kind].status, a, view)
	}
}

// confirmAgain draws the form after a post that could not go on: what was typed, and why.
func (h *Handlers) confirmAgain(c echo.Context, actor policy.Actor, a action.Action, in operation.Submission, f *fault.Fault) (templates.ConfirmView, error) {
	reading, err := h.readFor(c, actor, a.Kind, in.TargetID, f)
	if err != nil {
		return templates.ConfirmView{}, err
	}
	view, err := h.confirmView(c, actor, a, reading)
	if err != nil {
		return view, err
	}
	view.OperationID, view.Reason = in.ID, in.Reason
	view.Problem = templates.Note{Kind: "bad", Title: f.Message, Text: f.Next}
	switch f.Kind {
	case fault.Upstream:
		view.Disabled = "" // the same form can be sent again as it is, about what was seen when it was drawn
		view.Hidden = []templates.Hidden{{Name: "seen", Value: in.Seen}}
	case fault.Invalid:
		// A form without a valid id was not drawn by the portal; this one is new.
		if _, err := operation.ParseID(in.ID); err != nil {
			view.OperationID = operation.NewID()
		} else {
			view.ReasonError = f.Message + " " + f.Next
		}
	case fault.Conflict:
		view.OperationID = operation.NewID()
	case fault.Internal, fault.Denied, fault.NotFound:
	}
	return view, nil
}

// readFor reads the target of a form live, or only from the mirror when the vendor has just not answered.
func (h *Handlers) readFor(c echo.Context, actor policy.Actor, k action.Kind, id string, f *fault.Fault) (operation.Reading, error) {
	if f.Kind != fault.Upstream {
		return h.readTarget(c.Request().Context(), actor, k, id)
	}
	return h.Operations.Remembered(c.Request().Context(), readScope(actor), k, id, f)
}
