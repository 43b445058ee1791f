package handlers

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/action"
	"backup-portal/internal/auth"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/policy"
	"backup-portal/internal/settings"
	"backup-portal/web/templates"
)

const (
	// sourcesFound is how many organizations a name may find before it is too short to choose by.
	sourcesFound = 20
	// skippedNamed is how many values that are not copied are told one by one.
	skippedNamed = 20
)

// copyPage is the copying of settings to an organization: from where, and then which groups.
type copyPage struct {
	to, from sheetOf // from is the zero value until it was chosen
	chosen   []string
	problem  string // with the groups
	note     templates.Note
}

// copySettings asks for the organization to copy from, then for the groups to copy.
func (h *Handlers) copySettings(c echo.Context) error {
	actor := auth.VisitorOf(c).Actor
	to, err := h.readSheet(c, actor, action.Organization)
	if err != nil {
		return err
	}
	page := copyPage{to: to}
	typed := strings.TrimSpace(c.QueryParam("from"))
	if err := checkText(typed); err != nil {
		return err
	}
	if typed == "" || to.failure != nil {
		return h.drawCopySource(c, http.StatusOK, actor, page, "", "")
	}
	uid, problem, err := h.sourceOf(c.Request().Context(), actor, typed)
	switch {
	case err != nil:
		return err
	case problem != "" || uid == "":
		return h.drawCopySource(c, http.StatusOK, actor, page, typed, problem)
	case uid == to.id:
		return h.drawCopySource(c, http.StatusUnprocessableEntity, actor, page, typed, "That is the organization itself. Choose another.")
	}
	if page.from, err = h.sheetOf(c.Request().Context(), actor, action.Organization, uid); err != nil {
		return err
	}
	return h.drawCopyGroups(c, http.StatusOK, actor, page)
}

// submitCopy goes on to the review of what copying the chosen groups changes. It sends nothing.
func (h *Handlers) submitCopy(c echo.Context) error {
	actor := auth.VisitorOf(c).Actor
	ctx := c.Request().Context()
	to, err := h.readSheet(c, actor, action.Organization)
	if err != nil {
		return err
	}
	values, err := c.FormParams()
	if err != nil {
		return err
	}
	if may, why := h.mayChange(actor, to, changeOrgSettings); !may {
		return fault.New(fault.Denied, why, "Nothing was sent to the backup service.")
	}
	uid := values.Get("from")
	if !uidPattern.MatchString(uid) {
		return notFound()
	}
	page := copyPage{to: to, chosen: values["group"]}
	if page.from, err = h.sheetOf(ctx, actor, action.Organization, uid); err != nil {
		return err
	}
	switch {
	case to.failure != nil || page.from.failure != nil:
		return h.drawCopyGroups(c, statuses[fault.Upstream].status, actor, page)
	case uid == to.id:
		return h.drawCopySource(c, http.StatusUnprocessableEntity, actor, page, uid, "That is the organization itself. Choose another.")
	}
	groups := page.groups()
	groups = slices.DeleteFunc(groups, func(g settings.Group) bool { return !slices.Contains(page.chosen, string(g)) })
	if len(groups) == 0 {
		page.problem = "Choose at least one group."
		return h.drawCopyGroups(c, http.StatusUnprocessableEntity, actor, page)
	}
	changes, skipped := settings.Copying(page.from.sheet, to.sheet, groups)
	if len(changes) == 0 {
		page.note = templates.Note{Kind: "info", Title: "Nothing would change.", Text: "What can be copied of the chosen groups is the same in both. " + page.skippedWords(skipped)}
		return h.drawCopyGroups(c, http.StatusOK, actor, page)
	}
	r := reviewed{
		kind: action.Organization, id: to.id, changes: changes.Completed(to.sheet), back: page.url(),
		notes: []templates.Note{{Kind: "info", Title: "Copied from " + page.from.name + "."}},
	}
	if len(skipped) > 0 {
		r.notes = append(r.notes, templates.Note{Kind: "warn", Title: counted(len(skipped), "value") + " not copied.", Text: page.skippedWords(skipped)})
	}
	return h.review(c, http.StatusOK, actor, r)
}

func (p copyPage) url() string { return p.to.url() + "/copy" }

// groups are what can be copied: all that the source has but what is its own.
func (p copyPage) groups() []settings.Group {
	var groups []settings.Group
	for _, section := range p.from.sheet.Sections() {
		if section.Group != settings.General && slices.ContainsFunc(p.from.sheet.In(section.Group), func(v settings.Value) bool { return !v.ReadOnly && !v.Secret }) {
			groups = append(groups, section.Group)
		}
	}
	return groups
}

// skippedWords names what is not copied, and why.
func (p copyPage) skippedWords(skipped map[settings.Key]string) string {
	byReason := map[string][]string{}
	for key, why := range skipped {
		property := propertyOf(&p.from.sheet, key)
		label := cmp.Or(property.Label, string(key))
		if set := setName(&p.from.sheet, property.Group); set != "" {
			label = set + ": " + lowerFirst(label)
		}
		byReason[why] = append(byReason[why], label)
	}
	var parts []string
	for _, why := range sortedReasons(byReason) {
		labels := byReason[why]
		slices.Sort(labels)
		text := strings.Join(labels[:min(len(labels), skippedNamed)], ", ")
		if more := len(labels) - skippedNamed; more > 0 {
			text += " and " + number(more) + " more"
		}
		parts = append(parts, text+". "+why)
	}
	return strings.Join(parts, " ")
}

