package action

// All is the catalogue in display order.
var All = []Action{
	deviceBlock, deviceUnblock, deviceDeauthorize, deviceEdit, deviceSettings, deviceFollow, deviceUpgrade, deviceDeactivate, deviceReactivate,
	orgBlock, orgUnblock, orgCreate, orgEdit, orgSettings, orgDeactivate, orgReactivate,
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
