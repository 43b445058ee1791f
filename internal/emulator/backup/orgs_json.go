package backup

// orgParts are the parts of an org object that come only when asked for.
type orgParts struct{ counts, settings, defaults, inherited, usmtFiles bool }

// everyOrgPart is the whole document, which is what a change of it is answered with.
func everyOrgPart() orgParts {
	return orgParts{counts: true, settings: true, defaults: true, inherited: true, usmtFiles: true}
}

// orgParts reads what is asked for; device defaults bring the counts and the files of migrations along (wire: section 3.6).
func (c *call) orgParts() orgParts {
	defaults := c.isTrue("incDeviceDefaults")
	return orgParts{
		counts: c.isTrue("incCounts") || defaults, settings: c.isTrue("incSettings"), defaults: defaults,
		inherited: c.isTrue("incInheritedOrgInfo"), usmtFiles: c.isTrue("incWindowsUsmtFiles") || defaults,
	}
}

// appendOrg writes an org object, the same for v1 and v3 (wire: section 3.2).
func (t *tenant) appendOrg(w *document, i int32, with orgParts) {
	o := &t.orgs[i]
	w.open('{')
	w.number("orgId", firstOrgID+int64(i))
	w.digits("orgUid", o.uid)
	w.text("orgGuid", o.guid)
	w.text("orgName", o.name)
	w.textOrNull("orgExtRef", o.extRef)
	w.textOrNull("notes", o.notes)
	w.text("status", status(o.active, o.blocked))
	w.boolean("active", o.active)
	w.boolean("blocked", o.blocked)
	if o.parent < 0 {
		w.null("parentOrgId")
		w.null("parentOrgUid")
		w.null("parentOrgGuid")
	} else {
		w.number("parentOrgId", firstOrgID+int64(o.parent))
		w.digits("parentOrgUid", t.orgs[o.parent].uid)
		w.text("parentOrgGuid", t.orgs[o.parent].guid)
	}
	w.text("type", "ENTERPRISE")
	w.text("classification", "BASIC")
	w.digits("externalId", o.uid)
	w.raw("hierarchyCounts", "{}")
	w.raw("configInheritanceCounts", "{}")
	w.date("creationDate", o.created)
	w.date("modificationDate", o.modified)
	w.date("deactivationDate", o.deactivated)
	w.text("registrationKey", o.key)
	w.raw("reporting", `{"orgManagers":[]}`)
	w.boolean("customConfig", o.settings != nil && o.settings.defaults != nil)
	if with.settings {
		t.appendOrgSettings(w, i)
	} else {
		w.raw("settings", `{"maxSeats":null,"maxBytes":null}`)
		w.raw("settingsInherited", `{"maxSeats":"","maxBytes":""}`)
		w.raw("settingsSummary", `{"maxSeats":"","maxBytes":""}`)
	}
	if with.inherited {
		t.appendProviders(w, i)
	}
	if with.counts {
		t.appendOrgCounts(w, i)
	}
	if with.defaults {
		document, from := t.deviceDefaults(i)
		configured := t.orgs[from].created
		if s := t.orgs[from].settings; s != nil && s.configured > 0 {
			configured = s.configured
		}
		w.node("deviceDefaults", dated(document, configured))
	}
	if with.usmtFiles {
		w.raw("windowsUsmtFiles", `{"USER":{"filename":""},"APP":{"filename":""},"DOCS":{"filename":""},"CONFIG":{"filename":""},"CUSTOM":{"filename":""}}`)
	}
	w.close('}')
}

// appendOrgCounts writes the counts over the org and everything below it.
func (t *tenant) appendOrgCounts(w *document, i int32) {
	var devices, users int64
	for _, at := range t.subtree(i) {
		devices += int64(len(t.orgs[at].devices))
		users += int64(t.orgs[at].users)
	}
	w.number("computerCount", devices)
	w.number("shareDeviceCount", 0)
	w.number("backupDeviceCount", devices)
	w.number("backupComputerCount", devices)
	w.number("userCount", users)
	w.number("licensedUserCount", users)
	w.number("orgCount", int64(len(t.subtree(i))-1))
	w.number("planCount", devices)
}

// status words the state of an org or a user.
func status(active, blocked bool) string {
	words := "Deactivated"
	if active {
		words = "Active"
	}
	if blocked {
		words += ", Blocked"
	}
	return words
}
