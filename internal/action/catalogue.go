package action

// All is the catalogue in display order.
var All = []Action{
	deviceBlock, deviceUnblock, deviceDeauthorize, deviceDeactivate, deviceReactivate,
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
