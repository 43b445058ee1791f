package action

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"backup-portal/internal/backup"
)

// The fields of what is edited, by the names that stand in audit lines.
const (
	nameParam      = "name"
	referenceParam = "reference"
	notesParam     = "notes"
)

var orgEdit = Action{
	ID: "org.edit", Kind: Organization, Verb: "edit",
	Label:  "Edit organization",
	Ask:    "Edit this organization?",
	Done:   "Organization edited",
	Failed: "Organization not edited",
	Past:   "edited",
	Effect: "Changes its name, its external reference and its notes. What you leave as it is stays so.",
	Risk:   Low,
	Params: orgParams(func(o Order) backup.Org { return o.State.Org }),
	Undo: Undo{
		Action: "org.edit",
		Leaves: "It sets the former texts back; who read the new ones has read them. Notes longer than 1,000 characters are not kept in full.",
	},
	Calls: []string{"PUT /api/v3/orgs/{guid}"},
	Doc: "Changes the name, the external reference or the notes of an organization, and only those of them that differ from what they " +
		"are. An empty external reference or empty notes are sent as an empty text; no organization is without a name.",
	Ready: func(o Order) string { return editReady(o, orgTexts(o.State.Org)) },
	Impact: func(o Order) []Fact {
		return []Fact{{"State now", o.State.Org.Status}}
	},
	Fingerprint: func(o Order) string {
		return fmt.Sprintf("active=%t blocked=%t %s", o.State.Org.Active, o.State.Org.Blocked, textsMark(orgTexts(o.State.Org)))
	},
	Changed: func(o Order) (before, after map[string]string) { return editChanged(o, orgTexts(o.State.Org)) },
	Run: func(ctx context.Context, w *backup.Writer, o Order) error {
		edit := differing(o.Params, orgTexts(o.State.Org))
		if len(edit) == 0 {
			return notSent("PUT /api/v3/orgs/{guid}", nil)
		}
		text := func(name string) *string {
			if value, given := edit[name]; given {
				return &value
			}
			return nil
		}
		return w.UpdateOrg(ctx, o.State.Org.GUID, backup.OrgEdit{Name: text(nameParam), ExternalReference: text(referenceParam), Notes: text(notesParam)})
	},
	Check: func(ctx context.Context, r *backup.Reader, o Order) (Finding, error) {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		org, err := r.OrgByUID(ctx, o.Target.ID)
		if err != nil {
			return NotHappened, fmt.Errorf("read organization back: %w", err)
		}
		return textsInForce(o.Params, orgTexts(org)), nil
	},
}

var orgCreate = Action{
	ID: "org.create", Kind: Organization, Verb: "create",
	Label:  "Create organization",
	Ask:    "Create an organization below this one?",
	Done:   "Organization created",
	Failed: "Organization not created",
	Past:   "created an organization below",
	Words:  "create an organization below",
	Effect: "Makes a new organization below this one, which inherits its settings.",
	Risk:   Low,
	Params: orgParams(nil),
	Undo:   Undo{Why: "The backup service removes no organization. It can be deactivated on its own page."},
	Calls:  []string{"POST /api/v3/orgs"},
	Doc: "Makes an organization below another. It is empty and inherits all settings from the organization above it. " +
		"No two organizations directly below the same one may have the same name.",
	Ready: func(o Order) string {
		switch name := strings.TrimSpace(o.Params[nameParam]); {
		case !o.State.Org.Active:
			return "The organization is deactivated: none can be made below it."
		case o.State.Org.Blocked:
			return "The organization is blocked: none can be made below it."
		case name != "" && slices.ContainsFunc(o.State.Below.Children, func(child string) bool { return strings.EqualFold(strings.TrimSpace(child), name) }):
			return "There is an organization of this name directly below it already."
		}
		return ""
	},
	Impact: func(o Order) []Fact {
		return []Fact{{"State now", o.State.Org.Status}, {"Organizations below it", figure(o.State.Below.Orgs)}}
	},
	Fingerprint: func(o Order) string {
		parent := sha256.Sum256([]byte(o.State.Org.ParentUID))
		return fmt.Sprintf("active=%t blocked=%t place=%x", o.State.Org.Active, o.State.Org.Blocked, parent[:8])
	},
	Changed: func(o Order) (before, after map[string]string) { return editChanged(o, nil) },
	Grows:   true,
	Run: func(ctx context.Context, w *backup.Writer, o Order) error {
		return w.CreateOrg(ctx, backup.NewOrg{
			ParentGUID: o.State.Org.GUID, Name: o.Params[nameParam],
			ExternalReference: o.Params[referenceParam], Notes: o.Params[notesParam],
		})
	},
	Check: func(ctx context.Context, r *backup.Reader, o Order) (Finding, error) {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		for org, err := range r.Orgs(ctx, backup.OrgQuery{}) {
			if err != nil {
				return NotHappened, fmt.Errorf("list organizations: %w", err)
			}
			if org.ParentUID == o.Target.ID && org.Name == o.Params[nameParam] {
				return Happened, nil
			}
		}
		return NotHappened, nil
	},
}

// orgParams are the fields of an organization; now answers the one whose texts stand in them to begin with, nil for a new one.
func orgParams(now func(Order) backup.Org) []Param {
	text := func(of func(backup.Org) string) func(Order) string {
		if now == nil {
			return nil
		}
		return func(o Order) string { return of(now(o)) }
	}
	return textParams("organization", "A code of your own, such as a cost center.",
		text(func(o backup.Org) string { return o.Name }),
		text(func(o backup.Org) string { return o.ExternalReference }),
		text(func(o backup.Org) string { return o.Notes }))
}

func orgTexts(o backup.Org) map[string]string {
	return map[string]string{nameParam: o.Name, referenceParam: o.ExternalReference, notesParam: o.Notes}
}
