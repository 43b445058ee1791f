package settings

import (
	"maps"
	"slices"
	"strings"
)

// The packets that depend on each other: nothing else works without monitoring.
const (
	packetWebRestore   = "device_webRestore_enabled"
	packetMonitoring   = "org-securityTools-enable"
	packetExfiltration = "device_advancedExfiltrationDetection_enabled"
	packetDevices      = "org-securityTools-device-detection-enable"
	packetCloud        = "org-securityTools-cloud-detection-enable"
	packetOpenFiles    = "org-securityTools-open-file-detection-enable"
	packetPrinter      = "org_securityTools_printer_detection_enable"
)

// WebRestore is the one packet that is not about endpoint monitoring.
const WebRestore Key = "restore.webRestoreEnabled"

// Monitoring is what every other feature of endpoint monitoring needs.
const Monitoring Key = "endpoint." + packetMonitoring

// restorePackets and endpointPackets list the packets that the portal has a name for; a path names the packet.
func restorePackets() []field {
	return inPackets(placed(Restore, ByPacket, false, "",
		one("webRestoreEnabled", Bool, "Restore in the browser", "Whether files can be restored in the browser.").from(packetWebRestore),
	))
}

func endpointPackets() []field {
	return inPackets(placed(Endpoint, ByPacket, false, "",
		one(packetMonitoring, Bool, "Endpoint monitoring", "Whether devices report what happens to files. Switching it off switches off cloud folders, browsers, removable media and printing."),
		shown(packetExfiltration, Bool, "Exfiltration detection", "Follows endpoint monitoring."),
		one(packetDevices, Bool, "Removable media", "Whether files that move to removable media are reported. Needs endpoint monitoring."),
		one(packetCloud, Bool, "Cloud folders", "Whether files that move to cloud folders are reported. Needs endpoint monitoring."),
		one(packetOpenFiles, Bool, "Browsers and other programs", "Whether files that browsers and other programs open are reported. Needs endpoint monitoring."),
		one(packetPrinter, Bool, "Printing", "Whether files that are printed are reported. Needs endpoint monitoring."),
		one("device_fileForensics_enabled", Bool, "File metadata", "Whether metadata of files is collected. Needs endpoint monitoring."),
		one("device_fileForensics_scan_enabled", Bool, "Scan for file metadata", "Whether files that were there before are looked through. Needs endpoint monitoring."),
		one("device_fileForensics_enqueue_scan_events_during_ingest", Bool, "Report while scanning", "Whether what the scan finds is reported at once. Needs endpoint monitoring."),
		one("device_background_priority_enabled", Bool, "Background priority", "Whether collecting steps back behind other programs. Needs endpoint monitoring."),
		one("device_org_winAppActivity_binaryWhitelist", List, "Programs not reported on Windows", "Programs whose reading of files is not reported, one a line."),
		one("device_org_macAppActivity_binaryWhitelist", List, "Programs not reported on macOS", "Programs whose reading of files is not reported, one a line."),
		one("device_fileForensics_fileExclusions_org", LongText, "Files not reported", "As the vendor writes it.").within(0, longestNotes),
		one("org_securityTools_detection_monitoring_exclusions", LongText, "Monitoring exclusions", "As the vendor writes it.").within(0, longestNotes),
	))
}

func inPackets(fields []field) []field {
	for i := range fields {
		fields[i].Part = Packets
	}
	return fields
}

// unknownPacket is one that the portal has no name for: shown as it is.
func unknownPacket(name string) field {
	f := shown(Key(name), Text, name, "Shown as the vendor writes it.").from(name)
	f.Key, f.Group, f.Inherits, f.Part = Key("other."+name), Other, ByPacket, Packets
	return f
}

// needsMonitoring tells whether a packet is a feature that does nothing without endpoint monitoring.
func needsMonitoring(p Property) bool {
	return p.Group == Endpoint && p.Kind == Bool && p.Key != Monitoring && p.Key != endpointKey(packetExfiltration)
}

func endpointKey(packet string) Key { return Key("endpoint." + packet) }

// implied answers what the vendor's own SDKs write together with a packet: a feature switches monitoring on first, and
// monitoring takes some of its features with it when it is switched off.
func implied(p Property, canonical string) map[Key]string {
	if needsMonitoring(p) && canonical == "true" {
		return map[Key]string{Monitoring: "true", endpointKey(packetExfiltration): "true"}
	}
	if p.Key != Monitoring {
		return nil
	}
	also := map[Key]string{endpointKey(packetExfiltration): canonical}
	if canonical == "false" {
		for _, packet := range []string{packetDevices, packetCloud, packetOpenFiles, packetPrinter} {
			also[endpointKey(packet)] = canonical
		}
	}
	return also
}

// unknownPackets are those that were read and have no name in the portal.
func (s *Sheet) unknownPackets() []field {
	if s.packets == nil {
		return nil
	}
	var fields []field
	for _, name := range slices.Sorted(maps.Keys(s.packets.fields)) {
		if packetPlace(name) < 0 {
			fields = append(fields, unknownPacket(name))
		}
	}
	return fields
}

// packetPlace is where a packet stands among those that have a name in the portal; below 0 when it has none.
func packetPlace(name string) int {
	return slices.IndexFunc(orgTable, func(f field) bool { return f.Part == Packets && f.path[0] == name })
}

// readPacket reads one packet; when none could be read it says so.
func (s *Sheet) readPacket(f field, providers map[string]string, own string) entry {
	name := f.path[0]
	e := entry{Value: Value{Property: f.Property}, packet: name}
	if s.packets == nil {
		e.Absent, e.Unread = true, true
		e.forbid("This value could not be read just now.")
		return e
	}
	packet := s.packets.at(name)
	if name == packetExfiltration {
		e.Why = "It follows endpoint monitoring."
	}
	value, there := packet.at("value").text()
	if !there {
		e.Absent = true
		if f.Kind == List {
			e.Own = listOf(nil)
		}
		if packet != nil && !packet.at("value").isNil() {
			e.forbid(unknownForm)
		}
	} else {
		e.Own = value
		if f.Kind == List {
			e.Own = listOf(splitPacket(value))
		}
		if f.Kind == LongText {
			e.Own = lines(value)
		}
	}
	e.Effective = e.Own
	if id, ok := packet.at("id").text(); ok && own != "" && id != own {
		e.Inherited, e.Provider = true, providers[id]
	}
	if packet.locked() || packet.at("locked").is("true") {
		e.lock("Locked by the vendor or by an organization above.")
	}
	return e
}

func splitPacket(value string) []string {
	entries := []string{}
	for _, entry := range strings.Split(value, ",") {
		if entry != "" {
			entries = append(entries, entry)
		}
	}
	return entries
}

// inPacket writes a canonical value as a packet holds it.
func inPacket(p Property, canonical string) string {
	if p.Kind != List {
		return canonical
	}
	entries, _ := entriesOf(canonical)
	return strings.Join(entries, ",")
}

// packetsBody is the body of the packets' PUT.
func packetsBody(changed []packetChange) []byte {
	return []byte(encoded(struct {
		Packets []packetChange `json:"packets"`
	}{changed}))
}

type packetChange struct {
	Key    string `json:"key"`
	Value  string `json:"value"`
	Locked bool   `json:"locked"`
}
