package audit

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// full is a line with every field set.
func full() Line {
	return Line{
		V: 1, At: time.Date(2026, 3, 1, 9, 30, 0, 120_000_000, time.UTC), Salt: strings.Repeat("0f", 16),
		Actor:  Actor{Key: "https://idp|ann", Name: "Ann", Email: "ann@example.com", Address: "192.0.2.7"},
		Action: "device.block", Vendor: "backup", Target: Target{Kind: "device", ID: "42", Name: "<Laptop>", Org: "R&D"},
		OrgUIDs: []string{"o1", "o2"}, Outcome: Succeeded, Reason: "lost", Detail: "blocked", Request: "r1", Operation: "op1",
		Under:    "rq1",
		Attempts: 2, Before: map[string]string{"status": "Active", "b": "2"}, After: map[string]string{"status": "Active, Blocked", "a": "1"},
	}
}

// The bytes are a format: logs of years hold them, so this golden text never changes. A field that came later stands
// where it is not empty.
func TestEncodeGolden(t *testing.T) {
	t.Parallel()
	first, later := full(), full()
	first.Under = ""
	const want = `{"v":1,"at":"2026-03-01T09:30:00.120000Z","salt":"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f",` +
		`"actor":{"key":"https://idp|ann","name":"Ann","email":"ann@example.com","address":"192.0.2.7"},` +
		`"action":"device.block","vendor":"backup","target":{"kind":"device","id":"42","name":"<Laptop>","org":"R&D"},` +
		`"orgs":["o1","o2"],"outcome":"succeeded","reason":"lost","detail":"blocked","request":"r1","operation":"op1",` +
		`"attempts":2,"before":{"b":"2","status":"Active"},"after":{"a":"1","status":"Active, Blocked"}}`
	for line, want := range map[*Line]string{
		&first: want,
		&later: strings.Replace(want, `"operation":"op1",`, `"operation":"op1","under":"rq1",`, 1),
	} {
		got, err := Encode(*line)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Error(diff)
		}
		read, err := Decode(got)
		if diff := cmp.Diff(*line, read); err != nil || diff != "" {
			t.Error(err, diff)
		}
	}
}

// A field added to Line and forgotten in the canonical form would be missing from the record without a sound.
func TestCanonicalHasEveryFieldOfLine(t *testing.T) {
	t.Parallel()
	tags := func(v any) (tags []string) {
		for field := range reflect.TypeOf(v).Fields() {
			tags = append(tags, field.Name+" "+string(field.Tag))
		}
		return tags
	}
	if diff := cmp.Diff(tags(Line{}), tags(canonical{})); diff != "" {
		t.Error(diff)
	}
	got := reflect.ValueOf(canonicalOf(full()))
	for i := range got.NumField() {
		if got.Field(i).IsZero() {
			t.Errorf("%s is lost on the way", got.Type().Field(i).Name)
		}
	}
}

func TestEncodeIsStable(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("", 5*3600)
	for _, tt := range []struct {
		name   string
		change func(*Line)
	}{
		{"another zone", func(l *Line) { l.At = l.At.In(zone) }},
		{"NUL", func(l *Line) { l.Reason = "a\x00b" }},
		{"bytes that are no UTF-8", func(l *Line) { l.Target.Name, l.Before = "\xff\xfe<", map[string]string{"\xff": "\xff"} }},
		{"line separators and escapes", func(l *Line) { l.Detail = "\u2028\u2029\\u0000\n\t\"</script>" }},
		{"beyond the basic plane", func(l *Line) { l.Actor.Name = "👩‍💻\u202e" }},
		{"empty maps", func(l *Line) { l.Before, l.After, l.OrgUIDs = map[string]string{}, nil, []string{} }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			line := full()
			tt.change(&line)
			first, err := Encode(line)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.ContainsAny(first, "\n\x00") {
				t.Errorf("a raw control character in %q", first)
			}
			read, err := Decode(first)
			if err != nil {
				t.Fatal(err)
			}
			again, err := Encode(read)
			if diff := cmp.Diff(string(first), string(again)); err != nil || diff != "" {
				t.Error(err, diff)
			}
		})
	}
}

// OrgsOf finds in the bytes what a whole reading of the line finds, whatever its texts hold.
func TestOrgsOf(t *testing.T) {
	t.Parallel()
	texts := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		`,"orgs":["x"],"outcome":"done"`, `"orgs":`, `x","orgs":["y"],"outcome":"`, "]", `"`, `\`, `a\`, "\u2028<>&", "a\x00b", "\xff", ",", "",
	}))
	rapid.Check(t, func(r *rapid.T) {
		line := full()
		line.Actor.Name, line.Target.Name = texts.Draw(r, "actor"), texts.Draw(r, "target")
		line.Detail = texts.Draw(r, "detail")
		line.OrgUIDs = rapid.SliceOfN(texts, 0, 3).Draw(r, "orgs")
		line.After = map[string]string{"orgs": texts.Draw(r, "after"), texts.Draw(r, "field"): "", "outcome": "x"}
		bytes, err := Encode(New(line, line.At))
		if err != nil {
			r.Fatal(err)
		}
		read, err := Decode(bytes)
		if err != nil {
			r.Fatal(err)
		}
		slices.Sort(read.OrgUIDs)
		if diff := cmp.Diff(slices.Compact(read.OrgUIDs), OrgsOf(bytes), cmpopts.EquateEmpty()); diff != "" {
			r.Fatalf("%s (-read +found):\n%s", bytes, diff)
		}
	})
	for _, other := range []string{"", "{}", `{"a":1,"orgs":`, `{"a":1,"orgs":[1],"outcome":"x"}`, `{"a":1,"orgs":["a"`} {
		if orgs := OrgsOf([]byte(other)); len(orgs) > 0 {
			t.Errorf("%q names %q", other, orgs)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*Line)
	}{
		{"a line without salt", func(l *Line) { l.Salt = "" }},
		{"a year that would not sort", func(l *Line) { l.At = l.At.AddDate(9000, 0, 0) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			line := full()
			tt.change(&line)
			if b, err := Encode(line); err == nil {
				t.Errorf("encoded: %s", b)
			}
		})
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 9, 0, 0, 123_456_789, time.FixedZone("", 3600))
	orgs := []string{"b", "", "a", "b"}
	first, second := New(Line{OrgUIDs: orgs}, at), New(Line{OrgUIDs: orgs}, at)
	if first.Salt == second.Salt || len(first.Salt) != 32 {
		t.Errorf("salts %q and %q", first.Salt, second.Salt)
	}
	want := Line{V: 1, At: time.Date(2026, 3, 1, 8, 0, 0, 123_456_000, time.UTC), Salt: first.Salt, OrgUIDs: []string{"a", "b"}}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"b", "", "a", "b"}, orgs); diff != "" {
		t.Errorf("the caller's organizations changed: %s", diff)
	}
	if kept := New(Line{At: at.Add(-time.Hour)}, at); !kept.At.Equal(at.Add(-time.Hour).Truncate(time.Microsecond)) {
		t.Errorf("at %v, want the line's own time", kept.At)
	}
}
