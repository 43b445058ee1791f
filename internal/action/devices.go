package action

import (
	"context"
	"fmt"
	"time"

	"backup-portal/internal/backup"
)

var deviceBlock = Action{
	ID: "device.block", Kind: Device, Verb: "block",
	Label:  "Block device",
	Ask:    "Block this device?",
	Done:   "Device blocked",
	Failed: "Device not blocked",
	Past:   "blocked",
	Effect: "Its user can no longer sign in or restore on it. Can be undone.",
	Risk:   Low,
	Bulk:   true,
	Undo:   Undo{Action: "device.unblock", Leaves: "A user whom the block signed out has to sign in again."},
	Calls:  []string{"PUT /api/v1/ComputerBlock/{id}"},
	Doc: "Blocks one device: nobody can sign in to the backup client or restore on it until it is unblocked. " +
		"Its archives stay as they are.",
	Ready: of(func(s State) string {
		if s.Device.Blocked {
			return "The device is already blocked."
		}
		return ""
	}),
	Impact:      of(deviceImpact),
	Fingerprint: of(deviceFingerprint),
	Run: func(ctx context.Context, w *backup.Writer, o Order) error {
		return w.BlockDevice(ctx, o.State.Device.ID)
	},
	Check: deviceCheck(func(d backup.Device) bool { return d.Blocked }),
}

var deviceUnblock = Action{
	ID: "device.unblock", Kind: Device, Verb: "unblock",
	Label:  "Unblock device",
	Ask:    "Unblock this device?",
	Done:   "Device unblocked",
	Failed: "Device not unblocked",
	Past:   "unblocked",
	Effect: "Its user can sign in and restore on it again.",
	Risk:   Low,
	Bulk:   true,
	Undo:   Undo{Action: "device.block", Leaves: "What was restored on the device in the meantime stays there."},
	Calls:  []string{"DELETE /api/v1/ComputerBlock/{id}"},
	Doc: "Lifts the block of one device. A block of its user or of its organization stays in force: " +
		"each is lifted where it was set.",
	Ready: of(func(s State) string {
		if !s.Device.Blocked {
			return "The device is not blocked."
		}
		return ""
	}),
	Impact:      of(deviceImpact),
	Fingerprint: of(deviceFingerprint),
	Run: func(ctx context.Context, w *backup.Writer, o Order) error {
		return w.UnblockDevice(ctx, o.State.Device.ID)
	},
	Check: deviceCheck(func(d backup.Device) bool { return !d.Blocked }),
}

var deviceDeauthorize = Action{
	ID: "device.deauthorize", Kind: Device, Verb: "deauthorize",
	Label:  "Deauthorize device",
	Ask:    "Deauthorize this device?",
	Done:   "Device deauthorized",
	Failed: "Device not deauthorized",
	Past:   "deauthorized",
	Effect: "Signs its backup client out. It backs up again when its user has signed in.",
	Risk:   Low,
	Bulk:   true,
	Undo:   Undo{Why: "Nothing takes it back from here: the user signs in on the device again."},
	Calls:  []string{"PUT /api/v1/ComputerDeauthorization/{id}"},
	Doc: "Signs one device out of its backup client, as after a theft or when a laptop changes hands. It neither backs up nor " +
		"restores until its user signs in on it again; its archives stay as they are. Where that may not happen, block it instead.",
	Ready: of(func(s State) string {
		switch {
		case !s.Device.Active:
			return "The device is deactivated: nobody is signed in on it."
		case s.Device.Deauthorized():
			return "The device is already deauthorized."
		}
		return ""
	}),
	Impact: of(deviceImpact),
	Fingerprint: of(func(s State) string {
		return fmt.Sprintf("%s deauthorized=%t", deviceFingerprint(s), s.Device.Deauthorized())
	}),
	Run: func(ctx context.Context, w *backup.Writer, o Order) error {
		return w.DeauthorizeDevice(ctx, o.State.Device.ID)
	},
	Check: deviceCheck(backup.Device.Deauthorized),
}

// deviceImpact tells what a change meets on the device right now.
func deviceImpact(s State) []Fact {
	facts := []Fact{{"State now", s.Device.Status}}
	var backingUp, restoring int
	for _, b := range s.Device.Backups {
		if b.BackingUp {
			backingUp++
		}
		if b.Restoring {
			restoring++
		}
	}
	if backingUp+restoring > 0 {
		facts = append(facts, Fact{"Running now", fmt.Sprintf("%s, %s", counted(backingUp, "backup"), counted(restoring, "restore"))})
	}
	return facts
}

// deviceFingerprint holds no vendor timestamp: ordinary activity moves those.
func deviceFingerprint(s State) string {
	return fmt.Sprintf("active=%t blocked=%t org=%s user=%s", s.Device.Active, s.Device.Blocked, s.Device.OrgUID, s.Device.UserUID)
}

// deviceCheck reads the device live and asks happened of it.
func deviceCheck(happened func(backup.Device) bool) func(context.Context, *backup.Reader, Order) (Finding, error) {
	return func(ctx context.Context, r *backup.Reader, o Order) (Finding, error) {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		d, err := r.DeviceByGUID(ctx, o.Target.ID, false)
		if err != nil {
			return NotHappened, fmt.Errorf("read device back: %w", err)
		}
		return found(happened(d)), nil
	}
}
