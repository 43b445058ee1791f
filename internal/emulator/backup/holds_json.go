package backup

// holdForm is one of the ways in which legal hold is spoken of (wire: section 5.2).
type holdForm int

const (
	holdObjects holdForm = iota // v38: lists inside an object
	holdArrays                  // v27: bare lists
	holdV1                      // v1 and v4: lists inside an object, other names
)

func (t *tenant) appendPrincipal(w *document, k string, p principal) {
	w.key(k)
	w.open('{')
	if p.client != "" {
		w.text("type", "API_KEY")
		w.text("principalId", p.client)
		w.text("displayName", p.client)
		w.close('}')
		return
	}
	u := &t.users[p.user]
	w.text("type", "USER")
	w.digits("principalId", u.uid)
	w.text("displayName", u.username)
	w.key("user")
	w.open('{')
	w.text("email", u.email)
	w.textOrNull("firstName", u.firstName)
	w.textOrNull("lastName", u.lastName)
	w.close('}')
	w.close('}')
}

// appendHoldUser writes who somebody is, as memberships and v1 say it.
func (t *tenant) appendHoldUser(w *document, k string, who int32) {
	u := &t.users[who]
	w.key(k)
	w.open('{')
	w.digits("userUid", u.uid)
	w.text("username", u.username)
	w.text("email", u.email)
	w.null("userExtRef")
	w.close('}')
}

func (t *tenant) appendPolicy(w *document, i int32) {
	p := &t.holds.policies[i]
	w.open('{')
	w.digits("legalHoldPolicyUid", p.uid)
	w.text("name", p.name)
	u := &t.users[p.creator.user]
	w.key("creatorUser")
	w.open('{')
	w.digits("userUid", u.uid)
	w.number("userId", firstUserID+int64(p.creator.user))
	w.text("username", u.username)
	w.text("email", u.email)
	w.textOrNull("firstName", u.firstName)
	w.textOrNull("lastName", u.lastName)
	w.close('}')
	w.date("creationDate", p.created)
	w.date("modificationDate", p.created)
	w.raw("policy", `{"backupOpenFiles":true,"compression":"ON","dataDeDupAutoMaxFileSizeForLan":1073741824,`+
		`"dataDeDupAutoMaxFileSizeForWan":0,"dataDeDuplication":"FULL","encryptionEnabled":true,"scanIntervalMillis":86400000,`+
		`"scanTime":"03:00","watchFiles":true,"destinations":[],`+
		`"backupRunWindow":{"alwaysRun":true,"startTimeOfDay":"01:00","endTimeOfDay":"06:00","days":["SUNDAY","MONDAY","TUESDAY","WEDNESDAY","THURSDAY","FRIDAY","SATURDAY"]},`+
		`"backupPaths":{"paths":[],"excludePatterns":{"windows":[],"linux":[],"macintosh":[],"all":[]}},`+
		`"retentionPolicy":{"backupFrequencyMillis":900000,"keepDeleted":true,"keepDeletedMinutes":0,"versionLastWeekIntervalMinutes":15,`+
		`"versionLastNinetyDaysIntervalMinutes":1440,"versionLastYearIntervalMinutes":10080,"versionPrevYearsIntervalMinutes":43200}}`)
	w.close('}')
}

// appendMatter names the policy in both ways, which one of the vendor's own tools needs.
func (t *tenant) appendMatter(w *document, i int32, form holdForm) {
	m := &t.holds.matters[i]
	w.open('{')
	w.digits("legalHoldUid", m.uid)
	w.text("name", m.name)
	w.textOrNull("description", m.description)
	w.textOrNull("notes", m.notes)
	w.boolean("active", m.active)
	w.date("creationDate", m.created)
	w.digits("policyId", t.holds.policies[m.policy].uid)
	w.digits("holdPolicyUid", t.holds.policies[m.policy].uid)
	switch {
	case form == holdV1:
		w.textOrNull("holdExtRef", m.extRef)
		w.date("lastModified", m.modified)
		t.appendHoldUser(w, "creator", m.creator.user)
	case m.creator.client != "":
		w.textOrNull("externalReference", m.extRef)
		w.date("lastModifiedDate", m.modified)
		t.appendPrincipal(w, "creator", m.creator)
	default:
		w.textOrNull("externalReference", m.extRef)
		w.date("lastModified", m.modified)
		t.appendPrincipal(w, "creator", m.creator)
	}
	w.close('}')
}

func (t *tenant) appendMembership(w *document, i int32) {
	m := &t.holds.memberships[i]
	w.open('{')
	w.digits("legalHoldMembershipUid", m.uid)
	w.boolean("active", m.active)
	w.date("creationDate", m.created)
	w.key("legalHold")
	w.open('{')
	w.digits("legalHoldUid", t.holds.matters[m.matter].uid)
	w.text("name", t.holds.matters[m.matter].name)
	w.close('}')
	t.appendHoldUser(w, "user", m.user)
	w.close('}')
}

func (t *tenant) appendHoldEvent(w *document, i int32, form holdForm) {
	e := &t.holds.events[i]
	w.open('{')
	w.digits("eventUid", e.uid)
	if form == holdV1 {
		w.text("eventType", e.kind.v1())
	} else {
		w.text("eventType", e.kind.word())
	}
	w.date("eventDate", e.at)
	w.digits("legalHoldUid", t.holds.matters[e.matter].uid)
	if e.membership >= 0 {
		w.digits("legalHoldMembershipUid", t.holds.memberships[e.membership].uid)
	}
	if form == holdV1 {
		t.appendFlat(w, "actor", e.actor.user)
	} else {
		t.appendPrincipal(w, "actorPrincipal", e.actor)
	}
	if e.membership >= 0 {
		custodian := t.holds.memberships[e.membership].user
		if form == holdV1 {
			t.appendFlat(w, "custodian", custodian)
		} else {
			t.appendPrincipal(w, "custodianPrincipal", principal{user: custodian})
		}
	}
	w.close('}')
}

// appendFlat writes a person the way v1 events do: one field for each part.
func (t *tenant) appendFlat(w *document, prefix string, who int32) {
	u := &t.users[who]
	w.digits(prefix+"UserUid", u.uid)
	w.text(prefix+"Username", u.username)
	w.textOrNull(prefix+"FirstName", u.firstName)
	w.textOrNull(prefix+"LastName", u.lastName)
	w.null(prefix + "UserExtRef")
	w.text(prefix+"Email", u.email)
}
