package operation_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"backup-portal/internal/action"
	"backup-portal/internal/backup"
	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
	"backup-portal/internal/settings"
)

// The model of settings: an organization has a value in its document and one among its packets, which travel in two calls.

var modelKeys = [2]settings.Key{limit, settings.WebRestore}

var modelValues = [2][]string{{"250", "500", "750"}, {"true", "false"}}

// valueOf is what an organization has set.
func (s stock) valueOf(uid string, key settings.Key) string {
	return s.orgs[uid].values[slices.Index(modelKeys[:], key)]
}

// found tells how much of a change is in force.
func (s stock) found(o action.Order) action.Finding {
	changes, err := settings.ParseParams(o.Params)
	missing := slices.DeleteFunc(changes, func(c settings.Change) bool { return s.valueOf(o.Target.ID, c.Key) == c.To })
	switch {
	case err != nil || len(missing) > 0 && len(missing) == len(o.Params):
		return action.NotHappened
	case len(missing) > 0:
		return action.InPart
	}
	return action.Happened
}

// Settings are the two documents of an organization.
func (p *plant) Settings(ctx context.Context, scope inventory.Scope, uid string) (inventory.OrgSettings, error) {
	s := p.now()
	live, err := p.LiveOrg(ctx, scope, uid)
	if err != nil || live.Failure != nil {
		return inventory.OrgSettings{LiveOrg: live}, err
	}
	values := s.orgs[uid].values
	document := fmt.Sprintf(`{"orgId":1,"orgUid":%q,"settings":{"webRestoreUserLimitMb":%s}}`, uid, values[0])
	packets := fmt.Sprintf(`{"device_webRestore_enabled":{"scope":"ORG","value":%q,"locked":false,"id":1}}`, values[1])
	sheet, err := settings.OfOrganization([]byte(document), []byte(packets))
	return inventory.OrgSettings{LiveOrg: live, Sheet: sheet}, err
}

// DeviceSettings reads a device.
func (p *plant) DeviceSettings(ctx context.Context, scope inventory.Scope, guid string) (inventory.DeviceSettings, error) {
	live, err := p.Live(ctx, scope, guid)
	return inventory.DeviceSettings{LiveDevice: live}, err
}

// changes draws a change of what an organization has set now; sometimes what was seen is from another time.
func (w *walk) changes(t *rapid.T, uid string) map[string]string {
	which, old := anyOf(t, "which", []int{1, 2, 3, 3, 3}), rapid.IntRange(0, 5).Draw(t, "an old form") == 0
	var changes settings.Changes
	for i, key := range modelKeys {
		if which&(1<<i) == 0 {
			continue
		}
		c := settings.Change{Key: key, From: w.plant.now().valueOf(uid, key), To: anyOf(t, "to", modelValues[i])}
		if rapid.Bool().Draw(t, "another") {
			c.To = modelValues[i][(slices.Index(modelValues[i], c.From)+1)%len(modelValues[i])]
		}
		if old {
			c.From = anyOf(t, "from", modelValues[i])
		}
		changes = append(changes, c)
	}
	return changes.Params()
}

// save posts a change of an organization's settings.
func (w *walk) save(t *rapid.T) deed {
	f := &wanted{who: anyOf(t, "who", modelPeople), action: "org.settings", targets: []string{anyOf(t, "target", modelOrgs)}}
	f.params = w.changes(t, f.targets[0])
	portal, id := w.portal(t), w.draw(f)
	return func() {
		w.want(id, f)
		_, err := portal.Submit(w.ctx, w.actor(f.who, time.Minute), operation.Submission{
			ID: id, Action: f.action, TargetID: f.targets[0], Params: f.params, Reason: "case 4471",
		})
		if _, met := errors.AsType[*operation.SettingsConflict](err); met {
			w.mu.Lock()
			w.seen.conflicts++
			w.mu.Unlock()
		}
		if err != nil {
			return
		}
		w.may(f)
		w.witnessSeen(f.targets[0], f.params, "taken")
	}
}

// witnessSeen holds the values that somebody saw against those that there were since everything was quiet: each was what
// they saw, or what they want.
func (w *walk) witnessSeen(uid string, params map[string]string, what string) {
	changes, err := settings.ParseParams(params)
	for _, c := range changes {
		if !slices.ContainsFunc(w.plant.since(), func(s stock) bool { v := s.valueOf(uid, c.Key); return v == c.From || v == c.To }) {
			w.violated("a change of %s from %q to %q was %s, and it is %q", c.Key, c.From, c.To, what, w.plant.now().valueOf(uid, c.Key))
		}
	}
	if err != nil || len(changes) == 0 {
		w.violated("nothing was %s: %v", what, err)
	}
}

