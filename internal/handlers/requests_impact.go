package handlers

import (
	"fmt"
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
		for _, f := range a.Impact(readings[0].State) {
			facts = append(facts, templates.Fact{Label: f.Name, Value: f.Value})
		}
		return facts
	}
	people, left := map[string]bool{}, map[string]bool{}
	var count int
	var bytes int64
	for _, o := range readings {
		n, stored := o.State.Archives()
		count, bytes = count+n, bytes+stored
		if user := factOf(o, "User"); user != "" {
			people[user] = true
			left[user] = left[user] || o.State.Owner.LastDevice()
		}
	}
	facts = append(facts,
		templates.Fact{Label: "Archives", Value: counted(count, "archive") + ", " + size(bytes)},
		templates.Fact{Label: "People", Value: peopleWords(len(people), left)},
	)
	return append(facts, common(a, readings)...)
}

// peopleWords counts the users of devices, and names who has none afterwards.
func peopleWords(all int, without map[string]bool) string {
	var names []string
	for name, last := range without {
		if last {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	switch len(names) {
	case 0:
		return number(all)
	case 1:
		return number(all) + "; for " + names[0] + " it is the last active device"
	}
	return fmt.Sprintf("%s; for %s of them it is the last active device", number(all), number(len(names)))
}

// common lists what the action says of its targets wherever it says the same of all of them.
func common(a action.Action, readings []operation.Reading) []templates.Fact {
	var facts []templates.Fact
	shared := a.Impact(readings[0].State)
	for _, o := range readings[1:] {
		said := a.Impact(o.State)
		shared = slices.DeleteFunc(shared, func(f action.Fact) bool { return !slices.Contains(said, f) })
	}
	for _, f := range shared {
		facts = append(facts, templates.Fact{Label: f.Name, Value: f.Value})
	}
	return facts
}
