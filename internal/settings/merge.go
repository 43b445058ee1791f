package settings

import "slices"

// Both is a list with what both have added and without what either has removed; false of what is no list.
func (c Conflict) Both() (string, bool) {
	if p, _ := PropertyOf(c.Key); !p.Kind.Lists() {
		return "", false
	}
	var lists [3][]string
	for i, canonical := range []string{c.From, c.Now, c.To} {
		entries, ok := entriesOf(canonical)
		if !ok && canonical != "" {
			return "", false
		}
		lists[i] = entries
	}
	was, now, mine := lists[0], lists[1], lists[2]
	return listOf(slices.Concat(Beyond(now, Beyond(was, mine)), Beyond(Beyond(mine, was), now))), true
}

// Lists tells whether a value is a list of free entries.
func (k Kind) Lists() bool { return k == List || k == Emails }

// Beyond is what a list has beyond another, each entry as often as it stands there more.
func Beyond(list, other []string) []string {
	other = slices.Clone(other)
	var rest []string
	for _, entry := range list {
		if at := slices.Index(other, entry); at >= 0 {
			other = slices.Delete(other, at, at+1)
			continue
		}
		rest = append(rest, entry)
	}
	return rest
}
