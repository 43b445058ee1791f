package backup

import "strings"

// Legal hold (wire: section 5): a person is on hold while they are an active member of a matter. Closing a matter releases
// its people and reopening it does not bring them back, so that an active membership is always one of an active matter.

type holdPolicy struct {
	uid     uint64
	name    string
	creator principal
	created int64
}

type matter struct {
	uid         uint64
	policy      int32
	name        string
	description *string
	notes       *string
	extRef      *string
	creator     principal
	active      bool
	created     int64
	modified    int64
}

type membership struct {
	uid     uint64
	matter  int32
	user    int32
	active  bool
	created int64
}

// principal is who did something: a user, or an API client by its id.
type principal struct {
	user   int32
	client string // "" is a user
}

type eventKind int

const (
	holdCreated eventKind = iota
	holdDeactivated
	holdReactivated
	membershipCreated
	membershipReactivated
	membershipDeactivated
)

// word names the kind in the newer dialects, v1 in the older.
func (k eventKind) word() string {
	return [...]string{
		"HOLD_CREATED", "HOLD_DEACTIVATED", "HOLD_REACTIVATED", "MEMBERSHIP_CREATED", "MEMBERSHIP_REACTIVATED", "MEMBERSHIP_DEACTIVATED",
	}[k]
}

func (k eventKind) v1() string {
	return [...]string{
		"HoldCreated", "HoldDeactivated", "HoldReactivated", "MembershipCreated", "MembershipReactivated", "MembershipDeactivated",
	}[k]
}

type holdEvent struct {
	uid        uint64
	kind       eventKind
	at         int64
	matter     int32
	membership int32 // -1 for events of the matter itself
	actor      principal
}

// holds is everything about legal hold, in the order of creation.
type holds struct {
	policies    []holdPolicy
	matters     []matter
	memberships []membership
	events      []holdEvent
}

func (u *user) onHold() bool { return u.holds > 0 }

func (t *tenant) addPolicy(name string, by principal, now int64) int32 {
	i := len(t.holds.policies)
	t.holds.policies = append(t.holds.policies, holdPolicy{uid: identifier(t.seed, streamHoldPolicy, i), name: name, creator: by, created: now})
	return int32(i)
}

func (t *tenant) addMatter(m matter) int32 {
	i := int32(len(t.holds.matters))
	m.uid, m.active, m.modified = identifier(t.seed, streamHoldMatter, int(i)), true, m.created
	t.holds.matters = append(t.holds.matters, m)
	t.noteHold(holdCreated, i, -1, m.creator, m.created)
	return i
}

// custodian puts a user into a matter; one who was released before comes back under the same membership.
func (t *tenant) custodian(at, who int32, by principal, now int64) (i int32, already bool) {
	for i := range t.holds.memberships {
		m := &t.holds.memberships[i]
		if m.matter != at || m.user != who {
			continue
		}
		if m.active {
			return int32(i), true
		}
		m.active = true
		t.users[who].holds++
		t.noteHold(membershipReactivated, at, int32(i), by, now)
		return int32(i), false
	}
	i = int32(len(t.holds.memberships))
	t.holds.memberships = append(t.holds.memberships, membership{
		uid: identifier(t.seed, streamHoldMembership, int(i)), matter: at, user: who, active: true, created: now,
	})
	t.users[who].holds++
	t.noteHold(membershipCreated, at, i, by, now)
	return i, false
}

// release ends a membership; one that is over stays so.
func (t *tenant) release(i int32, by principal, now int64) {
	m := &t.holds.memberships[i]
	if !m.active {
		return
	}
	m.active = false
	t.users[m.user].holds--
	t.noteHold(membershipDeactivated, m.matter, i, by, now)
}

// closeMatter releases everybody in it.
func (t *tenant) closeMatter(at int32, by principal, now int64) {
	m := &t.holds.matters[at]
	m.active, m.modified = false, now
	for i := range t.holds.memberships {
		if t.holds.memberships[i].matter == at {
			t.release(int32(i), by, now)
		}
	}
	t.noteHold(holdDeactivated, at, -1, by, now)
}

func (t *tenant) reopenMatter(at int32, by principal, now int64) {
	m := &t.holds.matters[at]
	m.active, m.modified = true, now
	t.noteHold(holdReactivated, at, -1, by, now)
}

func (t *tenant) noteHold(kind eventKind, at, member int32, by principal, now int64) {
	i := len(t.holds.events)
	t.holds.events = append(t.holds.events, holdEvent{
		uid: identifier(t.seed, streamHoldEvent, i), kind: kind, at: now, matter: at, membership: member, actor: by,
	})
}

// generateHolds opens matters for the people who are on hold: all in the first, every third in the second as well. Those of
// the third were released when it was closed.
func (t *tenant) generateHolds(held []int32) {
	by, now := principal{}, t.base.UnixMilli()
	policy := t.addPolicy("Keep everything", by, now-400*dayMillis)
	open := func(name, reference string, daysAgo int64) int32 {
		return t.addMatter(matter{
			policy: policy, name: name, description: textOf("Custodians keep what they have."), extRef: textOf(reference),
			creator: by, created: now - daysAgo*dayMillis,
		})
	}
	collision := open("Collision of MV Halden Star", "LEG-2024-017", 380)
	tax := open(`Tax <b>audit</b> & "customs"`, "LEG-2025-003", 120)
	closed := open("Charter dispute (settled)", "LEG-2023-090", 395)
	for n, who := range held {
		t.custodian(collision, who, by, now-int64(370-n%300)*dayMillis)
		if n%3 == 0 {
			t.custodian(tax, who, by, now-int64(110-n%100)*dayMillis)
		}
		if n%4 == 1 {
			t.custodian(closed, who, by, now-394*dayMillis)
		}
	}
	t.closeMatter(closed, by, now-200*dayMillis)
}

// openMatter answers a matter that is active, a new one when there is none.
func (t *tenant) openMatter(now int64) int32 {
	for i := range t.holds.matters {
		if t.holds.matters[i].active {
			return int32(i)
		}
	}
	return t.addMatter(matter{name: "Opened for a test", created: now})
}

func (t *tenant) findPolicy(uid string) (int32, bool) {
	return findUID(uid, t.holds.policies, func(p *holdPolicy) uint64 { return p.uid })
}

func (t *tenant) findMatter(uid string) (int32, bool) {
	return findUID(uid, t.holds.matters, func(m *matter) uint64 { return m.uid })
}

func (t *tenant) findMembership(uid string) (int32, bool) {
	return findUID(uid, t.holds.memberships, func(m *membership) uint64 { return m.uid })
}

func findUID[T any](uid string, all []T, of func(*T) uint64) (int32, bool) {
	want, ok := parseDigits(uid)
	for i := range all {
		if ok && of(&all[i]) == want {
			return int32(i), true
		}
	}
	return 0, false
}

// names tells whether a principal has this id.
func (t *tenant) names(p principal, id string) bool {
	return p.client == id || p.client == "" && formatDigits(t.users[p.user].uid) == id
}

func containsFold(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}
