package backup

import (
	"encoding/json"
	"slices"
	"time"
)

// deviceWire is a device as it travels (wire: section 2.2).
type deviceWire struct {
	ComputerID       whole        `json:"computerId"`
	GUID             text         `json:"guid"`
	Name             text         `json:"name"`
	OSHostname       text         `json:"osHostname"`
	Status           text         `json:"status"`
	Active           flag         `json:"active"`
	Blocked          flag         `json:"blocked"`
	AlertStates      texts        `json:"alertStates"`
	UserUID          text         `json:"userUid"`
	OrgUID           text         `json:"orgUid"`
	ComputerExtRef   text         `json:"computerExtRef"`
	Notes            text         `json:"notes"`
	OSName           text         `json:"osName"`
	OSVersion        text         `json:"osVersion"`
	OSArch           text         `json:"osArch"`
	ProductVersion   text         `json:"productVersion"`
	BuildVersion     text         `json:"buildVersion"`
	Address          text         `json:"address"`
	RemoteAddress    text         `json:"remoteAddress"`
	TimeZone         text         `json:"timeZone"`
	Service          text         `json:"service"`
	LastConnected    moment       `json:"lastConnected"`
	CreationDate     moment       `json:"creationDate"`
	ModificationDate moment       `json:"modificationDate"`
	LoginDate        moment       `json:"loginDate"`
	BackupUsage      []backupWire `json:"backupUsage"`
}

func (w deviceWire) identified() bool { return w.GUID != "" }

func (w deviceWire) device() Device {
	d := Device{
		ID: DeviceID(w.ComputerID), GUID: string(w.GUID), Name: string(w.Name), HostName: string(w.OSHostname),
		Status: string(w.Status), Active: bool(w.Active), Blocked: bool(w.Blocked), Alerts: alerts(w.AlertStates),
		UserUID: string(w.UserUID), OrgUID: string(w.OrgUID), ExternalReference: string(w.ComputerExtRef), Notes: string(w.Notes),
		OSName: string(w.OSName), OSVersion: string(w.OSVersion), OSArch: string(w.OSArch),
		ClientVersion: string(w.ProductVersion), ClientBuild: string(w.BuildVersion),
		Address: string(w.Address), RemoteAddress: string(w.RemoteAddress), TimeZone: string(w.TimeZone), Service: string(w.Service),
		LastConnected: w.LastConnected.time(), Created: w.CreationDate.time(), Modified: w.ModificationDate.time(), LoggedIn: w.LoginDate.time(),
	}
	if len(w.BackupUsage) > 0 {
		d.Backups = convert(w.BackupUsage, backupWire.backup)
	}
	return d
}

// backupWire is one element of backupUsage (wire: section 2.3).
type backupWire struct {
	TargetComputerGUID  text    `json:"targetComputerGuid"`
	TargetComputerName  text    `json:"targetComputerName"`
	ArchiveGUID         text    `json:"archiveGuid"`
	ArchiveFormat       text    `json:"archiveFormat"`
	SelectedFiles       whole   `json:"selectedFiles"`
	SelectedBytes       whole   `json:"selectedBytes"`
	TodoFiles           whole   `json:"todoFiles"`
	TodoBytes           whole   `json:"todoBytes"`
	ArchiveBytes        whole   `json:"archiveBytes"`
	SendRateAverage     whole   `json:"sendRateAverage"`
	PercentComplete     decimal `json:"percentComplete"`
	LastBackup          moment  `json:"lastBackup"`
	LastCompletedBackup moment  `json:"lastCompletedBackup"`
	LastConnected       moment  `json:"lastConnected"`
	AlertStates         texts   `json:"alertStates"`
	Activity            struct {
		Connected         flag  `json:"connected"`
		BackingUp         flag  `json:"backingUp"`
		Restoring         flag  `json:"restoring"`
		TimeRemainingInMs whole `json:"timeRemainingInMs"`
	} `json:"activity"`
}

func (w backupWire) backup() Backup {
	return Backup{
		DestinationGUID: string(w.TargetComputerGUID), DestinationName: string(w.TargetComputerName),
		ArchiveGUID: string(w.ArchiveGUID), ArchiveFormat: string(w.ArchiveFormat),
		SelectedFiles: int64(w.SelectedFiles), SelectedBytes: int64(w.SelectedBytes),
		TodoFiles: int64(w.TodoFiles), TodoBytes: int64(w.TodoBytes), ArchiveBytes: int64(w.ArchiveBytes),
		SendRate: int64(w.SendRateAverage), PercentComplete: float64(w.PercentComplete),
		LastBackup: w.LastBackup.time(), LastCompleted: w.LastCompletedBackup.time(), LastConnected: w.LastConnected.time(),
		Alerts: alerts(w.AlertStates), Connected: bool(w.Activity.Connected), BackingUp: bool(w.Activity.BackingUp),
		Restoring: bool(w.Activity.Restoring), Remaining: milliseconds(w.Activity.TimeRemainingInMs),
	}
}

