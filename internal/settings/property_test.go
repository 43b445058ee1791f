package settings_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"backup-portal/internal/settings"
)

func read(t *rapid.T, g generated, device bool) settings.Sheet {
	var s settings.Sheet
	var err error
	if device {
		s, err = settings.OfDevice(g.text)
	} else {
		s, err = settings.OfOrganization(g.text, g.packets)
	}
	if err != nil {
		t.Fatalf("%v: %s %s", err, g.text, g.packets)
	}
	return s
}

func listOf(entries ...string) string {
	if entries == nil {
		entries = []string{}
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(entries)
	return strings.TrimSpace(b.String())
}

// another makes up a value that a property can have.
func (m *maker) another(v settings.Value) string {
	var entries []string
	switch v.Kind {
	case settings.Bool:
		if v.Own == "true" {
			return "false"
		}
		return "true"
	case settings.Number, settings.Gigabytes, settings.Days, settings.Minutes, settings.Millis:
		if v.Unlimited && m.chance(4) {
			return "-1"
		}
		return strconv.FormatInt(v.Min+m.r.Int64N(v.Max-v.Min+1), 10)
	case settings.Choice:
		return v.Options[m.r.IntN(len(v.Options))].Value
	case settings.TimeOfDay:
		return m.one("00:00", "09:05", "23:59")
	case settings.Weekdays:
		return m.one("_______", "SMTWHFS", "_M_W_F_", "S_____S")
	case settings.Emails:
		entries = []string{"a@example.com", "b+c@example.org"}
	case settings.Used:
		return m.one(`[]`, `["43"]`, `["43!","632540230984925185"]`, `["632540230984925185!"]`)
	case settings.List:
		for range 4 {
			if text := m.text(); text != "" && (v.Part != settings.Packets || !strings.Contains(text, ",")) {
				entries = append(entries, text)
			}
		}
	default:
		return "another " + m.text()
	}
	return listOf(entries[:m.r.IntN(len(entries)+1)]...)
}

// TestOneEditChangesOneValue holds every edit against what the standard library reads: nothing else may move.
func TestOneEditChangesOneValue(t *testing.T) {
	t.Parallel()
	for _, device := range []bool{false, true} {
		t.Run(map[bool]string{false: "organization", true: "device"}[device], func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				m := newMaker(t)
				g := m.organization
				if device {
					g = m.device
				}
				oneEdit(t, m, g(), device)
			})
		})
	}
}

func oneEdit(t *rapid.T, m *maker, g generated, device bool) {
	s := read(t, g, device)
	if document, packets, err := s.Apply(nil); document != nil || packets != nil || err != nil {
		t.Fatalf("no change: %s %s %v", document, packets, err)
	}
	editable := slices.DeleteFunc(s.Values(), func(v settings.Value) bool { return v.ReadOnly || v.Locked })
	if len(editable) == 0 {
		return
	}
	v := editable[m.r.IntN(len(editable))]
	change := settings.Change{Key: v.Key, From: v.Own, To: m.another(v)}
	c := settings.Changes{change}
	left, conflicts, refused := c.Against(s)
	if len(conflicts) > 0 {
		t.Fatalf("conflicts with itself: %v", conflicts)
	}
	if why, no := refused[v.Key]; no {
		if _, _, err := s.Apply(c); err == nil && change.To != v.Own {
			t.Fatalf("refused (%s) and applied: %v", why, change)
		}
		if !expectedRefusal(s, change) {
			t.Fatalf("%v refused: %s", change, why)
		}
		return
	}
	if !v.Inherited && (len(left) == 0) != (change.To == v.Own && (v.Part != settings.Packets || !v.Absent)) {
		t.Fatalf("%v is left as %v", change, left)
	}
	document, packets, err := s.Apply(c)
	if err != nil {
		t.Fatal(err)
	}
	whole := c.Completed(s)
	onlyThere(t, g, document, whole)
	if again, same, err := s.Apply(whole); err != nil || !bytes.Equal(again, document) || !bytes.Equal(same, packets) {
		t.Fatalf("said as a whole it is another change: %v", err)
	}
	after, err := s.After(c)
	if err != nil {
		t.Fatal(err)
	}
	if document != nil {
		read := read(t, generated{text: document, packets: g.packets}, device)
		if !slices.EqualFunc(ofDocument(after), ofDocument(read), same) {
			t.Fatalf("read back after %v: %s", change, cmp.Diff(ofDocument(after), ofDocument(read)))
		}
	}
	if now, _ := after.Value(v.Key); now.Own != change.To {
		t.Fatalf("%v wrote %q", change, now.Own)
	}
	onlyThese(t, s, after, whole)
	restored(t, s, after, whole)
}

