package settings

import "slices"

// Copying is what makes one organization's settings those of another, in the chosen groups; what cannot be copied (locked,
// a destination that is not offered there, a set that is not there) is named with the reason.
func Copying(from, to Sheet, groups []Group) (changes Changes, skipped map[Key]string) {
	skipped = map[Key]string{}
	matched := matchSets(from, to)
	for _, e := range from.entries {
		if !slices.Contains(groups, e.Group) || e.Absent {
			continue
		}
		if e.Group == General {
			skipped[e.Key] = "It is the organization’s own."
			continue
		}
		if e.Key == QuotaInherited || e.Key == ReportingInherited || e.Secret {
			continue // values are copied as they are in force, whoever set them
		}
		k := e.Key
		if e.set != nil || isSetKey(k) {
			other := otherSet(from, matched, e.Group)
			if other == nil {
				skipped[setKey(mustSet(e.Group), "name")] = "There is no such backup set."
				continue
			}
			k = setKey(other.ID, e.name())
		}
		there, known := to.entry(k)
		switch {
		case known && there.Effective == e.Effective && !there.Absent:
		case e.ReadOnly && (!known || there.ReadOnly):
			if known {
				skipped[k] = there.Why
			}
		default:
			changes = append(changes, Change{Key: k, From: there.Own, To: e.Effective})
		}
	}
	changes, refused := changes.possible(to)
	for k, why := range refused {
		skipped[k] = why
	}
	return changes, skipped
}

func isSetKey(k Key) bool {
	_, _, ok := setOf(k)
	return ok
}

func mustSet(g Group) string {
	id, _ := GroupSet(g)
	return id
}

func otherSet(from Sheet, matched map[*set]*set, group Group) *set {
	id, _ := GroupSet(group)
	for _, one := range from.sets {
		if one.ID == id {
			return matched[one]
		}
	}
	return nil
}
