package action

import (
	"fmt"
	"time"
)

// archivesKept says what becomes of the archives of what is deactivated: the vendor keeps them in cold storage for as many
// days as the organization's setting says, and deletes them after that.
func archivesKept(s State) string {
	switch {
	case s.HoldDays < 0 || s.ReadAt.IsZero():
		return "move to cold storage and are deleted for good later; for how many days they are kept is not known now"
	case s.HoldDays == 0:
		return "move to cold storage, which keeps them no time: they may be deleted for good at once"
	default:
		return fmt.Sprintf("move to cold storage, deleted for good on %s at the earliest (%s)",
			keptUntil(s.ReadAt, s).Format("2 January 2006"), counted(s.HoldDays, "day"))
	}
}

// keptUntil is when archives that go to cold storage now may be deleted; zero when that is not known.
func keptUntil(at time.Time, s State) time.Time {
	if s.HoldDays < 0 {
		return time.Time{}
	}
	return at.UTC().AddDate(0, 0, s.HoldDays)
}

// onHold tells that the vendor will refuse.
func onHold(s State) bool { return s.Holds.Known && s.Holds.Count > 0 }
