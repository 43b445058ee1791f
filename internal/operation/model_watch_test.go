package operation_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"backup-portal/internal/action"
	"backup-portal/internal/audit"
	"backup-portal/internal/backup"
	"backup-portal/internal/operation"
	"backup-portal/internal/settings"
)

// sent is one call that reached the vendor.
type sent struct {
	op      operation.Operation
	applied bool
	quiet   int // how often everything had been quiet before

	weight  int                   // how many devices it surely counted for
	values  map[settings.Key]bool // of a change of settings: what was sent, and whether it is in force
	foreign bool                  // somebody else has changed the same thing since, before its outcome was settled
}

// wanted is a form as somebody posted it.
type wanted struct {
	who, action string
	targets     []string
	params      map[string]string
	spent       int   // what the asker surely had spent of the budget within the hour before
	adding      int   // how many devices it surely counts for
	laws        []law // those that the asker may have gone by
	drawn       reach // of a single target, when the form was drawn with it; else the zero reach
}

// given is a vote as somebody gave it, whether or not it was taken.
type given struct {
	who, digest string
	approve     bool
	proved      time.Time
}

func (w *walk) violated(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.violations = append(w.violations, fmt.Sprintf(format, args...))
}

// call is the vendor: the one place where something changes. Each call is held against the oracle before anything else.
func (w *walk) call(p *process, id string, o action.Order) error {
	if p.dead.Load() {
		return &backup.Error{Op: id, Meaning: backup.NotSent}
	}
	op := w.witness(id, o.Target.ID)
	done := func(applied bool) {
		if applied {
			w.apply(id, o.Target.ID)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.seen.calls++
		w.sent = append(w.sent, sent{op: op, applied: applied, quiet: w.quieted, weight: 1})
	}
	s := w.plant.now()
	if held := s.held[s.devices[o.Target.ID].user]; held && id == "device.deactivate" {
		done(false)
		return &backup.Error{Op: id, Status: 400, Sent: true, Meaning: backup.ActiveLegalHold, Marker: "ACTIVE_LEGAL_HOLD"}
	}
	broken := &backup.Error{Op: id, Sent: true, Meaning: backup.Reset, Cause: errors.New("connection reset")}
	switch kind := w.plant.misbehave(); kind {
	case "refuse":
		done(false)
		return &backup.Error{Op: id, Status: 403, Sent: true, Meaning: backup.Forbidden}
	case "fail", "fail after":
		done(kind == "fail after")
		return &backup.Error{Op: id, Status: 500, Sent: true, Meaning: backup.InternalServer}
	case "gateway", "gateway after":
		done(kind == "gateway after")
		return &backup.Error{Op: id, Status: 502, Sent: true, Meaning: backup.OtherStatus}
	case "drop", "drop after":
		done(kind == "drop after")
		return broken
	case "hang":
		done(false)
		hung := time.NewTimer(modelCallLimit)
		<-hung.C
		return &backup.Error{Op: id, Sent: true, Meaning: backup.Silent, Cause: context.DeadlineExceeded}
	case "die", "die after":
		done(kind == "die after")
		p.dead.Store(true)
		return broken
	}
	done(true)
	return nil
}

func (w *walk) apply(id, target string) {
	w.plant.change(func(s *stock) {
		things := s.orgs
		if _, ok := s.devices[target]; ok {
			things = s.devices
		}
		things[target] = after(id, things[target])
	})
}

// after is what an action makes of a thing.
func after(id string, t thing) thing {
	switch id {
	case "device.block", "org.block":
		t.blocked = true
	case "device.unblock", "org.unblock":
		t.blocked = false
	case "device.deactivate", "org.deactivate":
		t.active = false
	case "device.reactivate", "org.reactivate":
		t.active = true
	}
	return t
}

func (w *walk) check(id string, o action.Order) (action.Finding, error) {
	if w.plant.silent() {
		return action.NotHappened, errMute
	}
	s := w.plant.now()
	if id == "org.settings" {
		return s.found(o), nil
	}
	t, ok := s.devices[o.Target.ID]
	if !ok {
		t = s.orgs[o.Target.ID]
	}
	if after(id, t) != t {
		return action.NotHappened, nil
	}
	return action.Happened, nil
}

// witness holds a call against all that has to be true of it at this moment, and answers its operation.
func (w *walk) witness(id, target string) operation.Operation {
	kind := "organization"
	if _, ok := w.plant.now().devices[target]; ok {
		kind = "device"
	}
	a, _ := action.ByID(id)
	op, open, err := w.db.OpenOn(w.ctx, a.Kind.ID, target)
	if err != nil || !open || op.Action != id || op.State != operation.Running && op.State != operation.Unknown {
		w.violated("%s on %s %s was sent, and its operation is %q %q, %v", id, kind, target, op.Action, op.State, err)
		return op
	}
	events, err := w.db.Events(w.ctx, op.ID)
	if n := count(events, audit.Intent); err != nil || n != 1 {
		w.violated("%s on %s was sent with %d intents on record, %v", id, target, n, err)
	}
	w.mu.Lock()
	again := slices.ContainsFunc(w.sent, func(s sent) bool { return s.op.ID == op.ID })
	if op.Under != "" {
		w.seen.items++
	}
	w.mu.Unlock()
	if again {
		w.violated("%s on %s was sent twice for one operation", id, target)
	}
	if op.Under == "" {
		w.witnessDirect(op)
		return op
	}
	r, err := w.db.Request(w.ctx, op.Under)
	if err != nil || r.State != operation.Running && op.State == operation.Running {
		w.violated("%s on %s was sent while its request was %s, %v", id, target, r.State, err)
		return op
	}
	w.witnessItem(op, r)
	return op
}

func count(events []operation.Event, outcome audit.Outcome) int {
	n := 0
	for _, e := range events {
		if e.Line.Outcome == outcome {
			n++
		}
	}
	return n
}

// moments calls do for each way that the world may have been since everything was quiet, until one fits.
func (w *walk) moments(fits func(at world, s stock, souls map[string]soul) bool) bool {
	for _, s := range w.plant.since() {
		for _, souls := range w.people.since() {
			if fits(world{tree: s.tree, code: w.code}, s, souls) {
				return true
			}
		}
	}
	return false
}

// forms are the posted forms with an id that fit an operation.
func (w *walk) forms(id string, op operation.Operation) []*wanted {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.wanted[id]), func(f *wanted) bool {
		return f.who != op.Person.Key || f.action != op.Action || !slices.Contains(f.targets, op.TargetID) || !maps.Equal(f.params, op.Params)
	})
}

