package action

import (
	"context"
	"fmt"
	"time"

	"backup-portal/internal/backup"
)

var deviceDeactivate = Action{
	ID: "device.deactivate", Kind: Device, Verb: "deactivate",
	Label:  "Deactivate device",
	Ask:    "Deactivate this device?",
	Done:   "Device deactivated",
	Failed: "Device not deactivated",
	Past:   "deactivated",
	Effect: "Ends its backups. Its archives move to cold storage and are deleted for good when their time there is over.",
	Risk:   Destructive,
	Reason: true,
	Bulk:   true,
	Undo: Undo{
		Action: "device.reactivate",
		Leaves: "Backups do not start by themselves: its user has to sign in on the device. Archives that were deleted from cold storage by then are gone for good.",
		Until:  keptUntil,
	},
	Calls: []string{"POST /api/v38/computer-deactivation/update", "POST /api/v4/computer-deactivation/update"},
	Doc: "Ends the backup of one device for good, as when it was lost or handed in: its backups stop, and its archives move to " +
		"cold storage, where the backup service deletes them after as many days as the organization's setting says. It refuses while " +
		"the device's owner is on legal hold.",
	Ready: of(func(s State) string {
		switch {
		case !s.Device.Active:
			return "The device is already deactivated."
		case onHold(s):
			return "Its owner is on legal hold: the backup service refuses to deactivate the device while they are."
		}
		return ""
	}),
	Impact: of(func(s State) []Fact {
		return append(deviceImpact(s),
			Fact{"Archives", archiveWords(s)},
			Fact{"What happens to them", "They " + archivesKept(s) + "."},
			Fact{"Other devices of its user", otherDevices(s.Owner)},
			Fact{"Legal hold", ownerHold(s.Holds)},
		)
	}),
	Fingerprint: of(func(s State) string {
		return fmt.Sprintf("%s hold=%t last=%t", deviceFingerprint(s), onHold(s), s.Owner.LastDevice())
	}),
	Extent: of(deviceExtent),
	Serial: of(ofOwner),
	Run: func(ctx context.Context, w *backup.Writer, o Order) error {
		return w.DeactivateDevice(ctx, o.State.Device.ID)
	},
	Check: deviceCheck(func(d backup.Device) bool { return !d.Active }),
}

var deviceReactivate = Action{
	ID: "device.reactivate", Kind: Device, Verb: "reactivate",
	Label:  "Reactivate device",
	Ask:    "Reactivate this device?",
	Done:   "Device reactivated",
	Failed: "Device not reactivated",
	Past:   "reactivated",
	Effect: "Lets it back up again once its user has signed in on it, to those of its archives that still are in cold storage.",
	Risk:   High,
	Reason: true,
	Bulk:   true,
	Undo: Undo{
		Action: "device.deactivate",
		Leaves: "What was backed up or restored in the meantime stays; the archives go to cold storage anew.",
	},
	Calls: []string{"POST /api/v38/computer-deactivation/remove", "POST /api/v4/computer-deactivation/remove"},
	Doc: "Takes back the deactivation of one device. Backups do not start by themselves: its user has to sign in on it again. " +
		"Archives that were deleted from cold storage meanwhile are gone for good. Its user and its organization have to be active: " +
		"where they are not, the backup service may refuse.",
	Ready: of(func(s State) string {
		if s.Device.Active {
			return "The device is active: there is nothing to reactivate."
		}
		return ""
	}),
	Impact: of(func(s State) []Fact {
		return append(deviceImpact(s), Fact{"Archives", archiveWords(s)}, Fact{"Other devices of its user", otherDevices(s.Owner)})
	}),
	Fingerprint: of(deviceFingerprint),
	Extent:      of(deviceExtent),
	Serial:      of(ofOwner),
	Run: func(ctx context.Context, w *backup.Writer, o Order) error {
		return w.ReactivateDevice(ctx, o.State.Device.ID)
	},
	Check: deviceCheck(func(d backup.Device) bool { return d.Active }),
}

// LastDevice tells whether the owner would be left without an active device.
func (o Owner) LastDevice() bool { return o.Known && o.OtherCount == 0 }

// Archives counts what the backup service stores of the device; one archive for each destination.
func (s State) Archives() (count int, bytes int64) {
	for _, b := range s.Device.Backups {
		if b.ArchiveGUID != "" {
			count++
		}
		bytes += max(b.ArchiveBytes, 0)
	}
	return count, bytes
}

// LastBackup is when the device last completed a backup, wherever to; zero when it never did.
func (s State) LastBackup() time.Time {
	var newest time.Time
	for _, b := range s.Device.Backups {
		if b.LastCompleted.After(newest) {
			newest = b.LastCompleted
		}
	}
	return newest
}

func archiveWords(s State) string {
	archives, bytes := s.Archives()
	if archives == 0 {
		return "none"
	}
	return fmt.Sprintf("%s, %s stored", counted(archives, "archive"), size(bytes))
}

func otherDevices(o Owner) string {
	switch {
	case !o.Known:
		return "not known now"
	case o.OtherCount == 0:
		return "none that is active"
	default:
		return figure(o.OtherCount) + " active"
	}
}

func ownerHold(h Holds) string {
	switch {
	case !h.Known:
		return "not known now; the backup service refuses while its owner is on one"
	case h.Count > 0:
		return "its owner is on one"
	default:
		return "none"
	}
}

// deviceExtent is the device alone. Whether it is its user's last is left out: of several devices of one user that are
// deactivated together, one always becomes the last.
func deviceExtent(s State) Extent {
	return Extent{Same: fmt.Sprintf("%s hold=%t", deviceFingerprint(s), onHold(s)), Devices: 1}
}

// ofOwner keeps the devices of one user from being changed at once, which the vendor's database does not bear.
func ofOwner(s State) string {
	if s.Device.UserUID == "" {
		return ""
	}
	return "user:" + s.Device.UserUID
}
