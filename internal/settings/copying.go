package settings

import (
	"maps"
	"slices"
)

// Copying is what makes one organization's settings those of another, in the chosen groups; what cannot be copied (locked,
// a destination that is not offered there, a set that is not there) is named with the reason. Values are copied as they are
// in force, whoever sets them.
func Copying(from, to Sheet, groups []Group) (changes Changes, skipped map[Key]string) {
	skipped = map[Key]string{}
	matched := matchSets(from, to)
	var same Changes // in force there already
	for _, e := range from.entries {
		if !slices.Contains(groups, e.Group) || e.Absent || e.Secret || e.Key == QuotaInherited || e.Key == ReportingInherited {
			continue
		}
		if e.Group == General {
			skipped[e.Key] = "It is the organization’s own."
			continue
		}
		k := e.Key
		if id, ofSet := GroupSet(e.Group); ofSet {
			other := matched[from.setNamed(id)]
			if other == nil {
				skipped[setKey(id, "name")] = "There is no such backup set."
				continue
			}
			k = setKey(other.ID, e.name())
		}
		there, known := to.entry(k)
		switch change := (Change{Key: k, From: there.Own, To: e.Effective}); {
		case !known:
		case there.Effective != e.Effective, there.Absent && there.packet != "":
			changes = append(changes, change)
		default:
			same = append(same, change)
		}
	}
	changes = append(changes, to.unfollowing(changes, same)...)
	changes, refused := changes.possible(to)
	maps.Copy(skipped, refused)
	return changes, skipped
}

// unfollowing are those of the values that are in force by inheritance alone, where the changes end that: without a change
// of their own they would fall back to what the organization said before it followed.
func (s Sheet) unfollowing(changes, same Changes) Changes {
	ends := map[Key]bool{}
	for _, c := range changes.Completed(s) {
		ends[c.Key] = c.To == "false"
	}
	return same.where(func(c Change) bool {
		e, _ := s.entry(c.Key)
		return ends[flagKey(e.Property)] && s.follows(flagKey(e.Property)) && c.From != c.To
	})
}

// setNamed answers the set with an id.
func (s Sheet) setNamed(id string) *set {
	at := slices.IndexFunc(s.sets, func(one *set) bool { return one.ID == id })
	if at < 0 {
		return nil
	}
	return s.sets[at]
}
