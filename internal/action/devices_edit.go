package action

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"backup-portal/internal/backup"
	"backup-portal/internal/settings"
)

const putDevice = "PUT /api/v1/Computer/{id}"

var deviceEdit = Action{
	ID: "device.edit", Kind: Device, Verb: "edit",
	Label:  "Edit device",
	Ask:    "Edit this device?",
	Done:   "Device edited",
	Failed: "Device not edited",
	Past:   "edited",
	Effect: "Changes its name, its external reference and its notes. What you leave as it is stays so.",
	Risk:   Low,
	Params: textParams("device", "A code of your own, such as an inventory number.",
		func(o Order) string { return o.State.Device.Name },
		func(o Order) string { return o.State.Device.ExternalReference },
		func(o Order) string { return o.State.Device.Notes }),
	Undo: Undo{
		Action: "device.edit",
		Leaves: "It sets the former texts back; who read the new ones has read them. Notes longer than 1,000 characters are not kept in full.",
	},
	Calls: []string{putDevice},
	Doc: "Changes the name, the external reference or the notes of a device, and only those of them that differ from what they are. " +
		"The backup service takes them with the device's whole document: it is read just before, sent back with nothing else changed, and read once more.",
	Documents: true,
	Settings:  generalChanges,
	Ready: func(o Order) string {
		if why := editReady(o, deviceTexts(o.State.Device)); why != "" {
			return why
		}
		if o.Params == nil || o.State.Settings == nil {
			return ""
		}
		return settingsReady(Order{Params: generalChanges(o).Params(), State: o.State})
	},
	Impact: of(func(s State) []Fact { return []Fact{{"State now", s.Device.Status}} }),
	Fingerprint: func(o Order) string {
		return fmt.Sprintf("%s %s", deviceFingerprint(o.State), textsMark(deviceTexts(o.State.Device)))
	},
	Changed: func(o Order) (before, after map[string]string) {
		return editChanged(o, deviceTexts(o.State.Device))
	},
	Run: func(ctx context.Context, w *backup.Writer, o Order) error {
		return runDeviceSettings(ctx, w, o, generalChanges(o))
	},
	Check: func(ctx context.Context, r *backup.Reader, o Order) (Finding, error) {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		d, err := r.DeviceByGUID(ctx, o.Target.ID, false)
		if err != nil {
			return NotHappened, fmt.Errorf("read device back: %w", err)
		}
		return textsInForce(o.Params, deviceTexts(d)), nil
	},
}

func deviceTexts(d backup.Device) map[string]string {
	return map[string]string{nameParam: d.Name, referenceParam: d.ExternalReference, notesParam: d.Notes}
}

// generalChanges are an edit as changes of the device's document: its texts are the values of the group General. They start
// from what the device was seen with; a document that says otherwise is in conflict.
func generalChanges(o Order) settings.Changes {
	seen := deviceTexts(o.State.Device)
	edit := differing(o.Params, seen)
	var changes settings.Changes
	for _, name := range slices.Sorted(maps.Keys(edit)) {
		changes = append(changes, settings.Change{Key: settings.Key(string(settings.General) + "." + name), From: seen[name], To: edit[name]})
	}
	return changes
}
