package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/audit"
	"backup-portal/internal/auth"
	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
)

func TestFigures(t *testing.T) {
	t.Parallel()
	onEvery(t, figuresCountWhatIsOpen)
}

func figuresCountWhatIsOpen(t *testing.T, open opener) {
	c := newClock()
	s := open(t, c)
	want := Figures{
		OpenOperations: map[operation.State]int{operation.Awaiting: 0, operation.Running: 0, operation.Unknown: 0},
		OpenRequests:   map[operation.State]int{operation.Awaiting: 0, operation.Scheduled: 0, operation.Running: 0, operation.Stopped: 0},
	}
	if got, err := s.Figures(t.Context()); err != nil || cmp.Diff(want, got) != "" {
		t.Errorf("of nothing: %v %s", err, cmp.Diff(want, got))
	}

	for i, to := range []operation.State{operation.Running, operation.Unknown, operation.Unknown, operation.Succeeded} {
		o := begin(t, s, block(string(rune('a'+i)), string(rune('k'+i))))
		if to == operation.Running {
			continue
		}
		if _, err := s.Move(t.Context(), operation.Move{ID: o.ID, Version: o.Version, To: to, Line: lineOf(o, audit.Unknown)}); err != nil {
			t.Fatal(err)
		}
	}
	for i, life := range []time.Duration{time.Hour, time.Hour, time.Minute} {
		now := c.Now()
		session := auth.Session{ID: auth.Hash{byte(i + 1)}, Created: now, Seen: now, Expires: now.Add(life)}
		if err := s.StartSession(t.Context(), session, auth.Hash{}, session.Created); err != nil {
			t.Fatal(err)
		}
	}
	for i, guid := range []string{"31", "32", "33"} {
		c.Advance(time.Second)
		at := c.Now().UTC().Truncate(time.Microsecond)
		comparison := inventory.Comparison{DueDevice: inventory.DueDevice{GUID: guid, OrgUID: "1"}, ReadAt: at, Failed: i == 2}
		if err := s.Compared(t.Context(), []inventory.Comparison{comparison}); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			want.ComparedAt = at
		}
	}
	want.Compared = 2
	c.Advance(2 * time.Minute)
	want.OpenOperations[operation.Running], want.OpenOperations[operation.Unknown] = 1, 2
	want.AuditLines, want.Sessions = 7, 2
	if got, err := s.Figures(t.Context()); err != nil || cmp.Diff(want, got) != "" {
		t.Errorf("%v (-want +got)\n%s", err, cmp.Diff(want, got))
	}
}
