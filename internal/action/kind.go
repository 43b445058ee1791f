package action

// Kind is one sort of thing that changes are about, with the words for it.
type Kind struct {
	ID       string // in operations and audit lines; never renamed
	Resource string // the first part of its addresses
	Param    string // what its id is called in addresses
	Noun     string // in sentences: "this device"
	Label    string // over its name
	IDLabel  string // over its id
}

// The kinds.
var (
	Device       = Kind{ID: "device", Resource: "devices", Param: "guid", Noun: "device", Label: "Device", IDLabel: "GUID"}
	Organization = Kind{ID: "organization", Resource: "organizations", Param: "uid", Noun: "organization", Label: "Organization", IDLabel: "UID"}
)

// KindByID finds a kind by its id; what is none of ours has only that.
func KindByID(id string) Kind {
	for _, k := range []Kind{Device, Organization} {
		if k.ID == id {
			return k
		}
	}
	return Kind{ID: id, Noun: id, Label: "Target", IDLabel: "Id"}
}

// Path is the address of the page of one thing of this kind.
func (k Kind) Path(id string) string { return "/" + k.Resource + "/" + id }
