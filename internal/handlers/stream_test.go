package handlers_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"backup-portal/internal/audit"
	"backup-portal/internal/auth"
	"backup-portal/internal/handlers"
	"backup-portal/internal/inventory"
)

// meanwhile lets something happen before the second batch of an export is read.
type meanwhile struct {
	batches int
	happen  func()
}

func (m *meanwhile) batch() {
	if m.batches++; m.batches == 2 {
		m.happen()
	}
}

type devicesMeanwhile struct {
	inventory.Store
	*meanwhile
}

func (d devicesMeanwhile) Devices(ctx context.Context, q inventory.DeviceQuery) (inventory.DevicePage, error) {
	d.batch()
	q.Limit = 7
	return d.Store.Devices(ctx, q)
}

type linesMeanwhile struct {
	handlers.AuditLog
	*meanwhile
}

func (l linesMeanwhile) AuditSearch(ctx context.Context, q audit.Query) ([]audit.Entry, bool, error) {
	l.batch()
	q.Limit = 7
	return l.AuditLog.AuditSearch(ctx, q)
}

// TestAnExportEndsWithTheSessionAndWithTheRole: whoever is signed out in the midst of a long export, or whose organization
// is moved, gets no further batch, and a part is never taken for the whole.
func TestAnExportEndsWithTheSessionAndWithTheRole(t *testing.T) {
	t.Parallel()
	for name, happen := range map[string]func(*portal){
		"signed out": func(p *portal) {
			_, err := p.store.EndSessions(context.Background(), auth.Selection{Person: p.newest("session.sign-in").Actor.Key}, time.Now())
			must(p.t, err)
		},
		"moved": func(p *portal) {
			orgs, err := p.store.OrgPaths(context.Background(), []string{p.fleet.Own.UID, p.fleet.Sibling.UID})
			must(p.t, err)
			own, sibling := orgs[p.fleet.Own.UID], orgs[p.fleet.Sibling.UID]
			own.ParentUID, own.Path, own.Depth = sibling.UID, sibling.Path+own.UID+"/", sibling.Depth+1
			must(p.t, p.store.OrgMoved(context.Background(), own))
		},
		"nothing": func(*portal) {},
	} {
		for event, address := range map[string]string{
			"devices.export": "/devices/export.csv?columns=guid", "audit.export": "/audit/export.csv?who=Robot",
		} {
			t.Run(name+" "+event, func(t *testing.T) {
				t.Parallel()
				p := setup(t)
				for range 20 {
					must(t, p.record(t.Context(), audit.Line{
						At: time.Now(), Actor: audit.Actor{Key: "k", Name: "Robot"}, Action: "device.block", Outcome: audit.Done, OrgUIDs: []string{p.fleet.Own.UID},
					}))
				}
				b := p.as("org-manager")
				m := &meanwhile{happen: func() { happen(p) }}
				if event == "devices.export" {
					p.mirror.Store = devicesMeanwhile{p.mirror.Store, m}
				} else {
					p.handlers.Audit = linesMeanwhile{p.handlers.Audit, m}
				}
				request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+address, nil)
				must(t, err)
				response, err := b.client.Do(request)
				must(t, err)
				defer response.Body.Close()
				text, err := io.ReadAll(response.Body)
				line := p.newest(event)
				sent := line.After["devices"] + line.After["lines"]
				if name == "nothing" {
					if err != nil || line.Outcome != audit.Done || m.batches < 3 {
						t.Errorf("in %d batches: %v, written down as %+v", m.batches, err, line)
					}
					return
				}
				if err == nil || line.Outcome != audit.Failed || sent != "7" || strings.Count(string(text), "\n") > 8 {
					t.Errorf("after it had happened %d lines came and the end was %v; written down as %+v", strings.Count(string(text), "\n"), err, line)
				}
			})
		}
	}
}
