package settings

import "strings"

// PropertyOf answers the property that a key is about, a backup set's too; of a set that is not there the general one.
func PropertyOf(k Key) (Property, bool) {
	fields := func() []field { return orgTable }
	switch group, _, _ := strings.Cut(string(k), "."); {
	case group == "set":
		id, name, ok := setOf(k)
		if !ok || id == "" || name == "" {
			return Property{}, false
		}
		fields = func() []field { return setFields(id, ByDeviceDefaults) }
	case group == string(Other):
		if name := strings.TrimPrefix(string(k), "other."); name != "" && name != string(k) {
			return unknownPacket(name).Property, true
		}
	case group == string(Defaults):
		fields = func() []field { return defaultFields("", ByDeviceDefaults) }
	}
	for _, f := range fields() {
		if f.Key == k {
			return f.Property, true
		}
	}
	// What only a device has.
	for _, f := range deviceTable {
		if f.Key == k {
			return f.Property, true
		}
	}
	return Property{}, false
}
