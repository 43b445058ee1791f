package settings_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"

	"pgregory.net/rapid"

	"backup-portal/internal/settings"
)

// generated is a made-up document with where each value stands in it: names of fields, and places in lists.
type generated struct {
	text    []byte
	packets []byte
	paths   map[settings.Key][]string
}

// member is a field of an object; fields come in any order.
type member struct {
	name  string
	value any // a raw JSON text, an object or a list
}

type (
	raw    string
	object []member
	list   []any
)

// maker makes documents up. The shapes are drawn, so that they shrink; what fills them comes from a seed, because drawing
// each text would take most of the time.
type maker struct {
	t     *rapid.T
	r     *rand.Rand
	paths map[settings.Key][]string
}

func newMaker(t *rapid.T) *maker {
	seed := rapid.Uint64().Draw(t, "seed")
	return &maker{t: t, r: rand.New(rand.NewPCG(seed, 1)), paths: map[settings.Key][]string{}}
}

func (m *maker) one(texts ...string) string { return texts[m.r.IntN(len(texts))] }

// chance is true once in n times.
func (m *maker) chance(n int) bool { return m.r.IntN(n) == 0 }

// hostile are texts that somebody could give a device, a set or a path.
func hostile() []string {
	return []string{
		"", "Engineering", "<script>alert(1)</script>", `=HYPERLINK("http://x")`, "\u202eevil\u202c", "a\\b\"c", "ünïcödé 😀", "  spaced  ",
		"{\"data\":{}}", "@locked", "#text", "x.y|z#1*?", strings.Repeat("long", 80), "(a+)+$", "\u2028", "'; DROP TABLE",
	}
}

func (m *maker) text() string { return m.one(hostile()...) }

// quote writes a text as JSON, now and then with escapes that nobody needs.
func (m *maker) quote(text string) raw {
	plain, _ := json.Marshal(text)
	if m.chance(4) && text != "" && text[0] >= 'a' && text[0] <= 'z' {
		return raw(fmt.Sprintf(`"\u%04x%s`, text[0], plain[2:]))
	}
	return raw(plain)
}

// scalar writes a value of the tree in one of its forms.
func (m *maker) scalar(text string) any {
	switch m.r.IntN(12) {
	case 0:
		return object{{"@locked", raw(`"true"`)}, {"#text", m.quote(text)}}
	case 1:
		return object{{"@nil", raw(`"true"`)}}
	case 2:
		return object{{"#text", m.quote(text)}, {"@note", raw(`18446744073709551617`)}}
	}
	return m.quote(text)
}

func (m *maker) bool() string { return m.one("true", "false") }

// at remembers where a value stands; path is a format with the set's number.
func (m *maker) at(k settings.Key, path ...string) { m.paths[k] = path }

// render writes a document with the spaces and the order of fields that its seed says.
func (m *maker) render(value any) []byte {
	var b strings.Builder
	spaces := []string{"", "", " ", "\n\t", "\r\n "}[m.r.IntN(5)]
	m.write(&b, value, spaces)
	return []byte(spaces + b.String() + spaces)
}

func (m *maker) write(b *strings.Builder, value any, space string) {
	switch v := value.(type) {
	case raw:
		b.WriteString(string(v))
	case list:
		b.WriteString("[" + space)
		for i, item := range v {
			if i > 0 {
				b.WriteString("," + space)
			}
			m.write(b, item, space)
		}
		b.WriteString(space + "]")
	case object:
		b.WriteString("{" + space)
		for i, at := range m.r.Perm(len(v)) {
			if i > 0 {
				b.WriteString("," + space)
			}
			b.WriteString(string(m.quote(v[at].name)) + space + ":" + space)
			m.write(b, v[at].value, space)
		}
		b.WriteString(space + "}")
	}
}

// filler are fields that the portal knows nothing of.
func (m *maker) filler() object {
	var fields object
	for i := range m.r.IntN(4) {
		values := []any{raw("9007199254740993"), raw("-0.10E+2"), raw("null"), m.quote(m.text()), list{raw("1"), object{}}, object{{"@locked", raw(`"true"`)}, {"#text", raw(`"-1"`)}}}
		fields = append(fields, member{fmt.Sprintf("unknown%d", i), values[m.r.IntN(len(values))]})
	}
	return fields
}

// organization makes up an organization's document.
func (m *maker) organization() generated {
	parent := m.one(`"917669379999160001"`, `"917669379999160001"`, "null")
	for key, name := range map[settings.Key]string{"general.name": "orgName", "general.reference": "orgExtRef", "general.notes": "notes"} {
		m.at(key, name)
	}
	for _, key := range strings.Fields(`quota.maxSeats quota.maxBytes quota.defaultUserMaxBytes quota.archiveHoldDays
		reporting.warnInDays reporting.alertInDays reporting.recipients restore.webRestoreUserLimitMb restore.webRestoreAdminLimitMb`) {
		_, name, _ := strings.Cut(key, ".")
		m.at(settings.Key(key), "settings", name)
	}
	m.at(settings.QuotaInherited, "settings", "isUsingQuotaDefaults")
	m.at(settings.ReportingInherited, "settings", "isUsingReportingDefaults")
	fields := append(m.filler(), object{
		{"orgId", raw("4200")},
		{"orgUid", raw(`"944755074379520001"`)},
		{"orgName", m.quote("o" + m.text())},
		{"orgExtRef", m.optional()},
		{"notes", m.optional()},
		{"parentOrgId", raw("42")},
		{"parentOrgUid", raw(parent)},
		{"registrationKey", m.quote("ABCD-EFGH")},
		{"orgInheritDto", object{{"orgUidProvidingDeviceDefaults", raw(m.one(`null`, `"917669379999160001"`))}}},
	}...)
	if !m.chance(20) {
		fields = append(fields, member{"settings", m.orgSettings(true)}, member{"settingsInherited", m.orgSettings(false)})
	}
	if !m.chance(20) {
		fields = append(fields, member{"deviceDefaults", append(m.filler(), member{"serviceBackupConfig", m.config("deviceDefaults", "serviceBackupConfig")})})
	}
	g := generated{text: m.render(fields), paths: m.paths}
	if !m.chance(10) {
		g.packets = m.render(m.packets())
	}
	return g
}

