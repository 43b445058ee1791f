package inventory

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
	"unicode"

	"backup-portal/internal/settings"
)

// orgReading is what the mirror keeps of a sheet.
func orgReading(uid string, sheet settings.Sheet, packets bool, readAt time.Time) OrgReading {
	reading := OrgReading{UID: uid, Follows: map[settings.Inheritance]Following{}, Defaults: defaultsHash(sheet), ReadAt: readAt}
	for _, by := range inherited() {
		if by == settings.ByPacket {
			continue
		}
		if follows, _, known := sheet.Inherits(by); known {
			reading.Follows[by] = followingOf(follows)
		}
	}
	if !packets {
		return reading
	}
	// Packets are inherited one by one: an organization that follows for a single one is reached by somebody who changes it.
	reading.Follows[settings.ByPacket] = FollowingUnknown
	for _, v := range sheet.Values() {
		if v.Inherits == settings.ByPacket {
			reading.Follows[settings.ByPacket] = max(reading.Follows[settings.ByPacket], followingOf(v.Inherited || v.Absent))
		}
	}
	return reading
}

func followingOf(follows bool) Following {
	if follows {
		return Follows
	}
	return FollowsNot
}

// defaultsHash stands for all that devices of an organization are compared with.
func defaultsHash(sheet settings.Sheet) string {
	sum := sha256.New()
	for _, v := range sheet.Values() {
		if v.Inherits == settings.ByDeviceDefaults {
			for _, text := range []string{string(v.Key), v.Own, v.Effective} {
				sum.Write([]byte(text))
				sum.Write([]byte{0})
			}
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// drifted is where a device differs from the defaults of its organization, in words.
func drifted(organization, device settings.Sheet) []DriftedValue {
	names := map[settings.Group]string{}
	for _, sheet := range []settings.Sheet{organization, device} { // the device's own name of a set is the better known one
		sets, _ := sheet.Sets()
		for _, set := range sets {
			names[settings.SetGroup(set.ID)] = set.Name
		}
	}
	_, locked := settings.Following(organization, device)
	var list []DriftedValue
	seen := map[settings.Key]bool{}
	for _, d := range settings.Drift(organization, device) {
		key := settings.Key(plain(string(d.Property.Key)))
		if seen[key] {
			continue
		}
		seen[key] = true
		label := d.Property.Label
		if set := names[d.Property.Group]; set != "" {
			label += ", " + set
		}
		list = append(list, DriftedValue{
			Key: key, Property: PropertyKey(key), Label: plain(label), Locked: slices.Contains(locked, d.Property.Key),
			OrgValue: clean(organization.Words(d.Property, d.One)), Device: clean(device.Words(d.Property, d.Two)),
		})
	}
	return list
}

// PropertyKey is a key without the number of a backup set: "set.1.includes" is a value of "set.includes".
func PropertyKey(key settings.Key) string {
	text := string(key)
	if last := strings.LastIndexByte(text, '.'); last >= 0 && strings.HasPrefix(text, "set.") {
		return "set" + text[last:]
	}
	return text
}

// plain makes the vendor's text one that can stand in a key or a label: of bounded length and without control characters.
func plain(text string) string {
	return clean(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text))
}
