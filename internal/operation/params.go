package operation

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"backup-portal/internal/action"
	"backup-portal/internal/fault"
)

const (
	paramsLimit = 256 << 10 // bytes of all parameters of one change: they are stored, agreed to and compared whole
	mostParams  = 2000
)

// ParamProblems is the cause of a fault.Invalid when parameters are not what the action takes.
type ParamProblems struct{ Problems map[string]string } // what is wrong, by name; what is about all of them under ""

func (e *ParamProblems) Error() string {
	return fmt.Sprintf("%d parameters are wrong", len(e.Problems))
}

// acceptable turns down parameters that the action does not take, and those that nobody could store.
func acceptable(a action.Action, params map[string]string) error {
	size := 0
	for name, value := range params {
		size += len(name) + len(value)
		if !storable(name) || !storable(value) {
			return fault.Wrap(fault.Invalid, &ParamProblems{Problems: map[string]string{name: "It has characters that are no text. Type it again, without what was pasted."}},
				"The form has characters that are no text.", "Type it again, without what was pasted.")
		}
	}
	if size > paramsLimit || len(params) > mostParams {
		return fault.New(fault.Invalid, fmt.Sprintf("The form is larger than %d KiB.", paramsLimit>>10), "Change less at once, and the rest afterwards.")
	}
	problems := a.Accept(params)
	if len(problems) == 0 {
		return nil
	}
	first := slices.Sorted(maps.Keys(problems))[0]
	return fault.Wrap(fault.Invalid, &ParamProblems{Problems: problems}, problems[first], "Mend what is marked, and send the form again.")
}

// storable tells whether both databases keep a text as it is.
func storable(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }

// given are the parameters of a form that was posted: none, when there are none. Nil is the form that nobody has filled in.
func given(params map[string]string) map[string]string {
	if params == nil {
		return map[string]string{}
	}
	return params
}

// kept are the parameters that are stored: all but the secret ones.
func kept(a action.Action, params map[string]string) map[string]string {
	stored := maps.Clone(params)
	for _, p := range a.Params {
		if p.Secret {
			delete(stored, p.Name)
		}
	}
	return stored
}

// noSecrets turns down secrets of a change that waits: what waits is stored, and a secret is not.
func noSecrets(a action.Action, params map[string]string) error {
	if len(kept(a, params)) == len(params) {
		return nil
	}
	return fault.New(fault.Invalid, "A change with a secret cannot wait for the yes of others.", "Ask somebody who may do it at once.")
}
