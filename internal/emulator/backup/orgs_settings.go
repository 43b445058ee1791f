package backup

// usualHoldDays is how long archives stay in cold storage where nobody says otherwise.
const usualHoldDays = 60

// holdDays is how long archives of an org stay in cold storage: as it says itself, or the nearest one above that does.
func (t *tenant) holdDays(i int32) int32 {
	for at := i; at >= 0; at = t.orgs[at].parent {
		if days := t.orgs[at].holdDays; days > 0 {
			return days
		}
	}
	return usualHoldDays
}

// appendOrgSettings writes what an org says itself, what it would have from above, and what holds (wire: section 3.6).
func (t *tenant) appendOrgSettings(w *document, i int32) {
	o := &t.orgs[i]
	inherited := int64(usualHoldDays)
	if o.parent >= 0 {
		inherited = int64(t.holdDays(o.parent))
	}
	quotas := func(key string, days int64, known bool) {
		w.key(key)
		w.open('{')
		w.number("maxSeats", -1)
		w.number("maxBytes", -1)
		if known {
			w.number("archiveHoldDays", days)
		} else {
			w.null("archiveHoldDays")
		}
		w.number("defaultUserMaxBytes", -1)
		w.number("webRestoreUserLimitMb", 250)
		w.number("webRestoreAdminLimitMb", 500)
		w.number("warnInDays", 3)
		w.number("alertInDays", 14)
		w.raw("recipients", "[]")
		w.boolean("usernameIsAnEmail", true)
	}
	quotas("settings", int64(o.holdDays), o.holdDays > 0)
	w.key("destinations")
	w.open('[')
	for _, d := range destinations() {
		w.open('{')
		w.number("destinationId", d.id)
		w.text("guid", d.guid)
		w.text("destinationName", d.name)
		w.text("type", "CLUSTER")
		w.close('}')
	}
	w.close(']')
	w.boolean("isUsingDestinationDefaults", true)
	w.boolean("isUsingQuotaDefaults", o.holdDays == 0)
	w.boolean("isUsingReportingDefaults", true)
	w.close('}')
	quotas("settingsInherited", inherited, true)
	w.close('}')
	quotas("settingsSummary", int64(t.holdDays(i)), true)
	w.close('}')
}
