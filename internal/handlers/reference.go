package handlers

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/action"
	"backup-portal/internal/auth"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

const referencePath = "/reference"

// reference tells what each action does, who may run it and who has to agree. It is drawn from the catalogue and the
// rules; of people it tells only how many there are, and that only to who may see all of them.
func (h *Handlers) reference(c echo.Context) error {
	actor := auth.VisitorOf(c).Actor
	ctx := c.Request().Context()
	counts, err := h.approvers(ctx, actor)
	if err != nil {
		return err
	}
	org := h.orgNames(ctx, actor)
	view := templates.ReferenceView{
		Scope: counted(len(h.Catalogue), "action"), Contents: h.referenceContents(),
		Approvals: approvalSentences(), Budget: budgetSentences(h.Rules.Budget.Filled()),
	}
	if note := fewNote(counts); note.Title != "" {
		view.Notes = append(view.Notes, note)
	}
	for _, a := range h.Catalogue {
		item := h.referenceAction(a)
		for _, line := range h.Rules.Explain(a.ID) {
			if !line.May {
				continue
			}
			role := referenceRole(a, line)
			role.Yours = slices.ContainsFunc(actor.Grants, func(g policy.Grant) bool { return g.Role == line.Role && g.Path != "" })
			for _, count := range counts {
				if count.Action == a.ID && count.Role == line.Role {
					role.People = knownState(count, org)
				}
			}
			item.Roles = append(item.Roles, role)
		}
		for _, r := range item.Roles {
			item.ShowWaits = item.ShowWaits || r.Open != "" || r.Window != ""
			item.ShowPeople = item.ShowPeople || r.People.Word != ""
		}
		view.Actions = append(view.Actions, item)
	}
	return h.render(c, http.StatusOK, templates.Reference(h.base(c, "Reference", "reference"), view))
}

// approvers counts the known people who could decide, for whoever may see everybody: an admin at the root.
func (h *Handlers) approvers(ctx context.Context, actor policy.Actor) ([]policy.Approvers, error) {
	if h.Approvers == nil || !policy.MayAtRoot(actor, policy.EndSessions) {
		return nil, nil
	}
	return h.Approvers(ctx)
}

// fewNote warns of rules so few people could decide on that they may come to stand still; the zero note when there are none.
func fewNote(counts []policy.Approvers) templates.Note {
	few := 0
	for _, count := range counts {
		if count.Known < policy.FewApprovers {
			few++
		}
	}
	title := number(few) + " rules could stand still."
	switch few {
	case 0:
		return templates.Note{}
	case 1:
		title = "One rule could stand still."
	}
	return templates.Note{
		Kind: "warn", Title: title,
		Text: fmt.Sprintf("Fewer than %d people are known who could agree, whoever asks among them: when one is away, nobody may be left. "+
			"People are known for 90 days from their last sign-in on.", policy.FewApprovers),
	}
}

// knownState tells how many people could decide, and where they are fewest when that is too few.
func knownState(count policy.Approvers, org func(string) (string, bool)) templates.State {
	if count.Known >= policy.FewApprovers {
		return templates.State{Shape: "done", Tone: "ok", Word: number(count.Known)}
	}
	state := templates.State{Shape: "alert", Tone: "warn", Word: number(count.Known)}
	if name, ok := org(count.OrgUID); ok {
		state.Title = "At " + name
	}
	return state
}

func (h *Handlers) referenceContents() []templates.ReferencePart {
	var parts []templates.ReferencePart
	for _, a := range h.Catalogue {
		title := a.Kind.Label + "s"
		i := slices.IndexFunc(parts, func(p templates.ReferencePart) bool { return p.Title == title })
		if i < 0 {
			i = len(parts)
			parts = append(parts, templates.ReferencePart{Title: title})
		}
		parts[i].Links = append(parts[i].Links, referenceLink(a))
	}
	return parts
}

func referenceKey(a action.Action) string { return strings.ReplaceAll(a.ID, ".", "-") }

// referenceLabel names an action among all of them: one that is called like that of another kind has its own kind beside it.
func referenceLabel(a action.Action) string {
	if slices.ContainsFunc(action.All, func(other action.Action) bool { return other.Label == a.Label && other.ID != a.ID }) {
		return a.Label + " (" + a.Kind.Noun + ")"
	}
	return a.Label
}

func referenceLink(a action.Action) templates.Link {
	return templates.Link{Label: referenceLabel(a), URL: referencePath + "#h-" + referenceKey(a)}
}

