package settings

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// Apply makes the changes: the organization's or device's document with them, nil when none is in it, and the body of the packets'
// PUT, nil when none is a packet. Whatever no change is about stays byte for byte. An inherited value takes its inheritance flag with it,
// as the vendor's own SDKs do.
func (s Sheet) Apply(c Changes) (document, packets []byte, err error) {
	splices, changed, err := s.edits(c)
	if err != nil {
		return nil, nil, err
	}
	if len(splices) > 0 {
		document = spliced(s.root, splices)
	}
	if len(changed) > 0 {
		packets = packetsBody(changed)
	}
	return document, packets, nil
}

// After is the sheet as it will be once the changes are made and nothing else has changed.
func (s Sheet) After(c Changes) (Sheet, error) {
	splices, changed, err := s.edits(c)
	if err != nil {
		return Sheet{}, err
	}
	document := spliced(s.root, splices)
	if s.device {
		return OfDevice(document)
	}
	if s.packets == nil {
		return OfOrganization(document, nil)
	}
	return OfOrganization(document, s.packetsAfter(changed))
}

// packetsAfter is the packets' document as it will be: what was written is the organization's own.
func (s Sheet) packetsAfter(changed []packetChange) []byte {
	own := `null`
	if id := s.root.at("orgId"); id != nil {
		own = id.Raw
	}
	var members []string
	for _, name := range s.packets.names {
		written := slices.ContainsFunc(changed, func(c packetChange) bool { return c.Key == name })
		if !written {
			members = append(members, quoted(name)+":"+s.packets.fields[name].Raw)
		}
	}
	for _, c := range changed {
		members = append(members, quoted(c.Key)+`:{"scope":"ORG","value":`+quoted(c.Value)+`,"locked":false,"id":`+own+`}`)
	}
	return []byte("{" + strings.Join(members, ",") + "}")
}

// edits finds what changes where; lists that stand in one place are written together.
func (s Sheet) edits(c Changes) ([]splice, []packetChange, error) {
	c = c.Completed(s)
	var splices []splice
	var packets []packetChange
	together := map[*node]map[string]string{}
	sets := map[*node]*set{}
	for _, change := range c {
		e, known := s.entry(change.Key)
		if problem := c.problem(s, e, known, change); problem != "" && (!known || e.Own != change.To) {
			return nil, nil, fmt.Errorf("settings: %s: %s", change.Key, problem)
		}
		switch {
		case e.Own == change.To && (e.packet == "" || !e.Absent && !e.Inherited):
			// Nothing to write: so the document stays as it is to the byte.
		case e.packet != "":
			packets = append(packets, packetChange{Key: e.packet, Value: inPacket(e.Property, change.To)})
		case e.set != nil:
			whole := e.set.whole(e.list)
			if together[whole] == nil {
				together[whole], sets[whole] = map[string]string{}, e.set
			}
			together[whole][e.list] = change.To
		default:
			splices = append(splices, s.replace(e, change.To))
		}
	}
	for whole, lists := range together {
		splices = append(splices, splice{whole, sets[whole].written(lists)})
	}
	slices.SortFunc(packets, byPacketOrder)
	return splices, packets, nil
}

// byPacketOrder puts monitoring before its features, as the vendor's SDKs send them.
func byPacketOrder(a, b packetChange) int { return packetPlace(a.Key) - packetPlace(b.Key) }

// replace writes a scalar or a plain list in the form in which it stands there.
func (s Sheet) replace(e entry, to string) splice {
	n := e.node
	if inner := n.at("#text"); inner != nil {
		n = inner
	}
	if e.Kind == List || e.Kind == Emails {
		return splice{n, to}
	}
	switch e.Kind {
	case Number, Gigabytes, Bool, Days, Minutes, Millis:
		// These are JSON as they are; what stands there tells whether the vendor writes them so.
		if n.Type != gjson.String && (!e.tree || n.Type != gjson.Null && n.Type != gjson.JSON) {
			return splice{n, to}
		}
	}
	return splice{n, quoted(to)}
}

// whole answers the part of the document that holds a list of the set.
func (s *set) whole(list string) *node {
	switch list {
	case includes, excludes:
		return s.pathset
	case destinations:
		return s.destinations
	}
	return s.excludeUser
}

// written is that part with the lists that change.
func (s *set) written(lists map[string]string) string {
	texts := map[string][]string{}
	for list, canonical := range lists {
		texts[list], _ = entriesOf(canonical)
	}
	if wanted, ok := texts[destinations]; ok {
		return writtenUse(s.used, wanted)
	}
	in, newIn := texts[includes]
	out, newOut := texts[excludes]
	if !newIn && !newOut {
		return s.patterns.written(texts)
	}
	if !newIn {
		in = s.files.in
	}
	if !newOut {
		out = s.files.out
	}
	return s.files.written(in, out)
}
