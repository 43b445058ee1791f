package action

import (
	"context"
	"fmt"
	"slices"
	"time"

	"backup-portal/internal/backup"
	"backup-portal/internal/settings"
)

const (
	putPackets     = "PUT /api/v1/OrgSetting/{id}"
	putOrgDocument = "PUT /api/v1/Org/{id}"
)

var orgSettings = Action{
	ID: "org.settings", Kind: Organization, Verb: "change-settings",
	Label:  "Change settings",
	Ask:    "Change the settings of this organization?",
	Done:   "Settings changed",
	Failed: "Settings not changed",
	Past:   "changed the settings of",
	Words:  "change the settings of",
	Effect: "Changes values of its settings, here and wherever they are inherited.",
	Risk:   High,
	Reason: true,
	Undo: Undo{
		Action: "org.settings",
		Leaves: "It sets the values back. What devices did by the new ones in the meantime stays done: versions and files that they removed are gone.",
	},
	Calls: []string{putPackets, putOrgDocument},
	Doc: "Changes settings of an organization: quota, reporting, restore, alerts, the defaults of its devices and their backup sets. " +
		"What follows the organization gets the new values too; changing an inherited value ends its inheritance. The backup service takes " +
		"settings in two calls, those that travel as packets first; when the second fails the operation says what is written and what is not.",
	Changes:   true,
	Documents: true,
	Settings:  changesOf,
	Ready:     settingsReady,
	Impact: func(o Order) []Fact {
		changes := changesOf(o)
		if len(changes) == 0 {
			return []Fact{{"State now", o.State.Org.Status}}
		}
		return append(settingsFacts(o, changes), reachFacts(o, changes)...)
	},
	Fingerprint: func(o Order) string {
		return fmt.Sprintf("%s %s", orgPlace(o.State), settingsFingerprint(o, changesOf(o)))
	},
	Extent: func(o Order) Extent {
		reach := reachOf(o, changesOf(o))
		return Extent{Same: fmt.Sprintf("%s %s", orgPlace(o.State), settingsFingerprint(o, changesOf(o))), Orgs: reach.Orgs, Devices: reach.Devices}
	},
	Weigh:   func(o Order) int { return reachOf(o, changesOf(o)).Devices },
	Changed: func(o Order) (before, after map[string]string) { return settingsChanged(o, changesOf(o)) },
	Run:     runOrgSettings,
	Check: func(ctx context.Context, r *backup.Reader, o Order) (Finding, error) {
		sheet, err := orgSheet(ctx, r, o.Target.ID, changesOf(o))
		if err != nil {
			return NotHappened, err
		}
		return inForce(changesOf(o), sheet), nil
	},
}

// runOrgSettings sends what is left to do, in up to two calls.
func runOrgSettings(ctx context.Context, w *backup.Writer, o Order) error {
	if why := settingsReady(o); why != "" || o.State.Settings == nil {
		return notSent(putOrgDocument, fmt.Errorf("not ready: %s", why))
	}
	left, _, _ := changesOf(o).Against(*o.State.Settings)
	document, packets, err := o.State.Settings.Apply(left)
	if err != nil || document == nil && packets == nil {
		return notSent(putOrgDocument, err)
	}
	if packets != nil {
		if err := w.PutOrgPackets(ctx, o.State.Org.ID, packets); err != nil {
			return err
		}
	}
	if document == nil {
		return nil
	}
	err = w.PutOrgDocument(ctx, o.State.Org.ID, document)
	if err != nil && packets != nil {
		return &Partly{Written: keysIn(settings.Packets, left), Err: err}
	}
	return err
}

// keysIn are the keys of the changes that one of the two calls carries.
func keysIn(part settings.Part, changes settings.Changes) []string {
	var keys []string
	for _, c := range changes {
		if p, _ := settings.PropertyOf(c.Key); p.Part == part {
			keys = append(keys, string(c.Key))
		}
	}
	return keys
}

