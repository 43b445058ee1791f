package store

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"backup-portal/internal/inventory"
)

// search is the meaning of a query, written down without SQL: all it selects, in order.
func (f *fleet) search(q inventory.DeviceQuery) []inventory.Device {
	var found []inventory.Device
	for _, d := range f.devices {
		if f.selects(q, d) {
			found = append(found, d)
		}
	}
	slices.SortFunc(found, func(a, b inventory.Device) int {
		order := cmp.Compare(inventory.SortKey(a.Name), inventory.SortKey(b.Name))
		switch q.Sort {
		case inventory.ByConnected:
			order = a.LastConnected.Compare(b.LastConnected)
		case inventory.ByCompleted:
			order = a.LastCompleted.Compare(b.LastCompleted)
		case inventory.ByStored:
			order = cmp.Compare(a.StoredBytes, b.StoredBytes)
		}
		return cmp.Or(order, cmp.Compare(a.GUID, b.GUID))
	})
	if q.Descending {
		slices.Reverse(found)
	}
	return found
}

func (f *fleet) selects(q inventory.DeviceQuery, d inventory.Device) bool {
	flag := func(want *bool, is bool) bool { return want == nil || *want == is }
	value := func(want, is string) bool { return want == "" || want == is }
	return inScope(q, d.OrgPath) &&
		(q.OrgUID == "" || inScope(q, f.paths[q.OrgUID]) && strings.HasPrefix(d.OrgPath, f.paths[q.OrgUID])) &&
		(q.OrgUID == "" || !q.Directly || d.OrgUID == q.OrgUID) &&
		flag(q.Active, d.Active) && flag(q.Blocked, d.Blocked) && flag(q.Alert, d.Alert) && flag(q.Deauthorized, d.Deauthorized) &&
		flag(q.OnHold, d.OnHold) &&
		value(q.UserUID, d.UserUID) && value(q.OS, d.OSName) && value(q.ClientVersion, d.ClientVersion) &&
		(q.Destination == "" || slices.ContainsFunc(d.Destinations, func(to inventory.Destination) bool { return to.GUID == q.Destination })) &&
		during(q.Connected, d.LastConnected) && during(q.Completed, d.LastCompleted) && during(q.Created, d.Created) &&
		holdsText(d, q.Text) && !f.spared(q, d)
}

func inScope(q inventory.DeviceQuery, path string) bool {
	return slices.ContainsFunc(q.Scope.Paths, func(p string) bool { return p != "" && strings.HasPrefix(path, p) })
}

func during(r inventory.TimeRange, at time.Time) bool {
	return (!r.Never || at.IsZero()) &&
		(r.After.IsZero() || !at.IsZero() && !at.Before(r.After)) && (r.Before.IsZero() || !at.IsZero() && at.Before(r.Before))
}

func holdsText(d inventory.Device, asked string) bool {
	text := strings.TrimSpace(inventory.Fold(asked))
	fields := []string{d.GUID, d.Name, d.HostName, d.Username, d.ExternalReference}
	return text == "" || slices.ContainsFunc(fields, func(field string) bool {
		field = inventory.Fold(field)
		field = strings.ToValidUTF8(field[:min(400, len(field))], "")
		if utf8.RuneCountInString(text) <= 2 {
			return strings.HasPrefix(field, text)
		}
		return strings.Contains(field, text)
	})
}

// spared tells whether a device is one of its person's newest that the query leaves out.
func (f *fleet) spared(q inventory.DeviceQuery, d inventory.Device) bool {
	if q.KeepNewest <= 0 || d.UserUID == "" {
		return false
	}
	var theirs []inventory.Device
	for _, e := range f.devices {
		if e.UserUID == d.UserUID && inScope(q, e.OrgPath) && (q.Active == nil || *q.Active == e.Active) {
			theirs = append(theirs, e)
		}
	}
	slices.SortFunc(theirs, func(a, b inventory.Device) int {
		return cmp.Or(b.LastConnected.Compare(a.LastConnected), cmp.Compare(b.GUID, a.GUID))
	})
	newest := theirs[:min(q.KeepNewest, len(theirs))]
	return slices.ContainsFunc(newest, func(e inventory.Device) bool { return e.GUID == d.GUID })
}

