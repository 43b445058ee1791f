package inventory

import (
	"iter"
	"time"
)

// Ages are the ends of the ages of a moment.
type Ages struct{ Day, Week, Month time.Time }

// AgesAt answers the ends of the ages.
func AgesAt(now time.Time) Ages {
	const day = 24 * time.Hour
	return Ages{Day: now.Add(-day), Week: now.Add(-7 * day), Month: now.Add(-30 * day)}
}

// sameMoment is how far the end of an age may lie from a filter that means it: each is told from a now of its own.
const sameMoment = time.Minute

// ages tells which ages a range holds, when it begins and ends where ages do; false for every other range.
func (r TimeRange) ages(now time.Time) (holds func(BackupAge) bool, known bool) {
	ends := AgesAt(now)
	order := []BackupAge{AgeDay, AgeWeek, AgeMonth, AgeOlder}
	upTo := func(t time.Time) int { // how many ages lie behind this end
		for i, end := range []time.Time{ends.Day, ends.Week, ends.Month} {
			if t.Sub(end).Abs() < sameMoment {
				return i + 1
			}
		}
		return -1
	}
	from, to := 0, len(order)
	if !r.Before.IsZero() {
		from = upTo(r.Before)
	}
	if !r.After.IsZero() {
		to = upTo(r.After)
	}
	if from < 0 || to < 0 || r.Never && (!r.After.IsZero() || !r.Before.IsZero()) {
		return nil, false
	}
	return func(age BackupAge) bool {
		switch {
		case r == TimeRange{}:
			return true
		case r.Never:
			return age == AgeNever
		}
		for _, in := range order[min(from, to):to] {
			if age == in {
				return true
			}
		}
		return false
	}, true
}

// agedCells are cells of a summary, which knows of each device's newest backup how old it is, under a query's filter on it.
func agedCells(cells []DeviceCell, q DeviceQuery, now time.Time) iter.Seq[DeviceCell] {
	holds, _ := q.Completed.ages(now)
	return func(yield func(DeviceCell) bool) {
		for _, c := range cells {
			c.OutsideCompleted = !holds(c.Completed)
			if !yield(c) {
				return
			}
		}
	}
}