// witnessDirect is about a change that nobody else had to agree to.
func (w *walk) witnessDirect(op operation.Operation) {
	forms := w.forms(op.ID, op)
	if len(forms) == 0 {
		w.violated("%s on %s by %s was sent, and nobody posted that form", op.Action, op.TargetID, op.Person.Key)
		return
	}
	allowed := w.moments(func(at world, s stock, souls map[string]soul) bool {
		laws := at.demands(souls[op.Person.Key], op.Action, s.lies(op.TargetID))
		return len(laws) > 0 && people(laws[0].slots) == 0 && !weighs(op.Action)
	})
	if !allowed {
		w.violated("%s on %s by %s was sent at once, and others have to agree to it", op.Action, op.TargetID, op.Person.Key)
	}
	seen := slices.ContainsFunc(forms, func(f *wanted) bool {
		return f.drawn.same == "" || slices.ContainsFunc(w.plant.since(), func(s stock) bool { return s.reach(op.Action, op.TargetID).within(f.drawn) })
	})
	if !seen {
		w.violated("%s on %s by %s was sent, and it is not what the form was drawn with", op.Action, op.TargetID, op.Person.Key)
	}
}

func destructive(id string) bool { return id == "device.deactivate" || id == "org.deactivate" }

// weighs tells whether a budget counts an action.
func weighs(id string) bool { return destructive(id) || id == "org.settings" }

// witnessItem is about an item of a request: it is what was asked for, it reaches no more than people agreed to, and
// enough of those who agreed may still do so.
func (w *walk) witnessItem(op operation.Operation, r operation.Request) {
	forms := w.forms(r.ID, op)
	if len(forms) == 0 || r.Person.Key != op.Person.Key || r.Action != op.Action {
		w.violated("%s on %s under a request by %s was sent, and nobody posted that form", op.Action, op.TargetID, r.Person.Key)
		return
	}
	agreed := w.agreed(r, op)
	now := func(s stock) bool {
		return slices.ContainsFunc(agreed, s.reach(op.Action, op.TargetID).within)
	}
	if !slices.ContainsFunc(w.plant.since(), now) {
		w.violated("%s on %s was sent, and it reaches more than people agreed to: %v, %v", op.Action, op.TargetID, w.plant.now().reach(op.Action, op.TargetID), agreed)
	}
	for _, v := range r.Votes {
		if v.Approve && v.Digest == r.Digest {
			w.witnessVote(v, r)
		}
	}
	enough := slices.ContainsFunc(forms, func(f *wanted) bool {
		return w.moments(func(at world, s stock, souls map[string]soul) bool { return w.justified(at, s, souls, op, r, f) })
	})
	if !enough {
		w.violated("%s on %s asked for by %s was sent with the votes %v, which do not suffice", op.Action, op.TargetID, r.Person.Key, voters(r))
	}
}

