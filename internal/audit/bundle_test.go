package audit

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// exported is a bundle of this many lines as its records, with the checkpoint that covers them.
func exported(t testing.TB, key *Key, size int) (header string, records []string, c Checkpoint) {
	t.Helper()
	var tree Frontier
	var log []Record
	for n := range size {
		line := full()
		line.Target.ID = fmt.Sprint("d", n)
		b, err := Encode(line)
		if err != nil {
			t.Fatal(err)
		}
		log = append(log, Record{Seq: int64(n), Leaf: LeafHash(b), Bytes: b})
		tree.Append(LeafHash(b))
	}
	c, err := key.Sign(tree, time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := WriteBundle(&out, c, all(append(log, Record{Seq: int64(size), Bytes: []byte(`"too new"`)}))); err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(out.String(), "\n"), "\n")
	lines[len(lines)-1] += "\n"
	return lines[0], lines[1:], c
}

func all(records []Record) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func TestVerifyBundle(t *testing.T) {
	t.Parallel()
	key, _ := newKey(t)
	other, _ := newKey(t)
	header, records, saved := exported(t, key, 9)
	shortHeader, _, _ := exported(t, key, 6)
	otherHeader, _, _ := exported(t, other, 9)
	releaf := func(r string) string {
		parsed, _ := parseRecord([]byte(strings.TrimSuffix(r, "\n")))
		parsed.Leaf = LeafHash(parsed.Bytes)
		return string(appendRecord(nil, parsed))
	}
	edited := strings.Replace(records[4], `"lost"`, `"sold"`, 1)

	for _, tt := range []struct {
		name    string
		header  string
		records []string
		want    []ProblemKind
	}{
		{"intact", header, records, nil},
		{"a line edited", header, slices.Replace(slices.Clone(records), 4, 5, edited), []ProblemKind{Edited}},
		{"a line edited with its leaf", header, slices.Replace(slices.Clone(records), 4, 5, releaf(edited)), []ProblemKind{Altered}},
		{"a line dropped", header, slices.Delete(slices.Clone(records), 4, 5), []ProblemKind{Removed}},
		{"a line blanked", header, slices.Replace(slices.Clone(records), 4, 5, `{"seq":4,"leaf":"`+records[4][len(`{"seq":4,"leaf":"`):][:64]+`","line":null}`+"\n"), []ProblemKind{Removed}},
		{"a line doubled", header, slices.Insert(slices.Clone(records), 4, records[3]), []ProblemKind{Misplaced}},
		{"two lines exchanged", header, slices.Replace(slices.Clone(records), 4, 6, records[5], records[4]), []ProblemKind{Removed, Misplaced}},
		{"a line added behind the end", header, append(slices.Clone(records), strings.Replace(records[8], `"seq":8`, `"seq":9`, 1)), []ProblemKind{Misplaced}},
		{"the end cut", header, records[:7], []ProblemKind{Cut}},
		{"the end cut with an older checkpoint", shortHeader, records[:6], []ProblemKind{Cut}},
		{"nothing left", header, nil, []ProblemKind{Cut}},
		{"signed by somebody else", otherHeader, records, []ProblemKind{Forged}},
		{"a record that is none", header, slices.Replace(slices.Clone(records), 4, 5, "{}\n"), []ProblemKind{Unreadable, Removed}},
		{"a number too long", header, slices.Replace(slices.Clone(records), 4, 5, strings.Replace(records[4], `"seq":4`, `"seq":9999999999999999999`, 1)), []ProblemKind{Unreadable, Removed}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := VerifyBundle(strings.NewReader(tt.header+strings.Join(tt.records, "")), key.Public(), &saved)
			if err != nil {
				t.Fatal(err)
			}
			var got []ProblemKind
			for _, p := range r.Problems {
				got = append(got, p.Kind)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s%+v", diff, r.Problems)
			}
			if r.OK() != (tt.want == nil) || (r.OK() && (r.Lines != 9 || r.Unsigned != 0 || r.Root != saved.Root)) {
				t.Errorf("report %+v", r)
			}
		})
	}
}

func TestVerifyBundleRefusesWhatIsNone(t *testing.T) {
	t.Parallel()
	key, _ := newKey(t)
	for _, text := range []string{"", "{}\n", "not JSON\n", `{"bundle":"backup-portal-audit","version":2,"checkpoint":""}` + "\n"} {
		if _, err := VerifyBundle(strings.NewReader(text), key.Public(), nil); err == nil {
			t.Errorf("verified %q", text)
		}
	}
}

func TestWriteBundleTellsWhatTheLogMet(t *testing.T) {
	t.Parallel()
	broken := fmt.Errorf("the log broke off")
	err := WriteBundle(&bytes.Buffer{}, Checkpoint{Size: 5}, func(yield func(Record, error) bool) { yield(Record{}, broken) })
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestAReportStaysShort(t *testing.T) {
	t.Parallel()
	v := NewVerifier()
	for n := range int64(1000) {
		v.Add(Leaf{Seq: n, Line: Hash{1}})
	}
	r := v.Finish(nil)
	if len(r.Problems) != problemLimit || r.More != 1000-problemLimit || !strings.HasPrefix(r.Summary(), "1000 problems") {
		t.Errorf("%d problems and %d more: %s", len(r.Problems), r.More, r.Summary())
	}
}
