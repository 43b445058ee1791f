package operation_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"backup-portal/internal/audit"
	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/internal/store"
)

// TestModelOfTheRoad walks through the whole road on a real database at random: people who ask, vote, change their minds
// and lose their roles, at once and one after the other, portals that are killed between any two writes, a vendor that
// fails in every way, and a clock that goes forth and back. Every call that reaches the vendor is held against the oracle
// at that moment, and at the end of each walk every request has to have come to a true end.
func TestModelOfTheRoad(t *testing.T) {
	t.Parallel()
	changed, err := policy.ParseRules(changedRules)
	if err != nil {
		t.Fatal(err)
	}
	slow, err := policy.ParseRules(slowRules)
	if err != nil {
		t.Fatal(err)
	}
	template := emptyDatabase(t)
	var all seen
	modelled(t, *roadSteps, func(t *rapid.T, step func() bool) {
		w := newWalk(t, template, step)
		defer w.leave()
		switch rapid.IntRange(0, 2).Draw(t, "rules") {
		case 1:
			w.rules = slow
		case 2:
			w.code, w.rules = changedCode(), changed
		}
		w.rules.Budget = modelBudget
		for range rapid.IntRange(1, 2).Draw(t, "portals") {
			w.portals = append(w.portals, w.begin())
		}
		t.Repeat(w.steps())
		w.end()
		w.blame(t)
		all.add(w.seen)
	})
	t.Logf("%+v", all)
	// A model that meets nothing finds nothing.
	if !t.Failed() && *roadSteps >= 4000 && (all.calls < int(*roadSteps)/100 || all.items < int(*roadSteps)/300 || all.votes < int(*roadSteps)/100 || all.deaths == 0 || all.saves < int(*roadSteps)/200 || all.parts == 0 || all.conflicts == 0) {
		t.Errorf("the walks met too little: %+v", all)
	}
}

var modelBudget = policy.Budget{PersonPerHour: 1, SubtreePerDay: 40, Ceiling: 60}

// seen is what walks met.
type seen struct{ calls, items, requests, votes, deaths, saves, parts, conflicts int }

func (s *seen) add(o seen) {
	s.calls += o.calls
	s.items += o.items
	s.requests += o.requests
	s.votes += o.votes
	s.deaths += o.deaths
	s.saves += o.saves
	s.parts += o.parts
	s.conflicts += o.conflicts
}

// walk is one random walk with a database of its own.
type walk struct {
	ctx    context.Context
	folder string
	db     *store.Store
	clock  *stepClock
	logger *slog.Logger
	plant  *plant
	people *registry
	code   code
	rules  policy.Rules
	step   func() bool

	portals   []*process
	processes int

	saving sync.Mutex // one value at the vendor is changed after the other

	mu         sync.Mutex
	violations []string
	seen       seen
	wanted     map[string][]*wanted // forms by their id, as often as they were posted
	drawn      map[string]wanted    // and as they were drawn
	order      []string             // their ids, oldest first
	open       []string             // requests that were open when everything was quiet
	awaiting   []string             // those of them that waited for votes
	concerned  []string             // who had asked for them or voted on them
	given      map[string][]given   // votes by request
	bound      map[string][]stock   // what there was when a request was bound to a digest, by both
	sent       []sent
	succeeded  map[string]bool // operations that had ended well when everything was quiet
	quieted    int
	latest     time.Time // the clock's highest since then
}

// emptyDatabase is a database with its tables, to copy: making them takes longer than most walks.
func emptyDatabase(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	db, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(folder, "portal.db")})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(folder, "portal.db")
}

