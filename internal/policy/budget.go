package policy

import (
	"fmt"
	"math"
	"strconv"
)

// Budget bounds how many devices one person, and everybody in one subtree, may destroy in a time, and of how many they may
// change the settings: the bounds are the same, and the two are added up apart. A field that is zero has its default.
type Budget struct {
	PersonPerHour int // devices of one person within an hour; above it one approver more
	SubtreePerDay int // devices in the subtree of the role that asks, within a day; above it one approver more
	Ceiling       int // destroyed by one person or in one subtree within a day; above it nothing goes
}

// Tally is what a budget adds up.
type Tally string

// The tallies.
const (
	Destroyed    Tally = ""         // devices that are deactivated
	Reconfigured Tally = "settings" // devices whose settings are changed; without a ceiling, for they can be changed back
)

// Spent is what was asked for already of one tally, and neither ended without being run nor failed.
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

// Check tells what so many devices more mean: whether one approver more has to agree, and why, or that it is refused. Both
// sentences are safe to show to who asks and to who decides: they name the bound and never what was spent,
// which may lie where the reader sees nothing.
func (b Budget) Check(of Tally, spent Spent, adding int) (more bool, why, refusal string) {
	if adding <= 0 {
		return false, "", ""
	}
	b = b.Filled()
	person, subtree := "With it one person destroys more than %s devices within %s: %s.",
		"With it more than %s devices are destroyed within a day where the role is held that asks: %s."
	if of == Reconfigured {
		b.Ceiling = math.MaxInt
		person = "With it one person changes the settings of more than %s devices within %s: %s."
		subtree = "With it the settings of more than %s devices are changed within a day where the role is held that asks: %s."
	}
	const (
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
