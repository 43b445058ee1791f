package policy

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// ParseRules reads what the configuration changes of the table, in TOML as docs/rules.md describes it; the empty text
// changes nothing. It is strict: what it does not know it refuses. Its error has one line for each problem, which names the
// rule and says what to write.
func ParseRules(text string) (Rules, error) {
	var tree map[string]any
	if _, err := toml.Decode(text, &tree); err != nil {
		if e, ok := errors.AsType[toml.ParseError](err); ok {
			return Rules{}, fmt.Errorf("line %d: %s", e.Position.Line, e.Message)
		}
		return Rules{}, err
	}
	var p problems
	top := settings{values: tree, problems: &p}
	r := Rules{Budget: top.table("budget").budget(), changed: map[ruleKey]rule{}}
	byAction := top.table("rule")
	for _, id := range slices.Sorted(maps.Keys(byAction.values)) {
		of := byAction.table(id)
		if table[id] == nil {
			of.fail("there is no such action; the actions are %s", strings.Join(slices.Sorted(maps.Keys(table)), ", "))
			continue
		}
		of.action(id, r.changed)
	}
	top.rest("budget", "rule")
	if len(p) == 0 {
		r.checkSources(&p)
	}
	if err := errors.Join(p...); err != nil {
		return Rules{}, err
	}
	return r, nil
}

const mostPerBudget = 1_000_000

// budget reads the table [budget].
func (s settings) budget() Budget {
	b := Budget{
		PersonPerHour: s.number("person_per_hour", 1, mostPerBudget),
		SubtreePerDay: s.number("subtree_per_day", 1, mostPerBudget),
		Ceiling:       s.number("ceiling", 1, mostPerBudget),
	}
	s.rest("person_per_hour", "subtree_per_day", "ceiling")
	b = b.Filled()
	if highest := max(b.PersonPerHour, b.SubtreePerDay); highest > b.Ceiling {
		s.fail("ceiling is %d, and people would be asked for one approver more only above %d: write ceiling = %d or more", b.Ceiling, highest, highest)
	}
	return b
}

// What a rule may say of its terms, and of who may do it.
var (
	termKeys = []string{"reason", "lifetime", "undo_window"}
	roleKeys = append([]string{"may", "below", "approvers"}, termKeys...)
)

// action reads [rule."device.block"]: terms for every role that may do it, and a table for each role.
func (s settings) action(id string, changed map[ruleKey]rule) {
	if s.has("may") || s.has("below") || s.has("approvers") {
		s.fail("may, below and approvers belong to a role: write them below [rule.%q.%s]", id, Admin)
	}
	common := s.terms()
	var roles []string
	for _, role := range Roles {
		roles = append(roles, string(role))
		r := table[id][role]
		r.terms = common(r.terms)
		if own := s.table(string(role)); own.values != nil {
			r = own.role(id, role, r)
		}
		if !r.may {
			r = rule{}
		}
		changed[ruleKey{id, role}] = r
	}
	s.rest(append(slices.Concat(roles, termKeys), roleKeys...)...)
}

// role reads [rule."device.block".help-desk], and keeps of the rule what the table does not say.
func (s settings) role(id string, role Role, r rule) rule {
	opened := r.may
	if may, ok := s.boolean("may"); ok {
		r.may = may
	} else if s.has("approvers") {
		r.may = true
	}
	if below, ok := s.boolean("below"); ok {
		r.below = below
	}
	if s.has("approvers") {
		r.need = s.need("approvers")
	}
	r.terms = s.terms()(r.terms)
	s.rest(roleKeys...)
	switch {
	case r.may && (role == Viewer || role == Auditor):
		s.fail("%s only reads: no rule opens a change to it; give such people another role as well", role)
	case !r.may && s.has("approvers"):
		s.fail("may = false and approvers contradict each other: take one of them out")
	case r.may && !opened && !s.has("approvers"):
		s.fail("%s may not do %s as it stands: say who has to agree with approvers, or that nobody has to with approvers = []", role, id)
	case !r.may && !s.has("may"):
		s.fail("%s may not do %s as it stands, so nothing else can be said of it: write approvers, or take the table out", role, id)
	}
	return r
}

// The bounds of times.
const (
	shortestLifetime = 5 * time.Minute
	longestLifetime  = 30 * 24 * time.Hour
	longestWindow    = 24 * time.Hour
)

// terms reads what a rule demands beside approvers: it answers what puts that into terms, and leaves the rest as it is.
func (s settings) terms() func(Terms) Terms {
	pattern, example := s.reason()
	lifetime, hasLifetime := s.duration("lifetime", shortestLifetime, longestLifetime)
	window, hasWindow := s.duration("undo_window", 0, longestWindow)
	return func(t Terms) Terms {
		if pattern != "" {
			t.ReasonPattern, t.ReasonExample = pattern, example
		}
		if hasLifetime {
			t.Lifetime = lifetime
		}
		if hasWindow {
			t.UndoWindow = window
		}
		return t
	}
}

// reason reads reason = { pattern = '…', example = "…" }.
func (s settings) reason() (pattern, example string) {
	part := s.table("reason")
	if part.values == nil {
		return "", ""
	}
	pattern, hasPattern := part.text("pattern")
	example, hasExample := part.text("example")
	part.rest("pattern", "example")
	switch {
	case !hasPattern || !hasExample: // said already
	case pattern == "":
		part.fail("write pattern, the regular expression that a reason has to hold, and example, a reason that holds it")
	case example == "":
		part.fail("write example, a reason that holds the pattern: people read it when theirs does not")
	default:
		if why := (Terms{ReasonPattern: pattern}).unfit(example); why != "" {
			part.fail("%s", why)
		}
	}
	return pattern, example
}
