package auth

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"backup-portal/internal/audit"
)

// minutes keep what is counted apart by whom it is of and by the minute, until that has ended and the audit log gets a
// line of it. Whoever counts holds the lock.
type minutes[K comparable, C counted[K]] struct {
	mu     sync.Mutex
	counts map[inMinute[K]]C
}

type inMinute[K comparable] struct {
	start time.Time
	of    K
}

// counted is what was counted of one within a minute; a count can be too small to be worth a line.
type counted[K comparable] interface {
	line(minute time.Time, of K) (l audit.Line, worth bool)
}

func minuteOf[K comparable](at time.Time, of K) inMinute[K] {
	return inMinute[K]{at.UTC().Truncate(time.Minute), of}
}

// take removes the counts of the minutes that ended before now and answers their lines, oldest first.
func (m *minutes[K, C]) take(now time.Time) []audit.Line {
	m.mu.Lock()
	defer m.mu.Unlock()
	var lines []audit.Line
	for key, count := range m.counts {
		if now.Before(key.start.Add(time.Minute)) {
			continue
		}
		delete(m.counts, key)
		if line, worth := count.line(key.start, key.of); worth {
			lines = append(lines, line)
		}
	}
	slices.SortFunc(lines, func(a, b audit.Line) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Actor.Key, b.Actor.Key), cmp.Compare(a.Actor.Address, b.Actor.Address), cmp.Compare(a.Action, b.Action))
	})
	return lines
}