// elsewhere is somebody who saves in the vendor's own console.
func (w *walk) elsewhere(t *rapid.T) deed {
	uid, at := anyOf(t, "target", modelOrgs), rapid.IntRange(0, 1).Draw(t, "which")
	value := anyOf(t, "to", modelValues[at])
	return func() {
		w.saving.Lock()
		defer w.saving.Unlock()
		w.put(uid, at, value)
		w.mu.Lock()
		defer w.mu.Unlock()
		for i, s := range w.sent {
			if op, err := w.db.Operation(w.ctx, s.op.ID); s.op.TargetID == uid && (err != nil || op.Open()) {
				w.sent[i].foreign = true
			}
		}
	}
}

func (w *walk) put(uid string, at int, value string) {
	w.plant.change(func(s *stock) {
		o := s.orgs[uid]
		o.values[at] = value
		s.orgs[uid] = o
	})
}

// callSettings is the vendor of two calls, packets first.
func (w *walk) callSettings(p *process, o action.Order) error {
	if p.dead.Load() {
		return &backup.Error{Op: "org.settings", Meaning: backup.NotSent}
	}
	op := w.witness("org.settings", o.Target.ID)
	changes, err := settings.ParseParams(o.Params)
	if err != nil || len(changes) == 0 {
		w.violated("what was sent cannot be read: %v", err)
	}
	for name, value := range o.Params {
		if op.Params[name] != value {
			w.violated("%s was sent, and %q was asked for", value, op.Params[name])
		}
	}
	w.witnessSeen(o.Target.ID, o.Params, "sent")
	weight := w.weight("org.settings", o.Target.ID)
	w.mu.Lock()
	w.seen.calls++
	w.seen.saves++
	w.mu.Unlock()
	w.saving.Lock()
	defer w.saving.Unlock()
	s := sent{op: op, weight: weight, values: map[settings.Key]bool{}}
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		s.quiet = w.quieted
		w.sent = append(w.sent, s)
	}()
	for _, c := range changes {
		s.values[c.Key] = false
	}
	var written []string
	for _, at := range []int{1, 0} {
		i := slices.IndexFunc(changes, func(c settings.Change) bool { return c.Key == modelKeys[at] })
		if i < 0 {
			continue
		}
		applied, err := w.answer(p)
		if applied {
			w.put(o.Target.ID, at, changes[i].To)
			s.values[modelKeys[at]], s.applied = true, true
		}
		if err != nil && len(written) > 0 {
			w.mu.Lock()
			w.seen.parts++
			w.mu.Unlock()
			return &action.Partly{Written: written, Err: err}
		}
		if err != nil {
			return err
		}
		written = append(written, string(modelKeys[at]))
	}
	return nil
}

// answer is how the vendor takes one call.
func (w *walk) answer(p *process) (applied bool, err error) {
	const id = "org.settings"
	broken := &backup.Error{Op: id, Sent: true, Meaning: backup.Reset, Cause: errors.New("connection reset")}
	switch kind := w.plant.misbehave(); kind {
	case "refuse":
		return false, &backup.Error{Op: id, Status: 403, Sent: true, Meaning: backup.Forbidden}
	case "fail", "fail after":
		return kind == "fail after", &backup.Error{Op: id, Status: 500, Sent: true, Meaning: backup.InternalServer}
	case "gateway", "gateway after":
		return kind == "gateway after", &backup.Error{Op: id, Status: 502, Sent: true, Meaning: backup.OtherStatus}
	case "drop", "drop after", "hang":
		return kind == "drop after", broken
	case "die", "die after":
		p.dead.Store(true)
		return kind == "die after", broken
	}
	return true, nil
}

// untrue says what an outcome tells about settings that is not so. Whatever somebody else has changed before it was settled is
// not to be known.
func (s sent) untrue(op operation.Operation) []string {
	if s.foreign {
		if op.Open() {
			return []string{fmt.Sprintf("%s never ends", op.ID)}
		}
		return nil
	}
	applied := 0
	for _, in := range s.values {
		if in {
			applied++
		}
	}
	want := operation.Partial
	switch {
	case applied == len(s.values):
		want = operation.Succeeded
	case applied == 0 && len(s.values) == len(op.Params):
		want = operation.Failed
	case applied == 0:
		// Of what was asked for, somebody else has done a part: it is in force, and none of it was ours.
		if op.State == operation.Failed {
			want = operation.Failed
		}
	}
	if op.State != want {
		return []string{fmt.Sprintf("settings of %s are %s, and %d of %d were changed", op.TargetID, op.State, applied, len(s.values))}
	}
	var wrong []string
	for key, in := range s.values {
		if told := slices.Contains(op.Written, string(key)); told != in && op.State != operation.Failed {
			wrong = append(wrong, fmt.Sprintf("%s of %s is written: %t, and the operation (%s) tells %q", key, op.TargetID, in, op.State, op.Written))
		}
	}
	return wrong
}
