package store

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/uptrace/bun"

	"backup-portal/internal/audit"
)

func TestAttacksOnTheLogAreFound(t *testing.T) {
	t.Parallel()
	onEvery(t, attacksAreFound)
}

// attacksAreFound plays somebody who owns the database, removes every protection in it, and changes history. The log has
// 20 lines, signed at 5, 10 and 15; the checkpoint at 15 is also kept elsewhere.
func attacksAreFound(t *testing.T, open opener) {
	for _, tt := range []struct {
		name   string
		attack func(*intruder)
		want   []audit.ProblemKind
		seq    int64 // of the first problem
	}{
		{"none", func(*intruder) {}, nil, 0},
		{"a line edited", func(i *intruder) {
			i.exec("UPDATE audit_line SET bytes = replace(bytes, 'ann', 'bob') WHERE seq = 7")
		}, []audit.ProblemKind{audit.Edited}, 7},
		{"a line edited with its leaf", func(i *intruder) {
			i.exec("UPDATE audit_line SET bytes = replace(bytes, 'ann', 'bob') WHERE seq = 7")
			i.releaf()
		}, []audit.ProblemKind{audit.Altered}, 5},
		{"a line edited with its leaf and the head", func(i *intruder) {
			i.exec("UPDATE audit_line SET bytes = replace(bytes, 'ann', 'bob') WHERE seq = 7")
			i.releaf()
			i.rehead()
		}, []audit.ProblemKind{audit.Altered}, 5},
		{"a leaf edited", func(i *intruder) {
			i.exec("UPDATE audit_leaf SET hash = ? WHERE seq = 12", make([]byte, 32))
		}, []audit.ProblemKind{audit.Edited, audit.Altered}, 12},
		{"a line not yet signed edited with its leaf", func(i *intruder) {
			i.exec("UPDATE audit_line SET bytes = replace(bytes, 'ann', 'bob') WHERE seq = 17")
			i.releaf()
		}, []audit.ProblemKind{audit.Altered}, 15},
		{"a line removed", func(i *intruder) {
			i.exec("DELETE FROM audit_line WHERE seq = 3")
		}, []audit.ProblemKind{audit.Removed}, 3},
		{"a line removed with its leaf", func(i *intruder) {
			i.exec("DELETE FROM audit_line WHERE seq = 3")
			i.exec("DELETE FROM audit_leaf WHERE seq = 3")
		}, []audit.ProblemKind{audit.Removed}, 3},
		{"a line removed and the others moved up", func(i *intruder) {
			i.exec("DELETE FROM audit_line WHERE seq = 3")
			i.shift(3, -1)
			i.releaf()
			i.rehead()
		}, []audit.ProblemKind{audit.Altered}, 0},
		{"a line inserted", func(i *intruder) {
			i.shift(8, +1)
			i.exec("INSERT INTO audit_line (seq, bytes) SELECT 8, bytes FROM audit_line WHERE seq = 2")
			i.releaf()
			i.rehead()
		}, []audit.ProblemKind{audit.Altered}, 5},
		{"a line inserted behind the head", func(i *intruder) {
			i.exec("INSERT INTO audit_line (seq, bytes) SELECT 20, bytes FROM audit_line WHERE seq = 2")
			i.releaf()
		}, []audit.ProblemKind{audit.Misplaced}, 20},
		{"a line inserted without a leaf", func(i *intruder) {
			i.exec("INSERT INTO audit_line (seq, bytes) SELECT 90, bytes FROM audit_line WHERE seq = 2")
		}, []audit.ProblemKind{audit.Misplaced}, 20},
		{"a line inserted before the first", func(i *intruder) {
			i.exec("INSERT INTO audit_line (seq, bytes) SELECT -1, bytes FROM audit_line WHERE seq = 2")
			i.releaf()
		}, []audit.ProblemKind{audit.Misplaced}, -1},
		{"two lines exchanged", func(i *intruder) {
			i.swap(11, 13)
		}, []audit.ProblemKind{audit.Edited, audit.Edited}, 11},
		{"two lines exchanged with their leaves", func(i *intruder) {
			i.swap(11, 13)
			i.releaf()
			i.rehead()
		}, []audit.ProblemKind{audit.Altered}, 10},
		{"the end cut", func(i *intruder) {
			i.cut(15)
		}, []audit.ProblemKind{audit.Cut}, 15},
		{"the end cut below a checkpoint, and the head", func(i *intruder) {
			i.cut(12)
			i.rehead()
		}, []audit.ProblemKind{audit.Cut}, 12},
		{"the end cut with head and checkpoints: only the saved checkpoint knows", func(i *intruder) {
			i.cut(12)
			i.rehead()
			i.exec("DELETE FROM audit_checkpoint WHERE size > 12")
		}, []audit.ProblemKind{audit.Cut}, 12},
		{"everything emptied", func(i *intruder) {
			i.cut(0)
			i.rehead()
			i.exec("DELETE FROM audit_checkpoint")
		}, []audit.ProblemKind{audit.Cut}, 0},
		{"the head removed", func(i *intruder) {
			i.exec("DELETE FROM audit_head")
		}, []audit.ProblemKind{audit.Misplaced}, 0},
		{"a history rewritten and signed with another key", func(i *intruder) {
			i.exec("UPDATE audit_line SET bytes = replace(bytes, 'ann', 'bob')")
			i.releaf()
			i.rehead()
			i.exec("DELETE FROM audit_checkpoint")
			i.forge()
		}, []audit.ProblemKind{audit.Forged, audit.Altered}, 20},
		{"a checkpoint under another size", func(i *intruder) {
			i.exec("UPDATE audit_checkpoint SET size = 14 WHERE size = 15")
		}, []audit.ProblemKind{audit.Forged}, 14},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, key := open(t, newClock()), newKey(t)
			var saved audit.Checkpoint
			for n := range 20 {
				record(t, s, event("ann", fmt.Sprint("event-", n)))
				if n == 4 || n == 9 || n == 14 {
					saved = sign(t, s, key)
				}
			}
			tt.attack(newIntruder(t, s))
			r := verify(t, s, key, &saved)
			var got []audit.ProblemKind
			for _, p := range r.Problems {
				got = append(got, p.Kind)
				if p.Sentence == "" {
					t.Error("a problem without a sentence")
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q: %+v", got, tt.want, r.Problems)
			}
			if len(got) > 0 && r.Problems[0].Seq != tt.seq {
				t.Errorf("first problem at %d, want %d: %+v", r.Problems[0].Seq, tt.seq, r.Problems)
			}
		})
	}
}

