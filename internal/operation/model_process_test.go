package operation_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"backup-portal/internal/action"
	"backup-portal/internal/audit"
	"backup-portal/internal/backup"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

// process is one portal of the model. It can be killed between any two of its writes: then it writes nothing more and
// reaches nobody, whatever of it still runs in memory.
type process struct {
	name    string
	service *operation.Service
	dead    atomic.Bool
	left    atomic.Int64 // writes until it dies; below 0 it does not
}

var errDead = errors.New("this portal was killed")

func (p *process) dies() bool {
	if !p.dead.Load() && p.left.Load() >= 0 && p.left.Add(-1) < 0 {
		p.dead.Store(true)
	}
	return p.dead.Load()
}

// mortalStore and mortalRequests are the database as a process sees it that can die.
type mortalStore struct {
	operation.Store
	p *process
}

func (m mortalStore) Begin(ctx context.Context, op operation.Operation, limit time.Duration, intent audit.Line) (operation.Operation, bool, error) {
	if m.p.dies() {
		return operation.Operation{}, false, errDead
	}
	return m.Store.Begin(ctx, op, limit, intent)
}

func (m mortalStore) Move(ctx context.Context, move operation.Move) (operation.Operation, error) {
	if m.p.dies() {
		return operation.Operation{}, errDead
	}
	return m.Store.Move(ctx, move)
}

func (m mortalStore) Note(ctx context.Context, id, checked string) error {
	if m.p.dies() {
		return errDead
	}
	return m.Store.Note(ctx, id, checked)
}

func (m mortalStore) Record(ctx context.Context, line audit.Line) (int64, error) {
	if m.p.dies() {
		return 0, errDead
	}
	return m.Store.Record(ctx, line)
}

type mortalRequests struct {
	operation.Requests
	p *process
}

func (m mortalRequests) Ask(ctx context.Context, r operation.Request, s operation.Spending, decide func(policy.Spent) (operation.Entry, error)) (operation.Request, bool, error) {
	if m.p.dies() {
		return operation.Request{}, false, errDead
	}
	return m.Requests.Ask(ctx, r, s, decide)
}

func (m mortalRequests) Vote(ctx context.Context, id string, v operation.Vote, decide func(operation.Request) (operation.Turn, error)) (operation.Request, error) {
	if m.p.dies() {
		return operation.Request{}, errDead
	}
	return m.Requests.Vote(ctx, id, v, decide)
}

func (m mortalRequests) Turn(ctx context.Context, t operation.Turn) (operation.Request, error) {
	if m.p.dies() {
		return operation.Request{}, errDead
	}
	return m.Requests.Turn(ctx, t)
}

func (m mortalRequests) Claim(ctx context.Context, id, holder string, d time.Duration) (bool, error) {
	if m.p.dies() {
		return false, errDead
	}
	return m.Requests.Claim(ctx, id, holder, d)
}

const (
	modelCallLimit = 20 * time.Millisecond
	modelGrace     = 20 * time.Millisecond
)

// begin starts a portal on the model's database.
func (w *walk) begin() *process {
	w.processes++
	p := &process{name: fmt.Sprint("portal-", w.processes)}
	p.left.Store(-1)
	catalogue := make([]action.Action, len(action.All))
	for i, a := range action.All {
		a.Run = func(_ context.Context, _ *backup.Writer, o action.Order) error {
			if a.ID == "org.settings" {
				return w.callSettings(p, o)
			}
			return w.call(p, a.ID, o)
		}
		a.Check = func(_ context.Context, _ *backup.Reader, o action.Order) (action.Finding, error) {
			return w.check(a.ID, o)
		}
		catalogue[i] = a
	}
	p.service = operation.New(operation.Options{
		Store: mortalStore{w.db, p}, Requests: mortalRequests{w.db, p}, People: w.people, Fleet: w.plant, Catalogue: catalogue,
		Now: w.clock.Now, Logger: w.logger, Rules: w.rules, Holder: p.name,
		CallLimit: modelCallLimit, Grace: modelGrace, AnswerAfter: 2 * time.Second, CheckAfter: time.Millisecond,
	})
	return p
}

// bury starts a new portal for each that was killed: alone, it settles all that ran, as the program does at its start;
// beside another it waits until the deadlines are over.
func (w *walk) bury() {
	for i, p := range w.portals {
		if !p.dead.Load() {
			continue
		}
		w.seen.deaths++
		w.closed(p, 0)
		w.portals[i] = w.begin()
		if len(w.portals) > 1 {
			w.clock.Step(modelCallLimit + modelGrace + time.Second)
		}
		w.tolerate(w.portals[i].service.Recover(w.ctx, len(w.portals) == 1))
	}
}

// closed ends a portal; a dead one is not waited for.
func (w *walk) closed(p *process, wait time.Duration) {
	ctx, cancel := context.WithTimeout(w.ctx, wait)
	defer cancel()
	_ = p.service.Close(ctx)
}

// tolerate takes any answer: what was refused has not happened, and what happened is looked at.
func (w *walk) tolerate(...any) {}

// registry is who the identity provider knows, as operation.People; it keeps what was since everything was quiet.
type registry struct {
	w  *walk
	mu sync.Mutex
	// versions are souls by key; the last one is now, and none is ever changed.
	versions []map[string]soul
}

func (r *registry) now() map[string]soul {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.versions[len(r.versions)-1]
}

func (r *registry) since() []map[string]soul {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.versions)
}

func (r *registry) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.versions = r.versions[len(r.versions)-1:]
}

func (r *registry) change(key string, do func(*soul)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	next := maps.Clone(r.versions[len(r.versions)-1])
	s := next[key]
	s.seats = slices.Clone(s.seats)
	do(&s)
	next[key] = s
	r.versions = append(slices.Clone(r.versions), next)
}

// Person answers as auth does.
func (r *registry) Person(_ context.Context, key string) (policy.Actor, bool, error) {
	s, ok := r.now()[key]
	if !ok || !s.known {
		return policy.Actor{}, false, nil
	}
	return world{tree: r.w.plant.now().tree}.actor(s), true, nil
}

// Known lists them all.
func (r *registry) Known(ctx context.Context) ([]policy.Actor, error) {
	var known []policy.Actor
	for _, key := range slices.Sorted(maps.Keys(r.now())) {
		if actor, ok, _ := r.Person(ctx, key); ok {
			known = append(known, actor)
		}
	}
	return known, nil
}

// stepClock only moves when the model says so, in either direction.
type stepClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *stepClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *stepClock) Step(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
