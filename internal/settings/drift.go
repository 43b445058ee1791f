package settings

import (
	"cmp"
	"slices"
)

// pair is a value that a device should have from its organization.
type pair struct {
	key      Key   // the device's, or the organization's where the device has none
	one, two entry // the organization's and the device's
	has      bool  // the device has such a value
}

// Drift lists where a device differs from the defaults of its organization: One is the organization's value, Two the device's.
// Sets are matched by id, and by name where the ids differ.
func Drift(organization, device Sheet) []Difference {
	var found []Difference
	for _, p := range drifting(organization, device) {
		property := p.two.Property
		if !p.has {
			property = p.one.Property
			property.Key = p.key
		}
		found = append(found, Difference{property, p.one.Own, p.two.Own})
	}
	return found
}

// Following is what makes a device follow its organization again; locked values are left out and named.
func Following(organization, device Sheet) (changes Changes, locked []Key) {
	for _, p := range drifting(organization, device) {
		change := Change{Key: p.key, From: p.two.Own, To: p.one.Own}
		if !p.has {
			locked = append(locked, p.key)
			continue
		}
		changes = append(changes, change)
	}
	changes, named := changes.possible(device)
	for k := range named {
		locked = append(locked, k)
	}
	slices.Sort(locked)
	return changes, locked
}

// possible drops the changes that a sheet cannot take, with the reason of each.
func (c Changes) possible(now Sheet) (Changes, map[Key]string) {
	named := map[Key]string{}
	for {
		_, _, refused := c.Against(now)
		if len(refused) == 0 {
			return c.sorted(), named
		}
		// One that goes can be what another needed.
		c = c.where(func(change Change) bool {
			why, no := refused[change.Key]
			if no {
				named[change.Key] = why
			}
			return !no
		})
	}
}

// drifting pairs what differs: the defaults, and the sets with each other. A set that only one of them has is a
// difference in its name.
func drifting(organization, device Sheet) []pair {
	var pairs []pair
	note := func(from, to Key) {
		one, known := organization.entry(from)
		two, has := device.entry(to)
		if !known || one.Absent || one.ReadOnly {
			return
		}
		if !sameValue(one, two) || !has {
			pairs = append(pairs, pair{to, one, two, has})
		}
	}
	if _, tree := device.entry("defaults.warningEmailEnabled"); !tree {
		return nil
	}
	for _, e := range organization.entries {
		if e.Group == Defaults {
			note(e.Key, e.Key)
		}
	}
	matched := matchSets(organization, device)
	for _, one := range organization.sets {
		two := matched[one]
		if two == nil {
			note(setKey(one.ID, "name"), setKey(one.ID, "name"))
			continue
		}
		for _, e := range device.In(SetGroup(two.ID)) {
			_, name, _ := cutLast(string(e.Key))
			note(setKey(one.ID, name), e.Key)
		}
	}
	return append(pairs, extraSets(device, matched)...)
}

// sameValue compares what stands in two documents; the order of lists means nothing.
func sameValue(one, two entry) bool {
	if one.Own == two.Own || one.Kind != List {
		return one.Own == two.Own
	}
	first, _ := entriesOf(one.Own)
	second, ok := entriesOf(two.Own)
	slices.Sort(first)
	slices.Sort(second)
	return ok && slices.Equal(slices.Compact(first), slices.Compact(second))
}

// matchSets finds the device's set for each of the organization's: by id first, then by a name that only one has.
func matchSets(organization, device Sheet) map[*set]*set {
	matched := map[*set]*set{}
	taken := map[*set]bool{}
	match := func(same func(one, two *set) bool) {
		for _, one := range organization.sets {
			at := slices.IndexFunc(device.sets, func(two *set) bool { return !taken[two] && same(one, two) })
			if matched[one] == nil && at >= 0 {
				matched[one], taken[device.sets[at]] = device.sets[at], true
			}
		}
	}
	match(func(one, two *set) bool { return one.ID == two.ID })
	match(func(one, two *set) bool { return one.Name == two.Name })
	return matched
}

// extraSets pairs with nothing the sets that only the device has.
func extraSets(device Sheet, matched map[*set]*set) []pair {
	kept := map[*set]bool{}
	for _, two := range matched {
		kept[two] = true
	}
	var pairs []pair
	for _, two := range device.sets {
		if e, ok := device.entry(setKey(two.ID, "name")); ok && !kept[two] {
			pairs = append(pairs, pair{key: e.Key, two: e})
		}
	}
	slices.SortFunc(pairs, func(a, b pair) int { return cmp.Compare(a.key, b.key) })
	return pairs
}
