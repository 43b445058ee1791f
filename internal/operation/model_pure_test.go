package operation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"backup-portal/internal/action"
	"backup-portal/internal/approval"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

// TestModelOfDecisions walks through people, organizations and requests at random, and holds every answer of policy, of
// approval and of the tables of moves against the oracle.
func TestModelOfDecisions(t *testing.T) {
	t.Parallel()
	changed, err := policy.ParseRules(changedRules)
	if err != nil {
		t.Fatal(err)
	}
	modelled(t, *decisionSteps, func(t *rapid.T, step func() bool) {
		m := &decisions{world: world{tree: plainTree(), code: written()}, souls: cast(), step: step}
		if rapid.Bool().Draw(t, "changed rules") {
			m.code, m.rules = changedCode(), changed
		}
		t.Repeat(m.steps())
	})
}

// plainTree is a root with two departments, and something below each.
func plainTree() forest {
	return forest{"1": "", "2": "1", "3": "1", "4": "2", "5": "3", "6": "4"}
}

// cast are people of every kind: an admin with a second account, one with the second account of a second account's address
// in other letters, managers of the two departments, and some without a role.
func cast() []soul {
	return []soul{
		{"i|ada", "ada@example.com", true, []seat{{"admin", "1"}}},
		{"i|ada2", "ADA@Example.com", true, []seat{{"admin", "1"}}},
		{"i|kim", "\u212Aim@example.com", true, []seat{{"admin", "1"}}}, // the sign of Kelvin folds to k
		{"i|kim2", "kim@example.com", true, []seat{{"admin", "2"}}},
		{"i|max", "max@example.com", true, []seat{{"org-manager", "2"}}},
		{"i|mia", "", true, []seat{{"org-manager", "3"}, {"help-desk", "2"}}},
		{"i|moe", "moe@example.com", true, []seat{{"org-manager", "1"}}},
		{"i|hal", "hal@example.com", true, []seat{{"help-desk", "4"}}},
		{"i|vic", "vic@example.com", true, []seat{{"viewer", "1"}, {"auditor", "1"}}},
	}
}

// actor is the soul as the portal sees it.
func (w world) actor(s soul) policy.Actor {
	issuer, subject, _ := strings.Cut(s.key, "|")
	a := policy.Actor{Issuer: issuer, Subject: subject, Name: subject, Email: s.email, Address: "127.0.0.1"}
	if !s.known {
		return a
	}
	for _, held := range s.seats {
		g := policy.Grant{Role: policy.Role(held.role), OrgUID: held.org}
		if _, met := w.tree[held.org]; met {
			g.Path, g.AtRoot = w.tree.path(held.org), w.tree[held.org] == ""
		}
		a.Grants = append(a.Grants, g)
	}
	return a
}

// decisions is the model's state: the world, its people, and what was asked for.
type decisions struct {
	world
	rules policy.Rules
	souls []soul
	asked []*wish
	step  func() bool
}

// wish is a request that only exists in the model; its state goes where both tables let it.
type wish struct {
	action, org string
	asker       soul
	law         law
	more        int
	need        approval.Need
	voters      []soul // as they voted
	state       operation.State
	over        bool // denied, expired, withdrawn or ended at some time
}

func (m *decisions) steps() map[string]func(*rapid.T) {
	steps := map[string]func(*rapid.T){
		"ask": m.ask, "vote": m.vote, "count": m.count, "turn": m.turn, "decide": m.decide, "stand": m.stand,
		"seat": m.seat, "address": m.address, "move": m.move, "spend": m.spend, "same": m.same,
	}
	for name, do := range steps {
		steps[name] = func(t *rapid.T) {
			if m.step() {
				do(t)
			}
		}
	}
	return steps
}

var (
	modelActions = []string{"device.settings", "org.settings", "device.block", "device.deactivate", "device.reactivate", "org.block", "org.deactivate", "org.reactivate"}
	modelOrgs    = []string{"1", "2", "3", "4", "5", "6"}
	modelRoles   = []string{"viewer", "help-desk", "org-manager", "admin", "auditor"}
)

func anyOf[T any](t *rapid.T, name string, from []T) T {
	return from[rapid.IntRange(0, len(from)-1).Draw(t, name)]
}

func catalogued(t *rapid.T, id string) action.Action {
	a, ok := action.ByID(id)
	if !ok {
		t.Fatalf("%s is not in the catalogue", id)
	}
	return a
}

