package store

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/audit"
	"backup-portal/internal/fault"
)

// event is a line of the portal's own, about an organization when one is given.
func event(actor, action string, orgs ...string) audit.Line {
	return audit.Line{
		Actor:  audit.Actor{Key: actor, Name: "Name of " + actor, Email: actor + "@example.com", Address: "192.0.2.1"},
		Action: action, Target: audit.Target{Kind: "device", ID: "id-" + action, Name: "Laptop " + action},
		OrgUIDs: orgs, Outcome: audit.Done,
	}
}

func record(t *testing.T, s *Store, lines ...audit.Line) {
	t.Helper()
	for _, l := range lines {
		if _, err := s.Record(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
}

func newKey(t *testing.T) *audit.Key {
	t.Helper()
	secret, err := audit.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	key, err := audit.ParseKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sign(t *testing.T, s *Store, key *audit.Key) audit.Checkpoint {
	t.Helper()
	c, err := s.Checkpoint(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func verify(t *testing.T, s *Store, key *audit.Key, saved *audit.Checkpoint) audit.Report {
	t.Helper()
	r, err := s.AuditVerify(t.Context(), key.Public(), saved)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func conformAudit(t *testing.T, open opener) {
	t.Run("eight writers leave no gap", func(t *testing.T) {
		t.Parallel()
		s, key := open(t, newClock()), newKey(t)
		const writers, each = 8, 250
		places := make([][]int64, writers)
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					seq, err := s.Record(t.Context(), event(fmt.Sprint("writer-", w), fmt.Sprint("event-", i)))
					if err != nil {
						t.Error(err)
						return
					}
					places[w] = append(places[w], seq)
				}
			})
		}
		wg.Wait()
		all := slices.Sorted(slices.Values(slices.Concat(places...)))
		for i, seq := range all {
			if seq != int64(i) {
				t.Fatalf("place %d is taken by %d", i, seq)
			}
		}
		sign(t, s, key)
		r := verify(t, s, key, nil)
		if !r.OK() || r.Lines != writers*each || r.Unsigned != 0 {
			t.Errorf("%s %+v", r.Summary(), r.Problems)
		}
	})

	t.Run("a line is stored as its canonical bytes", func(t *testing.T) {
		t.Parallel()
		c := newClock()
		s := open(t, c)
		want := event("ann", "x", "o2", "o1", "", "o1")
		want.Reason, want.Before = "<b>\u2028 'quoted'\x00 \xff", map[string]string{"status": "Active"}
		record(t, s, want)
		entries, _, err := s.AuditSearch(t.Context(), audit.Query{AllOrgs: true})
		if err != nil || len(entries) != 1 {
			t.Fatal(len(entries), err)
		}
		got := entries[0].Line
		if again, err := audit.Encode(got); err != nil || !bytes.Equal(again, entries[0].Bytes) {
			t.Errorf("encoded again: %s\nstored: %s (%v)", again, entries[0].Bytes, err)
		}
		want.V, want.At, want.Salt = 1, got.At, got.Salt
		want.OrgUIDs, want.Reason = []string{"o1", "o2"}, "<b>\u2028 'quoted'\uFFFD \uFFFD"
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if got.At.Before(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)) || got.At.After(c.Now()) {
			t.Errorf("at %v, want the database's time", got.At)
		}
	})

	t.Run("the log is append only, for its own writer too", func(t *testing.T) {
		t.Parallel()
		s, key := open(t, newClock()), newKey(t)
		record(t, s, event("ann", "a", "o"), event("ann", "b"))
		sign(t, s, key)
		attacks := []string{
			"UPDATE audit_line SET bytes = '{}' WHERE seq = 0",
			"UPDATE audit_line SET seq = 9 WHERE seq = 0",
			"UPDATE audit_leaf SET seq = 9 WHERE seq = 0",
			"DELETE FROM audit_line WHERE seq = 1",
			"DELETE FROM audit_line",
			"DELETE FROM audit_leaf WHERE seq = 1",
			"INSERT INTO audit_line (seq, bytes) VALUES (0, '{}') ON CONFLICT (seq) DO UPDATE SET bytes = excluded.bytes",
			"INSERT INTO audit_line (seq, bytes) VALUES (7, '{}')",
			"UPDATE audit_checkpoint SET note = ''",
			"DELETE FROM audit_checkpoint",
			"DELETE FROM audit_head",
			"UPDATE audit_head SET size = 1",
			"UPDATE audit_line_org SET org_uid = 'other'",
			"DELETE FROM audit_line_org WHERE seq = 0",
			"INSERT INTO audit_line_org (org_uid, seq) VALUES ('o', 0) ON CONFLICT (org_uid, seq) DO UPDATE SET seq = 9",
		}
		if _, ok := s.dialect.(sqliteDialect); ok {
			attacks = append(attacks,
				"INSERT OR REPLACE INTO audit_line (seq, bytes) VALUES (0, '{}')",
				"REPLACE INTO audit_leaf (seq, hash) VALUES (0, zeroblob(32))",
				"UPDATE OR REPLACE audit_line SET seq = 1 WHERE seq = 0",
				"REPLACE INTO audit_checkpoint (size, note, at) VALUES (2, '', '')",
				"REPLACE INTO audit_head (id, size, frontier) VALUES (1, 0, '')",
				"REPLACE INTO audit_line_org (org_uid, seq) VALUES ('o', 0)",
			)
		} else {
			// The tests' role is the server's superuser, whom only triggers hold back.
			mustExec(t, s, "CREATE FUNCTION replay(attack text) RETURNS void LANGUAGE plpgsql SET session_replication_role = replica AS 'BEGIN EXECUTE attack; END'")
			attacks = append(attacks,
				"TRUNCATE audit_line, audit_leaf",
				"TRUNCATE audit_leaf CASCADE",
				"TRUNCATE audit_line",
				"TRUNCATE audit_head",
				"TRUNCATE audit_checkpoint",
				"TRUNCATE audit_line_org",
				"MERGE INTO audit_line l USING audit_leaf f ON f.seq = l.seq WHEN MATCHED THEN DELETE",
				"WITH gone AS (DELETE FROM audit_line RETURNING 1) SELECT count(*) FROM gone",
				"SELECT replay('DELETE FROM audit_line')",
				"SELECT replay('DELETE FROM audit_line_org')",
				"SELECT replay('TRUNCATE audit_line')",
				"SELECT replay('UPDATE audit_head SET size = 0')",
				"UPDATE audit_line SET action = 'nothing'",
			)
		}
		for _, attack := range attacks {
			_, err := s.writer.ExecContext(t.Context(), attack)
			if err == nil {
				t.Errorf("not refused: %s", attack)
				continue
			}
			if !slices.ContainsFunc([]string{"the audit log is append only", "the audit log only grows", "constraint", "can only be updated to default"}, func(reason string) bool {
				return strings.Contains(strings.ToLower(err.Error()), reason)
			}) {
				t.Errorf("refused for no reason of the log's: %s: %v", attack, err)
			}
		}
		if r := verify(t, s, key, nil); !r.OK() || r.Lines != 2 {
			t.Errorf("%s %+v", r.Summary(), r.Problems)
		}
	})

	t.Run("a checkpoint is made when the log grew", func(t *testing.T) {
		t.Parallel()
		s, key := open(t, newClock()), newKey(t)
		if _, err := s.LastCheckpoint(t.Context()); !fault.Is(err, fault.NotFound) {
			t.Errorf("before the first: %v", err)
		}
		record(t, s, event("ann", "a"))
		first := sign(t, s, key)
		if again := sign(t, s, key); !bytes.Equal(first.Note, again.Note) {
			t.Error("the same log was signed twice")
		}
		record(t, s, event("ann", "b"))
		second := sign(t, s, key)
		last, err := s.LastCheckpoint(t.Context())
		if diff := cmp.Diff(second, last); err != nil || diff != "" || second.Size != 2 {
			t.Errorf("%v %s", err, diff)
		}
	})

	t.Run("a bundle proves the log offline", func(t *testing.T) {
		t.Parallel()
		s, key := open(t, newClock()), newKey(t)
		if err := s.AuditBundle(t.Context(), &bytes.Buffer{}); !fault.Is(err, fault.Conflict) {
			t.Errorf("before the first checkpoint: %v", err)
		}
		record(t, s, event("ann", "a", "o1"), event("ann", "b"))
		sign(t, s, key)
		record(t, s, event("ann", "not signed yet"))
		var bundle bytes.Buffer
		if err := s.AuditBundle(t.Context(), &bundle); err != nil {
			t.Fatal(err)
		}
		r, err := audit.VerifyBundle(bytes.NewReader(bundle.Bytes()), key.Public(), nil)
		if err != nil || !r.OK() || r.Lines != 2 || strings.Contains(bundle.String(), "not signed yet") {
			t.Errorf("%s %+v %v", r.Summary(), r.Problems, err)
		}
	})
}

func conformAuditSearch(t *testing.T, open opener) {
	c := newClock()
	s := open(t, c)
	mirrorOrg(t, s, "root", "/root/")
	mirrorOrg(t, s, "a", "/root/a/")
	mirrorOrg(t, s, "a1", "/root/a/a1/")
	mirrorOrg(t, s, "ab", "/root/ab/") // its uid starts with its sibling's
	record(t, s,
		event("ann", "sign-in"),            // 0
		event("ann", "block", "a"),         // 1
		event("bob", "unblock", "a1"),      // 2
		event("bob", "move", "a", "ab"),    // 3
		event("cem", "block", "ab"),        // 4
		event("cem", "rename", "vanished"), // 5
	)
	c.Advance(time.Hour)
	late := event("dee", "100%_'x", "a1") // 6
	late.Reason, late.Operation, late.Request, late.Outcome = "Stolen in Zürich", "op-6", "req-6", audit.Failed
	record(t, s, late)
	hour := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)

	for _, tt := range []struct {
		name string
		q    audit.Query
		want []int64
	}{
		{"nobody sees nothing", audit.Query{}, nil},
		{"the root's admin sees all", audit.Query{AllOrgs: true}, []int64{6, 5, 4, 3, 2, 1, 0}},
		{"one's own, whatever the scope", audit.Query{Viewer: "bob", Own: true, AllOrgs: true}, []int64{3, 2}},
		{"without scope one's own remain", audit.Query{Viewer: "ann"}, []int64{1, 0}},
		{"only with all its organizations in scope", audit.Query{Viewer: "x", Scope: []string{"/root/a/"}}, []int64{6, 2, 1}},
		{"two subtrees together", audit.Query{Viewer: "x", Scope: []string{"/root/a/", "/root/ab/"}}, []int64{6, 4, 3, 2, 1}},
		{"the root's subtree has no line without organization", audit.Query{Viewer: "x", Scope: []string{"/root/"}}, []int64{6, 4, 3, 2, 1}},
		{"own lines join the scope", audit.Query{Viewer: "cem", Scope: []string{"/root/a/a1/"}}, []int64{6, 5, 4, 2}},
		{"a wildcard is no path", audit.Query{Viewer: "x", Scope: []string{"%", "_", ""}[:2]}, nil},
		{"who by name", audit.Query{AllOrgs: true, Who: "OF BO"}, []int64{3, 2}},
		{"who by key", audit.Query{AllOrgs: true, Who: "cem"}, []int64{5, 4}},
		{"who by e-mail is not for everybody", audit.Query{AllOrgs: true, Who: "ann@example"}, nil},
		{"who by e-mail", audit.Query{AllOrgs: true, Contacts: true, Who: "ann@example"}, []int64{1, 0}},
		{"action", audit.Query{AllOrgs: true, Action: "block"}, []int64{4, 1}},
		{"target by id", audit.Query{AllOrgs: true, Target: "id-move"}, []int64{3}},
		{"target by name", audit.Query{AllOrgs: true, Target: "laptop BLOCK"}, []int64{4, 1}},
		{"outcome", audit.Query{AllOrgs: true, Outcome: audit.Failed}, []int64{6}},
		{"operation", audit.Query{AllOrgs: true, Operation: "op-6"}, []int64{6}},
		{"request", audit.Query{AllOrgs: true, Request: "req-6"}, []int64{6}},
		{"after", audit.Query{AllOrgs: true, After: hour}, []int64{6}},
		{"before", audit.Query{AllOrgs: true, Before: hour, Action: "block"}, []int64{4, 1}},
		{"text in the reason", audit.Query{AllOrgs: true, Text: "stolen IN zü"}, []int64{6}},
		{"text is not a pattern", audit.Query{AllOrgs: true, Text: "100%_'X"}, []int64{6}},
		{"text does not reach e-mails", audit.Query{AllOrgs: true, Text: "@example"}, nil},
		{"text in the scope only", audit.Query{Viewer: "x", Scope: []string{"/root/ab/"}, Text: "block"}, []int64{4}},
		{"a filter does not open the scope", audit.Query{Viewer: "x", Scope: []string{"/root/ab/"}, Who: "bob", Operation: "op-6"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			entries, more, err := s.AuditSearch(t.Context(), tt.q)
			if err != nil || more {
				t.Fatal(more, err)
			}
			if diff := cmp.Diff(tt.want, seqs(entries)); diff != "" {
				t.Error(diff)
			}
		})
	}

	t.Run("pages", func(t *testing.T) {
		t.Parallel()
		q := audit.Query{Viewer: "x", Scope: []string{"/root/"}, Limit: 2}
		var pages [][]int64
		for {
			entries, more, err := s.AuditSearch(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			pages = append(pages, seqs(entries))
			if !more {
				break
			}
			q.BeforeSeq = entries[len(entries)-1].Seq
		}
		if diff := cmp.Diff([][]int64{{6, 4}, {3, 2}, {1}}, pages); diff != "" {
			t.Error(diff)
		}
	})
}

func seqs(entries []audit.Entry) []int64 {
	var all []int64
	for _, e := range entries {
		all = append(all, e.Seq)
	}
	return all
}
