package handlers

import (
	"strings"
	"time"

	"backup-portal/internal/inventory"
	"backup-portal/web/templates"
)

// deviceColumn is one column of the list and of its exports. Keys are the vendor's own names where there is one, so that
// a table exported here reads like one from the vendor's command line.
type deviceColumn struct {
	key, label string
	sort       string // its order in the address; "" for none
	first      string // "-" where the list is sorted downwards first
	class      string // how wide
	number     bool
	value      func(inventory.Device) any // exported: string, int64, time.Time, []string or []inventory.Destination
	cell       func(clock, inventory.Device) templates.Cell
}

// nameColumn is always there.
const nameColumn = "name"

// deviceColumns lists every column in the order in which they are offered.
func deviceColumns() []deviceColumn {
	return []deviceColumn{
		{
			key: nameColumn, label: "Device", sort: "name", class: "k-name",
			value: func(d inventory.Device) any { return d.Name },
			cell: func(_ clock, d inventory.Device) templates.Cell {
				return templates.Cell{Text: d.Name, URL: deviceURL(d.GUID)}
			},
		},
		{
			key: "status", label: "State", class: "k-state",
			value: func(d inventory.Device) any { return d.Status },
			cell:  func(_ clock, d inventory.Device) templates.Cell { return templates.Cell{States: deviceStates(d)} },
		},
		textColumn("organization", "Organization", "k-text", func(d inventory.Device) string { return d.OrgName }),
		textColumn("username", "User", "k-wide", func(d inventory.Device) string { return d.Username }),
		timeColumn("lastConnected", "Connected", "connected", func(d inventory.Device) time.Time { return d.LastConnected }),
		timeColumn("lastCompletedBackup", "Backed up", "backup", func(d inventory.Device) time.Time { return d.LastCompleted }),
		countColumn("totalStorageBytes", "Stored", "stored", size, func(d inventory.Device) int64 { return d.StoredBytes }),
		textColumn("productVersion", "Client", "k-num", func(d inventory.Device) string { return d.ClientVersion }),
		{
			key: "osName", label: "System", class: "k-short",
			value: func(d inventory.Device) any { return d.OSName },
			cell:  func(_ clock, d inventory.Device) templates.Cell { return templates.Cell{Text: osName(d.OSName)} },
		},
		textColumn("osVersion", "System version", "k-text", func(d inventory.Device) string { return d.OSVersion }),
		idColumn("guid", "GUID", func(d inventory.Device) string { return d.GUID }),
		textColumn("osHostname", "Host name", "k-text", func(d inventory.Device) string { return d.HostName }),
		{
			key: "alerts", label: "Alerts", class: "k-text",
			value: func(d inventory.Device) any { return alertNames(d.Alerts) },
			cell:  func(_ clock, d inventory.Device) templates.Cell { return templates.Cell{Text: alertWords(d.Alerts)} },
		},
		textColumn(holdColumn, "Legal hold", "k-short", func(d inventory.Device) string {
			if d.OnHold {
				return "on hold"
			}
			return ""
		}),
		{
			key: "destinations", label: "Destinations", class: "k-text",
			value: func(d inventory.Device) any { return d.Destinations },
			cell: func(_ clock, d inventory.Device) templates.Cell {
				return templates.Cell{Text: destinationNames(d.Destinations)}
			},
		},
		countColumn("archiveCount", "Archives", "", func(n int64) string { return number(int(n)) }, func(d inventory.Device) int64 { return int64(d.Archives) }),
		timeColumn("creationDate", "Created", "", func(d inventory.Device) time.Time { return d.Created }),
		textColumn("externalReference", "Reference", "k-text", func(d inventory.Device) string { return d.ExternalReference }),
		idColumn("userUid", "User UID", func(d inventory.Device) string { return d.UserUID }),
		idColumn("orgUid", "Organization UID", func(d inventory.Device) string { return d.OrgUID }),
		textColumn("computerId", "Computer ID", "k-text", func(d inventory.Device) string { return d.VendorID }),
	}
}