func sortedReasons(by map[string][]string) []string {
	var list []string
	for why := range by {
		list = append(list, why)
	}
	slices.Sort(list)
	return list
}

// sourceOf finds the one organization that somebody means by a uid or a name; without an error and a problem there are
// several, or none.
func (h *Handlers) sourceOf(ctx context.Context, actor policy.Actor, typed string) (uid, problem string, err error) {
	found, err := h.Inventory.OrgLevel(ctx, inventory.OrgQuery{Scope: readScope(actor), Text: typed, Limit: sourcesFound, Uncounted: true})
	if err != nil {
		return "", "", err
	}
	same := slices.DeleteFunc(slices.Clone(found.Orgs), func(o inventory.OrgNode) bool { return o.UID != typed && !strings.EqualFold(o.Name, typed) })
	switch {
	case len(same) == 1:
		return same[0].UID, "", nil
	case len(found.Orgs) == 1:
		return found.Orgs[0].UID, "", nil
	case len(found.Orgs) == 0:
		return "", "No organization that you see has that name, external reference or UID.", nil
	}
	return "", "", nil
}

// drawCopySource asks where to copy from: from a list where that is short, else by name.
func (h *Handlers) drawCopySource(c echo.Context, status int, actor policy.Actor, page copyPage, typed, problem string) error {
	ctx, scope := c.Request().Context(), readScope(actor)
	view := h.copyView(actor, page)
	view.Source = templates.CopySource{URL: page.url(), Typed: typed, Problem: problem}
	orgs, err := h.Inventory.Orgs(ctx, scope, orgLimit+1)
	if err != nil {
		return err
	}
	if len(orgs) <= orgLimit {
		orgs = slices.DeleteFunc(orgs, func(o inventory.Org) bool { return o.UID == page.to.id })
		if len(orgs) == 0 {
			view.Source.None = "There is no other organization that you see."
		}
		for i, o := range orgOptions(orgs, inventory.Org{}) {
			if i > 0 { // the first stands for all of them
				view.Source.Options = append(view.Source.Options, o)
			}
		}
		if len(orgs) == 1 {
			view.Source.Options = []templates.Option{{Value: orgs[0].UID, Label: orgs[0].Name}}
		}
	}
	if typed != "" && problem == "" {
		if view.Source.Matches, view.Source.More, err = h.sources(ctx, scope, page, typed); err != nil {
			return err
		}
	}
	return h.drawCopy(c, status, page, view)
}

// sources lists the organizations that a text finds, each leading on.
func (h *Handlers) sources(ctx context.Context, scope inventory.Scope, page copyPage, typed string) (matches []templates.CopyMatch, more string, err error) {
	found, err := h.Inventory.OrgLevel(ctx, inventory.OrgQuery{Scope: scope, Text: typed, Limit: sourcesFound, Uncounted: true})
	if err != nil {
		return nil, "", err
	}
	above, err := h.Inventory.Ancestors(ctx, scope, found.Orgs)
	if err != nil {
		return nil, "", err
	}
	for _, o := range found.Orgs {
		if o.UID != page.to.id {
			matches = append(matches, templates.CopyMatch{
				Link: templates.Link{Label: o.Name, URL: page.url() + "?" + url.Values{"from": {o.UID}}.Encode()}, Where: namesOf(above[o.UID]),
			})
		}
	}
	if rest := found.Total - len(found.Orgs); rest > 0 {
		more = number(rest) + " more match: type more of the name."
	}
	return matches, more, nil
}

// drawCopyGroups asks which groups to copy.
func (h *Handlers) drawCopyGroups(c echo.Context, status int, actor policy.Actor, page copyPage) error {
	view := h.copyView(actor, page)
	view.Groups = templates.CopyGroups{
		PostURL: page.url(), From: page.from.id, Name: page.from.name, OtherURL: page.url(), Problem: page.problem,
	}
	for _, group := range page.groups() {
		title := groupTitle(page.from, group)
		view.Groups.Choices = append(view.Groups.Choices, templates.CopyChoice{
			ID: "group-" + string(group), Value: string(group), Label: title, Chosen: slices.Contains(page.chosen, string(group)),
		})
	}
	return h.drawCopy(c, status, page, view)
}

func (h *Handlers) copyView(actor policy.Actor, page copyPage) templates.CopyView {
	view := templates.CopyView{Head: settingsHead(page.to, "Copy"), BackURL: page.to.url()}
	view.Head.Title = "Copy settings to " + page.to.name
	if page.from.failure != nil {
		view.Head.Notes = append(view.Head.Notes, silent(page.from.failure))
	}
	if page.note.Title != "" {
		view.Head.Notes = append(view.Head.Notes, page.note)
	}
	if may, why := h.mayChange(actor, page.to, changeOrgSettings); !may {
		view.Disabled = why
	}
	if page.to.failure != nil || page.from.failure != nil {
		view.Disabled = "Off until the backup service answers."
	}
	return view
}

func (h *Handlers) drawCopy(c echo.Context, status int, page copyPage, view templates.CopyView) error {
	return h.render(c, status, templates.SettingsCopy(h.base(c, "Copy settings to "+page.to.name, "organizations"), view))
}
