package action

// All is the catalogue in display order: of each kind what edits comes first, and what destroys last.
var All = []Action{
	deviceEdit, deviceSettings, deviceFollow, deviceUpgrade,
	deviceBlock, deviceUnblock, deviceDeauthorize, deviceDeactivate, deviceReactivate,
	orgEdit, orgSettings, orgCreate,
	orgBlock, orgUnblock, orgDeactivate, orgReactivate,
}

// ByID finds an action by its id.
func ByID(id string) (Action, bool) {
	for _, a := range All {
		if a.ID == id {
			return a, true
		}
	}
	return Action{}, false
}