func newWalk(t *rapid.T, template string, step func() bool) *walk {
	folder, err := os.MkdirTemp("", "model-")
	if err != nil {
		t.Fatal(err)
	}
	w := &walk{
		ctx: context.Background(), folder: folder, logger: slog.New(slog.DiscardHandler), code: written(), step: step,
		clock:  &stepClock{now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)},
		wanted: map[string][]*wanted{}, drawn: map[string]wanted{}, given: map[string][]given{}, bound: map[string][]stock{}, succeeded: map[string]bool{},
	}
	w.latest = w.clock.Now()
	if err := copyFile(template, filepath.Join(folder, "portal.db")); err != nil {
		t.Fatal(err)
	}
	w.db, err = store.Open(w.ctx, store.Options{URL: "sqlite:" + filepath.Join(folder, "portal.db"), Now: w.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	w.plant = &plant{db: w.db, stocks: []stock{newPlant()}}
	w.people = &registry{w: w, versions: []map[string]soul{{}}}
	for _, s := range cast() {
		w.people.versions[0][s.key] = s
	}
	s := w.plant.now()
	for _, uid := range slices.SortedFunc(maps.Keys(s.tree), func(a, b string) int { return len(s.tree.chain(a)) - len(s.tree.chain(b)) }) {
		if err := w.db.OrgSeen(w.ctx, w.plant.org(s, uid)); err != nil {
			t.Fatal(err)
		}
	}
	for guid := range s.devices {
		if err := w.db.DeviceSeen(w.ctx, w.plant.row(s, guid)); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

func (w *walk) leave() {
	for _, p := range w.portals {
		w.closed(p, 5*time.Second)
	}
	_ = w.db.Close()
	_ = os.RemoveAll(w.folder)
}

// blame fails the walk with the first thing that should not have been.
func (w *walk) blame(t *rapid.T) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.violations) > 0 {
		t.Fatalf("violation: %s", strings.Join(w.violations, "; "))
	}
}

// settle waits until everything is quiet, buries the dead, and writes down what is now: what comes later is held against
// this and not against what was before.
func (w *walk) settle(t *rapid.T) {
	quiet := true
	for _, p := range w.portals {
		quiet = p.service.Quiet(time.Minute) && quiet
	}
	if !quiet {
		t.Fatalf("violation: the portals do not come to rest")
	}
	w.bury()
	open, err := w.db.Listed(w.ctx, operation.RequestFilter{
		Scope: inventory.Everything(), States: []operation.State{operation.Awaiting, operation.Scheduled, operation.Running, operation.Stopped},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.open, w.awaiting, w.concerned = nil, nil, nil
	for _, r := range open {
		w.open = append(w.open, r.ID)
		w.concerned = append(append(w.concerned, r.Person.Key), voters(r)...)
		if r.State == operation.Awaiting {
			w.awaiting = append(w.awaiting, r.ID)
		}
		w.mu.Lock()
		if _, known := w.bound[r.ID+r.Digest]; !known {
			w.bound[r.ID+r.Digest] = w.plant.since()
			w.seen.requests++
		}
		w.mu.Unlock()
	}
	w.mu.Lock()
	for _, s := range w.sent {
		if s.quiet == w.quieted {
			if op, err := w.db.Operation(w.ctx, s.op.ID); err == nil && (op.State == operation.Succeeded || op.State == operation.Partial) {
				w.succeeded[op.ID] = true
			}
		}
	}
	w.quieted++
	w.latest = w.clock.Now()
	w.mu.Unlock()
	w.plant.forget()
	w.people.forget()
	w.blame(t)
}

// end brings everything to its end: the vendor is well again, portals run, time passes. Then the books have to be right.
func (w *walk) end() {
	w.plant.mu.Lock()
	w.plant.faults, w.plant.mute = nil, 0
	w.plant.mu.Unlock()
	for _, p := range w.portals {
		p.left.Store(-1)
	}
	someone := policy.Actor{Issuer: "i", Subject: "end", Name: "The end", Grants: []policy.Grant{{Role: policy.Admin, OrgUID: "1", Path: "/1/", AtRoot: true}}}
	for range 12 {
		w.bury()
		for _, p := range w.portals {
			w.tolerate(p.service.Recover(w.ctx, false))
			open, _ := p.service.Unsettled(w.ctx, someone)
			for _, op := range open {
				w.tolerate(p.service.CheckAgain(w.ctx, someone, op.ID, ""))
			}
			w.tolerate(p.service.Tend(w.ctx))
			p.service.Quiet(10 * time.Second)
		}
		w.clock.Step(7 * time.Hour)
	}
	for _, id := range w.order {
		w.audit(id)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.sent {
		op, err := w.db.Operation(w.ctx, s.op.ID)
		if s.values != nil && err == nil {
			w.violations = append(w.violations, s.untrue(op)...)
			continue
		}
		if err != nil || op.State != map[bool]operation.State{true: operation.Succeeded, false: operation.Failed}[s.applied] {
			w.violations = append(w.violations, op.Action+" on "+op.TargetID+" is "+string(op.State)+" and its effect at the vendor is "+word(s.applied))
		}
	}
}

// audit reads everything that was written about a form, and holds it against what may follow what.
func (w *walk) audit(id string) {
	r, err := w.db.Request(w.ctx, id)
	ops := r.Items
	if err != nil {
		op, err := w.db.Operation(w.ctx, id)
		if err != nil {
			return // it was refused
		}
		ops = []operation.Operation{op}
	} else if r.Open() {
		w.violated("request %s by %s never ends: it is %s", r.Action, r.Person.Key, r.State)
	}
	lines, err := w.db.Steps(w.ctx, id)
	if err != nil {
		w.violated("the lines of a request cannot be read: %v", err)
	}
	over := false
	for _, e := range lines {
		switch {
		case e.Line.Outcome == audit.Intent && over:
			w.violated("something was sent for %s after it was denied, withdrawn or over", r.Action)
		case e.Line.Operation != "":
		case e.Line.Outcome == audit.Approved && e.Line.Actor.Key == r.Person.Key:
			w.violated("%s agreed to their own request", r.Person.Key)
		case slices.Contains([]audit.Outcome{audit.Denied, audit.Expired, audit.Withdrawn, audit.Ended}, e.Line.Outcome):
			over = true
		}
	}
	for _, op := range ops {
		w.books(op)
	}
}

// books holds the lines of one operation against the calls that reached the vendor.
func (w *walk) books(op operation.Operation) {
	events, err := w.db.Events(w.ctx, op.ID)
	intents, outcomes := count(events, audit.Intent), 0
	for _, o := range []audit.Outcome{audit.Succeeded, audit.Failed, audit.Partial, audit.Unknown} {
		outcomes += count(events, o)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	calls := 0
	for _, s := range w.sent {
		if s.op.ID == op.ID {
			calls++
		}
	}
	if err != nil || op.Open() || intents > 1 || calls > intents || (outcomes == 0) != (intents == 0) || !intentFirst(events) {
		w.violations = append(w.violations, op.Action+" on "+op.TargetID+" is "+string(op.State)+" with the lines "+trailOf(events))
	}
}

// intentFirst tells whether no outcome stands before the intent. Refusals may: the same form can be posted again.
func intentFirst(events []operation.Event) bool {
	first := slices.IndexFunc(events, func(e operation.Event) bool { return e.Line.Outcome != audit.Refused })
	return first < 0 || events[first].Line.Outcome == audit.Intent
}

func trailOf(events []operation.Event) string {
	var words []string
	for _, e := range events {
		words = append(words, string(e.Line.Outcome))
	}
	return strings.Join(words, " ")
}
