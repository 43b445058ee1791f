package handlers_test

import (
	"context"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

func (d devicesMeanwhile) DevicesOf(ctx context.Context, q inventory.DeviceQuery, ids []int64) ([]inventory.Device, error) {
	d.batch()
	return d.Store.DevicesOf(ctx, q, ids)
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
					p.mirror.Store, p.mirror.AtOnce = devicesMeanwhile{p.mirror.Store, m}, 7
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

// TestAnExportIsOfOneMoment: what a sync changes while a list is streamed is neither missed nor met twice, wherever the
// order has it now. What has left the reader's organizations, the filter or the fleet by then does not leave.
func TestAnExportIsOfOneMoment(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"csv", "jsonl"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			p := setup(t)
			b := p.as("org-manager")
			listed := b.listed("/devices?active=true&sort=stored")
			if len(listed) < 21 {
				t.Fatalf("%d devices are fewer than three batches", len(listed))
			}
			rows := map[string]inventory.Device{}
			for _, d := range p.rows() {
				d.SeenAt = time.Now().Add(time.Minute)
				rows[d.GUID] = d
			}
			first, away, retired, gone, last := rows[listed[0]], rows[listed[8]], rows[listed[9]], rows[listed[10]], rows[listed[len(listed)-1]]
			m := &meanwhile{happen: func() {
				ctx := context.Background()
				first.StoredBytes, last.StoredBytes = last.StoredBytes+1, 0 // each now stands where the other did
				away.OrgUID, retired.Active = p.fleet.Sibling.UID, false
				for _, d := range []inventory.Device{first, last, away, retired} {
					must(t, p.store.DeviceSeen(ctx, d))
				}
				must(t, p.store.DeviceGone(ctx, gone.GUID))
			}}
			p.mirror.Store, p.mirror.AtOnce = devicesMeanwhile{p.mirror.Store, m}, 7

			a := b.get("/devices/export." + format + "?active=true&sort=stored&columns=guid")
			var got []string
			for _, match := range regexp.MustCompile(`(?m)(\d+)"?}?\r?$`).FindAllStringSubmatch(a.body, -1) {
				got = append(got, match[1]) // the GUID is the last of a line
			}
			want := slices.Concat(listed[:8], listed[11:])
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-listed when it began +sent):\n%s", diff)
			}
			if line := p.newest("devices.export"); line.Outcome != audit.Done || line.After["devices"] != strconv.Itoa(len(want)) {
				t.Errorf("%d were sent; written down as %+v", len(want), line)
			}
		})
	}
}
