package handlers

import (
	"cmp"
	"context"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/action"
	"backup-portal/internal/audit"
	"backup-portal/internal/auth"
	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

// operation is the permalink of one change.
func (h *Handlers) operation(c echo.Context) error {
	actor := auth.VisitorOf(c).Actor
	op, err := h.getOperation(c, actor)
	if err != nil {
		return err
	}
	return h.drawOperation(c, http.StatusOK, actor, op, settleInput{})
}

func (h *Handlers) getOperation(c echo.Context, actor policy.Actor) (operation.Operation, error) {
	id, err := operation.ParseID(c.Param("id"))
	if err != nil {
		return operation.Operation{}, notFound()
	}
	return h.Operations.Get(c.Request().Context(), actor, id)
}

// checkOperation reads an unknown outcome back.
func (h *Handlers) checkOperation(c echo.Context) error {
	actor := auth.VisitorOf(c).Actor
	op, err := h.getOperation(c, actor)
	if err != nil {
		return err
	}
	if _, err := h.Operations.CheckAgain(c.Request().Context(), actor, op.ID, requestID(c)); err != nil {
		return err
	}
	return seeOther(c, operationURL(op.ID))
}

// settleInput is what was typed into the settle form, to draw it again.
type settleInput struct{ outcome, reason, outcomeError, reasonError string }

// settleOperation records what an admin says is true of an unknown outcome.
func (h *Handlers) settleOperation(c echo.Context) error {
	actor := auth.VisitorOf(c).Actor
	op, err := h.getOperation(c, actor)
	if err != nil {
		return err
	}
	in := settleInput{outcome: c.FormValue("outcome"), reason: c.FormValue("reason")}
	if in.outcome != "succeeded" && in.outcome != "failed" {
		in.outcomeError = "Say which of the two is true."
		return h.drawOperation(c, http.StatusUnprocessableEntity, actor, op, in)
	}
	_, err = h.Operations.Settle(c.Request().Context(), actor, op.ID, in.outcome == "succeeded", in.reason, requestID(c))
	if fault.Is(err, fault.Invalid) {
		in.reasonError = fault.Of(err).Message + " " + fault.Of(err).Next
		return h.drawOperation(c, http.StatusUnprocessableEntity, actor, op, in)
	}
	if err != nil {
		return err
	}
	return seeOther(c, operationURL(op.ID))
}

func (h *Handlers) drawOperation(c echo.Context, status int, actor policy.Actor, op operation.Operation, in settleInput) error {
	events, err := h.Operations.Events(c.Request().Context(), op)
	if err != nil {
		return err
	}
	view := h.operationView(c.Request().Context(), actor, op, events)
	h.addChanges(c.Request().Context(), actor, op, events, &view)
	if err := h.partOf(c.Request().Context(), actor, op, &view); err != nil {
		return err
	}
	view.Settle = h.settleView(actor, op, in)
	if target(c) == "operation" {
		return h.render(c, status, templates.OperationBody(view))
	}
	return h.render(c, status, templates.Operation(h.base(c, view.Heading, action.KindByID(op.TargetKind).Resource), view))
}

// heading names an operation: "Block OSL-SHP-0412".
func (h *Handlers) heading(op operation.Operation) string {
	what := cmp.Or(op.TargetName, op.TargetID)
	if a, ok := action.ByID(op.Action); ok {
		return doneTo(a, what)
	}
	return op.Action + " " + what
}

func (h *Handlers) operationView(ctx context.Context, actor policy.Actor, op operation.Operation, events []operation.Event) templates.OperationView {
	k := h.clock()
	// An operation follows its target to another organization; what it says of the one before stays there.
	scope, kind := readScope(actor), action.KindByID(op.TargetKind)
	atHome := h.within(ctx, scope, []string{op.TargetOrgUID})
	view := templates.OperationView{
		ID: op.ID, Heading: h.heading(op), State: operationState(op.State), Note: operationNote(op),
		Running: op.State == operation.Running, PollURL: operationURL(op.ID),
		Day: op.Created.In(h.Zone).Format("Monday 2 January 2006") + ", " + h.Zone.String(),
		About: []templates.Fact{
			{Label: "Action", Value: op.Action},
			{Label: kind.Label, Value: op.TargetName, URL: targetURL(op.TargetKind, op.TargetID)},
			{Label: kind.IDLabel, Value: op.TargetID, ID: true},
		},
	}
	if atHome && op.TargetOrgUID != op.TargetID {
		view.About = append(view.About, templates.Fact{Label: "Organization", Value: op.TargetOrgName, URL: "/devices?org=" + op.TargetOrgUID})
	}
	if op.Action == "org.create" && op.State == operation.Succeeded {
		view.About = append(view.About, h.created(ctx, actor, op))
	}
	if op.Attempts > 1 {
		view.About = append(view.About, templates.Fact{Label: "Sent", Value: fmt.Sprintf("%d times: the sign-in had to be renewed", op.Attempts)})
	}
	by := op.Person.Name
	if op.Person.Key == actor.Key() {
		by = "you"
	}
	asked := templates.Step{State: templates.State{Shape: "done", Tone: "ok", Word: "Done"}, Lead: "Asked", Text: "by " + by, Quote: op.Reason, At: k.exact(op.Created)}
	if atHome && policy.May(actor, policy.SeeActors, op.TargetOrgPath) && op.Person.Address != "" {
		asked.Text += ", from " + op.Person.Address
	}
	if len(events) > 0 {
		asked.At = k.exact(events[0].Line.At) // the row is written a moment after its line was made
	}
	view.Steps = append(view.Steps, asked)
	for _, e := range events {
		if e.Line.Actor.Key != actor.Key() && !h.within(ctx, scope, e.Line.OrgUIDs) {
			continue
		}
		view.Steps = append(view.Steps, h.eventStep(k, actor, op, e))
		view.Lines = append(view.Lines, templates.Link{Label: "Line " + number(int(e.Seq)), URL: lineURL(e.Seq)})
	}
	switch op.State {
	case operation.Running:
		view.Steps = append(view.Steps, templates.Step{State: templates.State{Shape: "running", Tone: "info", Word: "Running"}, Lead: "Sent to the backup service", Text: "waiting for the answer", At: k.exact(op.Started)})
	case operation.Unknown:
		view.Steps = append(view.Steps, templates.Step{State: templates.State{Shape: "next", Word: "To come"}, Lead: "Settled", Detail: "By a check, or by an admin by hand", Coming: true})
	}
	if op.State == operation.Succeeded {
		view.Undo = undoItem(k, op)
	}
	return view
}

func lineURL(seq int64) string { return fmt.Sprintf("/audit?line=%d", seq) }

// eventStep draws one audit line of the operation.
func (h *Handlers) eventStep(k clock, actor policy.Actor, op operation.Operation, e operation.Event) templates.Step {
	step := templates.Step{
		State: outcomeState(e.Line.Outcome), Detail: e.Line.Detail, At: k.exact(e.Line.At),
		Links: []templates.Link{{Label: "Audit line " + number(int(e.Seq)), URL: lineURL(e.Seq)}},
	}
	switch e.Line.Outcome {
	case audit.Intent:
		step.State = templates.State{Shape: "done", Tone: "ok", Word: "Done"}
		step.Lead = "Written down before it was sent"
	case audit.Succeeded:
		step.Lead = "Succeeded"
	case audit.Failed:
		step.Lead = "Failed"
	case audit.Partial:
		step.Lead = "Failed in part"
	case audit.Unknown:
		step.Lead = "No answer"
	case audit.Refused:
		step.Lead = "Refused"
	case audit.Done:
		step.Lead = "Noted"
	}
	if e.Line.Actor.Key != op.Person.Key {
		step.Text = "by " + e.Line.Actor.Name
		if e.Line.Actor.Key == actor.Key() {
			step.Text = "by you"
		}
		step.Quote = e.Line.Reason
		if e.Line.Reason == op.Reason {
			step.Quote = ""
		}
	} else if e.Line.Reason != op.Reason {
		step.Quote = e.Line.Reason
	}
	return step
}

func (h *Handlers) settleView(actor policy.Actor, op operation.Operation, in settleInput) templates.SettleView {
	if op.State != operation.Unknown {
		return templates.SettleView{}
	}
	k := h.clock()
	view := templates.SettleView{
		Shown: true, CheckURL: operationURL(op.ID) + "/check", CheckWhy: "Reads the " + action.KindByID(op.TargetKind).Noun + ". Changes nothing.",
		HandURL: operationURL(op.ID) + "/settle", HandWhy: "You say what is true and why.",
		Succeeded: "It happened", Failed: "It did not happen",
		Outcome: in.outcome, OutcomeError: in.outcomeError, Reason: in.reason, ReasonError: in.reasonError,
	}
	if a, ok := action.ByID(op.Action); ok {
		view.Succeeded, view.Failed = a.Done, a.Failed
	}
	if op.Checked != "" {
		view.Checked = "Checked " + k.ago(op.CheckedAt) + ": " + op.Checked
	}
	if !policy.May(actor, policy.SettleByHand, op.TargetOrgPath) {
		view.HandDisabled, view.HandWhy = true, "Only an admin of the organization may say what is true."
	}
	return view
}
