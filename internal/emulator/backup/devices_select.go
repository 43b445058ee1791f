package backup

import (
	"bytes"
	"strconv"
	"strings"
)

// deviceFilter is what GET Computer can be asked for; nil and "" do not filter.
type deviceFilter struct {
	active  *bool
	blocked *bool
	org     int32  // the subtree to look in
	user    *int32 // -1 is a user nobody knows: no device matches
	target  string // GUID of a destination
	q       string // lower case
}

// selectDevices returns the matching devices from the skip-th on, at most limit of them, and how many match in all.
// Orgs come in tree order. Whole orgs are passed over by their tallies, so that a late page costs no more than the first.
func (t *tenant) selectDevices(f deviceFilter, skip, limit int64) (page []int32, total int64) {
	take := func(i int32) {
		if total >= skip && total-skip < limit {
			page = append(page, i)
		}
		total++
	}
	if f.user != nil {
		if *f.user < 0 {
			return nil, 0
		}
		for _, i := range t.users[*f.user].devices {
			if t.within(t.devices[i].org, f.org) && t.matches(i, &f) {
				take(i)
			}
		}
		return page, total
	}
	counted := f.target == "" && f.q == ""
	for _, at := range t.subtree(f.org) {
		o := &t.orgs[at]
		if counted {
			if n := f.count(o); n == 0 || total+n <= skip || total >= skip+limit {
				total += n
				continue
			}
		}
		for _, i := range o.devices {
			if t.matches(i, &f) {
				take(i)
			}
		}
	}
	return page, total
}

// count is how many devices of an org have the states asked for.
func (f *deviceFilter) count(o *org) (n int64) {
	for state, devices := range o.tally {
		if f.wants(deviceFlags(state)) {
			n += int64(devices)
		}
	}
	return n
}

func (f *deviceFilter) wants(flags deviceFlags) bool {
	return (f.active == nil || *f.active == (flags&flagActive != 0)) &&
		(f.blocked == nil || *f.blocked == (flags&flagBlocked != 0))
}

func (t *tenant) matches(i int32, f *deviceFilter) bool {
	d := &t.devices[i]
	return f.wants(d.flags) &&
		(f.target == "" || backsUpTo(d, f.target)) &&
		(f.q == "" || t.mentions(i, f.q))
}

func backsUpTo(d *device, guid string) bool {
	for n, target := range destinations() {
		if target.guid == guid {
			return n == 0 || d.is(flagSecond)
		}
	}
	return false
}

// mentions reports whether the text, in lower case, is part of the device's GUID, name, host name, external reference.
func (t *tenant) mentions(i int32, text string) bool {
	d := &t.devices[i]
	var scratch [320]byte
	if bytes.Contains(strconv.AppendUint(scratch[:0], d.guid, 10), []byte(text)) {
		return true
	}
	host := t.appendHostName(scratch[:0], i)
	if strings.Contains(strings.ToLower(string(host)), text) {
		return true
	}
	if d.edit != nil && d.edit.extRef != nil && strings.Contains(strings.ToLower(*d.edit.extRef), text) {
		return true
	}
	return strings.Contains(strings.ToLower(string(t.appendDeviceName(scratch[:0], i))), text)
}
