package backup

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// SetArchiveHoldDays says how long archives of an org stay in cold storage; 0 leaves it, with the other quotas, to the org above.
func (s *Server) SetArchiveHoldDays(orgUID string, days int) error {
	return s.SetOrgSettings(orgUID, func(doc map[string]any) {
		settings, _ := doc["settings"].(map[string]any)
		settings["archiveHoldDays"], settings["isUsingQuotaDefaults"] = days, days == 0
	})
}

// SetOrgSettings edits the whole document of an organization, in the form that clients read it, behind everybody's back.
func (s *Server) SetOrgSettings(uid string, edit func(doc map[string]any)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := s.tenant.findOrgUID(uid)
	if !ok {
		return ErrUnknown
	}
	posted, err := edited(func(w *document) { s.tenant.appendOrg(w, i, everyOrgPart()) }, edit)
	if err != nil {
		return err
	}
	if failed := s.tenant.writeOrg(i, posted, s.now()); failed != nil {
		return fmt.Errorf("emulator: the document is refused: %s", failed.body)
	}
	return nil
}

// SetDeviceSettings does it for a device.
func (s *Server) SetDeviceSettings(guid string, edit func(doc map[string]any)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := s.tenant.findDevice(guid, "guid")
	if !ok || s.tenant.devices[i].is(flagIncydr) {
		return ErrUnknown
	}
	posted, err := edited(func(w *document) { s.tenant.appendDevice(w, i, deviceParts{settings: true}) }, edit)
	if err != nil {
		return err
	}
	s.tenant.writeDevice(i, posted.get("settings"), s.now())
	return nil
}

// edited is what a document becomes in the hands of a client.
func edited(write func(*document), edit func(map[string]any)) (*node, error) {
	var w document
	write(&w)
	var doc map[string]any
	if err := json.Unmarshal(w.b, &doc); err != nil {
		return nil, fmt.Errorf("reading the document: %w", err)
	}
	edit(doc)
	raw, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("writing the document: %w", err)
	}
	return parseTree(raw)
}

// DriftDevice sets one value of a device that its organization would set otherwise: a path below serviceBackupConfig, where a
// backup set is named by its id, for example "minutesUntilWarning" or "backupConfig", "backupSets", "1", "scanTime".
func (s *Server) DriftDevice(guid, value string, path ...string) error {
	return s.SetDeviceSettings(guid, func(doc map[string]any) {
		setPlain(doc, value, append([]string{"settings", "serviceBackupConfig"}, path...))
	})
}

// FollowOrg makes a device follow its organization in everything, also one that the seed let drift.
func (s *Server) FollowOrg(guid string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := s.tenant.findDevice(guid, "guid")
	if !ok {
		return ErrUnknown
	}
	above := s.tenant.orgBackup(s.tenant.devices[i].org)
	s.tenant.editDevice(i, s.now(), func(edit *deviceEdit) {
		edit.settings = &deviceSettings{base: above, own: above, configured: s.now()}
	})
	return nil
}

// setPlain sets a value in a decoded document; sets are found by id.
func setPlain(at any, value string, path []string) {
	for len(path) > 1 {
		switch v := at.(type) {
		case map[string]any:
			at = v[path[0]]
			if inner, ok := at.(map[string]any); ok && path[0] == "backupSets" {
				if at = inner["backupSet"]; at == any(nil) {
					return
				}
			}
		case []any:
			i := slices.IndexFunc(v, func(e any) bool { m, _ := e.(map[string]any); return m["@id"] == path[0] })
			if i < 0 {
				return
			}
			at = v[i]
		default:
			return
		}
		path = path[1:]
	}
	if m, ok := at.(map[string]any); ok {
		m[path[0]] = value
	}
}

// SetOrgPacket sets a packet of an organization, locked or not, whatever held before.
func (s *Server) SetOrgPacket(uid, key, value string, locked bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := s.tenant.findOrgUID(uid)
	if !ok {
		return ErrUnknown
	}
	s.tenant.setPackets(i, map[string]packet{key: {value: value, locked: locked}})
	return nil
}

// LockOrgValue locks or unlocks a part of an organization's document. The path is one of settings, such as "settings",
// "maxSeats", or one of deviceDefaults, such as "deviceDefaults", "serviceBackupConfig", "warningEmailEnabled"; a backup set is
// named by its id below "backupSets". An organization that follows the one above in this says it itself from now on.
func (s *Server) LockOrgValue(uid string, locked bool, path ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tenant
	i, ok := t.findOrgUID(uid)
	if !ok || len(path) < 2 {
		return ErrUnknown
	}
	own := *t.own(i)
	switch path[0] {
	case "settings":
		at := slices.IndexFunc(orgSettings23(), func(s setting) bool { return s.key == path[1] })
		if at < 0 {
			return ErrUnknown
		}
		key := orgSettingKeys()[at]
		if own.groups[key.group] == nil && key.group != ungrouped {
			own.groups[key.group] = t.group(i, key.group, nil)
		}
		own.locked = maps.Clone(own.locked)
		if own.locked == nil {
			own.locked = map[string]bool{}
		}
		own.locked[path[1]] = locked
	case "deviceDefaults":
		document, _ := t.deviceDefaults(i)
		changed, err := lockAt("", document, locked, path[1:])
		if err != nil {
			return err
		}
		own.defaults, own.configured = changed, s.now()
	default:
		return ErrUnknown
	}
	t.orgs[i].settings = &own
	return nil
}

func lockAt(key string, n *node, locked bool, path []string) (*node, error) {
	switch {
	case n == nil:
		return nil, ErrUnknown
	case len(path) == 0 && key == "":
		if locked {
			return lockSet(n), nil
		}
		return unlockValue(key, n), nil
	case len(path) == 0 && locked:
		return lockValue(key, n), nil
	case len(path) == 0:
		return unlockValue(key, n), nil
	case key == "backupSets":
		sets := slices.Clone(setsOf(n))
		at := slices.IndexFunc(sets, func(set *node) bool { return setID(set) == path[0] })
		if at < 0 {
			return nil, ErrUnknown
		}
		changed, err := lockAt("", sets[at], locked, path[1:])
		sets[at] = changed
		return container(n.locked(), sets), err
	default:
		below, err := lockAt(path[0], n.get(path[0]), locked, path[1:])
		if err != nil {
			return nil, err
		}
		return n.with(below, path[0]), nil
	}
}

// AddBackupSets gives the device defaults of an organization backup sets until there are n.
func (s *Server) AddBackupSets(uid string, n int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tenant
	i, ok := t.findOrgUID(uid)
	if !ok {
		return ErrUnknown
	}
	document, _ := t.deviceDefaults(i)
	own := *t.own(i)
	own.defaults, own.configured = withSets(document, t.templates.set, n), s.now()
	t.orgs[i].settings = &own
	return nil
}

// SetFullDiskAccess lets the agent of a Mac read the whole disk, or not.
func (s *Server) SetFullDiskAccess(guid string, allowed bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i, ok := s.tenant.findDevice(guid, "guid"); !ok || !s.tenant.devices[i].is(flagMac) {
		return ErrUnknown
	}
	return s.changeByGUID(guid, func(d *device) { d.set(flagNoDiskAccess, !allowed) })
}

// SetIncydr makes a device one of the other product's, which has no settings tree, or one that backs up again.
func (s *Server) SetIncydr(guid string, incydr bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changeByGUID(guid, func(d *device) { d.set(flagIncydr, incydr) })
}