// usualColumns are what a person sees who chose none.
func usualColumns() []string {
	return []string{nameColumn, "status", "organization", "username", "lastConnected", "lastCompletedBackup", "totalStorageBytes", "productVersion"}
}

// vendorColumns are the columns of the vendor's command line, in its order.
func vendorColumns() []string {
	return []string{
		"computerId", "guid", nameColumn, "osHostname", "status", "lastConnected", "creationDate", "productVersion", "osName", "osVersion", "userUid",
	}
}

func textColumn(key, label, class string, of func(inventory.Device) string) deviceColumn {
	return deviceColumn{
		key: key, label: label, class: class, number: class == "k-num", value: func(d inventory.Device) any { return of(d) },
		cell: func(_ clock, d inventory.Device) templates.Cell { return templates.Cell{Text: of(d)} },
	}
}

func idColumn(key, label string, of func(inventory.Device) string) deviceColumn {
	return deviceColumn{
		key: key, label: label, class: "k-id", value: func(d inventory.Device) any { return of(d) },
		cell: func(_ clock, d inventory.Device) templates.Cell { return templates.Cell{Text: of(d), ID: true} },
	}
}

func timeColumn(key, label, order string, of func(inventory.Device) time.Time) deviceColumn {
	return deviceColumn{
		key: key, label: label, sort: order, class: "k-num", number: true, value: func(d inventory.Device) any { return of(d) },
		cell: func(k clock, d inventory.Device) templates.Cell { return templates.Cell{Time: k.short(of(d))} },
	}
}

func countColumn(key, label, order string, words func(int64) string, of func(inventory.Device) int64) deviceColumn {
	return deviceColumn{
		key: key, label: label, sort: order, first: "-", class: "k-num", number: true, value: func(d inventory.Device) any { return of(d) },
		cell: func(_ clock, d inventory.Device) templates.Cell { return templates.Cell{Text: words(of(d))} },
	}
}

// deviceStates are a device's state and, when there is one, its alert.
func deviceStates(d inventory.Device) []templates.State {
	states := []templates.State{deviceState(d.Active, d.Blocked, d.Deauthorized)}
	if d.Alert {
		states = append(states, templates.State{Shape: "alert", Tone: "bad", Word: "Alert", Title: alertWords(d.Alerts)})
	}
	return states
}

func deviceState(active, blocked, deauthorized bool) templates.State {
	switch {
	case !active && blocked:
		return templates.State{Shape: "off", Word: "Deactivated, blocked"}
	case !active:
		return templates.State{Shape: "off", Word: "Deactivated"}
	case blocked:
		return templates.State{Shape: "blocked", Tone: "bad", Word: "Active, blocked"}
	case deauthorized:
		return templates.State{Shape: "deauth", Tone: "warn", Word: "Active, deauthorized"}
	}
	return templates.State{Shape: "ok", Tone: "ok", Word: "Active"}
}

// alertNames are the vendor's names of a device's alerts.
func alertNames(alerts string) []string {
	var names []string
	for name := range strings.SplitSeq(alerts, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// alertWords puts the vendor's alert names into words; unknown ones stay as the vendor wrote them.
func alertWords(alerts string) string {
	known := map[string]string{
		"CriticalConnectionAlert": "Critical connection alert", "CriticalBackupAlert": "Critical backup alert",
		"WarningConnectionAlert": "Connection warning", "WarningBackupAlert": "Backup warning",
	}
	names := alertNames(alerts)
	for i, name := range names {
		if words, ok := known[name]; ok {
			names[i] = words
		}
	}
	return strings.Join(names, ", ")
}

func destinationNames(list []inventory.Destination) string {
	names := make([]string, 0, len(list))
	for _, d := range list {
		names = append(names, d.Name)
	}
	return strings.Join(names, ", ")
}
