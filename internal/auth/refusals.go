package auth

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/audit"
	"backup-portal/internal/policy"
)

// EventMissed is the audit log's event for what a signed-in person asked for by its id and what was not there for them.
const EventMissed = "session.not-found"

const (
	// refusedSingly is how many refusals of one kind a person gets in a minute as lines of their own.
	refusedSingly = 5
	// missesNamed is how many addresses a line names, and longestAddress what of each.
	missesNamed    = 5
	longestAddress = 100
)

// refusals sums up what was refused to people who are signed in: one line per person, event and minute. An auditor sees
// who tries what they may not, and whoever tries on purpose cannot fill the log.
type refusals struct {
	minutes[attempt, *refusal]
}

// attempt is who was refused what.
type attempt struct {
	person string
	event  string
}

type refusal struct {
	actor  audit.Actor
	places []string // where the person holds something: whoever reads the log there reads of it
	count  int
	first  []string // addresses, as they were asked for
}

func newRefusals() *refusals {
	return &refusals{minutes[attempt, *refusal]{counts: map[inMinute[attempt]]*refusal{}}}
}

// add counts one more and answers the how manieth of its minute it is.
func (r *refusals) add(at time.Time, actor policy.Actor, event, address string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := minuteOf(at, attempt{actor.Key(), event})
	one := r.counts[key]
	if one == nil {
		one = &refusal{actor: audit.Actor{Key: actor.Key(), Name: actor.Name, Email: actor.Email, Address: actor.Address}, places: places(actor)}
		r.counts[key] = one
	}
	if one.count++; len(one.first) < missesNamed && !slices.Contains(one.first, address) {
		one.first = append(one.first, address)
	}
	return one.count
}

// line sums up what had no line of its own.
func (r *refusal) line(minute time.Time, of attempt) (audit.Line, bool) {
	l := audit.Line{
		At: minute, Actor: r.actor, Action: of.event, Target: audit.Target{Kind: "portal", ID: "portal"},
		OrgUIDs: r.places, Outcome: audit.Refused,
		Detail: fmt.Sprintf("Refused %d more times within a minute.", r.count-refusedSingly),
	}
	if of.event == EventMissed {
		l.Detail = fmt.Sprintf("%d within a minute: %s", r.count, strings.Join(r.first, ", "))
		if r.count > len(r.first) {
			l.Detail += ", …"
		}
	}
	return l, of.event == EventMissed || r.count > refusedSingly
}

// Missed counts that a signed-in person asked by its id for something that is not there for them. Whether it exists
// elsewhere is not written down: people read their own lines.
func (s *Service) Missed(c echo.Context, actor policy.Actor) {
	r := c.Request()
	s.refusals.add(s.opts.Now(), actor, EventMissed, r.Method+" "+shortened(r.URL.EscapedPath()))
}

// Refused tells whether one more refusal of this event gets a line of its own; if not it is summed up with others.
func (s *Service) Refused(actor policy.Actor, event string) bool {
	return s.refusals.add(s.opts.Now(), actor, event, "") <= refusedSingly
}

func shortened(address string) string {
	if utf8.RuneCountInString(address) <= longestAddress {
		return address
	}
	return string([]rune(address)[:longestAddress]) + "…"
}
