package operation

import "slices"

// moves is the table of allowed changes of state of one operation; what is not in it cannot happen. An operation that
// nobody else has to agree to begins as Running; an item of a request begins as Awaiting.
var moves = map[State][]State{
	Awaiting: {Running, Rejected, Expired, Withdrawn, LeftOut},
	Running:  {Succeeded, Failed, Partial, Unknown},
	Unknown:  {Succeeded, Failed, Partial},
}

// requestMoves is the same for requests. A running one goes back to Awaiting, or is rejected because who asked may not any
// more, only before its first item was run.
var requestMoves = map[State][]State{
	Awaiting:  {Scheduled, Running, Rejected, Expired, Withdrawn},
	Scheduled: {Running, Awaiting, Rejected, Expired, Withdrawn},
	Running:   {Awaiting, Rejected, Stopped, Ended},
	Stopped:   {Running, Ended},
}

// CanMove tells whether an operation may go from one state to another.
func CanMove(from, to State) bool { return slices.Contains(moves[from], to) }

// CanTurn tells whether a request may go from one state to another.
func CanTurn(from, to State) bool { return slices.Contains(requestMoves[from], to) }

// Sources lists the states from which an operation may come to this one.
func Sources(to State) []State { return sources(moves, to) }

// RequestSources lists the states from which a request may come to this one.
func RequestSources(to State) []State { return sources(requestMoves, to) }

func sources(table map[State][]State, to State) []State {
	var from []State
	for _, s := range States {
		if slices.Contains(table[s], to) {
			from = append(from, s)
		}
	}
	return from
}

// requestOpen tells whether a request may still move.
func requestOpen(s State) bool { return len(requestMoves[s]) > 0 }

// States lists every state in the order of a life.
var States = []State{
	Awaiting, Scheduled, Running, Stopped, Succeeded, Failed, Partial, Unknown, Rejected, Expired, Withdrawn, LeftOut, Ended,
}
