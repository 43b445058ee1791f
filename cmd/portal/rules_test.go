package main_test

import (
	"slices"
	"strings"
	"testing"
)

// TestRulesAreHeldAgainstWhereRolesAre: before the first sync nobody knows where roles are held, so the roles alone are
// looked at; from then on a rule whose approvers all stand beside those who ask keeps the portal from starting.
func TestRulesAreHeldAgainstWhereRolesAre(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	below, beside := map[string][]string{}, []string(nil)
	for _, o := range w.emulator.Snapshot().Orgs {
		below[o.ParentUID] = append(below[o.ParentUID], o.UID)
		if len(below[o.ParentUID]) == 2 {
			beside = below[o.ParentUID]
		}
	}
	w.with("PORTAL_ROLES", "g-manager=org-manager@"+beside[0]+";g-admin=admin@"+beside[1],
		"PORTAL_RULES", `rule."device.deactivate".org-manager.approvers = [{ from = ["admin"] }]`)
	first := w.synced()
	first.terminate()
	if code := first.ended(); code != 0 {
		t.Fatalf("the first portal ends with %d:\n%s", code, first.output())
	}
	second := launch(t, w.folder, w.settings, "serve")
	if code, out := second.ended(), second.output(); code != 1 ||
		!strings.Contains(out, `portal: PORTAL_RULES: rule."device.deactivate".org-manager: nobody could satisfy it: it would lack one admin`) {
		t.Errorf("exit code %d, and the output does not say which rule:\n%s", code, out)
	}
}

// TestServeWarnsOfFewApprovers: people are known from their first sign-in on.
func TestServeWarnsOfFewApprovers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	warned := func(p *process) (actions []string) {
		for _, entry := range p.log() {
			if text, _ := entry["msg"].(string); strings.HasPrefix(text, "few people are known who could approve") {
				actions = append(actions, entry["action"].(string)+" "+entry["role"].(string))
			}
		}
		slices.Sort(actions)
		return actions
	}
	restart := func(p *process) *process {
		p.terminate()
		p.ended()
		return w.serve()
	}
	portal := w.synced()
	w.visitor().signIn("ada")
	w.visitor().signIn("ben")
	portal = restart(portal)
	want := []string{"device.deactivate admin", "device.reactivate admin", "org.deactivate admin", "org.reactivate admin"}
	if got := warned(portal); !slices.Equal(got, want) {
		t.Errorf("two known admins are warned of as %q, want %q", got, want)
	}
	w.visitor().signIn("cleo")
	portal = restart(portal)
	if got := warned(portal); got != nil {
		t.Errorf("three known admins are few: %q", got)
	}
	portal.terminate()
	portal.ended()
}
