package settings

import "strings"

// set is a backup set as a document has it.
type set struct {
	Set
	pathset, excludeUser, destinations *node
	files                              files
	patterns                           patternLists
	used                               []use
}

const setKeys = "set."

func setKey(id, name string) Key { return Key(setKeys + id + "." + name) }

// setOf takes the key of a backup set's value apart. Ids are the vendor's and may hold a dot, names do not.
func setOf(k Key) (id, name string, ok bool) {
	rest, ok := strings.CutPrefix(string(k), setKeys)
	if !ok {
		return "", "", false
	}
	return cutLast(rest)
}

func cutLast(text string) (before, after string, found bool) {
	at := strings.LastIndexByte(text, '.')
	if at < 0 {
		return "", text, false
	}
	return text[:at], text[at+1:], true
}

// readSets reads the backup sets. Those of a legal hold are not shown, as the vendor's own tools do not; one without an
// id of its own could not be named in a change and is not shown either.
func (s *Sheet) readSets(container *node, by Inheritance) {
	list := container.many()
	if container.isObject() && container.at("@id") == nil {
		list = container.at("backupSet").many()
		s.fixed = container.locked()
	}
	seen := map[string]bool{}
	for _, n := range list {
		id, ok := n.at("@id").text()
		if !ok || seen[id] || ofLegalHold(n) {
			continue
		}
		seen[id] = true
		s.readSet(n, id, by)
	}
}

func ofLegalHold(n *node) bool {
	d := n.at("destinations")
	return d.isObject() && d.at("@locked") != nil && !d.at("@locked").is("false")
}

func (s *Sheet) readSet(n *node, id string, by Inheritance) {
	one := &set{
		Set:          Set{ID: id, Locked: n.locked()},
		pathset:      n.at("backupPaths", "pathset"),
		excludeUser:  n.at("backupPaths", "excludeUser"),
		destinations: n.at("destinations"),
	}
	one.Name, _ = n.at("name").text()
	one.files = readFiles(one.pathset)
	one.patterns = readPatterns(one.excludeUser)
	one.used = readUsed(one.destinations)
	s.sets = append(s.sets, one)
	window, windowLocked := runWindow(n.at("backupRunWindow"))
	for _, f := range setFields(id, by) {
		e := s.setEntry(n, one, window, f)
		e.Effective = e.Own
		switch {
		case f.path[len(f.path)-1] == destinations:
		case one.Locked:
			e.lock("This backup set is locked: only its destinations can be changed.")
		case e.node == nil && e.set == nil:
		case windowLocked && f.path[0] == "backupRunWindow",
			e.set != nil && f.path[0] == "backupPaths" && n.at(f.path...).locksWhole():
			e.lock(s.lockWords())
		}
		s.add(s.providedDefaults(e))
	}
}

// setEntry reads one value of a set.
func (s *Sheet) setEntry(n *node, one *set, window *node, f field) entry {
	_, name, _ := cutLast(string(f.Key))
	if f.path[0] == "backupRunWindow" {
		f.path = f.path[1:]
		return s.scalar(window, f)
	}
	e := entry{Value: Value{Property: f.Property}, set: one, list: name}
	var whole *node
	var known bool
	switch name {
	case includes:
		whole, known = one.pathset, one.files.known
		e.Own = listOf(one.files.in)
	case excludes:
		whole, known = one.pathset, one.files.known
		e.Own = listOf(one.files.out)
	case patterns, patternsWindows, patternsMacintosh, patternsLinux:
		whole = one.excludeUser
		e.Own, known = one.patterns.canonical(name)
	case destinations:
		whole = one.destinations
		e.Own, known = canonicalUse(one.used)
		for _, d := range s.offered {
			e.Options = append(e.Options, Option{Value: d.GUID, Label: d.Name})
		}
	default:
		return s.scalar(n, f)
	}
	switch {
	case whole == nil:
		e.Absent = true
		e.forbid(notInIt)
	case !known:
		e.forbid(unknownForm)
	}
	return e
}

// locksWhole tells whether a list carries a lock, in whichever of its shapes.
func (n *node) locksWhole() bool {
	for _, item := range n.many() {
		if item.locked() {
			return true
		}
	}
	return false
}

// runWindow finds the window in its shapes: an object, a list of one, or a locked object around it.
func runWindow(n *node) (window *node, locked bool) {
	locked = n.locksWhole()
	if n.isArray() && len(n.items) == 1 {
		n = n.items[0]
	}
	if inner := n.at("runWindow"); inner != nil {
		n = inner
		if n.isArray() && len(n.items) == 1 {
			n = n.items[0]
		}
	}
	return n, locked || n.locked()
}
