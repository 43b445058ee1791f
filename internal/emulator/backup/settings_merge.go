package backup

import "slices"

// merger takes a document that a client sent over into the one that the server has. It accepts the forms that are read as well
// as those that are written, keeps what is locked, and leaves alone what the client did not send (wire: section 3.5).
type merger struct {
	offered []destination
	set     *node // what a set that is new starts from
}

// merge answers stored where nothing changes, so that two documents can be compared by their address.
func (m *merger) merge(key string, stored, posted *node) *node {
	switch {
	case posted == nil || posted.isNull():
		return stored
	case key == "backupSets":
		return m.sets(stored, posted)
	case key == "backupSet":
		return m.oneSet(stored, posted)
	case stored.locked():
		return stored
	}
	return keep(stored, m.value(key, stored, posted))
}

// keep answers the stored node where the other one is equal to it.
func keep(stored, other *node) *node {
	if same(stored, other) {
		return stored
	}
	return other
}

func (m *merger) value(key string, stored, posted *node) *node {
	switch {
	case key == "pathset":
		return pathset(posted)
	case key == "excludeUser":
		return patterns(posted)
	case key == "backupRunWindow" || key == "inboundRunWindow":
		return runWindow(stored, posted)
	case stored.kind == scalarNode || stored.isNil():
		return scalar(stored, posted)
	case stored.isArray():
		if posted.isArray() {
			return posted
		}
		return stored
	}
	for i, k := range stored.keys {
		stored = stored.with(m.merge(k, stored.items[i], posted.get(k)), k)
	}
	return stored
}

// scalar is a value in the form that it is read in. A mark of a lock is not the client's to set.
func scalar(stored, posted *node) *node {
	switch {
	case posted.isNil():
		return object("@nil", "true")
	case posted.kind == scalarNode, posted.has("#text"):
		return textNode(posted.text())
	default:
		return stored
	}
}

// sets merges the backup sets. While their number is not locked, sets come and go with the document; those of legal holds are
// not the client's.
func (m *merger) sets(stored, posted *node) *node {
	have, sent := setsOf(stored), setsOf(posted)
	if len(sent) == 0 && !posted.isArray() {
		return stored
	}
	if stored.locked() {
		return changeSets(stored, func(set *node) *node { return m.oneSet(set, findSet(sent, setID(set))) })
	}
	var merged []*node
	for _, set := range sent {
		id := setID(set)
		switch known := findSet(have, id); {
		case id == "" || id == legalHoldSet || findSet(merged, id) != nil:
		case known != nil:
			merged = append(merged, m.oneSet(known, set))
		default:
			merged = append(merged, m.oneSet(m.set.with(textNode(id), "@id"), set))
		}
	}
	for _, set := range have {
		if set.locked() && findSet(merged, setID(set)) == nil {
			merged = append(merged, set)
		}
	}
	if slices.Equal(have, merged) {
		return stored
	}
	return container(false, merged)
}

// oneSet merges a set; of a locked one its destinations only.
func (m *merger) oneSet(stored, posted *node) *node {
	if !posted.isObject() {
		return stored
	}
	merged := stored
	if !stored.locked() {
		for i, key := range stored.keys {
			if key != "@id" && key != "destinations" {
				merged = merged.with(m.merge(key, stored.items[i], posted.get(key)), key)
			}
		}
	}
	return merged.with(m.destinations(stored.get("destinations"), posted.get("destinations")), "destinations")
}

// destinations merges what a set backs up to: the one kind of lock that clients set and take away.
func (m *merger) destinations(stored, posted *node) *node {
	if !posted.isArray() && !posted.get("@cleared").isTrue() {
		return stored
	}
	var used []*node
	add := func(id string, locked bool) {
		switch {
		case !offers(m.offered, id) || findSet(used, id) != nil:
		case locked:
			used = append(used, object("@id", id, "@locked", "true"))
		default:
			used = append(used, object("@id", id))
		}
	}
	for _, d := range destinationsOf(posted) {
		add(setID(d), d.locked())
	}
	if len(used) == 0 && len(destinationsOf(stored)) == 0 {
		return stored // none in either of the two forms that say so
	}
	return keep(stored, usedDestinations(used))
}
