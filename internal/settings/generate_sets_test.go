package settings_test

import (
	"fmt"
	"strconv"

	"pgregory.net/rapid"

	"backup-portal/internal/settings"
)

// sets makes up the container of backup sets in one of its forms; path is where it stands.
func (m *maker) sets(path []string) any {
	n := rapid.IntRange(0, 3).Draw(m.t, "sets")
	locked := rapid.Bool().Draw(m.t, "number of sets locked")
	under := func(i int) []string {
		at := path[:len(path):len(path)]
		switch {
		case locked && n == 1:
			return append(at, "backupSet")
		case locked:
			return append(at, "backupSet", strconv.Itoa(i))
		}
		return append(at, strconv.Itoa(i))
	}
	var sets list
	for i := range n {
		sets = append(sets, m.set(i, under(i)))
	}
	switch {
	case !locked:
		return sets
	case n == 1:
		return object{{"@locked", raw(`"true"`)}, {"backupSet", sets[0]}}
	}
	return object{{"@locked", raw(`"true"`)}, {"backupSet", sets}}
}

func (m *maker) set(i int, path []string) object {
	id := m.one("1", "2", "510001", "a.b") + strconv.Itoa(i)
	at := func(name string, path ...string) { m.at(settings.Key("set."+id+"."+name), path...) }
	below := func(names ...string) []string { return append(path[:len(path):len(path)], names...) }
	fields := append(m.filler(), member{"@id", m.quote(id)})
	put := func(fields *object, name, text string, path ...string) {
		at(name, append(path[:len(path):len(path)], name)...)
		if !m.chance(15) {
			*fields = append(*fields, member{name, m.scalar(text)})
		}
	}
	if m.chance(6) {
		fields = append(fields, member{"@locked", raw(`"true"`)})
	}
	for _, name := range []string{"backupOpenFiles", "watchFiles", "encryptionEnabled", "visible"} {
		put(&fields, name, m.bool(), path...)
	}
	put(&fields, "name", m.one("Default set", "Other set", m.text()), path...)
	put(&fields, "priority", strconv.Itoa(i+1), path...)
	put(&fields, "compression", m.one("ON", "OFF", "SOME"), path...)
	put(&fields, "dataDeDuplication", m.one("AUTOMATIC", "FULL"), path...)
	put(&fields, "dataDeDupAutoMaxFileSize", m.one("1073741824", "0"), path...)
	put(&fields, "dataDeDupAutoMaxFileSizeForWan", "0", path...)
	put(&fields, "scanInterval", m.one("86400000", "3600001"), path...)
	put(&fields, "scanTime", m.one("03:00", "3:00", "late"), path...)
	retention := m.filler()
	put(&retention, "backupFrequency", m.one("900000", "60000"), below("retentionPolicy")...)
	put(&retention, "keepDeleted", m.bool(), below("retentionPolicy")...)
	for _, name := range []string{"keepDeletedMinutes", "versionLastWeekInterval", "versionLastNinetyDaysInterval", "versionLastYearInterval", "versionPrevYearsInterval"} {
		put(&retention, name, m.one("0", "15", "1440", "129600"), below("retentionPolicy")...)
	}
	for _, name := range []string{"includes", "excludes"} {
		at(name, below("backupPaths", "pathset")...)
	}
	for _, name := range []string{"patterns", "patternsWindows", "patternsMacintosh", "patternsLinux"} {
		at(name, below("backupPaths", "excludeUser")...)
	}
	for _, name := range []string{"runAlways", "runDays", "runStart", "runEnd"} {
		at(name, below("backupRunWindow")...)
	}
	at("destinations", below("destinations")...)
	return append(fields, object{
		{"retentionPolicy", retention},
		{"backupPaths", append(m.filler(), object{{"lastModified", m.scalar("1")}, {"pathset", m.pathset()}, {"excludeUser", m.excludeUser()}}...)},
		{"backupRunWindow", m.runWindow()},
		{"destinations", m.destinations()},
	}...)
}

