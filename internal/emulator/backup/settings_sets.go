package backup

import "slices"

// setsOf lists the backup sets of a container, in whichever of its forms it comes (wire: section 3.5).
func setsOf(container *node) []*node {
	switch {
	case container.isArray():
		return container.items
	case container.isObject():
		return many(container.get("backupSet"))
	default:
		return nil
	}
}

// many undoes that a list of one element comes as that element.
func many(n *node) []*node {
	switch {
	case n.isArray():
		return n.items
	case n.isObject():
		return []*node{n}
	default:
		return nil
	}
}

// few is the reverse of many.
func few(items []*node) *node {
	if len(items) == 1 {
		return items[0]
	}
	return list(items...)
}

// container puts sets into the form that they are read in.
func container(locked bool, sets []*node) *node {
	if !locked {
		return list(sets...)
	}
	return object("@locked", "true", "backupSet", few(sets))
}

func setID(set *node) string { return set.get("@id").text() }

// findSet answers the set with this id, nil when there is none.
func findSet(sets []*node, id string) *node {
	if i := slices.IndexFunc(sets, func(s *node) bool { return setID(s) == id }); i >= 0 {
		return sets[i]
	}
	return nil
}

// changeSets returns the container with every set changed; the same container when that alters none.
func changeSets(at *node, change func(*node) *node) *node {
	sets := setsOf(at)
	changed := make([]*node, len(sets))
	for i := range sets {
		changed[i] = change(sets[i])
	}
	if slices.Equal(sets, changed) {
		return at
	}
	return container(at.locked(), changed)
}

// restrictSets takes out the destinations that are not offered: with one of those the SDKs could not even read the document.
func restrictSets(at *node, offered []destination) *node {
	return changeSets(at, func(set *node) *node {
		used := set.get("destinations")
		if !used.isArray() || !slices.ContainsFunc(used.items, func(d *node) bool { return !offers(offered, setID(d)) }) {
			return set
		}
		left := slices.DeleteFunc(slices.Clone(used.items), func(d *node) bool { return !offers(offered, setID(d)) })
		return set.with(usedDestinations(left), "destinations")
	})
}

// destinationsOf lists what a set that is no legal hold's backs up to.
func destinationsOf(used *node) []*node {
	if used.isArray() {
		return used.items
	}
	return nil
}

// usedDestinations is the form that the destinations of a set are read in.
func usedDestinations(used []*node) *node {
	if len(used) == 0 {
		return object("@cleared", "true")
	}
	return list(used...)
}

// pathset puts what is selected into the form that it is read in, from any of its forms (wire: section 3.5). Without a single
// path that is included the exclusions go too.
func pathset(posted *node) *node {
	if posted.isArray() && len(posted.items) > 0 {
		posted = posted.items[0]
	}
	if inner := posted.get("paths"); inner != nil {
		posted = inner
	}
	var paths []*node
	included := false
	for _, kind := range []string{"@include", "@exclude"} {
		for _, path := range many(posted.get("path")) {
			if p := path.get(kind).text(); p != "" {
				paths = append(paths, object(kind, p))
				included = included || kind == "@include"
			}
		}
	}
	if !included {
		return list(object("@cleared", "true", "@os", "Linux"))
	}
	return list(object("@os", "Linux", "path", few(paths)))
}

// patterns does for names that are left out what pathset does for paths.
func patterns(posted *node) *node {
	if posted.isArray() && len(posted.items) > 0 {
		posted = posted.items[0]
	}
	if inner := posted.get("patternList"); inner != nil {
		posted = inner
	}
	n := object()
	for _, system := range []string{"windows", "macintosh", "linux"} {
		of := posted.get(system)
		if of.isArray() && len(of.items) > 0 && of.items[0].has("pattern") {
			of = of.items[0]
		}
		if found := expressions(of.get("pattern")); len(found) > 0 {
			n = n.with(object("pattern", few(found)), system)
		} else {
			n = n.with(list(), system)
		}
	}
	if found := expressions(posted.get("pattern")); len(found) > 0 {
		n = n.with(few(found), "pattern")
	}
	return list(n)
}

func expressions(n *node) (found []*node) {
	for _, p := range many(n) {
		if regex := p.get("@regex").text(); regex != "" {
			found = append(found, object("@regex", regex))
		}
	}
	return found
}

// runWindow puts a schedule into the form that it is read in.
func runWindow(stored, posted *node) *node {
	if posted.isArray() && len(posted.items) > 0 {
		posted = posted.items[0]
	}
	if inner := posted.get("runWindow"); inner != nil {
		posted = inner
	}
	if !stored.isArray() || len(stored.items) == 0 || !posted.isObject() {
		return stored
	}
	window := stored.items[0]
	for _, key := range window.keys {
		if value := posted.get(key); value != nil && value.kind == scalarNode {
			window = window.with(textNode(value.text()), key)
		}
	}
	return list(window)
}

// lockSet marks a set, and everything in it but its destinations, as kept by the server.
func lockSet(set *node) *node {
	if set.locked() {
		return set
	}
	locked := object("@id", set.get("@id"), "@locked", "true")
	for i, key := range set.keys {
		if key != "@id" {
			locked = locked.with(lockValue(key, set.items[i]), key)
		}
	}
	return locked
}

func lockValue(key string, n *node) *node {
	switch {
	case key == "destinations" || n.locked() || n.isNil():
		return n
	case n.kind == scalarNode:
		return lockedText(n.text())
	case key == "pathset":
		return object("@locked", "true", "paths", n.items[0])
	case key == "excludeUser":
		return object("@locked", "true", "patternList", n.items[0])
	case key == "backupRunWindow" || key == "inboundRunWindow":
		return object("@locked", "true", "runWindow", n.items[0])
	case key == "backupSets":
		return container(true, setsOf(n))
	case n.isObject():
		for i, k := range n.keys {
			n = n.with(lockValue(k, n.items[i]), k)
		}
		return n
	default:
		return n
	}
}

// unlockValue is the reverse of lockValue.
func unlockValue(key string, n *node) *node {
	switch {
	case key == "destinations" || n.kind != objectNode:
		return n
	case key == "pathset" && n.locked():
		return list(n.get("paths"))
	case key == "excludeUser" && n.locked():
		return list(n.get("patternList"))
	case n.locked() && n.has("runWindow"):
		return list(n.get("runWindow"))
	case n.locked() && n.has("#text"):
		return n.get("#text")
	case key == "backupSets":
		return container(false, setsOf(n))
	default:
		n = n.with(nil, "@locked")
		for _, k := range slices.Clone(n.keys) {
			n = n.with(unlockValue(k, n.get(k)), k)
		}
		return n
	}
}
