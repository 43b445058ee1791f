package inventory

import (
	"cmp"
	"iter"
	"maps"
	"slices"
)

// DeviceCell is a number of devices that are alike in all that facets and summaries count by.
type DeviceCell struct {
	Active, Blocked, Deauthorized, Alert bool
	OS, Client                           string
	Destinations                         []Destination
	Connected, Completed                 BackupAge // how long ago, whatever the device's state
	Devices                              int
	StoredBytes                          int64

	// What the filters say that are not told from the fields above.
	OutsideCompleted bool // the filter on the newest backup leaves these devices out
	NewestAlike      bool // they are among their person's newest devices that KeepNewest spares, of the same active state
}

// matches tells whether a cell meets the query's filters that cells tell of; the others have been asked before.
func (c DeviceCell) matches(q DeviceQuery) bool {
	flag := func(want *bool, is bool) bool { return want == nil || *want == is }
	if !flag(q.Active, c.Active) || !flag(q.Blocked, c.Blocked) || !flag(q.Deauthorized, c.Deauthorized) || !flag(q.Alert, c.Alert) {
		return false
	}
	if q.KeepNewest > 0 && q.Active != nil && c.NewestAlike {
		return false
	}
	return (q.OS == "" || q.OS == c.OS) && (q.ClientVersion == "" || q.ClientVersion == c.Client) &&
		(q.Destination == "" || slices.ContainsFunc(c.Destinations, func(d Destination) bool { return d.GUID == q.Destination })) &&
		(q.Completed == (TimeRange{}) || !c.OutsideCompleted)
}

// stateQueries are the filters of each state, as a list of devices in that state has them.
func stateQueries() map[DeviceState]DeviceQuery {
	yes, no := new(true), new(false)
	return map[DeviceState]DeviceQuery{
		StateActive:       {Active: yes, Blocked: no, Deauthorized: no},
		StateBlocked:      {Active: yes, Blocked: yes},
		StateDeauthorized: {Active: yes, Blocked: no, Deauthorized: yes},
		StateDeactivated:  {Active: no},
		StateAlert:        {Alert: yes},
	}
}

// WithState answers the query with a state chosen instead of its filters on states.
func (q DeviceQuery) WithState(state DeviceState) DeviceQuery {
	s := stateQueries()[state]
	q.Active, q.Blocked, q.Deauthorized, q.Alert = s.Active, s.Blocked, s.Deauthorized, s.Alert
	return q
}

// FacetsOf counts the facets of a query among cells that meet all its other filters. Counts of a list that goes on behind
// the cells are not known: then the values are listed only.
func FacetsOf(q DeviceQuery, cells iter.Seq[DeviceCell], known bool) Facets {
	states := map[DeviceState]DeviceQuery{}
	for state := range stateQueries() {
		states[state] = q.WithState(state)
	}
	noOS, noClient, noDestination, noBackup := q, q, q, q
	noOS.OS, noClient.ClientVersion, noDestination.Destination, noBackup.Completed = "", "", "", TimeRange{}

	byState, byAge := map[DeviceState]int{}, map[BackupAge]int{}
	byOS, byClient, byDestination := tallies{}, tallies{}, tallies{}
	for c := range cells {
		for state, of := range states {
			if c.matches(of) {
				byState[state] += c.Devices
			}
		}
		byOS.add(c.OS, "", c.Devices, c.matches(noOS))
		byClient.add(c.Client, "", c.Devices, c.matches(noClient))
		if matches := c.matches(noDestination); len(c.Destinations) > 0 {
			for _, d := range c.Destinations {
				byDestination.add(d.GUID, d.Name, c.Devices, matches)
			}
		}
		if c.Active && c.matches(noBackup) {
			byAge[c.Completed] += c.Devices
		}
	}

	f := Facets{Known: known, OS: byOS.most(FacetValues), Clients: byClient.most(FacetValues), Destinations: byDestination.most(FacetValues)}
	for _, state := range []DeviceState{StateActive, StateBlocked, StateDeauthorized, StateDeactivated, StateAlert} {
		f.States = append(f.States, Tally{Value: string(state), Count: byState[state]})
	}
	for _, age := range []BackupAge{AgeDay, AgeWeek, AgeMonth, AgeOlder, AgeNever} {
		f.Backups = append(f.Backups, Tally{Value: string(age), Count: byAge[age]})
	}
	if !known {
		for _, list := range [][]Tally{f.States, f.OS, f.Clients, f.Destinations, f.Backups} {
			for i := range list {
				list[i].Count = 0
			}
		}
	}
	return f
}

// tallies counts values; those that nothing counts under are listed all the same. The empty value is none.
type tallies map[string]Tally

func (t tallies) add(value, label string, devices int, counts bool) {
	if value == "" {
		return
	}
	of := t[value]
	of.Value, of.Label = value, max(of.Label, label)
	if counts {
		of.Count += devices
	}
	t[value] = of
}

// most lists the most frequent values first, at most limit (0 = all).
func (t tallies) most(limit int) []Tally {
	list := slices.SortedFunc(maps.Values(t), func(a, b Tally) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	})
	if limit > 0 && len(list) > limit {
		list = list[:limit]
	}
	return list
}

// SummaryOf sums up cells; the organizations are not among them.
func SummaryOf(cells iter.Seq[DeviceCell]) DeviceSummary {
	var s DeviceSummary
	os, clients, destinations := tallies{}, tallies{}, tallies{}
	for c := range cells {
		s.Total += c.Devices
		s.StoredBytes += c.StoredBytes
		if c.Alert {
			s.Alert += c.Devices
		}
		*s.state(c) += c.Devices
		if !c.Active {
			continue
		}
		*s.age(c.Completed) += c.Devices
		switch c.Connected {
		case AgeNever:
			s.NeverConnected += c.Devices
		case AgeOlder:
			s.Stale30Days += c.Devices
		}
		os.add(c.OS, "", c.Devices, true)
		clients.add(c.Client, "", c.Devices, true)
		for _, d := range c.Destinations {
			destinations.add(d.GUID, d.Name, c.Devices, true)
		}
	}
	s.OS, s.Clients, s.Destinations = os.most(0), clients.most(0), destinations.most(0)
	return s
}

func (s *DeviceSummary) state(c DeviceCell) *int {
	switch {
	case !c.Active:
		return &s.Deactivated
	case c.Blocked:
		return &s.ActiveBlocked
	case c.Deauthorized:
		return &s.Deauthorized
	default:
		return &s.Active
	}
}

func (s *DeviceSummary) age(age BackupAge) *int {
	switch age {
	case AgeDay:
		return &s.Under1Day
	case AgeWeek:
		return &s.Under7Days
	case AgeMonth:
		return &s.Under30Days
	case AgeOlder:
		return &s.Over30Days
	default:
		return &s.Never
	}
}