func ofDocument(s settings.Sheet) []settings.Value {
	return slices.DeleteFunc(s.Values(), func(v settings.Value) bool { return v.Part == settings.Packets })
}

// expectedRefusal: files out of a set with none in, and features whose monitoring is locked.
func expectedRefusal(s settings.Sheet, change settings.Change) bool {
	if set, isOut := strings.CutSuffix(string(change.Key), ".excludes"); isOut {
		in, _ := s.Value(settings.Key(set + ".includes"))
		return in.Own == "[]"
	}
	if strings.HasSuffix(string(change.Key), ".destinations") {
		return len(s.Destinations()) == 0
	}
	monitoring, _ := s.Value(settings.Monitoring)
	flag := settings.Value{}
	if v, _ := s.Value(change.Key); v.Inherited {
		flag, _ = s.Value(settings.Key(v.Inherits) + ".inherited")
	}
	return strings.HasPrefix(string(change.Key), "endpoint.") && monitoring.Locked || flag.Locked
}

// onlyThere sees that a document is the same to the byte but where the changed values stand.
func onlyThere(t *rapid.T, g generated, document []byte, whole settings.Changes) {
	var paths [][]string
	for _, change := range whole {
		path, inDocument := g.paths[change.Key]
		same := func(other []string) bool { return slices.Equal(path, other) }
		if inDocument && !slices.ContainsFunc(paths, same) {
			paths = append(paths, path)
		}
	}
	if document == nil {
		return
	}
	if before, after := around(t, g.text, paths), around(t, document, paths); before != after {
		t.Fatalf("%v changed more than that: %s", whole, cmp.Diff(before, after))
	}
}

// onlyThese sees that no other value is another one.
func onlyThese(t *rapid.T, before, after settings.Sheet, whole settings.Changes) {
	for _, v := range before.Values() {
		now, _ := after.Value(v.Key)
		if slices.ContainsFunc(whole, func(c settings.Change) bool { return c.Key == v.Key }) {
			continue
		}
		if slices.ContainsFunc(whole, func(c settings.Change) bool { return c.Key == settings.Key(v.Inherits)+".inherited" }) {
			now.Inherited, now.Effective, now.Provider = v.Inherited, v.Effective, v.Provider
		}
		if !same(v, now) {
			t.Fatalf("%v changed another value: %s", whole, cmp.Diff(v, now))
		}
	}
	if differences := settings.Compare(before, after); len(differences) > len(whole) {
		t.Fatalf("%v differs in %v", whole, differences)
	}
}

// same compares all of a value that comes from a document.
func same(a, b settings.Value) bool {
	return a.Key == b.Key && a.Own == b.Own && a.Effective == b.Effective && a.Inherited == b.Inherited && a.Provider == b.Provider &&
		a.Locked == b.Locked && a.ReadOnly == b.ReadOnly && a.Why == b.Why && a.Absent == b.Absent
}

// restored sees that taking the changes back brings every value back that the vendor can take.
func restored(t *rapid.T, before, after settings.Sheet, whole settings.Changes) {
	back := whole.Back()
	left, conflicts, refused := back.Against(after)
	if len(conflicts) > 0 {
		t.Fatalf("taking %v back conflicts: %v", whole, conflicts)
	}
	for k := range refused {
		v, _ := before.Value(k)
		if expectedRefusal(after, settings.Change{Key: k}) {
			continue // the vendor would not take again what was there
		}
		if canonical, problem := before.Parse(v.Property, before.Typed(v.Property, v.Own)); problem == "" && canonical == v.Own {
			t.Fatalf("%s cannot be taken back to %q: %s", k, v.Own, refused[k])
		}
	}
	if len(refused) > 0 {
		return
	}
	restored, err := after.After(left)
	if err != nil {
		t.Fatal(err)
	}
	// A feature that was on while monitoring was off takes it along on its way back, as in the vendor's SDKs.
	implied := left.Completed(after)
	for _, v := range before.Values() {
		along := slices.ContainsFunc(implied, func(c settings.Change) bool { return c.Key == v.Key })
		named := slices.ContainsFunc(left, func(c settings.Change) bool { return c.Key == v.Key })
		if now, _ := restored.Value(v.Key); now.Own != v.Own && (named || !along) {
			t.Fatalf("%v and back: %s is %q, was %q", whole, v.Key, now.Own, v.Own)
		}
	}
}
