package approval

import (
	"fmt"
	"slices"
	"strings"
)

// Where says where a role has to be held, seen from the organization of the target.
type Where string

// The places.
const (
	Anywhere Where = ""      // at the target's organization or above it
	Above    Where = "above" // strictly above it
	Root     Where = "root"  // at an organization without a parent
)

// Source is a kind of approver: a role held somewhere. Role "" is any role that may itself run the action.
type Source struct {
	Role  string `json:"role,omitempty"`
	Where Where  `json:"where,omitempty"`
}

// Group is one demand: so many people, each of whom is one of these.
type Group struct {
	Count int      `json:"count"`
	From  []Source `json:"from"`
}

// Need is what a request has to bring: every group is met, each by people of its own. The empty need asks for nobody.
type Need []Group

// People is how many approvers it takes in all.
func (n Need) People() int {
	people := 0
	for _, g := range n {
		people += g.Count
	}
	return people
}

// OneMore is the need with one more approver, any who may themselves run the action.
func (n Need) OneMore() Need {
	return append(append(Need(nil), n...), Group{Count: 1, From: []Source{{}}})
}

// Words says who has to agree: "one admin and one other person who may do it"; "nobody" for the empty need.
func (n Need) Words() string {
	if len(n) == 0 {
		return "nobody"
	}
	var alike Need
	for _, g := range n {
		at := slices.IndexFunc(alike, func(other Group) bool { return slices.Equal(other.From, g.From) })
		if at < 0 {
			alike = append(alike, g)
		} else {
			alike[at].Count += g.Count
		}
	}
	groups := make([]string, len(alike))
	for i, g := range alike {
		groups[i] = g.words()
	}
	last := len(groups) - 1
	if last == 0 {
		return groups[0]
	}
	return strings.Join(groups[:last], ", ") + " and " + groups[last]
}

func (g Group) words() string {
	switch {
	case len(g.From) == 1 && g.From[0].Role == "":
		people := "other people"
		if g.Count == 1 {
			people = "other person"
		}
		return number(g.Count) + " " + people + g.From[0].Where.words() + " who may do it"
	case len(g.From) == 1 && g.Count != 1:
		return number(g.Count) + " " + g.From[0].Role + "s" + g.From[0].Where.words()
	}
	sources := make([]string, len(g.From))
	for i, s := range g.From {
		sources[i] = s.Role + s.Where.words()
		if s.Role == "" {
			sources[i] = "other person" + s.Where.words() + " who may do it"
		}
	}
	each := " "
	if g.Count != 1 {
		each = " people, each "
	}
	return number(g.Count) + each + strings.Join(sources, " or ")
}

func (w Where) words() string {
	switch w {
	case Above:
		return " above it"
	case Root:
		return " at the root"
	}
	return ""
}

func number(n int) string {
	words := []string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"}
	if n >= 0 && n < len(words) {
		return words[n]
	}
	return fmt.Sprint(n)
}
