package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"
	"pgregory.net/rapid"

	"backup-portal/internal/audit"
)

// auditTree are paths by uid: three subtrees of different sizes under one root, another root, and an organization that has
// lost its place.
func auditTree() map[string]string {
	return map[string]string{
		"1": "/1/", "2": "/1/2/", "3": "/1/3/", "21": "/1/2/21/", "22": "/1/2/22/", "211": "/1/2/21/211/", "9": "/9/", "91": "/9/91/", "lost": "",
	}
}

// drawnLog draws lines, nearly all of them of two organizations or of none, so that those of the others are rare.
func drawnLog(n int) *rapid.Generator[[]audit.Line] {
	common := rapid.SampledFrom([][]string{nil, {"1"}, {"1"}, {"3"}, {"1", "3"}})
	rare := rapid.SliceOfN(rapid.SampledFrom([]string{"1", "2", "3", "21", "22", "211", "9", "91", "lost", "unknown"}), 1, 3)
	actor := rapid.SampledFrom(append(slices.Repeat([]string{"bob", "cem"}, 15), "ann", "dee"))
	action := rapid.SampledFrom([]string{"block", "session.end", "unblock"})
	return rapid.SliceOfN(rapid.Custom(func(r *rapid.T) audit.Line {
		orgs := common.Draw(r, "orgs")
		if rapid.IntRange(0, 9).Draw(r, "rare") == 0 {
			orgs = rare.Draw(r, "orgs")
		}
		return event(actor.Draw(r, "actor"), action.Draw(r, "action"), orgs...)
	}), n, n)
}

// auditQueries draws queries of readers and pages of every kind; pages are short, so that the newest lines rarely fill one.
func auditQueries(lines int64) *rapid.Generator[audit.Query] {
	path := rapid.SampledFrom([]string{"/1/", "/1/2/", "/1/3/", "/1/2/21/", "/1/2/22/", "/1/2/21/211/", "/9/", "/9/91/", "/nowhere/"})
	seldom := func(values ...string) *rapid.Generator[string] {
		return rapid.SampledFrom(append(slices.Repeat([]string{""}, 5*len(values)), values...))
	}
	return rapid.Custom(func(r *rapid.T) audit.Query {
		return audit.Query{
			Viewer: rapid.SampledFrom([]string{"ann", "dee", "nobody"}).Draw(r, "viewer"),
			Scope:  rapid.SliceOfN(path, 0, 3).Draw(r, "scope"), AllOrgs: rapid.IntRange(0, 5).Draw(r, "all") == 0,
			Own:    rapid.IntRange(0, 9).Draw(r, "own") == 0,
			Within: rapid.OneOf(rapid.Just(""), rapid.Just(""), path).Draw(r, "within"),
			Who:    seldom("bob", "name of c").Draw(r, "who"), Action: seldom("block", "nothing").Draw(r, "action"),
			Target: seldom("id-block", "laptop un").Draw(r, "target"), TargetID: seldom("id-block").Draw(r, "target id"), Text: seldom("UNBL").Draw(r, "text"),
			WithoutSessions: rapid.Bool().Draw(r, "without sessions"),
			Newest:          rapid.SampledFrom([]int{0, 0, 0, 1, 50, 300, 10_000}).Draw(r, "newest"),
			BeforeSeq:       rapid.OneOf(rapid.Just[int64](0), rapid.Int64Range(1, lines+5)).Draw(r, "before"),
			Limit:           rapid.IntRange(1, 3).Draw(r, "limit"),
		}
	})
}

// readable is who may see which line, and what queries ask, without SQL.
func readable(q audit.Query, seq, size int64, l audit.Line, paths map[string]string) bool {
	inside := func(uid string, roots []string) bool {
		path := paths[uid]
		return path != "" && slices.ContainsFunc(roots, func(root string) bool { return strings.HasPrefix(path, root) })
	}
	outside := func(uid string) bool { return !inside(uid, q.Scope) }
	visible := l.Actor.Key == q.Viewer
	switch {
	case q.Own || visible:
	case q.AllOrgs && len(q.Scope) == 0:
		visible = true
	case len(q.Scope) == 0:
	case q.AllOrgs:
		visible = !slices.ContainsFunc(l.OrgUIDs, func(uid string) bool { return paths[uid] != "" && outside(uid) })
	default:
		visible = len(l.OrgUIDs) > 0 && !slices.ContainsFunc(l.OrgUIDs, outside)
	}
	holds := func(part string, texts ...string) bool {
		return part == "" || slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(strings.ToLower(text), strings.ToLower(part)) })
	}
	return visible &&
		(q.Within == "" || slices.ContainsFunc(l.OrgUIDs, func(uid string) bool { return inside(uid, []string{q.Within}) })) &&
		(q.Who == l.Actor.Key || holds(q.Who, l.Actor.Name)) && (q.Action == "" || q.Action == l.Action) &&
		(q.Target == l.Target.ID || holds(q.Target, l.Target.Name)) && (q.TargetID == "" || q.TargetID == l.Target.ID) &&
		holds(q.Text, l.Action, l.Actor.Name, l.Target.ID, l.Target.Name) &&
		(!q.WithoutSessions || !strings.HasPrefix(l.Action, "session.")) &&
		(q.Newest == 0 || seq >= size-int64(q.Newest)) && (q.BeforeSeq == 0 || seq < q.BeforeSeq)
}

