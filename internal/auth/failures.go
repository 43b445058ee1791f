package auth

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"backup-portal/internal/audit"
)

// knownSources bounds the memory that failing strangers can take; the rest is summed as one.
const knownSources = 1_000

// otherSources stands for the addresses beyond knownSources.
const otherSources = "other addresses"

// failure is why a sign-in did not come to an end.
type failure string

const (
	failedState failure = "unknown or used state"
	failedByIdP failure = "refused by the provider"
	failedCode  failure = "code not accepted"
	failedToken failure = "token not valid"
	failedProof failure = "not asked to sign in again"
	failedLimit failure = "too many requests"

	failedLogout   failure = "logout token not valid"
	failedReplay   failure = "logout token used before"
	failedTooOften failure = "too many logout requests"
)

// event is the audit event that a failure was an attempt at.
func (f failure) event() string {
	switch f {
	case failedLogout, failedReplay, failedTooOften:
		return eventEnd
	case failedState, failedByIdP, failedCode, failedToken, failedProof, failedLimit:
	}
	return eventSignIn
}

// tally counts the failures of people nobody knows. They share one audit line per event, source and minute: whoever
// fails on purpose cannot fill the log.
type tally struct {
	minutes[source, failures]
}

type source struct {
	address string
	event   string
}

type failures map[failure]int

func newTally() *tally {
	return &tally{minutes[source, failures]{counts: map[inMinute[source]]failures{}}}
}

func (t *tally) add(at time.Time, address string, why failure) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := minuteOf(at, source{address, why.event()})
	if t.counts[key] == nil && len(t.counts) >= knownSources {
		key.of.address = otherSources
	}
	if t.counts[key] == nil {
		t.counts[key] = failures{}
	}
	t.counts[key][why]++
}

func (f failures) line(minute time.Time, of source) (audit.Line, bool) {
	total := 0
	var parts []string
	for _, why := range slices.Sorted(maps.Keys(f)) {
		total += f[why]
		parts = append(parts, fmt.Sprintf("%s: %d", why, f[why]))
	}
	return audit.Line{
		At:      minute,
		Actor:   audit.Actor{Key: "anonymous", Name: "Nobody signed in", Address: of.address},
		Action:  of.event,
		Target:  audit.Target{Kind: "portal", ID: "portal"},
		Outcome: audit.Refused,
		Detail:  fmt.Sprintf("%d failed within a minute (%s)", total, strings.Join(parts, ", ")),
	}, true
}

// Housekeep forgets sessions whose time is over and records what failed and what was refused in the minutes that have
// ended. Call it about once a minute.
func (s *Service) Housekeep(ctx context.Context) error {
	now := s.opts.Now()
	_, purged := s.opts.Sessions.PurgeSessions(ctx, now)
	return errors.Join(purged, s.sumUp(ctx, now))
}

// Close records what was counted since Housekeep did, the minute that has not ended included.
func (s *Service) Close(ctx context.Context) error {
	return s.sumUp(ctx, s.opts.Now().Add(time.Minute))
}

func (s *Service) sumUp(ctx context.Context, until time.Time) error {
	var errs []error
	for _, line := range slices.Concat(s.failures.take(until), s.refusals.take(until)) {
		errs = append(errs, s.opts.Record(ctx, line))
	}
	return errors.Join(errs...)
}
