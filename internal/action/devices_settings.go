package action

import (
	"context"
	"fmt"
	"time"

	"backup-portal/internal/backup"
	"backup-portal/internal/settings"
)

var deviceSettings = Action{
	ID: "device.settings", Kind: Device, Verb: "change-settings",
	Label:  "Change settings",
	Ask:    "Change the settings of this device?",
	Done:   "Settings changed",
	Failed: "Settings not changed",
	Past:   "changed the settings of",
	Words:  "change the settings of",
	Effect: "Changes values of this device's own settings. They then differ from what its organization says.",
	Risk:   Low,
	Undo: Undo{
		Action: "device.settings",
		Leaves: "It sets the values back. What the device did by the new ones in the meantime stays done: versions and files that it removed are gone.",
	},
	Calls: []string{putDevice},
	Doc: "Changes settings of one device: alerts by mail and its backup sets. Values that the organization has locked are not changed. " +
		"The backup service takes them with the device's whole document: it is read just before, sent back with nothing else changed, and read once more.",
	Changes:   true,
	Documents: true,
	Settings:  changesOf,
	Ready:     settingsReady,
	Impact: func(o Order) []Fact {
		facts := []Fact{{"State now", o.State.Device.Status}}
		if changes := changesOf(o); len(changes) > 0 {
			facts = append(facts, settingsFacts(o, changes)...)
		}
		return facts
	},
	Fingerprint: func(o Order) string {
		return fmt.Sprintf("%s %s", deviceFingerprint(o.State), settingsFingerprint(o, changesOf(o)))
	},
	Weigh:   func(Order) int { return 1 },
	Changed: func(o Order) (before, after map[string]string) { return settingsChanged(o, changesOf(o)) },
	Run: func(ctx context.Context, w *backup.Writer, o Order) error {
		if why := settingsReady(o); why != "" {
			return notSent(putDevice, fmt.Errorf("not ready: %s", why))
		}
		return runDeviceSettings(ctx, w, o, changesOf(o))
	},
	Check: func(ctx context.Context, r *backup.Reader, o Order) (Finding, error) {
		sheet, err := deviceSheet(ctx, r, o.Target.ID)
		if err != nil {
			return NotHappened, err
		}
		return inForce(changesOf(o), sheet), nil
	},
}

// runDeviceSettings sends the device's document with what is left to do of the changes.
func runDeviceSettings(ctx context.Context, w *backup.Writer, o Order, changes settings.Changes) error {
	if o.State.Settings == nil {
		return notSent(putDevice, errNotRead)
	}
	left, conflicts, refused := changes.Against(*o.State.Settings)
	if len(conflicts)+len(refused) > 0 {
		return notSent(putDevice, fmt.Errorf("%d values are not what they were, %d cannot be changed", len(conflicts), len(refused)))
	}
	document, _, err := o.State.Settings.Apply(left)
	if err != nil || document == nil {
		return notSent(putDevice, err)
	}
	return w.PutDevice(ctx, o.State.Device.ID, document)
}

// deviceSheet reads a device's document back.
func deviceSheet(ctx context.Context, r *backup.Reader, guid string) (settings.Sheet, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	document, err := r.DeviceDocument(ctx, guid)
	if err != nil {
		return settings.Sheet{}, fmt.Errorf("read settings back: %w", err)
	}
	sheet, err := settings.OfDevice(document)
	if err != nil {
		return settings.Sheet{}, fmt.Errorf("read settings back: %w", err)
	}
	return sheet, nil
}
