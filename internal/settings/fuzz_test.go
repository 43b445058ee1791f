package settings_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"backup-portal/internal/settings"
)

// example reads one of the vendor's documents, with its envelope.
func example(t testing.TB, name string) []byte {
	document, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func FuzzOfOrganization(f *testing.F) {
	f.Add(example(f, "example-org-settings.json"), []byte(`{"device_webRestore_enabled":{"scope":"ORG","value":"true","locked":false,"id":42}}`), uint16(120), []byte(`{}`))
	f.Fuzz(func(t *testing.T, document, packets []byte, at uint16, with []byte) {
		s, err := settings.OfOrganization(replaced(document, at, with), replaced(packets, at/3, with))
		if err != nil {
			return
		}
		whole(t, s)
		settings.Drift(s, s)
		if changes, _ := settings.Copying(s, s, []settings.Group{settings.Quota, settings.Endpoint, settings.Defaults}); len(changes) > 0 {
			t.Fatalf("copied onto itself: %v", changes)
		}
	})
}

func FuzzOfDevice(f *testing.F) {
	f.Add(example(f, "example-device-settings.json"), uint16(200), []byte(`[]`))
	organization, err := settings.OfOrganization(example(f, "example-org-settings.json"), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, document []byte, at uint16, with []byte) {
		s, err := settings.OfDevice(replaced(document, at, with))
		if err != nil {
			return
		}
		whole(t, s)
		changes, locked := settings.Following(organization, s)
		after, err := s.After(changes)
		if err != nil {
			t.Fatalf("cannot follow: %v", err)
		}
		if left := settings.Drift(organization, after); len(left) != len(locked) {
			t.Fatalf("%d values are left, %d are locked: %v %v", len(left), len(locked), left, locked)
		}
	})
}

// replaced puts another value into a document in place of one of its own: most of what the fuzzer makes of the bytes
// alone is no JSON any more.
func replaced(document []byte, at uint16, with []byte) []byte {
	if !json.Valid(document) || !json.Valid(with) {
		return document
	}
	places := places(document, 0)
	p := places[int(at)%len(places)]
	return slices.Concat(document[:p.start], with, document[p.end:])
}

type place struct{ start, end int }

// places lists where the values of a document stand, the outermost first.
func places(document []byte, from int) []place {
	all := []place{{from, from + len(document)}}
	decoder := json.NewDecoder(bytes.NewReader(document))
	opening, _ := decoder.Token()
	for decoder.More() {
		if opening == json.Delim('{') {
			_, _ = decoder.Token()
		}
		var value json.RawMessage
		if opening != json.Delim('{') && opening != json.Delim('[') || decoder.Decode(&value) != nil {
			break
		}
		all = append(all, places(value, from+int(decoder.InputOffset())-len(value))...)
	}
	return all
}

// whole sees that a document that was read can be shown at every value, and edited at some.
func whole(t *testing.T, s settings.Sheet) {
	seen, edits := map[settings.Key]bool{}, 0
	for i, v := range s.Values() {
		if seen[v.Key] {
			t.Fatalf("%s comes twice", v.Key)
		}
		seen[v.Key] = true
		if !utf8.ValidString(v.Own) || !utf8.ValidString(v.Effective) {
			t.Fatalf("%s is no text", v.Key)
		}
		s.Words(v.Property, v.Own)
		s.Words(v.Property, v.Effective)
		typed := s.Typed(v.Property, v.Own)
		if canonical, problem := s.Parse(v.Property, typed); problem == "" {
			if again, _ := s.Parse(v.Property, s.Typed(v.Property, canonical)); again != canonical {
				t.Fatalf("%s: %q is typed as %q and read as %q", v.Key, canonical, s.Typed(v.Property, canonical), again)
			}
		}
		if to, ok := other(v); ok && !v.ReadOnly && !v.Locked && (i+len(v.Own))%8 == 0 && edits < 3 {
			edits++
			edit(t, s, settings.Change{Key: v.Key, From: v.Own, To: to})
		}
	}
	if document, packets, err := s.Apply(nil); document != nil || packets != nil || err != nil {
		t.Fatalf("no change: %q %q %v", document, packets, err)
	}
}

// other is a value that is not the one there.
func other(v settings.Value) (string, bool) {
	to := map[settings.Kind]string{
		settings.Text: "other", settings.LongText: "other", settings.Bool: "true", settings.List: `["/a"]`, settings.Number: "7",
		settings.Days: "7", settings.Used: "[]", settings.TimeOfDay: "04:04", settings.Minutes: "7", settings.Weekdays: "_M_____",
	}[v.Kind]
	if v.Kind == settings.Bool && v.Own == "true" {
		to = "false"
	}
	return to, to != "" && to != v.Own
}

func edit(t *testing.T, s settings.Sheet, c settings.Change) {
	if left, _, _ := (settings.Changes{c}).Against(s); len(left) == 0 {
		return
	}
	document, packets, err := s.Apply(settings.Changes{c})
	if err != nil || document == nil && packets == nil {
		t.Fatalf("%v left to do and not done: %v", c, err)
	}
	after, err := s.After(settings.Changes{c})
	if err != nil {
		t.Fatalf("%v made a document that cannot be read: %v", c, err)
	}
	if now, _ := after.Value(c.Key); now.Own != c.To {
		t.Fatalf("%v wrote %q", c, now.Own)
	}
}

func FuzzParse(f *testing.F) {
	for i, typed := range []string{"3.5", "unlimited", "-1", "15 minutes", "1 d", "C:/Users/\n/Users/", "ops@example.com", "43!", "Sunday\nMonday", "03:00", "yes", "1e9", "99999999999999999999"} {
		f.Add(byte(i*7), typed)
	}
	s, err := settings.OfOrganization(example(f, "example-org-settings.json"), []byte(`{}`))
	if err != nil {
		f.Fatal(err)
	}
	values := s.Values()
	f.Fuzz(func(t *testing.T, which byte, typed string) {
		p := values[int(which)%len(values)].Property
		lines := []string{typed}
		switch p.Kind {
		case settings.List, settings.Emails, settings.Used, settings.Weekdays:
			lines = strings.Split(typed, "\n")
		}
		canonical, problem := s.Parse(p, lines)
		if problem != "" {
			if canonical != "" || !utf8.ValidString(problem) || len(problem) > 1_000 {
				t.Fatalf("%q: %q with %q", typed, canonical, problem)
			}
			return
		}
		if !utf8.ValidString(canonical) || bytes.ContainsAny([]byte(canonical), "\x00\x1b\r") {
			t.Fatalf("%q is taken as %q", typed, canonical)
		}
		if again, problem := s.Parse(p, s.Typed(p, canonical)); again != canonical || problem != "" {
			t.Fatalf("%s: %q is taken as %q, typed as %q and then %q (%s)", p.Key, typed, canonical, s.Typed(p, canonical), again, problem)
		}
		if s.Words(p, canonical) == "" {
			t.Fatalf("%s: no words for %q", p.Key, canonical)
		}
		settings.Losing(settings.Change{Key: p.Key, From: typed, To: canonical})
	})
}
