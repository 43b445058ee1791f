package handlers

import (
	"net/url"
	"slices"
	"strings"

	"backup-portal/internal/action"
	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

const (
	severalPath = devicesPath + "/several"
	// selected is the parameter that names the chosen rows of a list, so that they are still chosen when somebody comes
	// back to it; wholePage as its value chooses all.
	selected  = "selected"
	wholePage = "page"
)

// picking offers to choose devices of the list, to whoever may do anything with several of them.
func (h *Handlers) picking(actor policy.Actor, f *deviceFilter, found inventory.DevicePage) templates.Picking {
	view := templates.Picking{
		URL: severalPath, List: f.place().Encode(), AllText: "Select the " + counted(len(found.Devices), "device") + " on this page",
		None: "Tick devices to change several at once.",
	}
	all := f.place()
	all.Set(selected, wholePage)
	view.AllURL = devicesPath + "?" + all.Encode()
	for _, a := range h.bulkActions(actor) {
		view.Actions = append(view.Actions, templates.PickAction{Value: a.ID, Label: shortLabel(a) + "…"})
	}
	if len(view.Actions) == 0 {
		return view
	}
	chosen := strings.Split(f.get(selected), ",")
	for _, d := range found.Devices {
		view.Picks = append(view.Picks, templates.Pick{
			Value: d.GUID, Label: "Select " + d.Name, Chosen: f.get(selected) == wholePage || slices.Contains(chosen, d.GUID),
		})
	}
	return view
}

// bulkActions are the actions on several devices that are open to the person anywhere, at once or with the yes of others.
func (h *Handlers) bulkActions(actor policy.Actor) []action.Action {
	var list []action.Action
	for _, a := range h.Catalogue {
		if a.Bulk && a.Kind.ID == action.Device.ID && slices.ContainsFunc(actor.Grants, func(g policy.Grant) bool { return h.opens(actor, a, g) }) {
			list = append(list, a)
		}
	}
	return list
}

// opens tells whether an action is open to the person somewhere below where a role is held.
func (h *Handlers) opens(actor policy.Actor, a action.Action, g policy.Grant) bool {
	if g.Path == "" {
		return false
	}
	var somewhere operation.Reading
	somewhere.Target = action.Target{Kind: a.Kind.ID, OrgPath: g.Path + "any/"}
	return slices.ContainsFunc(h.Operations.Offers(actor, somewhere, false), func(o operation.Offer) bool {
		return o.Action.ID == a.ID && o.Decision.May()
	})
}

// place is the list with the page that it stands on.
func (f *deviceFilter) place() url.Values {
	values, _ := url.ParseQuery(f.query()) // of the portal's own making
	for _, key := range []string{"after", "before"} {
		if cursor := f.get(key); cursor != "" {
			values.Set(key, cursor)
		}
	}
	return values
}
