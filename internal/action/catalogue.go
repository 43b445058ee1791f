package action

// All is the catalogue in display order.
var All = []Action{deviceBlock, deviceUnblock}

// ByID finds an action by its id.
func ByID(id string) (Action, bool) {
	for _, a := range All {
		if a.ID == id {
			return a, true
		}
	}
	return Action{}, false
}

// For lists the actions of a resource ("devices") in display order.
func For(resource string) []Action {
	var list []Action
	for _, a := range All {
		if a.Resource == resource {
			list = append(list, a)
		}
	}
	return list
}
