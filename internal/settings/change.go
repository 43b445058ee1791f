package settings

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Change is one value to be changed, in canonical form. Two keys switch inheritance as a whole: "quota.inherited" and
// "reporting.inherited" ("true", "false").
type Change struct {
	Key      Key    `json:"key"`
	From, To string // From is the value that was shown when somebody decided
}

// Changes is what one order changes, sorted by key, each key once.
type Changes []Change

var errParams = errors.New("settings: not a change of a value")

// The most that parameters hold: a list of mostEntries at their longest.
const (
	longestKey   = 500
	longestValue = 8 << 20
)

// Params writes changes as the parameters of an action, one for each key; ParseParams reads them back and refuses what
// is not of that form.
func (c Changes) Params() map[string]string {
	params := make(map[string]string, len(c))
	for _, change := range c {
		params[string(change.Key)] = encoded([]string{change.From, change.To})
	}
	return params
}

// ParseParams is the inverse of Changes.Params.
func ParseParams(params map[string]string) (Changes, error) {
	var c Changes
	for key, value := range params {
		if _, known := PropertyOf(Key(key)); !known || len(key) > longestKey || len(value) > longestValue {
			return nil, fmt.Errorf("%w: %.100q", errParams, key)
		}
		both, ok := entriesOf(value)
		if !ok || len(both) != 2 || encoded(both) != value {
			return nil, fmt.Errorf("%w: %.100q", errParams, key)
		}
		c = append(c, Change{Key: Key(key), From: both[0], To: both[1]})
	}
	return c.sorted(), nil
}

func (c Changes) sorted() Changes {
	slices.SortFunc(c, func(a, b Change) int { return strings.Compare(string(a.Key), string(b.Key)) })
	return c
}

// Back is what undoes the changes.
func (c Changes) Back() Changes {
	var back Changes
	for _, change := range c {
		back = append(back, Change{Key: change.Key, From: change.To, To: change.From})
	}
	return back
}

// Only keeps the changes of these keys; Without drops them.
func (c Changes) Only(keys []string) Changes {
	return c.where(func(change Change) bool { return slices.Contains(keys, string(change.Key)) })
}

// Without is what is left when these keys are taken out.
func (c Changes) Without(keys []string) Changes {
	return c.where(func(change Change) bool { return !slices.Contains(keys, string(change.Key)) })
}

func (c Changes) where(keep func(Change) bool) Changes {
	var kept Changes
	for _, change := range c {
		if keep(change) {
			kept = append(kept, change)
		}
	}
	return kept
}

// of answers the change of a key.
func (c Changes) of(k Key) (Change, bool) {
	at := slices.IndexFunc(c, func(change Change) bool { return change.Key == k })
	if at < 0 {
		return Change{}, false
	}
	return c[at], true
}

// Completed adds what the vendor's own SDKs write together with the changes: a value that is inherited with others takes
// them all from the level above to this one, following gives the own values up, a feature of endpoint monitoring switches monitoring on, and a set without
// files in has none out. Apply does the same; an order that holds them says so beforehand and can be taken back whole.
func (c Changes) Completed(now Sheet) Changes {
	whole := slices.Clone(c)
	add := func(k Key, to string) {
		e, ok := now.entry(k)
		writable := ok && !e.Locked && (!e.ReadOnly || e.packet == packetExfiltration)
		if _, named := whole.of(k); writable && !named && (e.Own != to || e.Absent) {
			whole = append(whole, Change{Key: k, From: e.Own, To: to})
		}
	}
	for _, change := range c {
		e, ok := now.entry(change.Key)
		if !ok {
			continue
		}
		if flag := flagKey(e.Property); flag != "" {
			if now.follows(flag) {
				add(flag, "false")
			}
		}
		for k, to := range implied(e.Property, change.To) {
			add(k, to)
		}
		for k, to := range now.given(change) {
			add(k, to)
		}
		if e.list == includes && change.To == listOf(nil) {
			add(setKey(e.set.ID, excludes), listOf(nil))
		}
	}
	return whole.sorted()
}