// pathset is one of the forms of the specification: read and written, locked or not, with none, one and many.
func (m *maker) pathset() any {
	shape := rapid.IntRange(0, 5).Draw(m.t, "pathset")
	system := member{"@os", raw(`"Linux"`)}
	cleared := member{"@cleared", raw(`"true"`)}
	path := m.pathEntries()
	switch shape {
	case 0:
		return list{object{cleared, system}}
	case 1:
		return list{object{{"paths", object{system, cleared, {"path", list{}}}}}}
	case 2:
		return object{{"@locked", raw(`"true"`)}, {"paths", object{system, {"path", path}}}}
	case 3:
		return object{{"paths", object{system, {"path", path}, {"@cleared", raw(`"false"`)}}}}
	case 4:
		return list{object{system, {"path", path}}, object{system, {"path", path}}}
	}
	return list{append(object{system, {"path", path}}, m.filler()...)}
}

// pathEntries is a list of paths, or one in its place.
func (m *maker) pathEntries() any {
	var entries list
	for i := range 1 + m.r.IntN(3) {
		attribute := "@include"
		if i > 0 && m.chance(2) {
			attribute = "@exclude"
		}
		entry := object{{attribute, m.quote(fmt.Sprintf("/%d/%s", i, m.text()))}}
		if m.chance(3) {
			entry = append(entry, member{"@und", raw(`"true"`)})
		}
		entries = append(entries, entry)
	}
	if len(entries) == 1 {
		return entries[0]
	}
	return entries
}

func (m *maker) excludeUser() any {
	shape := rapid.IntRange(0, 3).Draw(m.t, "excludeUser")
	lists := m.filler()
	for _, system := range []string{"windows", "macintosh", "linux"} {
		switch m.r.IntN(5) {
		case 0:
			lists = append(lists, member{system, object{{"pattern", m.regexes()}}})
		case 1:
			lists = append(lists, member{system, list{object{{"pattern", m.regexes()}}}})
		case 2:
			lists = append(lists, member{system, raw(`{"unheard":"of"}`)})
		default:
			lists = append(lists, member{system, list{}})
		}
	}
	if m.chance(2) {
		lists = append(lists, member{"pattern", m.regexes()})
	}
	switch shape {
	case 0:
		return object{{"@locked", raw(`"true"`)}, {"patternList", lists}}
	case 1:
		return object{{"patternList", lists}}
	}
	return list{lists}
}

func (m *maker) regexes() any {
	var entries list
	for i := range 1 + m.r.IntN(3) {
		entries = append(entries, object{{"@regex", m.quote(strconv.Itoa(i) + m.text())}})
	}
	if len(entries) == 1 {
		return entries[0]
	}
	return entries
}

func (m *maker) runWindow() any {
	window := object{
		{"@always", raw(`"` + m.bool() + `"`)},
		{"@days", raw(m.one(`"SMTWHFS"`, `"_MTWHF_"`, `"MTWHF"`))},
		{"@startTimeOfDay", raw(`"01:00"`)},
		{"@endTimeOfDay", raw(`"06:00"`)},
	}
	switch m.r.IntN(5) {
	case 0:
		return object{{"@locked", raw(`"true"`)}, {"runWindow", window}}
	case 1:
		return window
	}
	return list{window}
}

func (m *maker) destinations() any {
	first, second := object{{"@id", raw(`"43"`)}}, object{{"@id", raw(`"632540230984925185"`)}}
	if m.chance(2) {
		first = append(first, member{"@locked", raw(`"true"`)})
	}
	switch rapid.IntRange(0, 5).Draw(m.t, "destinations") {
	case 0:
		return object{{"@cleared", raw(`"true"`)}}
	case 1:
		return list{}
	case 2: // of a legal hold
		return object{{"@locked", raw(`"true"`)}, {"destination", list{first}}}
	case 3:
		return list{second}
	}
	return list{first, second}
}