func TestARewrittenHistoryIsNotSignedAgain(t *testing.T) {
	t.Parallel()
	onEvery(t, rewrittenHistoryIsNotSigned)
}

func rewrittenHistoryIsNotSigned(t *testing.T, open opener) {
	for _, tt := range []struct {
		name   string
		attack func(*intruder)
	}{
		{"below the checkpoint", func(i *intruder) {
			i.exec("UPDATE audit_leaf SET hash = ? WHERE seq = 1", make([]byte, 32))
			i.rehead()
		}},
		{"above it, without the head", func(i *intruder) { i.exec("UPDATE audit_leaf SET hash = ? WHERE seq = 3", make([]byte, 32)) }},
		{"cut", func(i *intruder) { i.cut(2); i.rehead() }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, key := open(t, newClock()), newKey(t)
			record(t, s, event("ann", "a"), event("ann", "b"), event("ann", "c"))
			sign(t, s, key)
			record(t, s, event("ann", "d"))
			tt.attack(newIntruder(t, s))
			s.walked = audit.Frontier{} // as after a restart
			if c, err := s.Checkpoint(t.Context(), key); err == nil {
				t.Errorf("signed %d lines", c.Size)
			}
		})
	}
}

// intruder is somebody who owns the database and has left no protection in it.
type intruder struct {
	t  *testing.T
	db *bun.DB
}

func newIntruder(t *testing.T, s *Store) *intruder {
	t.Helper()
	triggers := "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit%'"
	free := "PRAGMA foreign_keys = 0"
	if _, ok := s.dialect.(postgresDialect); ok {
		triggers = "SELECT tgname || ' ON ' || relname FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid WHERE tgname LIKE 'audit%'"
		free = "ALTER TABLE audit_line DROP CONSTRAINT audit_line_seq_fkey"
	}
	i := &intruder{t, s.writer}
	i.exec(free)
	for _, trigger := range column[string](i, triggers) {
		i.exec("DROP TRIGGER " + trigger)
	}
	return i
}

func (i *intruder) exec(query string, args ...any) {
	i.t.Helper()
	if _, err := i.db.ExecContext(i.t.Context(), query, args...); err != nil {
		i.t.Fatalf("%s: %v", query, err)
	}
}

// shift moves the lines from this place on.
func (i *intruder) shift(from, by int64) {
	i.exec("UPDATE audit_line SET seq = -1000 - seq WHERE seq >= ?", from)
	i.exec("UPDATE audit_line SET seq = -1000 - seq + ? WHERE seq <= -1000", by)
}

func (i *intruder) swap(a, b int64) {
	i.exec("UPDATE audit_line SET seq = -1000 WHERE seq = ?", a)
	i.exec("UPDATE audit_line SET seq = ? WHERE seq = ?", a, b)
	i.exec("UPDATE audit_line SET seq = ? WHERE seq = -1000", b)
}

func (i *intruder) cut(size int64) {
	i.exec("DELETE FROM audit_line WHERE seq >= ?", size)
	i.exec("DELETE FROM audit_leaf WHERE seq >= ?", size)
}

// releaf makes every leaf the hash of its line.
func (i *intruder) releaf() {
	i.exec("DELETE FROM audit_leaf")
	places := column[int64](i, "SELECT seq FROM audit_line ORDER BY seq")
	for n, bytes := range column[[]byte](i, "SELECT bytes FROM audit_line ORDER BY seq") {
		leaf := audit.LeafHash(bytes)
		i.exec("INSERT INTO audit_leaf (seq, hash) VALUES (?, ?)", places[n], leaf[:])
	}
}

// tree is the tree over the leaves as they are.
func (i *intruder) tree() (f audit.Frontier) {
	for _, leaf := range column[[]byte](i, "SELECT hash FROM audit_leaf ORDER BY seq") {
		f.Append(audit.Hash(leaf))
	}
	return f
}

// rehead makes the head agree with the leaves.
func (i *intruder) rehead() {
	f := i.tree()
	i.exec("UPDATE audit_head SET size = ?, frontier = ?", f.Size(), f.Text())
}

// forge signs the tree with a key of the intruder's own.
func (i *intruder) forge() {
	f := i.tree()
	c, err := newKey(i.t).Sign(f, newClock().Now())
	if err != nil {
		i.t.Fatal(err)
	}
	i.exec("INSERT INTO audit_checkpoint (size, note, at) VALUES (?, ?, '')", c.Size, string(c.Note))
}

func column[T any](i *intruder, query string) (values []T) {
	i.t.Helper()
	rows, err := i.db.QueryContext(context.Background(), query)
	if err != nil {
		i.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var v T
		if err := rows.Scan(&v); err != nil {
			i.t.Fatal(err)
		}
		values = append(values, v)
	}
	return values
}
