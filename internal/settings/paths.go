package settings

import (
	"cmp"
	"slices"
	"strings"
)

// files is which files a backup set holds.
type files struct {
	known   bool // the document writes them in one of the vendor's forms
	in, out []string
	system  string            // @os
	extra   string            // fields that the portal has no name for, as JSON members with commas before them
	kept    map[string]string // entries that say more than their path, by attribute and path
}

const (
	include = "@include"
	exclude = "@exclude"
)

// readFiles reads a pathset as the vendor writes it: a list of one that holds paths or is them, or a locked object around
// them. Several lists, for several systems, are a form that cannot be written back and is not known.
func readFiles(n *node) files {
	f := files{system: "Linux", kept: map[string]string{}, in: []string{}, out: []string{}}
	around := n.many()
	if len(around) == 0 {
		f.known = n.isArray()
		return f
	}
	paths := around[0]
	if inner := paths.at("paths"); inner != nil {
		if len(inner.many()) != 1 {
			return f
		}
		paths = inner.many()[0]
	}
	if len(around) > 1 || !paths.isObject() {
		return f
	}
	f.known = true
	if system, ok := paths.at("@os").text(); ok {
		f.system = system
	}
	f.extra = extras(paths, "@os", "path", "@cleared", "@locked")
	for _, entry := range paths.at("path").many() {
		in, isIn := entry.at(include).text()
		out, isOut := entry.at(exclude).text()
		switch {
		case isIn == isOut:
			f.known = false
		case isIn:
			f.in = append(f.in, in)
			f.keep(include, in, entry)
		default:
			f.out = append(f.out, out)
			f.keep(exclude, out, entry)
		}
	}
	return f
}

func (f *files) keep(attribute, path string, entry *node) {
	if len(entry.names) > 1 {
		f.kept[attribute+path] = entry.Raw
	}
}

// written is the pathset as the vendor takes it. Without files in there is nothing to leave out.
func (f *files) written(in, out []string) string {
	if len(in) == 0 {
		out = nil
	}
	var entries []string
	for _, path := range in {
		entries = append(entries, f.entry(include, path))
	}
	for _, path := range out {
		entries = append(entries, f.entry(exclude, path))
	}
	cleared := "false"
	if len(entries) == 0 {
		cleared = "true"
	}
	return `{"paths":{"@os":` + quoted(f.system) + `,"path":[` + strings.Join(entries, ",") + `],"@cleared":"` + cleared + `"` + f.extra + `}}`
}

func (f *files) entry(attribute, path string) string {
	if kept, ok := f.kept[attribute+path]; ok {
		return kept
	}
	return `{"` + attribute + `":` + quoted(path) + `,"@und":"false"}`
}

// extras answers the other members of an object, each with a comma before it.
func extras(n *node, known ...string) string {
	var members strings.Builder
	for _, name := range n.names {
		if !slices.Contains(known, name) {
			members.WriteString("," + quoted(name) + ":" + n.fields[name].Raw)
		}
	}
	return members.String()
}

// patternLists is which patterns of files a backup set leaves out, on every system and on each.
type patternLists struct {
	lists map[string]patternList // by name of the value
	extra string
}

type patternList struct {
	known   bool
	texts   []string
	entries map[string]string // as JSON, by pattern
	raw     string            // the whole list, when it is not known
}

// inPatterns tells what the vendor calls each list, in the order in which they are written.
func inPatterns() []struct{ list, name string } {
	return []struct{ list, name string }{{patterns, "pattern"}, {patternsWindows, "windows"}, {patternsMacintosh, "macintosh"}, {patternsLinux, "linux"}}
}

// readPatterns reads excludeUser as the vendor writes it: a list of one, or an object around a patternList.
func readPatterns(n *node) patternLists {
	p := patternLists{lists: map[string]patternList{}}
	around := n.many()
	if len(around) > 1 {
		return p
	}
	var lists *node
	if len(around) == 1 {
		lists = around[0]
		if inner := lists.at("patternList"); inner != nil {
			if len(inner.many()) != 1 {
				return p
			}
			lists = inner.many()[0]
		}
		if !lists.isObject() {
			return p
		}
		p.extra = extras(lists, "pattern", "windows", "macintosh", "linux", "@locked")
	} else if !n.isArray() {
		return p
	}
	for _, one := range inPatterns() {
		p.lists[one.list] = readPatternList(lists.at(one.name))
	}
	return p
}