func voters(r operation.Request) []string {
	var keys []string
	for _, v := range r.Votes {
		if v.Approve && v.Digest == r.Digest {
			keys = append(keys, v.Person.Key)
		}
	}
	return keys
}

// agreed is what people agreed to of one target: what it was when the request was bound to it.
func (w *walk) agreed(r operation.Request, op operation.Operation) []reach {
	w.mu.Lock()
	stocks, bound := w.bound[r.ID+r.Digest]
	w.mu.Unlock()
	if !bound {
		stocks = w.plant.since()
	}
	var agreed []reach
	for _, s := range stocks {
		agreed = append(agreed, s.reach(op.Action, op.TargetID))
	}
	return agreed
}

// witnessVote looks at one vote that was taken: somebody gave it, in time and freshly signed in.
func (w *walk) witnessVote(v operation.Vote, r operation.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	given := slices.ContainsFunc(w.given[r.ID], func(g given) bool {
		return g.who == v.Person.Key && g.digest == v.Digest && g.approve == v.Approve && g.proved.Equal(v.AuthTime)
	})
	age := v.At.Sub(v.AuthTime)
	switch {
	case !given:
		w.violations = append(w.violations, fmt.Sprintf("%s never gave the vote that counts", v.Person.Key))
	case destructive(r.Action) && (age > 10*time.Minute || age < -time.Minute):
		w.violations = append(w.violations, fmt.Sprintf("%s voted %v after they had proved who they are", v.Person.Key, age))
	case !v.At.Before(r.Expires):
		w.violations = append(w.violations, fmt.Sprintf("%s voted after the request's time", v.Person.Key))
	}
}

// justified tells whether a call was allowed in one state of the world.
func (w *walk) justified(at world, s stock, souls map[string]soul, op operation.Operation, r operation.Request, f *wanted) bool {
	asker, org := souls[r.Person.Key], s.lies(op.TargetID)
	laws := at.demands(asker, r.Action, org)
	voters := []soul{{key: asker.key, email: r.Person.Email}} // under both addresses
	for _, v := range r.Votes {
		if v.Approve && v.Digest == r.Digest {
			voters = append(voters, souls[v.Person.Key], soul{key: v.Person.Key, email: v.Person.Email})
		}
	}
	suffice := func(more int) func(law) bool {
		return func(l law) bool { return at.enough(l, more, asker, voters, r.Action, org) }
	}
	now, refused := w.overdrawn(r, op)
	then, adding := 0, f.adding
	if destructive(r.Action) {
		adding = len(r.Items) // what was left out counts for nothing
	}
	if weighs(r.Action) && f.spent+adding > modelBudget.PersonPerHour {
		then = 1
	}
	return !refused && slices.ContainsFunc(laws, suffice(now)) && slices.ContainsFunc(f.laws, suffice(then))
}

// overdrawn is the least that the budget asks for: it counts what surely was spent, and not what may have been.
func (w *walk) overdrawn(r operation.Request, op operation.Operation) (more int, refused bool) {
	if !weighs(r.Action) {
		return 0, false
	}
	hour, day := w.spent(r.Person.Key, r.ID, r.Action)
	adding := len(r.Items)
	if !destructive(r.Action) {
		adding = w.weight(r.Action, op.TargetID)
	}
	if hour+adding > modelBudget.PersonPerHour {
		more = 1
	}
	return more, destructive(r.Action) && day+adding > modelBudget.Ceiling
}

// weight is how many devices an action on these targets surely counts for.
func (w *walk) weight(action string, targets ...string) int {
	if action != "org.settings" {
		return len(targets)
	}
	least := -1
	for _, s := range w.plant.since() {
		if n := max(1, s.reach(action, targets[0]).most); least < 0 || n < least {
			least = n
		}
	}
	return least
}

// spent counts what was destroyed, or changed, for somebody within an hour and a day, before everything was quiet the last
// time: each by itself.
func (w *walk) spent(who, without, action string) (hour, day int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.latest
	for _, s := range w.sent {
		alike := weighs(s.op.Action) && destructive(s.op.Action) == destructive(action)
		if s.quiet == w.quieted || !s.applied || !alike || s.op.Person.Key != who || s.op.Under == without || !w.succeeded[s.op.ID] {
			continue
		}
		if s.op.Started.After(now.Add(-time.Hour)) {
			hour += s.weight
		}
		if s.op.Started.After(now.Add(-24 * time.Hour)) {
			day += s.weight
		}
	}
	return hour, day
}