// milliseconds is a duration; what a time.Duration cannot hold, or makes no sense, is none.
func milliseconds(n whole) time.Duration {
	if n < 0 || n > whole(1<<62/time.Millisecond) {
		return 0
	}
	return time.Duration(n) * time.Millisecond
}

func alerts(states texts) []string {
	return slices.DeleteFunc([]string(states), func(s string) bool { return s == "OK" })
}

// orgWire is an organization as it travels; v1 rows and v3 documents agree on these fields (wire: section 3.2).
type orgWire struct {
	OrgID            whole  `json:"orgId"`
	OrgUID           text   `json:"orgUid"`
	OrgGUID          text   `json:"orgGuid"`
	OrgName          text   `json:"orgName"`
	OrgExtRef        text   `json:"orgExtRef"`
	Notes            text   `json:"notes"`
	Status           text   `json:"status"`
	Active           flag   `json:"active"`
	Blocked          flag   `json:"blocked"`
	ParentOrgUID     text   `json:"parentOrgUid"`
	Type             text   `json:"type"`
	Classification   text   `json:"classification"`
	CreationDate     moment `json:"creationDate"`
	ModificationDate moment `json:"modificationDate"`
}

func (w orgWire) identified() bool { return w.OrgUID != "" }

func (w orgWire) org() Org {
	return Org{
		ID: OrgID(w.OrgID), UID: string(w.OrgUID), GUID: string(w.OrgGUID), Name: string(w.OrgName),
		ExternalReference: string(w.OrgExtRef), Notes: string(w.Notes), Status: string(w.Status),
		Active: bool(w.Active), Blocked: bool(w.Blocked), ParentUID: string(w.ParentOrgUID),
		Type: string(w.Type), Classification: string(w.Classification),
		Created: w.CreationDate.time(), Modified: w.ModificationDate.time(),
	}
}

// userWire is a user as it travels (wire: section 4.2).
type userWire struct {
	UserID           whole     `json:"userId"`
	UserUID          text      `json:"userUid"`
	Username         text      `json:"username"`
	Email            text      `json:"email"`
	FirstName        text      `json:"firstName"`
	LastName         text      `json:"lastName"`
	Status           text      `json:"status"`
	Active           flag      `json:"active"`
	Blocked          flag      `json:"blocked"`
	OrgUID           text      `json:"orgUid"`
	OrgName          text      `json:"orgName"`
	UserExtRef       text      `json:"userExtRef"`
	Notes            text      `json:"notes"`
	QuotaInBytes     *whole    `json:"quotaInBytes"`
	Roles            roleNames `json:"roles"`
	CreationDate     moment    `json:"creationDate"`
	ModificationDate moment    `json:"modificationDate"`
}

func (w userWire) identified() bool { return w.UserUID != "" }

func (w userWire) user() User {
	u := User{
		ID: UserID(w.UserID), UID: string(w.UserUID), Username: string(w.Username), Email: string(w.Email),
		FirstName: string(w.FirstName), LastName: string(w.LastName), Status: string(w.Status),
		Active: bool(w.Active), Blocked: bool(w.Blocked), OrgUID: string(w.OrgUID), OrgName: string(w.OrgName),
		ExternalReference: string(w.UserExtRef), Notes: string(w.Notes), Quota: -1, Roles: w.Roles,
		Created: w.CreationDate.time(), Modified: w.ModificationDate.time(),
	}
	if w.QuotaInBytes != nil {
		u.Quota = int64(*w.QuotaInBytes)
	}
	return u
}

// roleNames reads roles given as names or as role objects.
type roleNames []string

func (l *roleNames) UnmarshalJSON(raw []byte) error {
	*l = nil
	var many []json.RawMessage
	_ = json.Unmarshal(raw, &many) // anything but a list is none
	for _, one := range many {
		if s, ok := scalar(one); ok {
			*l = append(*l, s)
			continue
		}
		var role struct {
			Name text `json:"roleName"`
			ID   text `json:"roleId"`
		}
		if json.Unmarshal(one, &role) == nil && role.Name+role.ID != "" {
			if role.Name == "" {
				role.Name = role.ID
			}
			*l = append(*l, string(role.Name))
		}
	}
	return nil
}

type tenantWire struct {
	TenantUID text `json:"tenantUid"`
}

func (w tenantWire) identified() bool { return w.TenantUID != "" }
