package backup

// holdMatterWire is a matter as it travels; the dialects differ in what is not read here (wire: section 5.2).
type holdMatterWire struct {
	LegalHoldUID      text   `json:"legalHoldUid"`
	Name              text   `json:"name"`
	Description       text   `json:"description"`
	ExternalReference text   `json:"externalReference"`
	HoldExtRef        text   `json:"holdExtRef"` // its name in v1
	Active            flag   `json:"active"`
	CreationDate      moment `json:"creationDate"`
}

func (w holdMatterWire) identified() bool { return w.LegalHoldUID != "" }

func (w holdMatterWire) matter() HoldMatter {
	m := HoldMatter{
		UID: string(w.LegalHoldUID), Name: string(w.Name), Description: string(w.Description),
		ExternalReference: string(w.ExternalReference), Active: bool(w.Active), Created: w.CreationDate.time(),
	}
	if m.ExternalReference == "" {
		m.ExternalReference = string(w.HoldExtRef)
	}
	return m
}

// holdMembershipWire is a membership as it travels, in all dialects.
type holdMembershipWire struct {
	LegalHoldMembershipUID text   `json:"legalHoldMembershipUid"`
	Active                 flag   `json:"active"`
	CreationDate           moment `json:"creationDate"`
	LegalHold              struct {
		LegalHoldUID text `json:"legalHoldUid"`
		Name         text `json:"name"`
	} `json:"legalHold"`
	User struct {
		UserUID  text `json:"userUid"`
		Username text `json:"username"`
	} `json:"user"`
}

func (w holdMembershipWire) identified() bool {
	return w.LegalHoldMembershipUID != "" && w.User.UserUID != ""
}

func (w holdMembershipWire) membership() HoldMembership {
	return HoldMembership{
		UID: string(w.LegalHoldMembershipUID), MatterUID: string(w.LegalHold.LegalHoldUID), MatterName: string(w.LegalHold.Name),
		UserUID: string(w.User.UserUID), Username: string(w.User.Username), Active: bool(w.Active), Created: w.CreationDate.time(),
	}
}

// coldArchiveWire is a row of cold storage (wire: section 6).
type coldArchiveWire struct {
	ArchiveGUID           text   `json:"archiveGuid"`
	ArchiveBytes          whole  `json:"archiveBytes"`
	ArchiveHoldExpireDate moment `json:"archiveHoldExpireDate"`
}

func (w coldArchiveWire) identified() bool { return w.ArchiveGUID != "" }

func (w coldArchiveWire) archive() ColdArchive {
	return ColdArchive{GUID: string(w.ArchiveGUID), Bytes: int64(w.ArchiveBytes), Expires: w.ArchiveHoldExpireDate.time()}
}

// orgSettingsWire is the part of an organization's settings that says how long archives are kept (wire: section 3.6). The
// summary is what holds in the end; settings are its own and may be left to the organization above.
type orgSettingsWire struct {
	OrgUID    text       `json:"orgUid"`
	Summary   quotasWire `json:"settingsSummary"`
	Own       quotasWire `json:"settings"`
	Inherited quotasWire `json:"settingsInherited"`
}

type quotasWire struct {
	ArchiveHoldDays      text `json:"archiveHoldDays"`
	IsUsingQuotaDefaults flag `json:"isUsingQuotaDefaults"`
}

func (w orgSettingsWire) identified() bool { return w.OrgUID != "" }

// archiveHoldDays is "" when none of the three places tells.
func (w orgSettingsWire) archiveHoldDays() string {
	of := []text{w.Summary.ArchiveHoldDays, w.Own.ArchiveHoldDays, w.Inherited.ArchiveHoldDays}
	if w.Own.IsUsingQuotaDefaults {
		of[1], of[2] = of[2], of[1]
	}
	for _, days := range of {
		if days != "" {
			return string(days)
		}
	}
	return ""
}
