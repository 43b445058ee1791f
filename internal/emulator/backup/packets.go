package backup

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// usualPackets hold where no organization says anything.
func usualPackets() map[string]packet {
	const week = `{"mon":{"included":"true","startTimeOfDay":"09:00","endTimeOfDay":"17:00"},"tue":{"included":"true","startTimeOfDay":"09:00","endTimeOfDay":"17:00"},"wed":{"included":"true","startTimeOfDay":"09:00","endTimeOfDay":"17:00"},"thu":{"included":"true","startTimeOfDay":"09:00","endTimeOfDay":"17:00"},"fri":{"included":"true","startTimeOfDay":"09:00","endTimeOfDay":"17:00"},"sat":{"included":"false","startTimeOfDay":"09:00","endTimeOfDay":"17:00"},"sun":{"included":"false","startTimeOfDay":"09:00","endTimeOfDay":"17:00"}}`
	return map[string]packet{
		"c42.msa.acceptance":                                     {value: `{"accepted":"true"}`, locked: true},
		"device_webRestore_enabled":                              {value: "true"},
		"device_upgrade_delay":                                   {value: "60"},
		"device_network_dscp_preferIP4":                          {value: "true"},
		"device_network_utilization_schedule_enabled":            {value: "false"},
		"device_network_utilization_schedule":                    {value: week},
		"device_network_utilization_schedule_rate":               {value: `{"peak":{"wan":{"active":"256","idle":"0"},"lan":{"active":"0","idle":"0"}},"offPeak":{"wan":{"active":"0","idle":"0"},"lan":{"active":"0","idle":"0"}}}`},
		"device_background_priority_enabled":                     {value: "true"},
		"device_advancedExfiltrationDetection_enabled":           {value: "false"},
		"device_fileForensics_enabled":                           {value: "false"},
		"device_fileForensics_scan_enabled":                      {value: "false"},
		"device_fileForensics_enqueue_scan_events_during_ingest": {value: "false"},
		"org-securityTools-enable":                               {value: "false"},
		"org-securityTools-device-detection-enable":              {value: "false"},
		"org-securityTools-cloud-detection-enable":               {value: "false"},
		"org-securityTools-open-file-detection-enable":           {value: "false"},
		"org_securityTools_printer_detection_enable":             {value: "false"},
	}
}

// packetOf is the value of a packet that holds for an organization, and the organization that provides it.
func (t *tenant) packetOf(i int32, key string) (p packet, from int32, known bool) {
	for at := i; at >= 0; at = t.orgs[at].parent {
		if s := t.orgs[at].settings; s != nil {
			if p, known = s.packets[key]; known {
				return p, at, true
			}
		}
	}
	p, known = t.packets[key]
	return p, 0, known
}

// packetKeys lists what holds for an organization, sorted.
func (t *tenant) packetKeys(i int32) []string {
	keys := slices.Collect(maps.Keys(t.packets))
	for at := i; at >= 0; at = t.orgs[at].parent {
		if s := t.orgs[at].settings; s != nil {
			keys = slices.AppendSeq(keys, maps.Keys(s.packets))
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// appendPackets writes packets by key, each with the organization that it comes from (wire: section 3.3).
func (t *tenant) appendPackets(w *document, i int32, keys []string) {
	w.open('{')
	for _, key := range keys {
		p, from, known := t.packetOf(i, key)
		if !known {
			continue
		}
		w.separate()
		w.b = append(appendQuoted(w.b, key), ':')
		w.open('{')
		w.text("scope", "ORG")
		w.text("value", p.value)
		w.boolean("locked", p.locked)
		w.number("id", firstOrgID+int64(from))
		w.close('}')
	}
	w.close('}')
}

// getPackets answers GET OrgSetting/{orgId}.
func (s *Server) getPackets(c *call) answer {
	i, ok := rowIndex(c.ids[0], firstOrgID, len(s.tenant.orgs))
	if !ok {
		return problem(http.StatusNotFound, "SYSTEM", "Unable to find org")
	}
	return s.packetsAnswer(c, i)
}

func (s *Server) packetsAnswer(c *call, i int32) answer {
	return s.v1(c, orgBytes, func(w *document) { s.tenant.appendPackets(w, i, s.tenant.packetKeys(i)) })
}

// putPackets answers PUT OrgSetting/{orgId}: the packets sent become the organization's own, the last of each key. One that is
// locked, here or above, keeps its value without a word: the SDKs say "locked": false of every packet that they send, so that a
// refusal would fail all the others with it.
func (s *Server) putPackets(c *call) answer {
	i, ok := rowIndex(c.ids[0], firstOrgID, len(s.tenant.orgs))
	if !ok {
		return problem(http.StatusNotFound, "SYSTEM", "Unable to find org")
	}
	var body struct {
		Packets []struct {
			Key   string  `json:"key"`
			Value *string `json:"value"`
		} `json:"packets"`
	}
	if err := c.decode(&body); err != nil {
		return badBody()
	}
	sent := map[string]packet{}
	for _, p := range body.Packets {
		if p.Key == "" || p.Value == nil {
			return badBody()
		}
		if held, _, known := s.tenant.packetOf(i, p.Key); !known || !held.locked {
			sent[p.Key] = packet{value: *p.Value}
		}
	}
	s.tenant.setPackets(i, sent)
	s.tenant.orgs[i].modified = s.now()
	return s.packetsAnswer(c, i)
}

func (t *tenant) setPackets(i int32, packets map[string]packet) {
	own := *t.own(i)
	own.packets = maps.Clone(own.packets)
	if own.packets == nil {
		own.packets = map[string]packet{}
	}
	maps.Copy(own.packets, packets)
	t.orgs[i].settings = &own
}

// viewDeviceSettings answers device-setting/view, an older call for the packets that hold for a device (wire: section 2.1).
func (s *Server) viewDeviceSettings(c *call) answer {
	i, ok := s.tenant.findDevice(c.query.Get("guid"), "guid")
	if !ok {
		return marker(http.StatusNotFound, "NOT_FOUND", "Unable to find computer")
	}
	org := s.tenant.devices[i].org
	keys := s.tenant.packetKeys(org)
	if wanted := c.query.Get("keys"); wanted != "" {
		asked := strings.Split(wanted, ",")
		keys = slices.DeleteFunc(keys, func(key string) bool { return !slices.Contains(asked, key) })
	}
	return data(func(w *document) { s.tenant.appendPackets(w, org, keys) })
}
