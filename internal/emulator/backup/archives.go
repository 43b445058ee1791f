package backup

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"
)

// archive is what one device stores at one destination. Archives of deactivated devices lie in cold storage until they
// expire; then they are gone (wire: section 6).
type archive struct {
	uid     uint64
	device  int32
	n       int   // index of the destination
	expires int64 // 0 while the device is active
}

// coldSince is when a device was deactivated. Of those that were so from the beginning it was within the last 45 days.
func (t *tenant) coldSince(i int32) int64 {
	if at, known := t.deactivated[i]; known {
		return at
	}
	return t.base.UnixMilli() - int64(1+below(t.seed, streamCold, int(i), 45))*dayMillis
}

func (t *tenant) archiveUID(i int32, n int) uint64 {
	return identifier(t.seed, streamDeviceBackup, -1-2*int(i)-n)
}

// archives lists the archives of a device that are there.
func (t *tenant) archives(i int32, now int64) []archive {
	d := &t.devices[i]
	var list []archive
	for n := range destinations() {
		if d.is(flagRemoved) || n > 0 && !d.is(flagSecond) {
			continue
		}
		a := archive{uid: t.archiveUID(i, n), device: i, n: n}
		if !d.is(flagActive) {
			a.expires = t.coldSince(i) + int64(t.holdDays(d.org))*dayMillis
			if chosen, set := t.purge[a.uid]; set {
				a.expires = chosen
			}
			if a.expires <= now {
				continue
			}
		}
		list = append(list, a)
	}
	return list
}

func (t *tenant) findArchive(guid string, now int64) (archive, bool) {
	want, ok := parseDigits(guid)
	if !ok {
		return archive{}, false
	}
	for i := range t.devices {
		for n := range destinations() {
			if t.archiveUID(int32(i), n) != want {
				continue
			}
			for _, a := range t.archives(int32(i), now) {
				if a.uid == want {
					return a, true
				}
			}
		}
	}
	return archive{}, false
}

// getArchive answers GET Archive/{guid}.
func (s *Server) getArchive(c *call) answer {
	a, ok := s.tenant.findArchive(c.ids[0], s.now())
	if !ok {
		return archiveNotFound()
	}
	return s.v1(c, 0, func(w *document) { s.tenant.appendArchive(w, a) })
}

// listArchives answers GET Archive by device, user or destination.
func (s *Server) listArchives(c *call) answer {
	t := s.tenant
	var of []int32
	if guid := c.query.Get("backupSourceGuid"); guid != "" {
		if i, ok := t.findDevice(guid, "guid"); ok {
			of = append(of, i)
		}
	} else if uid := c.query.Get("userUid"); uid != "" {
		if i, ok := t.findUserUID(uid); ok {
			of = t.users[i].devices
		}
	} else if c.query.Get("destinationGuid") != "" {
		of = make([]int32, len(t.devices))
		for i := range of {
			of[i] = int32(i)
		}
	}
	target := c.query.Get("destinationGuid")
	var list []archive
	for _, i := range of {
		for _, a := range t.archives(i, s.now()) {
			if target == "" || destinations()[a.n].guid == target {
				list = append(list, a)
			}
		}
	}
	return s.archiveList(c, "archives", list, t.appendArchive)
}

// listColdStorage answers GET ColdStorage: the archives of deactivated devices of an org, and of those below it.
func (s *Server) listColdStorage(c *call) answer {
	t := s.tenant
	org, ok := rowIndex(c.query.Get("orgId"), firstOrgID, len(t.orgs))
	if !ok {
		return problem(http.StatusNotFound, "SYSTEM", "Unable to find org")
	}
	within := []int32{org}
	if children := c.boolean("incChildOrgs"); children == nil || *children {
		within = t.subtree(org)
	}
	var list []archive
	for _, o := range within {
		for _, i := range t.orgs[o].devices {
			if t.devices[i].is(flagActive) {
				continue
			}
			list = append(list, t.archives(i, s.now())...)
		}
	}
	t.sortCold(list, c.query.Get("srtKey"))
	if strings.EqualFold(c.query.Get("srtDir"), "desc") {
		slices.Reverse(list)
	}
	return s.archiveList(c, "coldStorageRows", list, t.appendColdRow)
}

