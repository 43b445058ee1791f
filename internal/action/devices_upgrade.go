package action

import (
	"context"
	"errors"
	"fmt"
	"time"

	"backup-portal/internal/backup"
)

var deviceUpgrade = Action{
	ID: "device.upgrade", Kind: Device, Verb: "upgrade",
	Label:  "Upgrade device",
	Ask:    "Upgrade the backup client of this device?",
	Done:   "Upgrade ordered",
	Failed: "Upgrade not ordered",
	Past:   "ordered an upgrade of",
	Words:  "upgrade the backup client of",
	Effect: "Tells its backup client to bring itself up to date when the device is next connected.",
	Risk:   Low,
	Bulk:   true,
	Undo:   Undo{Why: "No older version of a backup client can be put back from here."},
	Calls:  []string{"POST /api/v38/device-upgrade/upgrade-device", "POST /api/v4/device-upgrade/upgrade-device"},
	Doc: "Tells the backup client of a device to bring itself up to the version that the backup service offers. It does so when it is next " +
		"connected, so the version changes some time later, and the call cannot be read back before.",
	Ready: of(func(s State) string {
		switch {
		case !s.Device.Active:
			return "The device is deactivated: no backup client answers there."
		case s.Device.Deauthorized():
			return "The device is signed out: its backup client takes no orders until its user has signed in."
		}
		return ""
	}),
	Impact: of(func(s State) []Fact {
		return append(deviceImpact(s), Fact{"Version now", orUnknown(s.Device.ClientVersion)}, Fact{"Last connected", lastConnected(s)})
	}),
	Fingerprint: of(func(s State) string {
		return fmt.Sprintf("%s deauthorized=%t version=%s", deviceFingerprint(s), s.Device.Deauthorized(), s.Device.ClientVersion)
	}),
	Changed: func(o Order) (before, after map[string]string) {
		return map[string]string{"version": clipped(o.State.Device.ClientVersion)}, nil
	},
	Run: func(ctx context.Context, w *backup.Writer, o Order) error {
		return w.UpgradeDevice(ctx, o.State.Device.GUID)
	},
	Check: func(ctx context.Context, r *backup.Reader, o Order) (Finding, error) {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		d, err := r.DeviceByGUID(ctx, o.Target.ID, false)
		if err != nil {
			return NotHappened, fmt.Errorf("read device back: %w", err)
		}
		if before := o.State.Device; before.GUID != "" && d.ClientVersion != before.ClientVersion {
			return Happened, nil
		}
		return NotHappened, errors.New("the backup service does not tell which upgrades are ordered")
	},
}

func orUnknown(text string) string {
	if text == "" {
		return "not known"
	}
	return text
}

func lastConnected(s State) string {
	if s.Device.LastConnected.IsZero() {
		return "never"
	}
	return s.Device.LastConnected.UTC().Format("2 January 2006 15:04") + " UTC"
}
