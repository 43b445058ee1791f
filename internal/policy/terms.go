package policy

import (
	"fmt"
	"regexp"
	"time"
)

// defaultLifetime is how long a request waits for its last vote where no rule says otherwise.
const defaultLifetime = 24 * time.Hour

// Terms are what a rule demands beside approvers.
type Terms struct {
	ReasonPattern string        // regular expression that the reason has to hold, "" when any will do
	ReasonExample string        // shown when it does not
	Lifetime      time.Duration // of a request, from asking to its last vote
	UndoWindow    time.Duration // between the last vote and the first call
}

// Unmet says in a sentence what is wrong with a reason, or "". The pattern stands for itself: what is matched is compiled
// anew each time, so that terms stay values that can be compared.
func (t Terms) Unmet(reason string) string {
	if t.unfit(reason) == "" {
		return ""
	}
	return fmt.Sprintf("The reason has to look like this: “%s”.", t.ReasonExample)
}

// unfit says for whom the rules are made why a text does not hold the pattern, or "".
func (t Terms) unfit(text string) string {
	if t.ReasonPattern == "" {
		return ""
	}
	pattern, err := regexp.Compile(t.ReasonPattern)
	switch {
	case err != nil:
		return fmt.Sprintf("pattern is not a regular expression (%v)", err)
	case !pattern.MatchString(text):
		return fmt.Sprintf("the example %q does not hold the pattern %q", text, t.ReasonPattern)
	case pattern.MatchString(""):
		return fmt.Sprintf("the pattern %q holds for no reason at all: make it ask for something", t.ReasonPattern)
	}
	return ""
}