func (m *decisions) situation() policy.Situation { return policy.Situation{Rules: m.rules} }

// decide asks policy whether somebody may do something somewhere.
func (m *decisions) decide(t *rapid.T) {
	who, id, org := anyOf(t, "who", m.souls), anyOf(t, "action", modelActions), anyOf(t, "org", modelOrgs)
	d := policy.Decide(m.actor(who), catalogued(t, id), m.tree.path(org), m.situation())
	laws := m.demands(who, id, org)
	if d.May() != (len(laws) > 0) {
		t.Fatalf("violation: %s may %s in %s: %v (%s); the oracle knows %d ways", who.key, id, org, d.May(), d.Reason, len(laws))
	}
	if d.May() && (d.Need.People() != people(laws[0].slots) || d.Allowed != (people(laws[0].slots) == 0)) {
		t.Fatalf("violation: %s has to bring %d people for %s in %s, and by the oracle %d", who.key, d.Need.People(), id, org, people(laws[0].slots))
	}
	if brake := policy.Decide(m.actor(who), catalogued(t, id), m.tree.path(org), policy.Situation{ReadOnly: true, Rules: m.rules}); brake.May() {
		t.Fatalf("violation: %s may %s while nothing may leave", who.key, id)
	}
}

// stand asks policy by which roles somebody may vote.
func (m *decisions) stand(t *rapid.T) {
	who, id, org := anyOf(t, "who", m.souls), anyOf(t, "action", modelActions), anyOf(t, "org", modelOrgs)
	var got, want []string
	for _, held := range policy.Standing(m.actor(who), catalogued(t, id), m.tree.path(org), m.situation()) {
		got = append(got, fmt.Sprint(held.Role, held.Above, held.Root))
	}
	for _, held := range m.opening(who, id, org) {
		if word := fmt.Sprint(held.role, held.org != org, m.tree[held.org] == ""); !slices.Contains(want, word) {
			want = append(want, word)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("violation: %s votes on %s in %s as %v, and by the oracle as %v", who.key, id, org, got, want)
	}
}

func (m *decisions) ask(t *rapid.T) {
	who, id, org := anyOf(t, "who", m.souls), anyOf(t, "action", modelActions), anyOf(t, "org", modelOrgs)
	d := policy.Decide(m.actor(who), catalogued(t, id), m.tree.path(org), m.situation())
	if !d.Asks() {
		return
	}
	w := &wish{action: id, org: org, asker: who, law: m.code[id][string(d.By.Role)], need: d.Need, state: operation.Awaiting}
	if rapid.Bool().Draw(t, "over budget") {
		w.need, w.more = w.need.OneMore(), 1
	}
	m.asked = append(m.asked[max(0, len(m.asked)-5):], w)
}

func (m *decisions) vote(t *rapid.T) {
	if len(m.asked) == 0 {
		return
	}
	w, who := anyOf(t, "request", m.asked), anyOf(t, "who", m.souls)
	takes := !approval.Same(m.actor(who).Person(), approval.Person{Key: w.asker.key, Email: w.asker.email}) &&
		len(policy.Standing(m.actor(who), catalogued(t, w.action), m.tree.path(w.org), m.situation())) > 0
	if may := !who.same(w.asker) && len(m.opening(who, w.action, w.org)) > 0; takes != may {
		t.Fatalf("violation: a vote of %s on what %s asked for is taken: %v, and by the oracle %v", who.key, w.asker.key, takes, may)
	}
	// Also one that is not taken stays, as one that was taken before a role was lost: it must not count.
	w.voters = append(w.voters, who)
}

// count asks approval whether the votes suffice, by what everybody holds now.
func (m *decisions) count(t *rapid.T) {
	if len(m.asked) == 0 {
		return
	}
	w := anyOf(t, "request", m.asked)
	var votes []approval.Vote
	var voters []soul
	for _, voted := range w.voters {
		now := m.souls[slices.IndexFunc(m.souls, func(s soul) bool { return s.key == voted.key })]
		votes = append(votes, approval.Vote{
			Person:   approval.Person{Key: voted.key, Email: voted.email},
			Standing: [][]approval.Held{policy.Standing(m.actor(now), catalogued(t, w.action), m.tree.path(w.org), m.situation())},
		})
		voters = append(voters, soul{key: voted.key, email: voted.email, known: now.known, seats: now.seats})
	}
	met := approval.Suffice(w.need, approval.Person{Key: w.asker.key, Email: w.asker.email}, votes).Met
	if want := m.enough(w.law, w.more, w.asker, voters, w.action, w.org); met != want {
		t.Fatalf("violation: %d votes on %s in %s asked for by %s suffice: %v, and by the oracle %v", len(votes), w.action, w.org, w.asker.key, met, want)
	}
}

// turn tries to bring a request into any state, as a portal with a defect would.
func (m *decisions) turn(t *rapid.T) {
	if len(m.asked) == 0 {
		return
	}
	w, to := anyOf(t, "request", m.asked), anyOf(t, "to", operation.States)
	if !operation.CanTurn(w.state, to) {
		if w.state == operation.Awaiting && to == operation.Running {
			t.Fatalf("violation: what was agreed to cannot run")
		}
		return
	}
	if w.over {
		t.Fatalf("violation: a request that was over turned from %s to %s", w.state, to)
	}
	w.state = to
	w.over = slices.Contains([]operation.State{operation.Rejected, operation.Expired, operation.Withdrawn, operation.Ended}, to)
	for _, from := range operation.States {
		settled := slices.Contains([]operation.State{
			operation.Succeeded, operation.Failed, operation.Partial, operation.Rejected, operation.Expired, operation.Withdrawn, operation.LeftOut,
		}, from)
		if operation.CanMove(from, to) && (settled || to == operation.Running && from != operation.Awaiting) {
			t.Fatalf("violation: an operation moves from %s to %s", from, to)
		}
	}
}

func (m *decisions) seat(t *rapid.T) {
	i := rapid.IntRange(0, len(m.souls)-1).Draw(t, "who")
	s := m.souls[i]
	s.seats = slices.Clone(s.seats)
	if len(s.seats) > 0 && rapid.Bool().Draw(t, "take") {
		s.seats = slices.Delete(s.seats, 0, 1)
	} else if len(s.seats) < 3 {
		s.seats = append(s.seats, seat{anyOf(t, "role", modelRoles), anyOf(t, "org", modelOrgs)})
	}
	m.souls[i] = s
}

func (m *decisions) address(t *rapid.T) {
	i := rapid.IntRange(0, len(m.souls)-1).Draw(t, "who")
	m.souls[i].email = anyOf(t, "email", []string{"", "ada@example.com", "Ada@EXAMPLE.com", "kim@example.com", " kim@example.com", fmt.Sprint(i, "@example.com")})
}

func (m *decisions) move(t *rapid.T) {
	org, parent := anyOf(t, "org", modelOrgs[1:]), anyOf(t, "parent", modelOrgs)
	if !slices.Contains(m.tree.chain(parent), org) {
		m.tree[org] = parent
	}
}

// same asks approval whether two are one person.
func (m *decisions) same(t *rapid.T) {
	a, b := anyOf(t, "one", m.souls), anyOf(t, "other", m.souls)
	if got := approval.Same(m.actor(a).Person(), m.actor(b).Person()); got != a.same(b) {
		t.Fatalf("violation: %q and %q are one person: %v", a.email, b.email, got)
	}
}

// spend asks the budget.
func (m *decisions) spend(t *rapid.T) {
	n := rapid.IntRange(0, 12)
	b := policy.Budget{PersonPerHour: 3, SubtreePerDay: 6, Ceiling: 10}
	hour := n.Draw(t, "hour")
	spent := policy.Spent{PersonHour: hour, PersonDay: hour + n.Draw(t, "day"), SubtreeDay: n.Draw(t, "subtree")}
	adding := n.Draw(t, "adding")
	settings := rapid.Bool().Draw(t, "settings")
	of := policy.Destroyed
	if settings {
		of = policy.Reconfigured
	}
	more, _, refusal := b.Check(of, spent, adding)
	refuses := !settings && adding > 0 && (spent.PersonDay+adding > 10 || spent.SubtreeDay+adding > 10)
	asks := adding > 0 && !refuses && (spent.PersonHour+adding > 3 || spent.SubtreeDay+adding > 6)
	if more != asks || (refusal != "") != refuses {
		t.Fatalf("violation: %d more after %+v: one approver more %v, refused %q", adding, spent, more, refusal)
	}
}
