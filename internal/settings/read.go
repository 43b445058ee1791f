package settings

import (
	"errors"
	"fmt"
	"slices"
)

var (
	errNotOrganization = errors.New("settings: the document is not an organization's")
	errNotDevice       = errors.New("settings: the document is not a device's")
	errNotPackets      = errors.New("settings: the document does not hold packets")
)

// entry is a value together with where it stands.
type entry struct {
	Value
	node   *node  // of a scalar or list that is replaced as it is
	tree   bool   // the node is part of the tree in which every scalar is a string
	set    *set   // of what is written together with other lists of a backup set
	list   string // which of them
	packet string // of a packet
}

const (
	unknownForm = "The vendor writes it in a form that the portal does not know."
	notInIt     = "The vendor’s document has no such value."
)

// forbid says why the value cannot be edited; the first reason stays.
func (e *entry) forbid(why string) {
	e.ReadOnly = true
	if e.Why == "" {
		e.Why = why
	}
}

func (e *entry) lock(why string) {
	e.Locked, e.Why = true, why
}

func (s *Sheet) add(e entry) {
	if _, twice := s.index[e.Key]; twice {
		return
	}
	if e.Secret {
		e.Why = secretOnly
	} else if e.ReadOnly && e.Why == "" {
		e.Why = shownOnly
	}
	s.index[e.Key] = len(s.entries)
	s.entries = append(s.entries, e)
}

// usualValues is how many values a document with two sets has, so that reading it seldom moves them.
const usualValues = 150

func newSheet(root *node) Sheet {
	return Sheet{root: root.unwrapped(), index: make(map[Key]int, usualValues), entries: make([]entry, 0, usualValues)}
}

// OfOrganization reads an organization's document (with settings, device defaults and inheritance) and its packets; nil
// packets are packets that could not be read.
func OfOrganization(document, packets []byte) (Sheet, error) {
	root, err := parse(document)
	if err != nil {
		return Sheet{}, err
	}
	s := newSheet(root)
	if s.root.at("orgUid") == nil && s.root.at("orgId") == nil {
		return Sheet{}, errNotOrganization
	}
	if packets != nil {
		read, err := parse(packets)
		if err != nil {
			return Sheet{}, fmt.Errorf("packets: %w", err)
		}
		if s.packets = read.unwrapped(); !s.packets.isObject() {
			return Sheet{}, errNotPackets
		}
	}
	offered := s.root.at("settings", "destinations")
	if offered == nil {
		offered = s.root.at("settingsSummary", "destinations")
	}
	s.readDestinations(offered)
	own, _ := s.root.at("orgId").text()
	providers := s.providers()
	for _, f := range slices.Concat(orgTable, s.unknownPackets()) {
		switch {
		case f.Part == Packets:
			s.add(s.readPacket(f, providers, own))
		case f.path[0] != "settings" || s.root.at("settings").isObject():
			s.add(s.inherited(s.scalar(s.root, f)))
		}
	}
	s.readBackup(s.root.at("deviceDefaults", "serviceBackupConfig"), "deviceDefaults.serviceBackupConfig", ByDeviceDefaults)
	return s, nil
}

// OfDevice reads a device's document (with settings). A device without a settings tree has the values of the group General only.
func OfDevice(document []byte) (Sheet, error) {
	root, err := parse(document)
	if err != nil {
		return Sheet{}, err
	}
	s := newSheet(root)
	s.device = true
	if s.root.at("guid") == nil && s.root.at("computerId") == nil {
		return Sheet{}, errNotDevice
	}
	backup := s.root.at("settings", "serviceBackupConfig")
	s.readDestinations(s.root.at("availableDestinations"))
	for _, f := range deviceTable {
		if f.Group == General && f.path[0] != "settings" || s.root.at("settings").isObject() {
			s.add(s.scalar(s.root, f))
		}
	}
	s.readBackup(backup, "settings.serviceBackupConfig", FromOrganization)
	return s, nil
}

func (s *Sheet) readDestinations(offered *node) {
	s.names = map[string]string{}
	for _, item := range offered.many() {
		guid, ok := item.at("guid").text()
		if _, twice := s.names[guid]; !ok || twice {
			continue
		}
		name, _ := item.at("destinationName").text()
		s.offered = append(s.offered, Destination{GUID: guid, Name: name})
		s.names[guid] = name
	}
}

// readBackup reads the device defaults of an organization, or a device's own values.
func (s *Sheet) readBackup(config *node, under string, by Inheritance) {
	if !config.isObject() {
		return
	}
	for _, f := range defaultFields(under, by) {
		s.add(s.providedDefaults(s.scalar(s.root, f)))
	}
	s.readSets(config.at("backupConfig", "backupSets"), by)
}

// scalar reads a field below root.
func (s *Sheet) scalar(root *node, f field) entry {
	e := entry{Value: Value{Property: f.Property}, tree: f.tree, node: root.at(f.path...)}
	if e.Secret {
		e.Absent = e.node.isNil()
		return e
	}
	canonical, ok := canonicalOf(e.node, f.Property)
	e.Own, e.Absent = canonical, e.node.isNil()
	switch {
	case e.node == nil:
		e.forbid(notInIt)
	case !ok:
		e.forbid(unknownForm)
	case e.node.isObject() && e.node.locked():
		e.lock(s.lockWords())
	}
	if e.Kind == Used {
		for _, d := range s.offered {
			e.Options = append(e.Options, Option{Value: d.GUID, Label: d.Name})
		}
	}
	e.Effective = e.Own
	return e
}

func (s *Sheet) lockWords() string {
	if s.device {
		return "Locked by the device’s organization."
	}
	return "Locked by the vendor or by an organization above."
}

// canonicalOf reads a node as a property's canonical value; false when it is of a form that the property does not have.
func canonicalOf(n *node, p Property) (string, bool) {
	switch p.Kind {
	case List, Emails:
		texts, ok := n.texts()
		return listOf(texts), ok
	case Used:
		ids, ok := offeredIDs(n)
		return listOf(ids), ok
	}
	text, ok := n.text()
	switch p.Kind {
	case LongText:
		text = lines(text)
	case Weekdays:
		text = wholeWeek(text)
	}
	return text, ok || n.isNil()
}
