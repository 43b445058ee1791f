package policy

import (
	"fmt"
	"strconv"
)

// Budget bounds how much one person, and everybody in one subtree, may destroy in a time. A field that is zero has its
// default.
type Budget struct {
	PersonPerHour int // destructive targets of one person within an hour; above it one approver more
	SubtreePerDay int // destructive targets in the subtree of the role that asks, within a day; above it one approver more
	Ceiling       int // of one person or one subtree within a day; above it nothing goes
}

// Spent is what was asked for already and neither ended without being run nor failed.
type Spent struct {
	PersonHour, PersonDay, SubtreeDay int
}

// The defaults of a budget.
const (
	defaultPersonPerHour = 25
	defaultSubtreePerDay = 100
	defaultCeiling       = 1000
)

// Filled is the budget with its defaults.
func (b Budget) Filled() Budget {
	orElse := func(n, other int) int {
		if n == 0 {
			return other
		}
		return n
	}
	return Budget{
		PersonPerHour: orElse(b.PersonPerHour, defaultPersonPerHour),
		SubtreePerDay: orElse(b.SubtreePerDay, defaultSubtreePerDay),
		Ceiling:       orElse(b.Ceiling, defaultCeiling),
	}
}

// Check tells what destroying so many devices more means: whether one approver more has to agree, and why, or that it is
// refused. Both sentences are safe to show to who asks and to who decides: they name the bound and never what was spent,
// which may lie where the reader sees nothing.
func (b Budget) Check(spent Spent, adding int) (more bool, why, refusal string) {
	if adding <= 0 {
		return false, "", ""
	}
	b = b.Filled()
	const (
		person  = "With it one person destroys more than %s devices within %s: %s."
		subtree = "With it more than %s devices are destroyed within a day where the role is held that asks: %s."
		oneMore = "one approver more has to agree"
		nothing = "above that nothing goes"
	)
	switch {
	case spent.PersonDay+adding > b.Ceiling:
		return false, "", fmt.Sprintf(person, figure(b.Ceiling), "a day", nothing)
	case spent.SubtreeDay+adding > b.Ceiling:
		return false, "", fmt.Sprintf(subtree, figure(b.Ceiling), nothing)
	case spent.PersonHour+adding > b.PersonPerHour:
		return true, fmt.Sprintf(person, figure(b.PersonPerHour), "an hour", oneMore), ""
	case spent.SubtreeDay+adding > b.SubtreePerDay:
		return true, fmt.Sprintf(subtree, figure(b.SubtreePerDay), oneMore), ""
	}
	return false, "", ""
}

// figure writes a count with separators: 1,000.
func figure(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return figure(n/1000) + "," + fmt.Sprintf("%03d", n%1000)
}
