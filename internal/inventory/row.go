package inventory

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"backup-portal/internal/backup"
)

// deviceRow sums a device up for the mirror. The newest completed backup over all destinations counts, and the stored
// bytes of all destinations are added, whatever the archive's format.
func deviceRow(d backup.Device, username string, seenAt time.Time) Device {
	row := Device{
		GUID: d.GUID, VendorID: strconv.FormatInt(int64(d.ID), 10),
		Name: clean(d.Name), HostName: clean(d.HostName), ExternalReference: clean(d.ExternalReference),
		OrgUID: d.OrgUID, UserUID: d.UserUID, Username: clean(username),
		Status: clean(d.Status), Active: d.Active, Blocked: d.Blocked,
		Deauthorized: strings.Contains(d.Status, "Deauthorized"),
		Alert:        len(d.Alerts) > 0, Alerts: clean(strings.Join(d.Alerts, ",")),
		OSName: clean(d.OSName), OSVersion: clean(d.OSVersion), ClientVersion: clean(d.ClientVersion),
		LastConnected: d.LastConnected, Created: d.Created, SeenAt: seenAt,
	}
	for _, b := range d.Backups {
		if b.LastCompleted.After(row.LastCompleted) {
			row.LastCompleted = b.LastCompleted
		}
		row.StoredBytes = min(row.StoredBytes+min(max(b.ArchiveBytes, 0), mostBytes), mostBytes)
		if b.ArchiveGUID != "" {
			row.Archives++
		}
		if b.DestinationGUID != "" {
			row.Destinations = append(row.Destinations, Destination{GUID: clean(b.DestinationGUID), Name: clean(b.DestinationName)})
		}
	}
	slices.SortFunc(row.Destinations, func(a, b Destination) int { return strings.Compare(a.GUID, b.GUID) })
	row.Destinations = slices.CompactFunc(row.Destinations, func(a, b Destination) bool { return a.GUID == b.GUID })
	return row
}

// mostBytes is more than any device stores, and so little that the sum over an organization can be counted.
const mostBytes = 1 << 50

func userRow(u backup.User) User {
	return User{
		UID: u.UID, Username: clean(u.Username), Email: clean(u.Email),
		Name:   clean(strings.TrimSpace(u.FirstName + " " + u.LastName)),
		OrgUID: u.OrgUID, Active: u.Active, Blocked: u.Blocked,
	}
}

// longestText is how many characters of one text of the vendor's are kept: any laptop names itself, and its name stands
// in lists and, for ever, in the audit log.
const longestText = 1000

// clean makes the vendor's text storable in every database: valid UTF-8 without NUL, of bounded length.
func clean(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
	if len(text) <= longestText {
		return text
	}
	n, cut := 0, 0
	for i := range text {
		if n++; n == longestText {
			cut = i
		}
		if n > longestText {
			return text[:cut] + "…"
		}
	}
	return text
}

// fromRow is what the mirror's row tells of a device, in the shape of a live reading; its backups are not known.
func fromRow(row Device) backup.Device {
	d := backup.Device{
		GUID: row.GUID, Name: row.Name, HostName: row.HostName, Status: row.Status, Active: row.Active, Blocked: row.Blocked,
		UserUID: row.UserUID, OrgUID: row.OrgUID, ExternalReference: row.ExternalReference,
		OSName: row.OSName, OSVersion: row.OSVersion, ClientVersion: row.ClientVersion,
		LastConnected: row.LastConnected, Created: row.Created,
	}
	if row.Alerts != "" {
		d.Alerts = strings.Split(row.Alerts, ",")
	}
	return d
}
