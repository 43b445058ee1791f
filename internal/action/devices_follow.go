package action

import (
	"context"
	"fmt"
	"strings"

	"backup-portal/internal/backup"
	"backup-portal/internal/settings"
)

var deviceFollow = Action{
	ID: "device.follow", Kind: Device, Verb: "follow",
	Label:  "Follow its organization",
	Ask:    "Make this device follow its organization again?",
	Done:   "Device follows its organization",
	Failed: "Device does not follow its organization",
	Past:   "removed own settings from",
	Words:  "remove own settings from",
	Effect: "Sets every value that differs from the organization's defaults to what the organization says.",
	Risk:   Low,
	Bulk:   true,
	Undo:   Undo{Why: "The values that the device had stand in the audit log; they can be set again in its settings."},
	Calls:  []string{putDevice},
	Doc: "Ends the drift of devices: each value that differs from the defaults of the organization is set to what the organization says. " +
		"Values that are locked on the device stay as they are, and so do backup sets that the organization does not have. " +
		"What the organization changes later does not reach the device by itself.",
	Documents: true,
	Settings: func(o Order) settings.Changes {
		changes, _ := following(o)
		return changes
	},
	Ready: func(o Order) string {
		switch changes, locked := following(o); {
		case o.State.Settings == nil:
			return "" // nobody has read them yet
		case o.State.Defaults == nil:
			return "The settings of its organization could not be read."
		case len(changes) == 0 && len(locked) > 0:
			return "What differs on it is locked: " + keyLabels(o, locked) + "."
		case len(changes) == 0:
			return "The device follows its organization already."
		}
		return ""
	},
	Impact: func(o Order) []Fact {
		facts := []Fact{{"State now", o.State.Device.Status}}
		changes, locked := following(o)
		if len(changes) > 0 {
			facts = append(facts, settingsFacts(o, changes)...)
		}
		if len(locked) > 0 {
			facts = append(facts, Fact{"Stay as they are, locked", keyLabels(o, locked)})
		}
		return facts
	},
	Fingerprint: func(o Order) string {
		changes, _ := following(o)
		targets := map[string]string{}
		for _, c := range changes {
			targets[string(c.Key)] = c.To
		}
		return fmt.Sprintf("%s %s %s", deviceFingerprint(o.State), settingsFingerprint(o, changes), textsMark(targets))
	},
	Weigh: func(Order) int { return 1 },
	Changed: func(o Order) (before, after map[string]string) {
		changes, _ := following(o)
		return settingsChanged(o, changes)
	},
	Run: func(ctx context.Context, w *backup.Writer, o Order) error {
		changes, _ := following(o)
		return runDeviceSettings(ctx, w, o, changes)
	},
	Check: func(ctx context.Context, r *backup.Reader, o Order) (Finding, error) {
		sheet, err := deviceSheet(ctx, r, o.Target.ID)
		if err != nil {
			return NotHappened, err
		}
		device, err := r.DeviceByGUID(ctx, o.Target.ID, false)
		if err != nil {
			return NotHappened, fmt.Errorf("read device back: %w", err)
		}
		defaults, err := orgSheet(ctx, r, device.OrgUID, nil)
		if err != nil {
			return NotHappened, err
		}
		left, _ := settings.Following(defaults, sheet)
		return found(len(left) == 0), nil
	},
}

// following is what makes the device of an order follow its organization; nothing when either was not read.
func following(o Order) (changes settings.Changes, locked []settings.Key) {
	if o.State.Settings == nil || o.State.Defaults == nil {
		return nil, nil
	}
	return settings.Following(*o.State.Defaults, *o.State.Settings)
}

// keyLabels names the first few values.
func keyLabels(o Order, keys []settings.Key) string {
	const most = 5
	var labels []string
	for _, k := range keys[:min(len(keys), most)] {
		labels = append(labels, labelOf(o, k))
	}
	if more := len(keys) - most; more > 0 {
		labels = append(labels, figure(more)+" more")
	}
	return strings.Join(labels, ", ")
}
