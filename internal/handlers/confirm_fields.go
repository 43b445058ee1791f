package handlers

import (
	"cmp"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/action"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

// Before the names of an action's parameters in forms, so that none of them is taken for a field of the road itself: what
// was typed, and what stood in the field when the form was drawn.
const (
	paramPrefix = "param."
	wasPrefix   = "was."
)

// paramsOf reads the parameters of an action from a posted form: what is to be another than it was, and of what is new all
// that is not empty. It is nil for an action without any.
func paramsOf(c echo.Context, a action.Action) map[string]string {
	if len(a.Params) == 0 {
		return nil
	}
	params := map[string]string{}
	for _, p := range a.Params {
		typed, was := fieldText(p, c.FormValue(paramPrefix+p.Name)), fieldText(p, c.FormValue(wasPrefix+p.Name))
		switch {
		case p.Initial == nil && (p.Required || strings.TrimSpace(typed) != ""), p.Initial != nil && typed != was:
			params[p.Name] = strings.TrimSpace(typed)
		}
	}
	return params
}

// fieldText is a text as its field sends it, whatever the browser does with the ends of lines: two characters for each of
// them, and none in a field of one line.
func fieldText(p action.Param, text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if !p.Multiline {
		text = strings.NewReplacer("\r", "", "\n", "").Replace(text)
	}
	return text
}

// fieldsOf are the fields of an action's form with what stands in them today.
func fieldsOf(a action.Action, o action.Order) []templates.ConfirmField {
	var fields []templates.ConfirmField
	for _, p := range a.Params {
		field := templates.ConfirmField{
			ID: "param-" + p.Name, Name: paramPrefix + p.Name, Label: p.Label, Help: p.Help, Required: p.Required, Multiline: p.Multiline,
		}
		if p.MaxLength > 0 {
			field.MaxLength = strconv.Itoa(p.MaxLength)
		}
		if p.Initial != nil {
			field.Value = p.Initial(o)
			field.Was = templates.Hidden{Name: wasPrefix + p.Name, Value: field.Value}
		}
		fields = append(fields, field)
	}
	return fields
}

// typedAgain puts into the fields what was typed, and beside each what is wrong with it. What stood there when the form was
// drawn first stays with it while nobody can read what stands there now.
func typedAgain(c echo.Context, view *templates.ConfirmView, a action.Action, err error, unread bool) {
	wrong, turnedDown := errors.AsType[*operation.ParamProblems](err)
	if turnedDown {
		view.ReasonError = ""
		if about := wrong.Problems[""]; about != "" {
			view.Problem = templates.Note{Kind: "bad", Title: about}
		}
	}
	for i, p := range a.Params {
		field := &view.Fields[i]
		field.Value = c.FormValue(field.Name)
		if unread && field.Was.Name != "" {
			field.Was.Value = c.FormValue(field.Was.Name)
		}
		if turnedDown {
			field.Error = wrong.Problems[p.Name]
		}
	}
}

// keptFull is how many characters of a value an audit line holds; what is as long as that was perhaps cut.
const keptFull = 1000

// putBack fills the fields with what stood there before a former operation of the same action on the same target.
func (h *Handlers) putBack(c echo.Context, actor policy.Actor, a action.Action, id, former string, view *templates.ConfirmView) error {
	if _, err := operation.ParseID(former); err != nil {
		return notFound()
	}
	op, err := h.Operations.Get(c.Request().Context(), actor, former)
	if err != nil || op.Action != a.ID || op.TargetID != id || len(a.Params) == 0 {
		return cmp.Or(onlyInternal(err), notFound())
	}
	events, err := h.Operations.Events(c.Request().Context(), op)
	if err != nil {
		return err
	}
	var before, after map[string]string
	for _, e := range events {
		if len(e.Line.After) > 0 {
			before, after = e.Line.Before, e.Line.After
		}
	}
	for i, p := range a.Params {
		if _, changed := after[p.Name]; !changed || i >= len(view.Fields) {
			continue
		}
		view.Fields[i].Value = before[p.Name]
		if utf8.RuneCountInString(before[p.Name]) >= keptFull {
			view.Notes = append(view.Notes, templates.Note{
				Kind: "warn", Title: p.Label + " may be cut.", Text: "The log keeps " + number(keptFull) + " characters of a value. Complete it before you send it.",
			})
		}
	}
	view.Reason = "Puts back what operation " + op.ID + " changed"
	return nil
}
