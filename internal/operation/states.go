package operation

import "slices"

// moves is the table of allowed changes of state; what is not in it cannot happen.
var moves = map[State][]State{
	Awaiting:  {Running, Scheduled, Rejected, Expired, Withdrawn},
	Scheduled: {Running, Withdrawn, Awaiting},
	Running:   {Succeeded, Failed, Unknown},
	Unknown:   {Succeeded, Failed},
}

// CanMove tells whether an operation may go from one state to another.
func CanMove(from, to State) bool { return slices.Contains(moves[from], to) }

// Sources lists the states from which an operation may come to this one.
func Sources(to State) []State {
	var from []State
	for _, s := range States {
		if CanMove(s, to) {
			from = append(from, s)
		}
	}
	return from
}

// States lists every state in the order of a life.
var States = []State{Awaiting, Scheduled, Running, Succeeded, Failed, Unknown, Rejected, Expired, Withdrawn}
