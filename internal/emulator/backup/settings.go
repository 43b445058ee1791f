package backup

import (
	_ "embed"
	"slices"
	"strconv"
)

// usualHoldDays is how long archives stay in cold storage where nobody says otherwise.
const usualHoldDays = 60

//go:embed documents/defaults.json
var defaultsDocument string

//go:embed documents/device.json
var deviceDocument string

// templates are the documents that everything starts from.
type templates struct {
	defaults *node // an organization's deviceDefaults
	device   *node // a device's settings, without what comes from the organization
	set      *node // a backup set
}

func newTemplates() templates {
	t := templates{defaults: mustParse(defaultsDocument), device: mustParse(deviceDocument)}
	t.set = setsOf(t.defaults.get(backupSetsPath()...))[0]
	return t
}

// mustParse is for documents that are part of the program.
func mustParse(document string) *node {
	n, err := parseTree([]byte(document))
	if err != nil {
		panic(err)
	}
	return n
}

// backupSetsPath leads from deviceDefaults to the container of the backup sets.
func backupSetsPath() []string { return []string{"serviceBackupConfig", "backupConfig", "backupSets"} }

// settingGroup is what is inherited together, under one flag of the document.
type settingGroup uint8

const (
	ungrouped settingGroup = iota
	quotaGroup
	reportingGroup
)

// setting is one key of an organization's settings and what holds where no organization says anything (wire: section 3.3).
type setting struct {
	key    string
	group  settingGroup
	usual  string
	absent bool // null in the document of an organization that does not say it itself
}

func orgSettingKeys() [23]setting {
	return [...]setting{
		{key: "maxSeats", group: quotaGroup, usual: "-1"},
		{key: "maxBytes", group: quotaGroup, usual: "-1"},
		{key: "archiveHoldDays", group: quotaGroup, usual: strconv.Itoa(usualHoldDays)},
		{key: "defaultUserMaxBytes", group: quotaGroup, usual: "-1"},
		{key: "defaultUserMobileQuota", group: quotaGroup, usual: "-1"},
		{key: "webRestoreUserLimitMb", usual: "250"},
		{key: "webRestoreAdminLimitMb", usual: "500"},
		{key: "warnInDays", group: reportingGroup, usual: "3"},
		{key: "alertInDays", group: reportingGroup, usual: "14"},
		{key: "recipients", group: reportingGroup, usual: "[]"},
		{key: "reportLastSent", usual: "null"},
		{key: "reportSchedule", group: reportingGroup, usual: `"_______"`},
		{key: "sendReports", group: reportingGroup, usual: "false"},
		{key: "usernameIsAnEmail", usual: "true"},
		{key: "ldapServerIds", usual: "[0]", absent: true},
		{key: "radiusServerIds", usual: "[0]", absent: true},
		{key: "ssoIdentityProviderUids", usual: `["0"]`, absent: true},
		{key: "securityKeyType", usual: `"AccountPassword"`},
		{key: "securityKeyLocked", usual: "true"},
		{key: "autoOfferSelf", usual: "false"},
		{key: "allowLocalFolders", usual: "true"},
		{key: "defaultRoles", usual: "[]"},
		{key: "isSimpleOrg", usual: "false"},
	}
}

// orgSettings is what an organization says itself; everything that is not here comes from the one above.
type orgSettings struct {
	groups     [3]map[string]*node // by settingGroup; a group that is nil follows as a whole
	locked     map[string]bool     // settings that no client changes
	offered    []string            // destinations, by guid; nil as above
	defaults   *node               // deviceDefaults; nil as above
	configured int64               // when defaults were last written
	packets    map[string]packet
}

// packet is one setting of the other kind: each is inherited by itself (wire: section 3.3).
type packet struct {
	value  string
	locked bool
}

// own makes room for what an organization says itself.
func (t *tenant) own(i int32) *orgSettings {
	o := &t.orgs[i]
	if o.settings == nil {
		o.settings = &orgSettings{}
	}
	return o.settings
}

// provider is the nearest organization, from i upwards, that the condition holds for; the root when there is none.
func (t *tenant) provider(i int32, says func(*orgSettings) bool) int32 {
	for at := i; ; at = t.orgs[at].parent {
		if s := t.orgs[at].settings; s != nil && says(s) || t.orgs[at].parent < 0 {
			return at
		}
	}
}

// effective is the value that holds for an organization; a parent of -1 asks for what holds where nobody says anything.
func (t *tenant) effective(i int32, s setting) *node {
	for at := i; at >= 0; at = t.orgs[at].parent {
		if own := t.orgs[at].settings; own != nil && own.groups[s.group][s.key] != nil {
			return own.groups[s.group][s.key]
		}
	}
	return rawNode(s.usual)
}

// holdDays is how long archives of an org stay in cold storage.
func (t *tenant) holdDays(i int32) int32 {
	hold := setting{key: "archiveHoldDays", group: quotaGroup, usual: strconv.Itoa(usualHoldDays)}
	days, _ := strconv.ParseInt(t.effective(i, hold).text(), 10, 32)
	return int32(days)
}

// offered lists the destinations that devices of an organization can use.
func (t *tenant) offered(i int32) []destination {
	at := t.provider(i, func(s *orgSettings) bool { return s.offered != nil })
	all := destinations()
	own := t.orgs[at].settings
	if own == nil || own.offered == nil {
		return all[:]
	}
	return slices.DeleteFunc(slices.Clone(all[:]), func(d destination) bool { return !slices.Contains(own.offered, d.guid) })
}

func offers(offered []destination, guid string) bool {
	return slices.ContainsFunc(offered, func(d destination) bool { return d.guid == guid })
}

// deviceDefaults is the document that devices of an organization start from, and the organization that provides it.
func (t *tenant) deviceDefaults(i int32) (document *node, from int32) {
	from = t.provider(i, func(s *orgSettings) bool { return s.defaults != nil })
	document = t.templates.defaults
	if s := t.orgs[from].settings; s != nil && s.defaults != nil {
		document = s.defaults
	}
	offered := t.offered(i)
	if len(offered) == len(destinations()) {
		return document, from
	}
	return document.with(restrictSets(document.get(backupSetsPath()...), offered), backupSetsPath()...), from
}
