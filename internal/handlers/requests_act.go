package handlers

import (
	"errors"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/auth"
	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

// voteOn takes the person's word on a request. One that cannot be taken shows the form again with what was typed.
func (h *Handlers) voteOn(c echo.Context) error {
	actor := auth.VisitorOf(c).Actor
	r, err := h.getRequest(c, actor)
	if err != nil {
		return err
	}
	ballot := operation.Ballot{
		RequestID: r.ID, Approve: c.FormValue("vote") == "approve", Reason: c.FormValue("reason"), Digest: c.FormValue("digest"), HTTP: requestID(c),
	}
	if !ballot.Approve && c.FormValue("vote") != "deny" {
		return h.requestAgain(c, actor, r, voteForm, fault.New(fault.Invalid, "It is not said whether you approve or deny.", "Use one of the two buttons."))
	}
	if _, err := h.Operations.Vote(c.Request().Context(), actor, ballot); err != nil {
		return h.requestAgain(c, actor, r, voteForm, err)
	}
	return seeOther(c, requestURL(r.ID))
}

// withdrawRequest takes a request back, or stops it in its undo window.
func (h *Handlers) withdrawRequest(c echo.Context) error {
	return h.actOn(c, withdrawForm, func(actor policy.Actor, r operation.Request) error {
		_, err := h.Operations.Withdraw(c.Request().Context(), actor, r.ID, c.FormValue("reason"), requestID(c))
		return err
	})
}

// stopRequest halts a running request before its next target.
func (h *Handlers) stopRequest(c echo.Context) error {
	return h.actOn(c, stopForm, func(actor policy.Actor, r operation.Request) error {
		_, err := h.Operations.Stop(c.Request().Context(), actor, r.ID, c.FormValue("reason"), requestID(c))
		return err
	})
}

// continueRequest runs the rest of a request that stopped.
func (h *Handlers) continueRequest(c echo.Context) error {
	return h.actOn(c, continueForm, func(actor policy.Actor, r operation.Request) error {
		_, err := h.Operations.Continue(c.Request().Context(), actor, r.ID, requestID(c))
		return err
	})
}

// finishRequest leaves out the rest of a request that stopped.
func (h *Handlers) finishRequest(c echo.Context) error {
	return h.actOn(c, finishForm, func(actor policy.Actor, r operation.Request) error {
		_, err := h.Operations.Finish(c.Request().Context(), actor, r.ID, requestID(c))
		return err
	})
}

func (h *Handlers) actOn(c echo.Context, form string, act func(policy.Actor, operation.Request) error) error {
	actor := auth.VisitorOf(c).Actor
	r, err := h.getRequest(c, actor)
	if err != nil {
		return err
	}
	if err := act(actor, r); err != nil {
		return h.requestAgain(c, actor, r, form, err)
	}
	return seeOther(c, requestURL(r.ID))
}

// requestAgain draws the request after a post that could not go on: what was typed, and why. What has changed meanwhile is
// read and shown with it.
func (h *Handlers) requestAgain(c echo.Context, actor policy.Actor, r operation.Request, form string, refusal error) error {
	f := fault.Of(refusal)
	if f.Kind == fault.NotFound || f.Kind == fault.Internal {
		return refusal
	}
	_, stepUp := errors.AsType[*operation.StepUpNeeded](refusal)
	post := requestPost{
		still: true,
		form:  form, reason: c.FormValue("reason"), stepUp: stepUp, live: f.Kind == fault.Conflict,
		problem: templates.Note{Kind: "bad", Title: f.Message, Text: f.Next},
	}
	switch {
	case stepUp:
		post.problem = templates.Note{Kind: "warn", Shape: "wait", Title: "Nothing was decided yet: sign in again first.", Text: "It opens in a new tab. Then come back and press the button once more: what you typed is still here."}
	case f.Kind == fault.Invalid:
		post.reasonError, post.problem = f.Message+" "+f.Next, templates.Note{}
	}
	if f.Kind == fault.Conflict || f.Kind == fault.Denied && !stepUp {
		// More than the form has changed: the whole request is drawn anew.
		if fresh, err := h.Operations.Request(c.Request().Context(), actor, r.ID); err == nil {
			r = fresh
		}
		if fragmentOnly(c) {
			for name, value := range map[string]string{"HX-Retarget": "#request", "HX-Reselect": "#request", "HX-Reswap": "outerHTML"} {
				c.Response().Header().Set(name, value)
			}
		}
		post.top = true
	}
	return h.drawRequest(c, statuses[f.Kind].status, actor, r, post)
}
