package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/action"
	"backup-portal/internal/auth"
	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

// severalLimit is how many devices one request takes.
const severalLimit = 100

// choice is a selection of devices as a form or an address brings it.
type choice struct {
	action action.Action
	ids    []string      // as chosen, each once
	list   *deviceFilter // where they were chosen
}

// back is the list with the same devices chosen.
func (s choice) back() string {
	values := s.list.place()
	values.Del(driftOf)
	values.Set(selected, strings.Join(s.ids, ","))
	return s.list.path + "?" + values.Encode()
}

// several asks before a change of the devices that were chosen in a list.
func (h *Handlers) several(c echo.Context) error {
	if target(c) == "dialog" {
		return seeOther(c, c.Request().URL.RequestURI()) // a list has no room there
	}
	values := c.QueryParams()
	chosen := choice{list: h.listOf(values.Get("list"))}
	a, ok := action.ByID(values.Get("action"))
	if !ok || !a.Bulk || a.Kind.ID != action.Device.ID {
		return notFound()
	}
	chosen.action = a
	var problem *fault.Fault
	if chosen.ids, problem = idsOf(values["guid"]); problem != nil {
		return h.drawNoSelection(c, chosen, problem)
	}
	preview, err := h.Operations.Preview(c.Request().Context(), auth.VisitorOf(c).Actor, a, chosen.ids, nil)
	if err != nil {
		return err
	}
	view := h.severalView(auth.VisitorOf(c).Actor, chosen, preview, nil)
	view.Form.OperationID = operation.NewID()
	return h.drawSeveral(c, http.StatusOK, view)
}

func (h *Handlers) drawSeveral(c echo.Context, status int, view templates.SeveralView) error {
	return h.render(c, status, templates.Several(h.base(c, view.Ask, "devices"), view))
}

// listOf is the list that a form comes from; what is no address of one is the whole list.
func (h *Handlers) listOf(query string) *deviceFilter {
	values, err := url.ParseQuery(query)
	if err != nil {
		values = url.Values{}
	}
	if uid := values.Get(driftOf); uidPattern.MatchString(uid) {
		return &deviceFilter{now: h.Now(), filter: newDriftFilter(uid, values).filter}
	}
	return newDeviceFilter(values, h.Now())
}

// idsOf reads chosen devices, each once. What cannot be a GUID is a device that does not exist, like one that the person
// may not see: the selection is not found, without a word which of it.
func idsOf(guids []string) ([]string, *fault.Fault) {
	var ids []string
	for _, guid := range guids {
		if !guidPattern.MatchString(guid) {
			return nil, fault.New(fault.NotFound, "", "")
		}
		if !slices.Contains(ids, guid) {
			ids = append(ids, guid)
		}
		if len(ids) > severalLimit {
			return ids, fault.New(fault.Invalid, "More than "+number(severalLimit)+" devices are selected", "One request takes at most "+number(severalLimit)+". Select fewer, and ask again for the rest.")
		}
	}
	if len(ids) == 0 {
		return nil, fault.New(fault.Invalid, "No device is selected", "Tick the devices in the list, then choose what to do with them.")
	}
	return ids, nil
}

// drawNoSelection says what is wrong with a selection, and leads back to the list.
func (h *Handlers) drawNoSelection(c echo.Context, chosen choice, problem *fault.Fault) error {
	if problem.Kind == fault.NotFound {
		return notFound()
	}
	chosen.ids = nil
	view := templates.NoSelectionView{
		Heading: doneTo(chosen.action, "devices"),
		Empty: templates.Empty{
			Title: problem.Message, Text: problem.Next, Actions: []templates.Button{{Label: "Back to the list", URL: chosen.list.with(driftOf, "")}},
		},
	}
	return h.render(c, http.StatusUnprocessableEntity, templates.NoSelection(h.base(c, view.Heading, "devices"), view))
}