// readPatternList reads one list: the patterns themselves, or objects that hold them.
func readPatternList(n *node) patternList {
	l := patternList{known: true, texts: []string{}, entries: map[string]string{}}
	if n != nil {
		l.raw = n.Raw
	}
	for _, item := range n.many() {
		found := []*node{item}
		if item.at("@regex") == nil {
			found = item.at("pattern").many()
			l.known = l.known && item.isObject() && extras(item, "pattern") == ""
		}
		for _, entry := range found {
			text, ok := entry.at("@regex").text()
			l.known = l.known && ok
			l.texts = append(l.texts, text)
			l.entries[text] = entry.Raw
		}
	}
	return l
}

func (p *patternLists) canonical(name string) (string, bool) {
	l := p.lists[name]
	if !l.known {
		return listOf(nil), false
	}
	return listOf(l.texts), true
}

// written is excludeUser as the vendor takes it, with the lists that change; the others stay as they are.
func (p *patternLists) written(changed map[string][]string) string {
	var members []string
	for _, one := range inPatterns() {
		list := p.lists[one.list]
		texts, ok := changed[one.list]
		if !ok {
			texts = list.texts
		}
		var entries []string
		for _, text := range texts {
			entry, kept := list.entries[text]
			if !kept {
				entry = `{"@regex":` + quoted(text) + `}`
			}
			entries = append(entries, entry)
		}
		value := "[" + strings.Join(entries, ",") + "]"
		if one.name != "pattern" {
			value = `{"pattern":` + value + `}`
		}
		if !list.known {
			value = list.raw
		}
		members = append(members, `"`+one.name+`":`+value)
	}
	return `{"patternList":{` + strings.Join(members, ",") + p.extra + `}}`
}

// use is a destination that a backup set uses.
type use struct {
	id     string
	locked bool
	raw    string
}

// lockMark stands after the id of a locked destination in a canonical value.
const lockMark = "!"

// readUsed reads the destinations of a set; nil when they are of a form that the portal does not know.
func readUsed(n *node) []use {
	list := n.many()
	if n.isObject() && n.at("@id") == nil {
		list = n.at("destination").many()
		if n.at("destination") == nil && !n.at("@cleared").is("true") {
			return nil
		}
	}
	used := []use{}
	for _, item := range list {
		id, ok := item.at("@id").text()
		twice := slices.ContainsFunc(used, func(u use) bool { return u.id == id })
		if !ok || id == "" || twice || strings.HasSuffix(id, lockMark) {
			return nil
		}
		used = append(used, use{id: id, locked: item.locked(), raw: item.Raw})
	}
	return used
}

func canonicalUse(used []use) (string, bool) {
	ids := []string{}
	for _, u := range slices.SortedFunc(slices.Values(used), func(a, b use) int { return cmp.Compare(a.id, b.id) }) {
		ids = append(ids, marked(u.id, u.locked))
	}
	return listOf(ids), used != nil
}

func marked(id string, locked bool) string {
	if locked {
		return id + lockMark
	}
	return id
}

// offeredIDs reads the list of destinations that an organization or a device is offered.
func offeredIDs(n *node) ([]string, bool) {
	ids := []string{}
	for _, item := range n.many() {
		id, ok := item.at("guid").text()
		if !ok {
			return nil, false
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids, true
}

// writtenUse is a set's destinations as the vendor takes them: what was used stays in its place, what is new comes after.
func writtenUse(used []use, wanted []string) string {
	if len(wanted) == 0 {
		return `{"@cleared":"true"}`
	}
	var entries []string
	left := slices.Clone(wanted)
	for _, u := range used {
		at := slices.IndexFunc(left, func(w string) bool { return strings.TrimSuffix(w, lockMark) == u.id })
		if at < 0 {
			continue
		}
		if left[at] == marked(u.id, u.locked) {
			entries = append(entries, u.raw)
		} else {
			entries = append(entries, writtenDestination(left[at]))
		}
		left = slices.Delete(left, at, at+1)
	}
	for _, w := range left {
		entries = append(entries, writtenDestination(w))
	}
	return "[" + strings.Join(entries, ",") + "]"
}

func writtenDestination(wanted string) string {
	id, locked := strings.CutSuffix(wanted, lockMark)
	if locked {
		return `{"@id":` + quoted(id) + `,"@locked":"true"}`
	}
	return `{"@id":` + quoted(id) + `}`
}
