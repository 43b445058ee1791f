package auth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"backup-portal/internal/auth"
	"backup-portal/internal/emulator/idp"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

var _ operation.People = (*auth.Service)(nil)

// person asks for somebody by the end of their subject.
func (w *world) person(s *auth.Service, name string) (policy.Actor, bool) {
	w.t.Helper()
	actor, known, err := s.Person(w.t.Context(), w.provider.Issuer()+"|sub-"+name)
	if err != nil {
		w.t.Fatal(err)
	}
	return actor, known
}

// mara is what the directory answers of her while she holds these.
func (w *world) mara(grants ...policy.Grant) policy.Actor {
	return policy.Actor{Issuer: w.provider.Issuer(), Subject: "sub-mara", Name: "Mara", Email: "mara@example.com", Grants: grants}
}

// restarted is the portal after its configuration was changed, on the same database.
func (w *world) restarted(change func(*auth.Options)) *auth.Service {
	w.t.Helper()
	opts := w.opts
	change(&opts)
	service, err := auth.New(w.t.Context(), opts)
	if err != nil {
		w.t.Fatal(err)
	}
	return service
}

var adminAtRoot = policy.Grant{Role: policy.Admin, OrgUID: "root", Path: "/root/", AtRoot: true, Group: "admins"}

// What somebody holds is computed from what the provider said of them last and what is true today.
func TestAPersonIsWhoTheyAreNow(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(w *world, b *browser) *auth.Service // the portal to ask
		want   func(w *world) policy.Actor
	}{
		{
			"signed in", func(w *world, _ *browser) *auth.Service { return w.service },
			func(w *world) policy.Actor { return w.mara(adminAtRoot) },
		},
		{
			"the group has no role any more",
			func(w *world, _ *browser) *auth.Service {
				return w.restarted(func(o *auth.Options) { o.Mappings = o.Mappings[1:] })
			},
			func(w *world) policy.Actor { return w.mara() },
		},
		{
			"the group has another role", func(w *world, _ *browser) *auth.Service {
				return w.restarted(func(o *auth.Options) {
					o.Mappings = []auth.Mapping{{Group: "admins", Role: policy.Viewer, OrgUID: "ship"}}
				})
			},
			func(w *world) policy.Actor {
				return w.mara(policy.Grant{Role: policy.Viewer, OrgUID: "ship", Path: "/root/ship/", Group: "admins"})
			},
		},
		{
			"the organization moved", func(w *world, _ *browser) *auth.Service {
				w.mirror.Move("root", auth.Place{Path: "/top/root/"})
				return w.service
			},
			func(w *world) policy.Actor {
				return w.mara(policy.Grant{Role: policy.Admin, OrgUID: "root", Path: "/top/root/", Group: "admins"})
			},
		},
		{
			"signed in elsewhere with fewer groups, and here with more before", func(w *world, _ *browser) *auth.Service {
				w.provider.Break(idp.Faults{OmitGroups: true})
				w.browser().signIn("mara")
				return w.service
			},
			func(w *world) policy.Actor { return w.mara() },
		},
		{
			"the same, by a clock that went back", func(w *world, _ *browser) *auth.Service {
				w.provider.Break(idp.Faults{OmitGroups: true})
				w.clock.Advance(-time.Hour)
				w.browser().signIn("mara")
				return w.service
			},
			func(w *world) policy.Actor { return w.mara() },
		},
		{
			"signed out", func(w *world, b *browser) *auth.Service {
				b.do(http.MethodPost, "/auth/sign-out")
				return w.service
			},
			func(w *world) policy.Actor { return w.mara(adminAtRoot) },
		},
		{
			"every session over and forgotten", func(w *world, _ *browser) *auth.Service {
				w.clock.Advance(24 * time.Hour)
				if err := w.service.Housekeep(w.t.Context()); err != nil {
					w.t.Fatal(err)
				}
				return w.service
			},
			func(w *world) policy.Actor { return w.mara(adminAtRoot) },
		},
		{
			"signed out by an admin", func(w *world, b *browser) *auth.Service {
				by := b.visitor().Actor
				c := echo.New().NewContext(httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, "/", nil), httptest.NewRecorder())
				if err := w.service.SignOut(c, by, by.Key(), "left"); err != nil {
					w.t.Fatal(err)
				}
				if b.visitor().SignedIn {
					w.t.Fatal("still signed in")
				}
				return w.service
			},
			func(w *world) policy.Actor { return w.mara(adminAtRoot) },
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			b := w.browser()
			b.signIn("mara")
			service := tt.change(w, b)
			got, known := w.person(service, "mara")
			if diff := cmp.Diff(tt.want(w), got); diff != "" || !known {
				t.Errorf("known %v (-want +got):\n%s", known, diff)
			}
			if _, known := w.person(service, "emil"); known {
				t.Error("somebody who never signed in is known")
			}
		})
	}
}

func TestWhoIsKnown(t *testing.T) {
	t.Parallel()
	questions := 0
	w := newWorld(t, func(o *auth.Options) {
		ask := o.Places
		o.Places = func(ctx context.Context, uids []string) (map[string]auth.Place, error) {
			questions++
			return ask(ctx, uids)
		}
	})
	known := func() []string {
		t.Helper()
		questions = 0
		people, err := w.service.Known(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, p := range people {
			names = append(names, p.Name)
			if !p.AuthTime.IsZero() || p.ACR != "" || p.Address != "" {
				t.Errorf("%s brings something of a session: %+v", p.Name, p)
			}
		}
		return names
	}
	if got := known(); got != nil {
		t.Errorf("before anybody signed in: %v", got)
	}
	w.browser().signIn("mara")
	w.clock.Advance(24 * time.Hour)
	for _, name := range []string{"olav", "emil", "nina"} {
		w.browser().signIn(name)
	}
	if diff := cmp.Diff([]string{"Emil", "Mara", "Nina", "Olav"}, known()); diff != "" {
		t.Errorf("known (-want +got):\n%s", diff)
	}
	if questions != 1 {
		t.Errorf("%d questions to the mirror, want one for everybody", questions)
	}
	w.clock.Advance(89 * 24 * time.Hour)
	if got := known(); len(got) != 4 {
		t.Errorf("90 days after Mara's sign-in: %v", got)
	}
	w.clock.Advance(time.Second)
	if diff := cmp.Diff([]string{"Emil", "Nina", "Olav"}, known()); diff != "" {
		t.Errorf("after more than 90 days (-want +got):\n%s", diff)
	}
	if _, known := w.person(w.service, "mara"); !known {
		t.Error("who they are is still known, for their votes")
	}
	if people, err := w.service.Known(t.Context()); err != nil || len(people[2].Grants) != 0 {
		t.Errorf("Olav, whose groups the provider would not list: %v, %v", people, err)
	}
}

// A mirror that cannot be asked must not make people without roles out of those who hold some.
func TestPeopleOfAMirrorThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.browser().signIn("mara")
	broken := w.restarted(func(o *auth.Options) {
		o.Places = func(context.Context, []string) (map[string]auth.Place, error) { return nil, errors.New("locked") }
	})
	if _, _, err := broken.Person(t.Context(), w.provider.Issuer()+"|sub-mara"); err == nil {
		t.Error("a person was answered")
	}
	if _, err := broken.Known(t.Context()); err == nil {
		t.Error("people were answered")
	}
}