// submitSeveral takes a selection onto the road as one request and leads to it. What cannot go on shows the form again
// with what was typed and the reason.
func (h *Handlers) submitSeveral(a action.Action) echo.HandlerFunc {
	return func(c echo.Context) error {
		actor := auth.VisitorOf(c).Actor
		form, err := c.FormParams()
		if err != nil {
			return fault.Wrap(fault.Invalid, err, "The form arrived damaged, so nothing was done with it.", "Go back and send it again.")
		}
		chosen := choice{action: a, list: h.listOf(form.Get("list"))}
		ids, problem := idsOf(form["guid"])
		if problem != nil {
			return h.drawNoSelection(c, chosen, problem)
		}
		in := operation.Selection{
			ID: form.Get("operation"), Action: a.ID, TargetIDs: ids, Reason: form.Get("reason"), Seen: seenOf(form["seen"]), HTTP: requestID(c),
		}
		// What was left out when the form was drawn stays in sight when it is drawn again.
		chosen.ids = ids
		if all, problem := idsOf(slices.Concat(strings.Fields(form.Get("chosen")), ids)); problem == nil {
			chosen.ids = all
		}
		count := form.Get("count")
		if err = checkCount(a, len(ids), count); err == nil {
			var request operation.Request
			if request, err = h.Operations.SubmitAll(c.Request().Context(), actor, in); err == nil {
				return seeOther(c, requestURL(request.ID))
			}
		}
		return h.severalAgain(c, actor, chosen, in, count, err)
	}
}

// seenOf reads what each device was like when the form was drawn: "GUID fingerprint".
func seenOf(fields []string) map[string]string {
	seen := map[string]string{}
	for _, field := range fields {
		guid, fingerprint, _ := strings.Cut(field, " ")
		seen[guid] = fingerprint
	}
	return seen
}

// wrongCount is a typed number that is not the number of devices.
type wrongCount struct{ error }

func (e wrongCount) Unwrap() error { return e.error }

// checkCount holds the number that a person typed against what they are about to destroy.
func checkCount(a action.Action, n int, typed string) error {
	if a.Risk != action.Destructive || n < 2 || strings.TrimSpace(typed) == strconv.Itoa(n) {
		return nil
	}
	return wrongCount{fault.New(fault.Invalid, "The number is not "+number(n)+".", "Look at the list once more, then type how many devices it is about.")}
}

// severalAgain draws the form after a post that could not go on.
func (h *Handlers) severalAgain(c echo.Context, actor policy.Actor, chosen choice, in operation.Selection, count string, err error) error {
	f := fault.Of(err)
	if f.Kind == fault.NotFound {
		return err
	}
	preview, previewErr := h.previewFor(c, actor, chosen.action, chosen.ids, f)
	if previewErr != nil {
		return errors.Join(previewErr, err)
	}
	var posted []string
	if f.Kind == fault.Upstream {
		posted = in.TargetIDs
	}
	view := h.severalView(actor, chosen, preview, posted)
	again(&view.Form, in.ID, in.Reason, f)
	view.Form.Count = count
	if _, miscounted := errors.AsType[wrongCount](err); miscounted {
		view.Form.CountError, view.Form.ReasonError = view.Form.ReasonError, ""
	}
	if f.Kind == fault.Upstream {
		view.Form.Hidden = hiddenSelection(chosen, in)
		view.Form.Disabled = ""
	}
	if stepUpNeeded(err) {
		signInFirst(&view.Form, h.clock(), actor, f)
	}
	if f.Kind == fault.Internal {
		h.Logger.ErrorContext(c.Request().Context(), "request not taken", "request", requestID(c), "route", c.Path(), "id", in.ID, "err", err)
	}
	return h.drawSeveral(c, statuses[f.Kind].status, view)
}

// hiddenSelection is what the form of a selection carries: exactly these devices, each as it was seen.
func hiddenSelection(chosen choice, in operation.Selection) []templates.Hidden {
	hidden := []templates.Hidden{{Name: "list", Value: chosen.list.place().Encode()}, {Name: "chosen", Value: strings.Join(chosen.ids, " ")}}
	for _, id := range in.TargetIDs {
		hidden = append(hidden, templates.Hidden{Name: "guid", Value: id}, templates.Hidden{Name: "seen", Value: id + " " + in.Seen[id]})
	}
	return hidden
}