func (m *maker) optional() any {
	if m.chance(3) {
		return raw("null")
	}
	return m.quote(m.text())
}

func (m *maker) orgSettings(own bool) object {
	maybe := func(text string) any {
		switch m.r.IntN(12) {
		case 0:
			return raw("null")
		case 1:
			return object{{"@locked", raw(`"true"`)}, {"#text", raw(text)}}
		case 2:
			return raw(`"` + text + `"`)
		}
		return raw(text)
	}
	fields := append(m.filler(), object{
		{"maxSeats", maybe(m.one("-1", "0", "99"))},
		{"maxBytes", maybe(m.one("-1", "5000000000", "1"))},
		{"defaultUserMaxBytes", maybe(m.one("-1", "50000000000"))},
		{"defaultUserMobileQuota", raw("-1")},
		{"archiveHoldDays", maybe(m.one("14", "365"))},
		{"webRestoreUserLimitMb", maybe("250")},
		{"webRestoreAdminLimitMb", maybe("500")},
		{"warnInDays", maybe("3")},
		{"alertInDays", maybe("14")},
		{"recipients", list{raw(`"ops@example.com"`)}[:m.r.IntN(2)]},
		{"reportSchedule", raw(`"SM_WHF_"`)},
		{"ldapServerIds", raw(m.one("null", "[0]"))},
		{"destinations", destinationList()},
	}...)
	if own {
		fields = append(fields, object{
			{"isUsingQuotaDefaults", raw(m.bool())},
			{"isUsingReportingDefaults", raw(m.bool())},
			{"isUsingDestinationDefaults", raw(m.bool())},
		}...)
	}
	return fields
}

func destinationList() list {
	return list{
		object{{"destinationId", raw("14")}, {"guid", raw(`"43"`)}, {"destinationName", raw(`"Cloud US"`)}},
		object{{"destinationId", raw("15")}, {"guid", raw(`"632540230984925185"`)}, {"destinationName", raw(`"Cloud US West"`)}},
	}
}

// device makes up a device's document.
func (m *maker) device() generated {
	for key, name := range map[settings.Key]string{"general.name": "name", "general.reference": "computerExtRef", "general.notes": "notes"} {
		m.at(key, name)
	}
	fields := append(m.filler(), object{
		{"computerId", raw("2682772")},
		{"guid", raw(`"1222906893738553990"`)},
		{"name", m.quote("d" + m.text())},
		{"computerExtRef", m.optional()},
		{"notes", m.optional()},
		{"version", raw("1525200006822")},
		{"availableDestinations", destinationList()},
	}...)
	if !m.chance(20) {
		fields = append(fields, member{"settings", append(m.filler(),
			member{"configDateMs", raw(`"1727000000000"`)},
			member{"javaMemoryHeapMax", m.scalar("512")},
			member{"serviceBackupConfig", m.config("settings", "serviceBackupConfig")})})
	}
	return generated{text: m.render(fields), paths: m.paths}
}

// config makes up device defaults, or a device's own values.
func (m *maker) config(under ...string) object {
	fields := m.filler()
	put := func(name, text string) {
		m.at(settings.Key("defaults."+name), append(under[:len(under):len(under)], name)...)
		if !m.chance(20) {
			fields = append(fields, member{name, m.scalar(text)})
		}
	}
	for _, name := range []string{"warningEmailEnabled", "severeEmailEnabled", "backupStatusEmailEnabled"} {
		put(name, m.bool())
	}
	for _, name := range []string{"minutesUntilWarning", "minutesUntilSevere", "backupStatusEmailFreqInMinutes"} {
		put(name, m.one("4320", "5040", "1", "4321", "soon"))
	}
	sets := m.sets(append(under[:len(under):len(under)], "backupConfig", "backupSets"))
	return append(fields, member{"backupConfig", append(m.filler(), member{"backupSets", sets})})
}

func (m *maker) packets() object {
	var fields object
	put := func(name, text string) {
		fields = append(fields, member{name, object{
			{"scope", raw(`"ORG"`)}, {"value", m.quote(text)}, {"locked", raw(m.one("false", "false", "true"))}, {"id", raw(m.one("4200", "42", "1"))},
		}})
	}
	for _, name := range strings.Fields(`device_webRestore_enabled org-securityTools-enable device_advancedExfiltrationDetection_enabled
		org-securityTools-device-detection-enable org-securityTools-cloud-detection-enable org-securityTools-open-file-detection-enable
		org_securityTools_printer_detection_enable device_fileForensics_enabled`) {
		if !m.chance(3) {
			put(name, m.bool())
		}
	}
	put("device_org_winAppActivity_binaryWhitelist", m.one("", "a.exe", "a.exe,b.exe"))
	put("device_network_utilization_schedule", `{"mon":{"included":"true"}}`)
	return fields
}
