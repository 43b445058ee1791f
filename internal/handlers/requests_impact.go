package handlers

import (
	"slices"

	"backup-portal/internal/action"
	"backup-portal/internal/operation"
	"backup-portal/web/templates"
)

// impactFacts is what an action touches on several targets together: of one target all that it says, of several what they
// add up to.
func impactFacts(a action.Action, readings []operation.Reading) []templates.Fact {
	if len(readings) == 0 || a.Impact == nil {
		return nil
	}
	var facts []templates.Fact
	if len(readings) == 1 {
		for _, f := range a.Impact(readings[0].Order) {
			facts = append(facts, templates.Fact{Label: f.Name, Value: f.Value})
		}
		return facts
	}
	if a.Settings != nil {
		return append([]templates.Fact{valuesFact(a, readings), {Label: "People", Value: peopleOf(a, readings)}}, common(a, readings)...)
	}
	var count int
	var bytes int64
	for _, o := range readings {
		n, stored := o.State.Archives()
		count, bytes = count+n, bytes+stored
	}
	facts = append(facts,
		templates.Fact{Label: "Archives", Value: counted(count, "archive") + ", " + size(bytes)},
		templates.Fact{Label: "People", Value: peopleOf(a, readings)},
	)
	return append(facts, common(a, readings)...)
}

// peopleOf counts the users of devices; what destroys says too who has no active one afterwards, as whoever asked for it
// has read.
func peopleOf(a action.Action, readings []operation.Reading) string {
	if a.Risk == action.Destructive {
		return usersOf(readings)
	}
	people := map[string]bool{}
	for _, o := range readings {
		if uid := o.State.Device.UserUID; uid != "" {
			people[uid] = true
		}
	}
	return number(len(people))
}

// common lists what the action says of its targets wherever it says the same of all of them.
func common(a action.Action, readings []operation.Reading) []templates.Fact {
	var facts []templates.Fact
	shared := a.Impact(readings[0].Order)
	for _, o := range readings[1:] {
		said := a.Impact(o.Order)
		shared = slices.DeleteFunc(shared, func(f action.Fact) bool { return !slices.Contains(said, f) })
	}
	for _, f := range shared {
		facts = append(facts, templates.Fact{Label: f.Name, Value: f.Value})
	}
	return facts
}
