package settings

import "strings"

// inherited fills what is in force of an organization's value that can come from above.
func (s *Sheet) inherited(e entry) entry {
	if e.Secret {
		return e
	}
	flag, _ := s.flagOf(e.Inherits)
	switch {
	case e.Key == QuotaInherited || e.Key == ReportingInherited:
		if e.Own != "true" && s.root.at("parentOrgUid").isNil() && s.root.at("parentOrgId").isNil() {
			e.forbid("There is no organization above.")
		}
	case e.Group == SignIn && e.Absent:
		// Null stands for the value from above, which only the summary tells.
		e.inForce(s.root.at("settingsSummary", e.name()))
	case flag == "true" && !strings.HasSuffix(string(e.Key), ".inherited"):
		e.inForce(s.root.at("settingsInherited", e.name()))
		e.Inherited = true
		_, e.Provider, _ = s.Inherits(e.Inherits)
	}
	return e
}

// name is the last part of the key: what the vendor calls the value.
func (e *entry) name() string {
	_, name, _ := cutLast(string(e.Key))
	return name
}

func (e *entry) inForce(above *node) {
	if above.isNil() {
		return
	}
	if canonical, ok := canonicalOf(above, e.Property); ok {
		e.Effective, e.Inherited, e.Absent = canonical, true, e.Absent && e.Group != SignIn
	}
}

// providedDefaults tells of an organization's device defaults whose they are.
func (s *Sheet) providedDefaults(e entry) entry {
	if e.Inherits == ByDeviceDefaults {
		e.Inherited, e.Provider, _ = s.Inherits(ByDeviceDefaults)
	}
	return e
}

// flags names the vendor's flags of what is inherited together, and who is then said to provide it.
func flags(by Inheritance) (flag, provider string) {
	switch by {
	case ByQuota:
		return "isUsingQuotaDefaults", "orgUidProvidingOrg"
	case ByReporting:
		return "isUsingReportingDefaults", "orgUidProvidingOrg"
	case ByDestinations:
		return "isUsingDestinationDefaults", "orgUidProvidingDestinations"
	case ByDeviceDefaults:
		return "", "orgUidProvidingDeviceDefaults"
	}
	return "", ""
}

// flagOf answers an inheritance's flag as the document has it.
func (s Sheet) flagOf(by Inheritance) (string, bool) {
	flag, _ := flags(by)
	if flag == "" {
		return "", false
	}
	return s.root.at("settings", flag).text()
}

// Inherits tells whether the organization follows the level above, and who provides the values; known is false where the document
// does not tell.
func (s Sheet) Inherits(by Inheritance) (follows bool, provider string, known bool) {
	_, field := flags(by)
	if field == "" || s.device || s.root == nil {
		return false, "", false
	}
	who := s.root.at("orgInheritDto", field)
	uid, _ := who.text()
	if s.root.at("orgUid").is(uid) {
		uid = ""
	}
	if by == ByDeviceDefaults {
		return uid != "", uid, who != nil
	}
	flag, known := s.flagOf(by)
	if flag != "true" {
		return false, "", known
	}
	return true, uid, known
}

// providers answers the uids of the organizations above by the numbers with which packets name them, as far as the
// document tells both.
func (s *Sheet) providers() map[string]string {
	uids := map[string]string{}
	note := func(id, uid *node) {
		if number, ok := id.text(); ok {
			uids[number], _ = uid.text()
		}
	}
	for _, what := range []string{"Org", "Destinations", "DeviceDefaults"} {
		above := s.root.at("orgInheritDto")
		note(above.at("orgIdProviding"+what), above.at("orgUidProviding"+what))
	}
	note(s.root.at("parentOrgId"), s.root.at("parentOrgUid"))
	return uids
}
