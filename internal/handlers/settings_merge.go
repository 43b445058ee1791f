package handlers

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/internal/settings"
	"backup-portal/web/templates"
)

// What can become of a value that somebody else has changed meanwhile; the field of the choice carries the key, the field
// of what stood there when it was made, too.
const (
	choiceField = "choice."
	nowField    = "now."

	keepTheirs = "theirs"
	useMine    = "mine"
	useBoth    = "both"
)

// drawMerge shows what others have changed meanwhile, value by value. Nothing was sent.
func (h *Handlers) drawMerge(c echo.Context, s sheetOf, r reviewed, conflict operation.SettingsConflict) error {
	n, gone := len(conflict.Conflicts), len(conflict.Refused)
	view := templates.SettingsMerge{
		Head: settingsHead(s, "Changed meanwhile"), Title: counted(n, "value") + " changed meanwhile", PostURL: s.page() + "/change-settings", BackURL: cmp.Or(r.back, s.url()),
	}
	view.Head.Title = "Somebody else changed " + s.name
	if n == 0 {
		view.Head.Title, view.Title = "Not everything can be changed", counted(gone, "value")+" cannot be changed"
	}
	o := originsOf(s)
	values, _ := c.FormParams()
	for _, k := range slices.Sorted(maps.Keys(conflict.Refused)) {
		p := propertyOf(&s.sheet, k)
		view.Gone = append(view.Gone, templates.Fact{Label: cmp.Or(p.Label, string(k)), Value: conflict.Refused[k]})
	}
	for _, met := range conflict.Conflicts {
		row := o.merged(met)
		if values.Has("merge") {
			row.Chosen = values.Get(row.Name)
			row.Problem = "It was changed again, or no choice was made. Choose once more."
		}
		view.Rows = append(view.Rows, row)
		view.Hidden = append(view.Hidden, templates.Hidden{Name: nowField + string(met.Key), Value: met.Now})
	}
	params := r.changes.Params()
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if _, refused := conflict.Refused[settings.Key(name)]; !refused {
			view.Hidden = append(view.Hidden, templates.Hidden{Name: changeField + name, Value: params[name]})
		}
	}
	if rest := len(r.changes) - n - gone; rest > 0 {
		view.Rest = counted(rest, "other value") + " of your change met nobody else’s and stay in it."
	}
	if target(c) == "review" {
		return h.render(c, statuses[fault.Conflict].status, templates.SettingsMergeBody(view))
	}
	return h.render(c, statuses[fault.Conflict].status, templates.SettingsMergePage(h.base(c, view.Head.Title, s.kind.Resource), view))
}

// merged is one value that somebody else has changed.
func (o origins) merged(met settings.Conflict) templates.MergeRow {
	p := propertyOf(&o.sheet, met.Key)
	row := templates.MergeRow{
		ID: fieldID(met.Key), Name: choiceField + string(met.Key), Label: cmp.Or(p.Label, string(met.Key)),
		Was: o.inWords(p, met.From), Now: o.inWords(p, met.Now), Yours: o.inWords(p, met.To),
	}
	if id, isSet := settings.GroupSet(p.Group); isSet {
		row.Where = o.names[id]
	}
	if isSwitch(met.Key) {
		row.Label = groupTitle(o.sheetOf, p.Group)
		row.Was, row.Now, row.Yours = o.switched(p, met.From), o.switched(p, met.Now), o.switched(p, met.To)
	}
	if both, ok := met.Both(); ok && both != met.Now && both != met.To {
		row.Both = o.inWords(p, both)
	}
	return row
}

// merge makes of what was chosen another change, and reviews that.
func (h *Handlers) merge(c echo.Context, actor policy.Actor, r reviewed, values url.Values) error {
	var changes settings.Changes
	for _, change := range r.changes {
		now, met := values[nowField+string(change.Key)]
		if !met {
			changes = append(changes, change)
			continue
		}
		conflict := settings.Conflict{Change: change, Now: strings.Join(now, "")}
		switch values.Get(choiceField + string(change.Key)) {
		case keepTheirs:
		case useMine:
			changes = append(changes, settings.Change{Key: change.Key, From: conflict.Now, To: change.To})
		case useBoth:
			if both, ok := conflict.Both(); ok {
				changes = append(changes, settings.Change{Key: change.Key, From: conflict.Now, To: both})
			}
		default:
			changes = append(changes, change) // in conflict as before: it is asked about once more
		}
	}
	if len(changes) == 0 {
		return seeOther(c, r.kind.Path(r.id)+"/settings")
	}
	r.changes = changes
	return h.review(c, http.StatusOK, actor, r)
}