// TestAuditSearchEqualsBruteForce holds each page against a loop over the log, while organizations move, lose their place
// and come back.
func TestAuditSearchEqualsBruteForce(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, open opener) {
		s := open(t, newClock())
		paths := auditTree()
		for uid, path := range paths {
			mirrorOrg(t, s, uid, path)
		}
		const size = 900
		log := drawnLog(size).Example(7)
		ok(t, s.write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			for _, line := range log {
				if _, err := s.appendLine(ctx, tx, line); err != nil {
					return err
				}
			}
			return nil
		}))
		queries := auditQueries(size)
		rapid.Check(t, func(r *rapid.T) {
			if rapid.IntRange(0, 9).Draw(r, "moves") == 0 {
				uid := rapid.SampledFrom([]string{"21", "22", "91", "3"}).Draw(r, "moved")
				paths[uid] = rapid.SampledFrom([]string{"", "/1/2/" + uid + "/", "/1/" + uid + "/", "/9/" + uid + "/"}).Draw(r, "to")
				if _, err := s.writer.ExecContext(t.Context(), "UPDATE org SET path = ? WHERE uid = ?", paths[uid], uid); err != nil {
					r.Fatal(err)
				}
			}
			for range 8 {
				q := queries.Draw(r, "query")
				var want []int64
				for seq := int64(size - 1); seq >= 0 && len(want) <= q.Limit; seq-- {
					if readable(q, seq, size, log[seq], paths) {
						want = append(want, seq)
					}
				}
				entries, more, err := s.AuditSearch(t.Context(), q)
				if err != nil || more != (len(want) > q.Limit) {
					r.Fatalf("%+v: more is %t, %v; want %t", q, more, err, len(want) > q.Limit)
				}
				if diff := cmp.Diff(want[:min(len(want), q.Limit)], seqs(entries)); diff != "" {
					r.Fatalf("%+v: lines (-want +got):\n%s", q, diff)
				}
			}
		})
	})
}

// Lines that were written before there was a list of them are found as those written since.
func TestLinesFromBeforeAreListed(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, open opener) {
		s := open(t, newClock())
		migrations, err := provider(s.writer.DB, s.dialect)
		ok(t, err)
		_, err = migrations.DownTo(t.Context(), 16)
		ok(t, err)
		mirrorOrg(t, s, "a", "/a/")
		mirrorOrg(t, s, "b", "/b/")
		record(t, s, event("ann", "first", "a", "b"), event("ann", "nobody's"))
		_, err = migrations.Up(t.Context())
		ok(t, err)
		record(t, s, event("ann", "last", "b"))
		i := &intruder{t, s.writer}
		listed := column[string](i, "SELECT org_uid || ' ' || seq FROM audit_line_org ORDER BY org_uid, seq")
		if diff := cmp.Diff([]string{"a 0", "b 0", "b 2"}, listed); diff != "" {
			t.Errorf("listed (-want +got):\n%s", diff)
		}
	})
}

// What somebody writes into the list opens no scope and stops no line: pages draw from the bytes.
func TestTheListShowsNothingByItself(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, open opener) {
		s := open(t, newClock())
		mirrorOrg(t, s, "a", "/a/")
		mirrorOrg(t, s, "b", "/b/")
		record(t, s, event("ann", "secret", "b"))
		for n := range auditWindow * 5 {
			record(t, s, event("ann", fmt.Sprint("later-", n)))
		}
		// Somebody writes into the list that the secret is about the other organization.
		mustExec(t, s, "INSERT INTO audit_line_org (org_uid, seq) VALUES ('a', 0), ('a', 1), ('a', 999999)")
		for _, q := range []audit.Query{{Viewer: "x", Scope: []string{"/a/"}}, {Viewer: "x", Scope: []string{"/a/"}, Within: "/a/"}} {
			q.Limit = 2
			if entries, more, err := s.AuditSearch(t.Context(), q); err != nil || more || len(entries) > 0 {
				t.Errorf("%+v shows %v, more %t, %v", q, seqs(entries), more, err)
			}
		}
		if entries, _, err := s.AuditSearch(t.Context(), audit.Query{Viewer: "x", Scope: []string{"/b/"}, Limit: 2}); err != nil || len(entries) != 1 {
			t.Errorf("in its own scope: %v, %v", seqs(entries), err)
		}
		// A place that somebody has listed before its line came keeps no line from being written.
		mustExec(t, s, fmt.Sprintf("INSERT INTO audit_line_org (org_uid, seq) VALUES ('b', %d)", auditWindow*5+1))
		record(t, s, event("ann", "another", "b"))
	})
}
