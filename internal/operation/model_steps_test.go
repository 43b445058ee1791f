package operation_test

import (
	"maps"
	"slices"
	"sync"
	"time"

	"pgregory.net/rapid"

	"backup-portal/internal/action"
	"backup-portal/internal/approval"
	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

// deed is a step that was drawn and not done yet, so that several can be done at once.
type deed func()

// steps are the walk's steps. Those that are drawn more often stand under several names.
func (w *walk) steps() map[string]func(*rapid.T) {
	draws := map[string]func(*rapid.T) deed{
		"ask": w.ask, "ask once more": w.ask, "ask for several": w.askMany, "vote": w.vote, "vote too": w.vote, "vote as well": w.vote, "vote once more": w.vote, "ask again": w.ask,
		"withdraw": w.withdraw, "stop": w.stop, "go on": w.goOn, "look": w.look, "tend": w.tend, "tend too": w.tend, "clock too": w.tick, "clock": w.tick, "person": w.person, "person too": w.person,
		"move": w.move, "misbehave": w.misbehave, "restart": w.restart, "kill": w.kill, "post again": w.postAgain,
		"save": w.save, "save too": w.save, "save as well": w.save, "save once more": w.save, "somebody else saves": w.elsewhere,
	}
	steps := map[string]func(*rapid.T){
		"several at once": func(t *rapid.T) {
			names := make([]string, 0, len(draws))
			for name := range draws {
				if name != "restart" {
					names = append(names, name)
				}
			}
			slices.Sort(names)
			var deeds []deed
			for range rapid.IntRange(2, 4).Draw(t, "how many") {
				if w.step() {
					deeds = append(deeds, draws[anyOf(t, "at once", names)](t))
				}
			}
			var group sync.WaitGroup
			for _, do := range deeds {
				group.Go(do)
			}
			group.Wait()
			w.settle(t)
		},
	}
	for name, draw := range draws {
		steps[name] = func(t *rapid.T) {
			if w.step() {
				draw(t)()
				w.settle(t)
			}
		}
	}
	return steps
}

func (w *walk) portal(t *rapid.T) *operation.Service { return anyOf(t, "portal", w.portals).service }

// actor is somebody at this moment, signed in so long ago.
func (w *walk) actor(key string, ago time.Duration) policy.Actor {
	a := world{tree: w.plant.now().tree}.actor(w.people.now()[key])
	a.AuthTime = w.clock.Now().Add(-ago)
	return a
}

var (
	modelPeople  = []string{"i|ada", "i|ada2", "i|kim", "i|kim2", "i|max", "i|mia", "i|moe", "i|hal", "i|vic"}
	modelDevices = []string{"d0", "d1", "d2", "d3", "d4", "d5", "d6"}
	ofDevices    = []string{"device.deactivate", "device.deactivate", "device.reactivate", "device.block", "device.unblock"}
	ofOrgs       = []string{"org.deactivate", "org.reactivate", "org.block", "org.unblock"}
)

// draw makes the form that a page shows, with its id.
func (w *walk) draw(f *wanted) string {
	id := operation.NewID()
	w.order = append(w.order, id)
	w.drawn[id] = *f
	return id
}

// want writes down a form before it is posted.
func (w *walk) want(id string, f *wanted) {
	for _, s := range w.plant.since() {
		for _, souls := range w.people.since() {
			for _, target := range f.targets {
				f.laws = append(f.laws, world{tree: s.tree, code: w.code}.demands(souls[f.who], f.action, s.lies(target))...)
			}
		}
	}
	if weighs(f.action) {
		f.spent, _ = w.spent(f.who, id, f.action)
		f.adding = w.weight(f.action, f.targets...)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wanted[id] = append(w.wanted[id], f)
}

// may is held against a form that was taken.
func (w *walk) may(f *wanted) {
	if !w.moments(func(at world, s stock, souls map[string]soul) bool {
		return !slices.ContainsFunc(f.targets, func(target string) bool { return len(at.demands(souls[f.who], f.action, s.lies(target))) == 0 })
	}) {
		w.violated("%s may ask for %s of %v, which is open to them nowhere", f.who, f.action, f.targets)
	}
}

func (w *walk) ask(t *rapid.T) deed {
	f := &wanted{who: anyOf(t, "who", modelPeople)}
	if rapid.IntRange(0, 3).Draw(t, "organization") == 0 {
		f.action, f.targets = anyOf(t, "action", ofOrgs), []string{anyOf(t, "target", modelOrgs)}
	} else {
		f.action, f.targets = anyOf(t, "action", ofDevices), []string{anyOf(t, "target", modelDevices)}
	}
	old := rapid.IntRange(0, 4).Draw(t, "an old form") == 0
	portal, id := w.portal(t), w.draw(f)
	return func() {
		in := operation.Submission{ID: id, Action: f.action, TargetID: f.targets[0], Reason: "case 4471"}
		actor := w.actor(f.who, time.Minute)
		a, _ := action.ByID(f.action)
		if reading, err := portal.Read(w.ctx, inventory.Everything(), a.Kind, in.TargetID); err == nil && reading.Failure == nil {
			in.Seen = a.Fingerprint(reading.Order)
			if old {
				in.Seen += " and something else"
			}
			f.drawn = w.plant.now().reach(f.action, in.TargetID)
		}
		w.want(id, f)
		op, err := portal.Submit(w.ctx, actor, in)
		if err != nil {
			return
		}
		w.may(f)
		if old && in.Seen != "" {
			w.violated("a form that was drawn with something else was taken")
		}
		if op.Person.Key != f.who || op.TargetID != in.TargetID || op.Action != in.Action {
			w.violated("a form by %s was answered with %s by %s", f.who, op.Action, op.Person.Key)
		}
	}
}

func (w *walk) askMany(t *rapid.T) deed {
	f := &wanted{who: anyOf(t, "who", modelPeople), action: anyOf(t, "action", ofDevices)}
	f.targets = rapid.SliceOfNDistinct(rapid.SampledFrom(modelDevices), 2, 5, rapid.ID[string]).Draw(t, "targets")
	portal, id := w.portal(t), w.draw(f)
	return func() {
		w.want(id, f)
		if _, err := portal.SubmitAll(w.ctx, w.actor(f.who, time.Minute), operation.Selection{
			ID: id, Action: f.action, TargetIDs: f.targets, Reason: "case 4471",
		}); err == nil {
			w.may(f)
		}
	}
}

// postAgain posts a form once more: as it was, or with the id of another one's.
func (w *walk) postAgain(t *rapid.T) deed {
	if len(w.order) == 0 {
		return func() {}
	}
	id := anyOf(t, "form", w.order)
	f := w.drawn[id]
	switch rapid.IntRange(0, 4).Draw(t, "edited") {
	case 0:
		f.who = anyOf(t, "who", modelPeople)
	case 1:
		f.targets = []string{anyOf(t, "target", modelDevices)}
	case 2:
		f.action = anyOf(t, "action", ofDevices)
	case 3:
		if f.params != nil {
			f.params = w.changes(t, f.targets[0])
		}
	}
	portal := w.portal(t)
	return func() {
		w.want(id, &f)
		if len(f.targets) > 1 {
			r, err := portal.SubmitAll(w.ctx, w.actor(f.who, time.Minute), operation.Selection{ID: id, Action: f.action, TargetIDs: f.targets, Reason: "again"})
			if err == nil && (r.Person.Key != f.who || r.Action != f.action) {
				w.violated("the form of %s was answered to %s", r.Person.Key, f.who)
			}
			return
		}
		op, err := portal.Submit(w.ctx, w.actor(f.who, time.Minute), operation.Submission{
			ID: id, Action: f.action, TargetID: f.targets[0], Params: f.params, Reason: "again",
		})
		if err == nil && (op.Person.Key != f.who || op.Action != f.action || op.TargetID != f.targets[0] || !maps.Equal(op.Params, f.params)) {
			w.violated("the form of %s was answered to %s", op.Person.Key, f.who)
		}
	}
}

// newest draws a request that is open, or else one of the newest forms.
func (w *walk) newest(t *rapid.T) string {
	from := w.order[max(0, len(w.order)-3):]
	if waits := w.awaiting; len(waits) > 0 && rapid.IntRange(0, 5).Draw(t, "any") > 0 {
		from = waits
	} else if open := w.open; len(open) > 0 && rapid.Bool().Draw(t, "open") {
		from = open
	}
	if len(from) == 0 {
		return ""
	}
	return anyOf(t, "request", from)
}

func (w *walk) vote(t *rapid.T) deed {
	id, who, portal := w.newest(t), anyOf(t, "who", modelPeople), w.portal(t)
	able, which := rapid.Bool().Draw(t, "one who may"), rapid.IntRange(0, 8).Draw(t, "which")
	no := rapid.IntRange(0, 5).Draw(t, "no") == 0
	signedIn := anyOf(t, "signed in", []time.Duration{0, time.Minute, 9 * time.Minute, time.Second, 0, 11 * time.Minute, -2 * time.Minute})
	edited := rapid.IntRange(0, 9).Draw(t, "edited") == 0
	return func() {
		r, err := w.db.Request(w.ctx, id)
		if err != nil {
			return
		}
		who := who
		if people, err := portal.Eligible(w.ctx, r); able && err == nil && len(people) > 0 {
			who = people[which%len(people)].Key()
		}
		actor := w.actor(who, signedIn)
		b := operation.Ballot{RequestID: id, Approve: !no, Reason: "seen", Digest: r.Digest}
		if edited {
			b.Digest = b.Digest[1:] + "0"
		}
		w.mu.Lock()
		w.given[id] = append(w.given[id], given{who: who, digest: b.Digest, approve: b.Approve, proved: actor.AuthTime})
		w.mu.Unlock()
		if _, err := portal.Vote(w.ctx, actor, b); err != nil {
			return
		}
		w.mu.Lock()
		w.seen.votes++
		w.mu.Unlock()
		w.mayVote(r, who, edited, no)
	}
}

// mayVote is held against a vote that was taken.
func (w *walk) mayVote(r operation.Request, who string, edited, no bool) {
	if edited {
		w.violated("a vote on something else than %s is was taken", r.Action)
	}
	if !w.moments(func(at world, s stock, souls map[string]soul) bool {
		voter := souls[who]
		if who == r.Person.Key || !no && voter.same(soul{key: r.Person.Key, email: r.Person.Email}) {
			return false
		}
		return !slices.ContainsFunc(r.Items, func(op operation.Operation) bool {
			// Where it lies by the mirror, or in truth.
			return len(at.opening(voter, r.Action, s.lies(op.TargetID))) == 0 && !slices.ContainsFunc(w.mirrored(op), func(org string) bool {
				return len(at.opening(voter, r.Action, org)) > 0
			})
		})
	}) {
		w.violated("%s voted on %s, which %s asked for, and may not", who, r.Action, r.Person.Key)
	}
}

// mirrored is where the mirror has a target now, and where it was when it was asked for.
func (w *walk) mirrored(op operation.Operation) []string {
	row, err := w.db.Device(w.ctx, inventory.Everything(), op.TargetID)
	if err != nil {
		return []string{op.TargetID}
	}
	return []string{row.OrgUID, op.TargetOrgUID}
}

func (w *walk) withdraw(t *rapid.T) deed {
	id, who, portal := w.newest(t), anyOf(t, "who", modelPeople), w.portal(t)
	return func() {
		r, err := portal.Withdraw(w.ctx, w.actor(who, 0), id, "not needed", "")
		if err == nil && r.Due.IsZero() && r.Person.Key != who {
			w.violated("%s withdrew what %s asked for", who, r.Person.Key)
		}
	}
}

func (w *walk) stop(t *rapid.T) deed {
	id, who, portal := w.newest(t), anyOf(t, "who", modelPeople), w.portal(t)
	return func() { w.tolerate(portal.Stop(w.ctx, w.actor(who, 0), id, "wrong list", "")) }
}

func (w *walk) goOn(t *rapid.T) deed {
	id, who, portal, finish := w.newest(t), anyOf(t, "who", modelPeople), w.portal(t), rapid.Bool().Draw(t, "finish")
	return func() {
		if finish {
			w.tolerate(portal.Finish(w.ctx, w.actor(who, 0), id, ""))
		} else {
			w.tolerate(portal.Continue(w.ctx, w.actor(who, 0), id, ""))
		}
	}
}

// look checks every unknown outcome again, and asks all that pages ask.
func (w *walk) look(t *rapid.T) deed {
	who, portal, id := anyOf(t, "who", modelPeople), w.portal(t), w.newest(t)
	return func() {
		actor := w.actor(who, 0)
		unsettled, _ := portal.Unsettled(w.ctx, actor)
		for _, op := range unsettled {
			w.tolerate(portal.CheckAgain(w.ctx, actor, op.ID, ""))
		}
		own, _ := portal.ToDecide(w.ctx, actor)
		if slices.ContainsFunc(own, func(r operation.Request) bool {
			return approval.Same(actor.Person(), approval.Person{Key: r.Person.Key, Email: r.Person.Email})
		}) {
			w.violated("%s is to decide on their own request", who)
		}
		if r, err := portal.Request(w.ctx, actor, id); err == nil {
			w.tolerate(portal.Progress(w.ctx, r))
			w.tolerate(portal.Now(w.ctx, actor, r))
			w.tolerate(portal.Eligible(w.ctx, r))
		}
	}
}

func (w *walk) tend(t *rapid.T) deed {
	portal := w.portal(t)
	return func() {
		w.tolerate(portal.Recover(w.ctx, false))
		w.tolerate(portal.Tend(w.ctx))
	}
}
