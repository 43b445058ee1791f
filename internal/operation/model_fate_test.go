package operation_test

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"backup-portal/internal/operation"
)

// The steps that nobody asked for: time, what people are, what lies where, and what breaks.

func (w *walk) tick(t *rapid.T) deed {
	by := anyOf(t, "by", []time.Duration{
		time.Second, time.Minute, 6 * time.Minute, 16 * time.Minute, time.Hour, 25 * time.Hour, -30 * time.Second, -20 * time.Minute, -2 * time.Hour,
	})
	return func() {
		w.clock.Step(by)
		w.mu.Lock()
		defer w.mu.Unlock()
		if now := w.clock.Now(); now.After(w.latest) {
			w.latest = now
		}
	}
}

// person changes what somebody is: a role given or taken, another address, or not known any more.
func (w *walk) person(t *rapid.T) deed {
	key, role, org := anyOf(t, "who", modelPeople), anyOf(t, "role", modelRoles), anyOf(t, "org", modelOrgs)
	if len(w.concerned) > 0 && rapid.Bool().Draw(t, "one who is concerned") {
		key = anyOf(t, "concerned", w.concerned)
	}
	what := rapid.IntRange(0, 5).Draw(t, "what")
	address := anyOf(t, "email", []string{"", "Ada@EXAMPLE.com", "kim@example.com", "max@example.com", key[2:] + "@example.com"})
	return func() {
		w.people.change(key, func(s *soul) {
			switch {
			case what == 0:
				s.known = !s.known
			case what == 1:
				s.email = address
			case what <= 3 && len(s.seats) > 0:
				s.seats = s.seats[1:]
			case len(s.seats) < 3:
				s.seats = append(s.seats, seat{role, org})
			}
		})
	}
}

// move changes what lies where at the vendor: a device or an organization in another place, a new device, a hold.
func (w *walk) move(t *rapid.T) deed {
	what, device, org, parent := rapid.IntRange(0, 3).Draw(t, "what"), anyOf(t, "device", modelDevices), anyOf(t, "org", modelOrgs[1:]), anyOf(t, "parent", modelOrgs)
	return func() {
		moved := false
		w.plant.change(func(s *stock) {
			d := s.devices[device]
			switch what {
			case 0:
				d.org = org
			case 1:
				s.held[d.user] = !s.held[d.user]
			case 2:
				s.devices["n"+operation.NewID()[24:]] = thing{org: org, user: "un", active: true}
			default:
				if moved = !slices.Contains(s.tree.chain(parent), org); moved {
					s.tree[org] = parent
				}
			}
			s.devices[device] = d
		})
		if moved {
			w.tolerate(w.db.OrgMoved(w.ctx, w.plant.org(w.plant.now(), org)))
		}
	}
}

func (w *walk) misbehave(t *rapid.T) deed {
	kind := anyOf(t, "fault", []string{
		"refuse", "fail", "fail after", "gateway", "gateway after", "drop", "drop after", "hang", "die", "die after", "mute", "mute",
	})
	late := rapid.Bool().Draw(t, "the call after the next one")
	return func() {
		w.plant.mu.Lock()
		defer w.plant.mu.Unlock()
		switch {
		case kind == "mute":
			w.plant.mute++
		case late:
			w.plant.faults = append(w.plant.faults, "none", kind)
		default:
			w.plant.faults = append(w.plant.faults, kind)
		}
	}
}

// restart stops a portal in order and starts it anew.
func (w *walk) restart(t *rapid.T) deed {
	at := rapid.IntRange(0, len(w.portals)-1).Draw(t, "portal")
	return func() {
		w.closed(w.portals[at], 5*time.Second)
		w.portals[at] = w.begin()
		w.tolerate(w.portals[at].service.Recover(w.ctx, len(w.portals) == 1))
	}
}

// kill lets a portal die before one of its next writes.
func (w *walk) kill(t *rapid.T) deed {
	p, after := anyOf(t, "portal", w.portals), int64(rapid.IntRange(-1, 7).Draw(t, "after"))
	return func() { p.left.Store(after) }
}