func (h *Handlers) referenceAction(a action.Action) templates.ReferenceAction {
	item := templates.ReferenceAction{Key: referenceKey(a), Label: referenceLabel(a), Risk: riskState(a.Risk), Doc: a.Doc}
	undone := templates.Fact{Label: "Undone by", Value: "nothing"}
	leaves := a.Undo.Why
	if undo, ok := action.ByID(a.Undo.Action); ok {
		undone.Value, undone.URL = undo.Label, referenceLink(undo).URL
		leaves = a.Undo.Leaves
	}
	item.Facts = []templates.Fact{undone, {Label: "What that leaves", Value: leaves}}
	if a.Undo.Action == "" {
		item.Facts[1].Label = "Why"
	}
	several := "one " + a.Kind.Noun + " at a time"
	if a.Bulk {
		several = "up to " + number(severalLimit) + " " + a.Kind.Noun + "s in one request, run one by one"
	}
	item.Facts = append(item.Facts,
		templates.Fact{Label: "Several", Value: several},
		templates.Fact{Label: "Name in the audit log", Value: a.ID, ID: true},
	)
	item.Others = h.closedTo(a)
	return item
}

// closedTo names the roles that may not, in a sentence.
func (h *Handlers) closedTo(a action.Action) string {
	var roles []string
	for _, line := range h.Rules.Explain(a.ID) {
		if !line.May {
			roles = append(roles, string(line.Role))
		}
	}
	switch len(roles) {
	case 0:
		return ""
	case 1:
		return "The role " + roles[0] + " may not."
	}
	return "The roles " + strings.Join(roles[:len(roles)-1], ", ") + " and " + roles[len(roles)-1] + " may not."
}

func riskState(risk action.Risk) templates.State {
	switch risk {
	case action.Destructive:
		return templates.State{Shape: "alert", Tone: "bad", Word: "Destructive", Title: "Data can be lost"}
	case action.High:
		return templates.State{Shape: "alert", Tone: "warn", Word: "High risk", Title: "It touches many, or is hard to undo"}
	}
	return templates.State{Shape: "info", Word: "Low risk", Title: "It touches one thing, and is easily made good"}
}

func referenceRole(a action.Action, line policy.Line) templates.ReferenceRole {
	role := templates.ReferenceRole{Role: string(line.Role), Needs: line.Need.Words(), Reason: "welcome"}
	if line.Below {
		role.Where = "only below its organization"
	}
	switch {
	case line.Terms.ReasonPattern != "":
		role.Reason = "as in “" + line.Terms.ReasonExample + "”"
	case a.Reason || a.Risk == action.Destructive:
		role.Reason = "demanded"
	}
	if len(line.Need) > 0 {
		role.Open = spell(line.Terms.Lifetime)
	}
	if line.Terms.UndoWindow > 0 {
		role.Window = spell(line.Terms.UndoWindow)
	}
	return role
}

// spell writes a time as people set it: "24 h", "15 min", "1 h 30 min".
func spell(d time.Duration) string {
	var parts []string
	for _, unit := range []struct {
		d    time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}} {
		if d >= unit.d {
			parts = append(parts, fmt.Sprintf("%d %s", d/unit.d, unit.name))
			d %= unit.d
		}
	}
	return strings.Join(parts, " ")
}

// approvalSentences are what holds of every approval, whatever the rules say.
func approvalSentences() []string {
	return []string{
		"Nobody agrees to what they asked for themselves, under another account neither.",
		"Only who may run the action on every target may agree to it, and nobody counts twice.",
		"Rights are looked up again at each vote and before the first call: who has lost a role does not count any more.",
		"One no ends a request. Who asked may withdraw it until it runs; in its undo window so may whoever could agree to it.",
		"To agree to something destructive, or to run it, takes a sign-in of the last 10 minutes.",
		"When a target reaches more than people agreed to, they are asked anew, or it is left out.",
	}
}

func budgetSentences(b policy.Budget) []string {
	return []string{
		fmt.Sprintf("Above %s devices that one person destroys within an hour, one approver more has to agree.", number(b.PersonPerHour)),
		fmt.Sprintf("So it is above %s devices within a day, by anybody, where the role is held that asks.", number(b.SubtreePerDay)),
		fmt.Sprintf("Above %s devices within a day, by one person or in one such place, nothing goes.", number(b.Ceiling)),
		"A device counts as one, an organization as many as it has devices; what waits counts as well.",
	}
}
