package settings_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"backup-portal/internal/settings"
)

func keysOf(differences []settings.Difference) []settings.Key {
	var keys []settings.Key
	for _, d := range differences {
		keys = append(keys, d.Property.Key)
	}
	slices.Sort(keys)
	return keys
}

// TestFollowingEndsDrift lets made-up devices follow made-up organizations: what is left is named, and nothing else is.
func TestFollowingEndsDrift(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := newMaker(t)
		organization, device := read(t, m.organization(), false), read(t, m.device(), true)
		drift := keysOf(settings.Drift(organization, device))
		changes, locked := settings.Following(organization, device)
		for _, k := range locked {
			if !slices.Contains(drift, k) {
				t.Fatalf("%s cannot follow and does not drift", k)
			}
		}
		if len(changes)+len(locked) != len(drift) {
			t.Fatalf("%d values drift, %d follow and %d do not: %v %v", len(drift), len(changes), len(locked), changes, locked)
		}
		after, err := device.After(changes)
		if err != nil {
			t.Fatal(err)
		}
		if left := keysOf(settings.Drift(organization, after)); !slices.Equal(left, locked) {
			t.Fatalf("after following %v: %s", changes, cmp.Diff(locked, left))
		}
		if again, _ := settings.Following(organization, after); len(again) > 0 {
			t.Fatalf("following twice: %v", again)
		}
	})
}

// TestCopyingIsInForce copies between made-up organizations: each value is as it was there, or named with the reason.
func TestCopyingIsInForce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := newMaker(t)
		from := read(t, m.organization(), false)
		to := read(t, newMaker(t).organization(), false)
		var groups []settings.Group
		for _, section := range from.Sections() {
			if m.chance(2) {
				groups = append(groups, section.Group)
			}
		}
		changes, skipped := settings.Copying(from, to, groups)
		for k, why := range skipped {
			if _, changed := find(changes, k); changed || why == "" {
				t.Fatalf("%s is skipped (%s) and changed", k, why)
			}
		}
		if left, conflicts, refused := changes.Against(to); len(left) != len(changes) || len(conflicts)+len(refused) > 0 {
			t.Fatalf("%v cannot be made: %v %v", changes, conflicts, refused)
		}
		after, err := to.After(changes)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range from.Values() {
			there, known := after.Value(v.Key)
			_, was := skipped[v.Key]
			ofSet := len(v.Group) > 4 && v.Group[:4] == "set-"
			inherited := v.Key == settings.QuotaInherited || v.Key == settings.ReportingInherited
			if !slices.Contains(groups, v.Group) || v.Absent || v.Secret || was || !known || ofSet || inherited {
				continue
			}
			_, copied := find(changes, v.Key)
			if _, along := find(changes.Completed(to), v.Key); along && !copied {
				continue // a feature that says it is on while monitoring is off
			}
			if there.Effective != v.Effective {
				t.Fatalf("%s is %q, copied from %q", v.Key, there.Effective, v.Effective)
			}
		}
		for _, c := range changes {
			if p, _ := settings.PropertyOf(c.Key); !inGroups(from, to, groups, p.Group) {
				t.Fatalf("%s is of no group that was chosen", c.Key)
			}
		}
	})
}

func find(c settings.Changes, k settings.Key) (settings.Change, bool) {
	at := slices.IndexFunc(c, func(change settings.Change) bool { return change.Key == k })
	if at < 0 {
		return settings.Change{}, false
	}
	return c[at], true
}

// inGroups tells whether a group was chosen; a set's by the id that it has there, or by its name.
func inGroups(from, to settings.Sheet, groups []settings.Group, group settings.Group) bool {
	if slices.Contains(groups, group) {
		return true
	}
	id, ofSet := settings.GroupSet(group)
	sets, _ := to.Sets()
	others, _ := from.Sets()
	at := slices.IndexFunc(sets, func(s settings.Set) bool { return s.ID == id })
	return ofSet && at >= 0 && slices.ContainsFunc(others, func(s settings.Set) bool {
		return s.Name == sets[at].Name && slices.Contains(groups, settings.SetGroup(s.ID))
	})
}

func TestParamsCarryChanges(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := newMaker(t)
		var changes settings.Changes
		for _, k := range []settings.Key{"general.notes", "quota.maxSeats", "set.a.b.includes", "defaults.minutesUntilWarning", "other.x.y", settings.WebRestore} {
			if m.chance(2) {
				changes = append(changes, settings.Change{Key: k, From: m.text(), To: rapid.String().Draw(t, "to")})
			}
		}
		slices.SortFunc(changes, func(a, b settings.Change) int { return strings.Compare(string(a.Key), string(b.Key)) })
		back, err := settings.ParseParams(changes.Params())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(changes, back); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(changes, changes.Back().Back()); diff != "" {
			t.Fatal(diff)
		}
		var keys []string
		for _, c := range changes {
			if m.chance(2) {
				keys = append(keys, string(c.Key))
			}
		}
		if n := len(changes.Only(keys)) + len(changes.Without(keys)); n != len(changes) {
			t.Fatalf("%d changes were %d", n, len(changes))
		}
	})
}
