package operation_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"backup-portal/internal/action"
	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

var deviceKind = action.Device

// directory is who the identity provider knows, and what they hold at this moment.
type directory struct {
	mu    sync.Mutex
	known map[string]policy.Actor
}

func (d *directory) Person(_ context.Context, key string) (policy.Actor, bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	actor, ok := d.known[key]
	actor.AuthTime = time.Time{}
	return actor, ok, nil
}

func (d *directory) Known(context.Context) ([]policy.Actor, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.SortedFunc(maps.Values(d.known), func(a, b policy.Actor) int { return strings.Compare(a.Subject, b.Subject) }), nil
}

func (d *directory) set(a policy.Actor) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known[a.Key()] = a
}

// person is somebody who signed in just now, known to the directory, with a role at an organization.
func (r *road) person(name string, role policy.Role, orgUID string) policy.Actor {
	r.t.Helper()
	a := r.actor(role, orgUID)
	a.Subject, a.Name, a.Email, a.AuthTime = name, strings.ToUpper(name[:1])+name[1:], name+"@halden.example", r.now()
	r.people.set(a)
	return a
}

// revoke takes every role from somebody.
func (r *road) revoke(a policy.Actor) {
	a.Grants = nil
	r.people.set(a)
}

// ask submits a change of the road's device and answers the request that came of it.
func (r *road) ask(actor policy.Actor, actionID string) operation.Request {
	r.t.Helper()
	op, err := r.service.Submit(r.t.Context(), actor, r.submission(actionID))
	if err != nil {
		r.t.Fatal(err)
	}
	return r.request(op.Under)
}

func (r *road) request(id string) operation.Request {
	r.t.Helper()
	q, err := r.store.Request(r.t.Context(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	return q
}

func yes(q operation.Request) operation.Ballot {
	return operation.Ballot{RequestID: q.ID, Approve: true, Digest: q.Digest, HTTP: "req-vote"}
}

func no(q operation.Request) operation.Ballot {
	return operation.Ballot{RequestID: q.ID, Reason: "not now", Digest: q.Digest, HTTP: "req-vote"}
}

// agree votes yes and fails the test when that is refused.
func (r *road) agree(voter policy.Actor, q operation.Request) operation.Request {
	r.t.Helper()
	voted, err := r.service.Vote(r.t.Context(), voter, yes(q))
	if err != nil {
		r.t.Fatalf("%s votes: %v", voter.Name, err)
	}
	return voted
}

// awaitRequest waits until the request has the state.
func (r *road) awaitRequest(id string, want operation.State) operation.Request {
	r.t.Helper()
	var q operation.Request
	r.eventually(func() bool { q = r.request(id); return q.State == want }, "the request does not become "+string(want))
	return q
}

// steps is the audit trail of a request and its items.
func (r *road) steps(id string) string {
	r.t.Helper()
	events, err := r.store.Steps(r.t.Context(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	words := make([]string, len(events))
	for i, e := range events {
		words[i] = string(e.Line.Outcome)
	}
	return strings.Join(words, " ")
}

// active asks the emulator whether a device is active.
func (r *road) active(guid string) bool {
	for _, d := range r.emulator.Snapshot().Devices {
		if d.GUID == guid {
			return d.Active
		}
	}
	r.t.Fatal("the device is gone")
	return false
}

func deactivations() backupemu.Match {
	return backupemu.Match{Method: "POST", PathPrefix: "/api/v38/computer-deactivation/update"}
}

// rules are those of a configuration.
func rules(t *testing.T, text string) func(*operation.Options) {
	t.Helper()
	parsed, err := policy.ParseRules(text)
	if err != nil {
		t.Fatal(err)
	}
	return func(o *operation.Options) { o.Rules = parsed }
}

// told lists what people were told of a request: "ada to-decide", sorted.
func (r *road) told(id string, people ...policy.Actor) []string {
	r.t.Helper()
	var told []string
	for _, p := range people {
		notices, err := r.store.Notices(r.t.Context(), p.Key(), 100)
		if err != nil {
			r.t.Fatal(err)
		}
		for _, n := range notices {
			if n.RequestID == id {
				told = append(told, p.Subject+" "+string(n.Kind))
			}
		}
	}
	slices.Sort(told)
	return told
}

// sends is a store that does something right before an item is sent, or before its outcome is written.
type sends struct {
	operation.Store

	mu    sync.Mutex
	hooks map[string]func() // by id and state
}

// watch puts it in the place of the road's store.
func (s *sends) watch(o *operation.Options) { s.Store, o.Store = o.Store, s }

// before has something done when this item's turn has come.
func (s *sends) before(id string, do func()) { s.at(id, operation.Running, do) }

// at has something done before an item is moved to a state.
func (s *sends) at(id string, to operation.State, do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hooks == nil {
		s.hooks = map[string]func(){}
	}
	s.hooks[id+string(to)] = do
}

func (s *sends) Move(ctx context.Context, m operation.Move) (operation.Operation, error) {
	s.mu.Lock()
	do := s.hooks[m.ID+string(m.To)]
	s.mu.Unlock()
	if do != nil {
		do()
	}
	return s.Store.Move(ctx, m)
}

func deactivate(t *testing.T) action.Action {
	t.Helper()
	a, ok := action.ByID("device.deactivate")
	if !ok {
		t.Fatal("device.deactivate is not in the catalogue")
	}
	return a
}

// beside is another organization: one with the same parent, or else the parent.
func (r *road) beside(uid string) string {
	r.t.Helper()
	parents := map[string]string{}
	for _, o := range r.emulator.Snapshot().Orgs {
		parents[o.UID] = o.ParentUID
	}
	for other, parent := range parents {
		if other != uid && (parent == parents[uid] || parents[uid] == "") {
			return other
		}
	}
	return parents[uid] // it has no sibling
}

// pair are two active devices of one user.
func (r *road) pair() (first, second string) {
	r.t.Helper()
	owners := map[string]string{}
	for _, d := range r.emulator.Snapshot().Devices {
		if first, met := owners[d.UserUID]; met && d.Active {
			return first, d.GUID
		}
		if d.Active {
			owners[d.UserUID] = d.GUID
		}
	}
	r.t.Fatal("nobody has two active devices")
	return "", ""
}