// given are the values that an organization gives up for those from above when it follows: the vendor forgets its own.
// Named, they can be reviewed and put back.
func (s Sheet) given(change Change) map[Key]string {
	above := map[Key]string{}
	if change.To != "true" || change.Key != QuotaInherited && change.Key != ReportingInherited {
		return above
	}
	for _, e := range s.entries {
		from := s.root.at("settingsInherited", e.name())
		if flagKey(e.Property) != change.Key || from.isNil() {
			continue
		}
		if to, ok := canonicalOf(from, e.Property); ok && s.invalid(e.Property, to) == "" {
			above[e.Key] = to
		}
	}
	return above
}

// flagKey is the switch of what a value is inherited with; "" when none is.
func flagKey(p Property) Key {
	switch {
	case p.Key == QuotaInherited || p.Key == ReportingInherited:
	case p.Inherits == ByQuota:
		return QuotaInherited
	case p.Inherits == ByReporting:
		return ReportingInherited
	}
	return ""
}

func (s Sheet) follows(flag Key) bool {
	e, ok := s.entry(flag)
	return ok && e.Own == "true"
}

// Conflict is a change whose value is not what it was when somebody decided.
type Conflict struct {
	Change
	Now string
}

// Against holds changes against a sheet as it is now: what is left to do (a change that has happened already is dropped),
// what is in conflict, and why some cannot be made (locked, read only, unknown key, invalid), by key.
func (c Changes) Against(now Sheet) (left Changes, conflicts []Conflict, refused map[Key]string) {
	refused = map[Key]string{}
	for _, change := range c {
		e, ok := now.entry(change.Key)
		if ok && c.happened(now, e, change) {
			continue
		}
		switch problem := c.problem(now, e, ok, change); {
		case problem != "":
			refused[change.Key] = problem
		case e.Own != change.From && (!e.Inherited || e.Effective != change.From):
			conflicts = append(conflicts, Conflict{Change: change, Now: e.Own})
		default:
			left = append(left, change)
		}
	}
	return left.sorted(), conflicts, refused
}

// happened tells whether the value is in force as asked: one that is inherited is not this organization's yet, and one that
// was to be given up has been when the organization follows.
func (c Changes) happened(now Sheet, e entry, change Change) bool {
	flag := flagKey(e.Property)
	switched, named := c.of(flag)
	switch same := e.Own == change.To; {
	case flag != "" && now.follows(flag):
		return named && switched.To == "true"
	case e.packet != "":
		return same && !e.Absent && !e.Inherited
	default:
		return same
	}
}

// problem says why the document cannot take one of the changes, or "".
func (c Changes) problem(now Sheet, e entry, known bool, change Change) string {
	_, _, ofSet := setOf(change.Key)
	switch {
	case !known && ofSet:
		return "This backup set is not there any more."
	case !known:
		return "This is not a setting of it."
	case e.Locked, e.ReadOnly && (now.packets == nil || !c.carry(change)):
		return e.Why
	case e.packet != "" && e.Kind == Bool && change.To == "":
		return "It had no value before, and the vendor has no way to take one away."
	}
	if problem := now.invalid(e.Property, change.To); problem != "" {
		return problem
	}
	return c.contradicts(now, change)
}

// carry tells whether a change that nobody makes by itself goes along with another one of them.
func (c Changes) carry(change Change) bool {
	return change.Key == endpointKey(packetExfiltration) && slices.ContainsFunc(c, func(other Change) bool {
		p, _ := PropertyOf(other.Key)
		return p.Key == Monitoring || needsMonitoring(p)
	})
}

// contradicts says why two of the changes cannot be made together, or "".
func (c Changes) contradicts(now Sheet, change Change) string {
	e, _ := now.entry(change.Key)
	if needsMonitoring(e.Property) && change.To == "true" {
		if monitoring, named := c.of(Monitoring); named && monitoring.To == "false" {
			return "It needs endpoint monitoring, which is switched off with it."
		}
		if monitoring, ok := now.entry(Monitoring); ok && (monitoring.Locked || monitoring.ReadOnly) && monitoring.Own != "true" {
			return "It needs endpoint monitoring, which is off and cannot be changed."
		}
	}
	if flag, ok := now.entry(flagKey(e.Property)); ok && flag.Locked && flag.Own == "true" {
		return "It follows the organization above, and that is locked."
	}
	if e.list == excludes && change.To != listOf(nil) {
		in := listOf(e.set.files.in)
		if changed, named := c.of(setKey(e.set.ID, includes)); named {
			in = changed.To
		}
		if in == listOf(nil) {
			return "Nothing can be left out of a set that has no files in."
		}
	}
	return ""
}
