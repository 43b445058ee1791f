package approval

import (
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Person is who asks or votes. Two of them are the same person by their key or by their e-mail address, however it is
// written: see Same.
type Person struct{ Key, Email string }

// Same tells whether two are one person: one key, or one e-mail address in whatever case. An address that the identity
// provider did not verify counts as well: it can take a vote away, never give one.
func Same(a, b Person) bool {
	return a.Key == b.Key || address(a) != "" && address(a) == address(b)
}

// address is the e-mail address in the form in which two are compared: full case folding may take a letter apart, so what
// it leaves is composed again.
func address(p Person) string {
	folded := cases.Fold().String(norm.NFC.String(strings.TrimSpace(p.Email)))
	return norm.NFC.String(folded)
}

// identify numbers people: whoever is one person, directly or through others, has one number. Numbers are given in the
// order in which they are met, so the first person's is 0.
func identify(people []Person) []int {
	leads := make([]int, len(people)) // an earlier appearance of the same person, or itself
	root := func(i int) int {
		for leads[i] != i {
			i = leads[i]
		}
		return i
	}
	seen := map[[2]string]int{}
	for i, p := range people {
		leads[i] = i
		for _, mark := range [][2]string{{"key", p.Key}, {"address", address(p)}} {
			if mark[1] == "" && mark[0] == "address" {
				continue
			}
			if earlier, ok := seen[mark]; ok {
				a, b := root(earlier), root(i)
				leads[max(a, b)] = min(a, b)
			} else {
				seen[mark] = i
			}
		}
	}
	numbers, given := make([]int, len(people)), map[int]int{}
	for i := range people {
		n, ok := given[root(i)]
		if !ok {
			n = len(given)
			given[root(i)] = n
		}
		numbers[i] = n
	}
	return numbers
}
