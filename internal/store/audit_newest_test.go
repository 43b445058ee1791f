package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/audit"
)

func TestAuditSearchOfTheNewest(t *testing.T) {
	t.Parallel()
	onEvery(t, searchAmongTheNewest)
}

// searchAmongTheNewest looks for what is no session, once everywhere and once near the end.
func searchAmongTheNewest(t *testing.T, open opener) {
	c := newClock()
	s := open(t, c)
	for _, action := range []string{"device.block", "session.sign-in", "mirror.sync", "session.end", "session.sign-out", "sessions"} {
		line := audit.Line{At: c.Now().Truncate(time.Microsecond), Actor: audit.Actor{Key: "k", Name: "n"}, Action: action, Outcome: audit.Done}
		if _, err := s.Record(t.Context(), line); err != nil {
			t.Fatal(err)
		}
	}
	for newest, want := range map[int][]string{
		0: {"sessions", "mirror.sync", "device.block"}, 4: {"sessions", "mirror.sync"}, 3: {"sessions"}, 100: {"sessions", "mirror.sync", "device.block"},
	} {
		entries, _, err := s.AuditSearch(t.Context(), audit.Query{AllOrgs: true, WithoutSessions: true, Newest: newest})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range entries {
			got = append(got, e.Line.Action)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("among the newest %d (-want +got)\n%s", newest, diff)
		}
	}
}