func (t *tenant) sortCold(list []archive, key string) {
	by := func(a, b archive) int { return cmp.Compare(a.expires, b.expires) }
	switch key {
	case "orgName":
		by = func(a, b archive) int { return cmp.Compare(t.orgOf(a).name, t.orgOf(b).name) }
	case "archiveBytes":
		by = func(a, b archive) int {
			return cmp.Compare(t.usage(a.device, a.n).archived, t.usage(b.device, b.n).archived)
		}
	case "mountPointName":
		by = func(a, b archive) int { return cmp.Compare(a.n, b.n) }
	}
	slices.SortFunc(list, func(a, b archive) int { return cmp.Or(by(a, b), cmp.Compare(a.uid, b.uid)) })
}

func (t *tenant) orgOf(a archive) *org { return &t.orgs[t.devices[a.device].org] }

func (s *Server) archiveList(c *call, name string, list []archive, appendRow func(*document, archive)) answer {
	skip, limit := c.page(s.options.MaxPageSize)
	page := list[min(skip, int64(len(list))):]
	page = page[:min(limit, int64(len(page)))]
	return s.v1(c, 0, func(w *document) {
		w.open('{')
		w.number("totalCount", int64(len(list)))
		w.key(name)
		w.open('[')
		for _, a := range page {
			appendRow(w, a)
		}
		w.close(']')
		w.close('}')
	})
}

// setPurgeDate answers PUT coldStorage/{guid}: the day on which an archive is deleted.
func (s *Server) setPurgeDate(c *call) answer {
	var body struct {
		Date string `json:"archiveHoldExpireDate"`
	}
	if err := c.decode(&body); err != nil {
		return badBody()
	}
	day, err := time.Parse(time.DateOnly, body.Date)
	if err != nil {
		return problem(http.StatusBadRequest, "SYSTEM", "archiveHoldExpireDate must be yyyy-MM-dd")
	}
	a, ok := s.tenant.findArchive(c.ids[0], s.now())
	if !ok || a.expires == 0 {
		return archiveNotFound()
	}
	s.tenant.purge[a.uid] = day.UnixMilli()
	return empty()
}

func (t *tenant) appendArchive(w *document, a archive) {
	d, u := &t.devices[a.device], t.usage(a.device, a.n)
	target := destinations()[a.n]
	w.open('{')
	w.digits("archiveGuid", a.uid)
	w.null("userId")
	w.null("userUid")
	w.number("archiveBytes", u.archived)
	w.text("targetGuid", target.guid)
	w.date("lastCompletedBackup", u.completed)
	w.boolean("isColdStorage", a.expires != 0)
	w.date("lastMaintained", d.lastConnected-6*dayMillis)
	w.number("maintenanceDuration", 1200)
	w.number("compactBytesRemoved", 0)
	w.number("storePointId", target.id*10)
	w.number("selectedBytes", u.selected)
	w.number("selectedFiles", u.selected/210_000)
	w.number("todoBytes", u.todo)
	w.text("format", u.format)
	w.close('}')
}

func (t *tenant) appendColdRow(w *document, a archive) {
	u := t.usage(a.device, a.n)
	w.open('{')
	w.digits("archiveGuid", a.uid)
	w.number("archiveBytes", u.archived)
	w.text("archiveType", u.format)
	w.date("archiveHoldExpireDate", a.expires)
	w.number("orgId", firstOrgID+int64(t.devices[a.device].org))
	w.text("orgName", t.orgOf(a).name)
	w.text("mountPointName", "store-"+destinations()[a.n].guid)
	w.close('}')
}

func archiveNotFound() answer {
	return problem(http.StatusNotFound, "SYSTEM", "Unable to find archive")
}
