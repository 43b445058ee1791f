package store

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/uptrace/bun"

	"backup-portal/internal/audit"
)

func TestAttacksOnTheListAreFound(t *testing.T) {
	t.Parallel()
	onEvery(t, attacksOnTheListAreFound)
}

// attacksOnTheListAreFound changes what leads a manager to the lines of an organization. Of every three of the 20 lines
// one is about a, one about a and b, one about none; the checkpoint covers 15.
func attacksOnTheListAreFound(t *testing.T, open opener) {
	type finding struct {
		kind audit.ProblemKind
		seq  int64
	}
	var emptied []finding
	for n := range int64(20) {
		for range n % 3 {
			emptied = append(emptied, finding{audit.Unlisted, n})
		}
	}
	for _, tt := range []struct {
		name   string
		attack func(*intruder)
		want   []finding
	}{
		{"none", func(*intruder) {}, nil},
		{"a row deleted", func(i *intruder) {
			i.exec("DELETE FROM audit_line_org WHERE org_uid = 'a' AND seq = 7")
		}, []finding{{audit.Unlisted, 7}}},
		{"one of a line's two rows deleted, not yet signed", func(i *intruder) {
			i.exec("DELETE FROM audit_line_org WHERE org_uid = 'b' AND seq = 17")
		}, []finding{{audit.Unlisted, 17}}},
		{"the list emptied", func(i *intruder) {
			i.exec("DELETE FROM audit_line_org")
		}, emptied},
		{"a row added", func(i *intruder) {
			i.exec("INSERT INTO audit_line_org (org_uid, seq) VALUES ('b', 4)")
		}, []finding{{audit.Mislisted, 4}}},
		{"a row added of a line about none", func(i *intruder) {
			i.exec("INSERT INTO audit_line_org (org_uid, seq) VALUES ('', 3)")
		}, []finding{{audit.Mislisted, 3}}},
		{"rows added of no line", func(i *intruder) {
			i.exec("INSERT INTO audit_line_org (org_uid, seq) VALUES ('a', -1), ('a', 20), ('b', 90)")
		}, []finding{{audit.Mislisted, -1}, {audit.Mislisted, 20}, {audit.Mislisted, 90}}},
		{"a row's organization changed", func(i *intruder) {
			i.exec("UPDATE audit_line_org SET org_uid = 'c' WHERE org_uid = 'a' AND seq = 8")
		}, []finding{{audit.Unlisted, 8}, {audit.Mislisted, 8}}},
		{"a row's line changed", func(i *intruder) {
			i.exec("UPDATE audit_line_org SET seq = 7 WHERE org_uid = 'b' AND seq = 8")
		}, []finding{{audit.Unlisted, 8}, {audit.Mislisted, 7}}},
		{"two rows exchanged", func(i *intruder) {
			i.exec("UPDATE audit_line_org SET org_uid = 'c' WHERE org_uid = 'b' AND seq = 5")
			i.exec("UPDATE audit_line_org SET seq = 5 WHERE org_uid = 'b' AND seq = 8")
		}, []finding{{audit.Unlisted, 8}, {audit.Mislisted, 5}}},
		{"a line edited to be about another organization", func(i *intruder) {
			i.exec(`UPDATE audit_line SET bytes = replace(bytes, '"orgs":["a"]', '"orgs":["c"]') WHERE seq = 7`)
		}, []finding{{audit.Edited, 7}, {audit.Unlisted, 7}, {audit.Mislisted, 7}}},
		{"a line edited together with its row", func(i *intruder) {
			i.exec(`UPDATE audit_line SET bytes = replace(bytes, '"orgs":["a"]', '"orgs":["c"]') WHERE seq = 7`)
			i.exec("UPDATE audit_line_org SET org_uid = 'c' WHERE seq = 7")
		}, []finding{{audit.Edited, 7}}},
		{"a line removed, its rows left", func(i *intruder) {
			i.exec("DELETE FROM audit_line WHERE seq = 8")
		}, []finding{{audit.Removed, 8}}},
		{"a line removed with its leaf, its rows left", func(i *intruder) {
			i.exec("DELETE FROM audit_line WHERE seq = 8")
			i.exec("DELETE FROM audit_leaf WHERE seq = 8")
		}, []finding{{audit.Removed, 8}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, key := open(t, newClock()), newKey(t)
			for n := range 20 {
				record(t, s, event("ann", fmt.Sprint("event-", n), []string{"a", "b"}[:n%3]...))
				if n == 14 {
					sign(t, s, key)
				}
			}
			tt.attack(newIntruder(t, s))
			r := verify(t, s, key, nil)
			var got []finding
			for _, p := range r.Problems {
				got = append(got, finding{p.Kind, p.Seq})
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v: %+v", got, tt.want, r.Problems)
			}
		})
	}
}

// The list of a log that is larger than what is read of it at once.
func TestALongListIsVerified(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, open opener) {
		s, key := open(t, newClock()), newKey(t)
		lines := make([]audit.Line, walkBatch+100)
		for n := range lines {
			lines[n] = event("ann", "event", "a", fmt.Sprint("b", n%700))
		}
		ok(t, s.write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			for _, line := range lines {
				if _, err := s.appendLine(ctx, tx, line); err != nil {
					return err
				}
			}
			return nil
		}))
		sign(t, s, key)
		if r := verify(t, s, key, nil); !r.OK() {
			t.Fatalf("as it was written: %+v", r.Problems)
		}
		i := newIntruder(t, s)
		i.exec("DELETE FROM audit_line_org WHERE seq IN (0, ?)", len(lines)-1)
		i.exec("INSERT INTO audit_line_org (org_uid, seq) VALUES ('0', 1), ('c', ?)", len(lines)-1)
		var got []string
		for _, p := range verify(t, s, key, nil).Problems {
			got = append(got, fmt.Sprint(p.Kind, " ", p.Seq))
		}
		last := len(lines) - 1
		want := []string{
			"unlisted 0", "unlisted 0", fmt.Sprint("unlisted ", last), fmt.Sprint("unlisted ", last),
			"mislisted 1", fmt.Sprint("mislisted ", last),
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// A verification beside portals that write meanwhile takes none of their lines for somebody else's.
func TestVerifyingWhileLinesAreWritten(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, open opener) {
		s, key := open(t, newClock()), newKey(t)
		record(t, s, event("ann", "first", "a"))
		var writers sync.WaitGroup
		for range 3 {
			writers.Go(func() {
				for n := range 40 {
					if _, err := s.Record(t.Context(), event("ann", fmt.Sprint("event-", n), "a", "b")); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		done := make(chan struct{})
		go func() { writers.Wait(); close(done) }()
		for writing := true; writing; {
			select {
			case <-done:
				writing = false
			default:
			}
			if r := verify(t, s, key, nil); !r.OK() {
				t.Errorf("%+v", r.Problems)
				break
			}
		}
		<-done
	})
}