// facets counts each listed value with the list that it leads to.
func (f *fleet) facets(q inventory.DeviceQuery, listed inventory.Facets, now time.Time) inventory.Facets {
	recount := func(list []inventory.Tally, devices func(value string) int) []inventory.Tally {
		list = slices.Clone(list)
		for i := range list {
			list[i].Count = devices(list[i].Value)
		}
		return list
	}
	with := func(change func(*inventory.DeviceQuery, string)) func(string) int {
		return func(value string) int {
			changed := q
			change(&changed, value)
			return len(f.search(changed))
		}
	}
	want := listed
	want.States = recount(listed.States, with(func(q *inventory.DeviceQuery, value string) {
		q.Active, q.Blocked, q.Deauthorized, q.Alert = nil, nil, nil, nil
		switch inventory.DeviceState(value) {
		case inventory.StateActive:
			q.Active, q.Blocked, q.Deauthorized = new(true), new(false), new(false)
		case inventory.StateBlocked:
			q.Active, q.Blocked = new(true), new(true)
		case inventory.StateDeauthorized:
			q.Active, q.Blocked, q.Deauthorized = new(true), new(false), new(true)
		case inventory.StateDeactivated:
			q.Active = new(false)
		case inventory.StateAlert:
			q.Alert = new(true)
		}
	}))
	want.OS = recount(listed.OS, with(func(q *inventory.DeviceQuery, value string) { q.OS = value }))
	want.Clients = recount(listed.Clients, with(func(q *inventory.DeviceQuery, value string) { q.ClientVersion = value }))
	want.Destinations = recount(listed.Destinations, with(func(q *inventory.DeviceQuery, value string) { q.Destination = value }))
	want.Backups = recount(listed.Backups, func(value string) int {
		without := q
		without.Completed = inventory.TimeRange{}
		n := 0
		for _, d := range f.search(without) {
			if d.Active && string(ageAt(now, d.LastCompleted)) == value {
				n++
			}
		}
		return n
	})
	return want
}

func ageAt(now, at time.Time) inventory.BackupAge {
	switch age := now.Sub(at); {
	case at.IsZero():
		return inventory.AgeNever
	case age <= day:
		return inventory.AgeDay
	case age <= 7*day:
		return inventory.AgeWeek
	case age <= 30*day:
		return inventory.AgeMonth
	default:
		return inventory.AgeOlder
	}
}

// summary sums up a scope's devices one by one.
func (f *fleet) summary(scope inventory.Scope, now time.Time) inventory.DeviceSummary {
	var s inventory.DeviceSummary
	count := func(n *int, when bool) {
		if when {
			*n++
		}
	}
	for _, d := range f.search(inventory.DeviceQuery{Scope: scope}) {
		age := ageAt(now, d.LastCompleted)
		s.StoredBytes += d.StoredBytes
		count(&s.Total, true)
		count(&s.Alert, d.Alert)
		count(&s.Active, d.Active && !d.Blocked && !d.Deauthorized)
		count(&s.ActiveBlocked, d.Active && d.Blocked)
		count(&s.Deauthorized, d.Active && !d.Blocked && d.Deauthorized)
		count(&s.Deactivated, !d.Active)
		count(&s.Stale30Days, d.Active && ageAt(now, d.LastConnected) == inventory.AgeOlder)
		count(&s.NeverConnected, d.Active && d.LastConnected.IsZero())
		count(&s.Under1Day, d.Active && age == inventory.AgeDay)
		count(&s.Under7Days, d.Active && age == inventory.AgeWeek)
		count(&s.Under30Days, d.Active && age == inventory.AgeMonth)
		count(&s.Over30Days, d.Active && age == inventory.AgeOlder)
		count(&s.Never, d.Active && age == inventory.AgeNever)
	}
	return s
}