// orgSheet reads an organization's documents back, as far as changes are about them.
func orgSheet(ctx context.Context, r *backup.Reader, uid string, changes settings.Changes) (settings.Sheet, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	document, err := r.OrgDocument(ctx, uid)
	if err != nil {
		return settings.Sheet{}, fmt.Errorf("read settings back: %w", err)
	}
	var packets []byte
	if len(keysIn(settings.Packets, changes)) > 0 {
		org, err := r.OrgByUID(ctx, uid)
		if err != nil {
			return settings.Sheet{}, fmt.Errorf("read organization back: %w", err)
		}
		if packets, err = r.OrgPackets(ctx, org.ID); err != nil {
			return settings.Sheet{}, fmt.Errorf("read packets back: %w", err)
		}
	}
	sheet, err := settings.OfOrganization(document, packets)
	if err != nil {
		return settings.Sheet{}, fmt.Errorf("read settings back: %w", err)
	}
	return sheet, nil
}

// inheritances are those that changes touch, in the order in which they are told. Names and notes reach nobody.
func inheritances(o Order, changes settings.Changes) []settings.Inheritance {
	var touched []settings.Inheritance
	for _, c := range changes {
		p := propertyOf(o, c.Key)
		if p.Group != settings.General && !slices.Contains(touched, p.Inherits) {
			touched = append(touched, p.Inherits)
		}
	}
	slices.Sort(touched)
	return touched
}

// reachOf is how far changes go, never less than they do: which organizations follow in one thing and not in another is not
// told, so several reaches are added up, within the subtree.
func reachOf(o Order, changes settings.Changes) Reach {
	sum := Reach{}
	touched := inheritances(o, changes)
	for _, by := range touched {
		one := reachBy(o.State, by)
		sum.Orgs, sum.Devices = sum.Orgs+one.Orgs, sum.Devices+one.Devices
	}
	if len(touched) > 1 {
		sum.Orgs, sum.Devices = min(sum.Orgs, o.State.Below.Orgs+1), min(sum.Devices, o.State.Below.Devices)
		for _, by := range touched {
			one := reachBy(o.State, by)
			sum.Orgs, sum.Devices = max(sum.Orgs, one.Orgs), max(sum.Devices, one.Devices)
		}
	}
	sum.Orgs = max(sum.Orgs, 1)
	return sum
}

// reachBy is how far one inheritance goes. What nobody counted reaches everything below.
func reachBy(s State, by settings.Inheritance) Reach {
	if reach, counted := s.Reach[by]; counted {
		return reach
	}
	all := Reach{Orgs: s.Below.Orgs + 1, Devices: s.Below.Devices, Unknown: s.Below.Orgs}
	if by == settings.Own {
		all.Orgs, all.Unknown = 1, 0
	}
	return all
}

// reachFacts tell for each inheritance that is touched who follows.
func reachFacts(o Order, changes settings.Changes) []Fact {
	touched := inheritances(o, changes)
	var facts []Fact
	for _, by := range touched {
		prefix := ""
		if len(touched) > 1 {
			prefix = inheritanceNames[by] + ": "
		}
		reach := reachBy(o.State, by)
		if by != settings.Own {
			follow := figure(max(reach.Orgs-1, 0))
			if reach.Unknown > 0 {
				follow += fmt.Sprintf(", %s of them not read yet", figure(reach.Unknown))
			}
			facts = append(facts, Fact{prefix + "Organizations that follow", follow})
		}
		facts = append(facts, Fact{prefix + "Devices reached", figure(reach.Devices)})
		if by != settings.Own {
			facts = append(facts, Fact{prefix + "Have values of their own", figure(reach.Overriding)})
		}
	}
	return facts
}

// inheritanceNames are what is inherited together, in words.
var inheritanceNames = map[settings.Inheritance]string{
	settings.Own:              "Not inherited",
	settings.ByQuota:          "Quota",
	settings.ByReporting:      "Reporting",
	settings.ByDestinations:   "Destinations",
	settings.ByDeviceDefaults: "Device defaults",
	settings.ByPacket:         "Inherited one by one",
}
