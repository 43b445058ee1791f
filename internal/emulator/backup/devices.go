package backup

import (
	"net/http"
	"strconv"
	"strings"
)

const (
	deviceBytes      = 1_100 // about the size of a device on the wire
	deviceUsageBytes = 2_600 // the same with backup usage
)

// listDevices answers GET Computer (wire: section 2.1).
func (s *Server) listDevices(c *call) answer {
	filter := deviceFilter{
		active: c.boolean("active"), blocked: c.boolean("blocked"),
		target: c.query.Get("targetComputerGuid"), q: strings.ToLower(c.query.Get("q")),
	}
	if uid := c.query.Get("orgUid"); uid != "" {
		org, ok := s.tenant.findOrgUID(uid)
		if !ok {
			return problem(http.StatusBadRequest, "SYSTEM", "Unable to find org")
		}
		filter.org = org
	}
	if uid := c.query.Get("userUid"); uid != "" {
		user, ok := s.tenant.findUserUID(uid)
		if !ok {
			user = -1
		}
		filter.user = &user
	}
	skip, limit := c.page(s.options.MaxPageSize)
	page, total := s.tenant.selectDevices(filter, skip, limit)
	withUsage, size := c.isTrue("incBackupUsage"), deviceBytes
	if withUsage {
		size = deviceUsageBytes
	}
	return s.v1(c, len(page)*size, func(w *document) {
		w.open('{')
		w.number("totalCount", total)
		w.key("computers")
		w.open('[')
		for _, i := range page {
			s.tenant.appendDevice(w, i, deviceParts{usage: withUsage})
		}
		w.close(']')
		w.close('}')
	})
}

// getDevice answers GET Computer/{id}, where id is a row number or, with idType=guid, a GUID.
func (s *Server) getDevice(c *call) answer {
	i, ok := s.tenant.findDevice(c.ids[0], c.query.Get("idType"))
	if !ok {
		return deviceNotFound()
	}
	return s.deviceAnswer(c, i)
}

func (s *Server) deviceAnswer(c *call, i int32) answer {
	return s.v1(c, deviceUsageBytes, func(w *document) {
		s.tenant.appendDevice(w, i, deviceParts{usage: c.isTrue("incBackupUsage"), settings: c.isTrue("incSettings")})
	})
}

func (t *tenant) editDevice(i int32, now int64, change func(*deviceEdit)) {
	t.changeDevice(i, now, func(d *device) {
		var edit deviceEdit
		if d.edit != nil {
			edit = *d.edit
		}
		change(&edit)
		d.edit = &edit
	})
}

func (s *Server) blockDevice(c *call) answer       { return s.flagDevice(c, flagBlocked, true) }
func (s *Server) unblockDevice(c *call) answer     { return s.flagDevice(c, flagBlocked, false) }
func (s *Server) deauthorizeDevice(c *call) answer { return s.flagDevice(c, flagDeauthorized, true) }

func (s *Server) flagDevice(c *call, flag deviceFlags, on bool) answer {
	i, ok := s.tenant.findDevice(c.ids[0], c.query.Get("idType"))
	if !ok {
		return deviceNotFound()
	}
	s.tenant.changeDevice(i, s.now(), func(d *device) { d.set(flag, on) })
	return empty()
}

// deactivateDevice ends a device's backups, unless its owner is on an active legal hold (wire: section 2.4).
func (s *Server) deactivateDevice(c *call) answer {
	i, failed := s.deviceOfBody(c)
	if failed != nil {
		return *failed
	}
	return s.activateDevice(i, false)
}

func (s *Server) reactivateDevice(c *call) answer {
	i, failed := s.deviceOfBody(c)
	if failed != nil {
		return *failed
	}
	return s.activateDevice(i, true)
}

// deactivateDeviceByPath answers the oldest form of the call, PUT ComputerDeactivation/{id}.
func (s *Server) deactivateDeviceByPath(c *call) answer {
	i, ok := s.tenant.findDevice(c.ids[0], c.query.Get("idType"))
	if !ok {
		return deviceNotFound()
	}
	return s.activateDevice(i, false)
}

// reactivateDeviceByPath answers the oldest form of the call, DELETE ComputerDeactivation/{id}.
func (s *Server) reactivateDeviceByPath(c *call) answer {
	i, ok := s.tenant.findDevice(c.ids[0], c.query.Get("idType"))
	if !ok {
		return deviceNotFound()
	}
	return s.activateDevice(i, true)
}

func (s *Server) activateDevice(i int32, active bool) answer {
	d := &s.tenant.devices[i]
	if !active && d.is(flagActive) && s.tenant.users[d.user].onHold() {
		return activeLegalHold()
	}
	s.tenant.changeDevice(i, s.now(), func(d *device) { d.set(flagActive, active) })
	return empty()
}

func (s *Server) deviceOfBody(c *call) (int32, *answer) {
	var body struct {
		ID *rowNumber `json:"id"`
	}
	if err := c.decode(&body); err != nil || body.ID == nil {
		return 0, new(badBody())
	}
	i, ok := s.tenant.findDevice(strconv.FormatInt(int64(*body.ID), 10), "")
	if !ok {
		return 0, new(marker(http.StatusNotFound, "NOT_FOUND", "Unable to find computer"))
	}
	return i, nil
}

// upgradeDevice brings a device to the newest client at once.
func (s *Server) upgradeDevice(c *call) answer {
	var body struct {
		GUID string `json:"deviceGuid"`
	}
	if err := c.decode(&body); err != nil {
		return badBody()
	}
	i, ok := s.tenant.findDevice(body.GUID, "guid")
	if !ok {
		return marker(http.StatusNotFound, "NOT_FOUND", "Unable to find computer")
	}
	newest := uint8(len(clientVersions()) - 1)
	s.tenant.changeDevice(i, s.now(), func(d *device) { d.version = newest })
	return empty()
}

// findDevice looks a device up by row number, or by GUID when idType says so.
func (t *tenant) findDevice(id, idType string) (int32, bool) {
	if strings.EqualFold(idType, "guid") {
		guid, ok := parseDigits(id)
		i, found := t.deviceByGUID[guid]
		return i, ok && found
	}
	i, ok := rowIndex(id, firstDeviceID, len(t.devices))
	return i, ok && !t.devices[i].is(flagRemoved)
}

// rowIndex turns a row number into an index.
func rowIndex(id string, first, n int) (int32, bool) {
	v, err := strconv.Atoi(id)
	if err != nil || v < first || v >= first+n {
		return 0, false
	}
	return int32(v - first), true
}

// parseDigits reads a GUID or UID; only the form that the server itself writes names anything.
func parseDigits(id string) (uint64, bool) {
	v, err := strconv.ParseUint(id, 10, 64)
	return v, err == nil && strconv.FormatUint(v, 10) == id
}

func deviceNotFound() answer {
	return problem(http.StatusNotFound, "SYSTEM", "Unable to find computer")
}

func activeLegalHold() answer {
	return marker(http.StatusBadRequest, "ACTIVE_LEGAL_HOLD", "The user is a custodian of an active legal hold matter")
}
