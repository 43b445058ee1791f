package inventory_test

import (
	"net/http"
	"strings"
	"testing"

	emulator "backup-portal/internal/emulator/backup"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
)

var userReads = emulator.Match{Method: http.MethodGet, PathPrefix: "/api/v1/User/"}

// aUser finds a user below the root and, elsewhere, a scope that does not hold them.
func (f *fixture) aUser() (user emulator.User, own, other inventory.Scope) {
	f.t.Helper()
	snapshot := f.vendor.Snapshot()
	byUID := paths(snapshot)
	for _, u := range snapshot.Users {
		for _, path := range byUID {
			at := byUID[u.OrgUID]
			if strings.Count(at, "/") > 2 && !strings.HasPrefix(path, at) && !strings.HasPrefix(at, path) {
				return u, inventory.Scope{Paths: []string{at}}, inventory.Scope{Paths: []string{path}}
			}
		}
	}
	f.t.Fatal("no user below the root")
	return user, own, other
}

func TestLiveUser(t *testing.T) {
	t.Parallel()
	f := newFixture(t, calm())
	f.sync()
	user, own, _ := f.aUser()
	if err := f.store.UserSeen(t.Context(), inventory.User{UID: user.UID, Username: "stale", OrgUID: user.OrgUID}); err != nil {
		t.Fatal(err)
	}
	live, err := f.LiveUser(t.Context(), own, user.UID)
	if err != nil {
		t.Fatal(err)
	}
	if live.Failure != nil || live.User.Username != user.Username || live.Row.Username != user.Username || live.ReadAt.IsZero() ||
		len(live.Chain) != 1 || live.Chain[0].UID != user.OrgUID || live.Row.OrgPath != own.Paths[0] || live.Row.OrgName == "" {
		t.Errorf("live reading: %+v", live)
	}
	if len(live.User.Roles) == 0 {
		t.Error("the user has no roles")
	}
	devices := 0
	for _, d := range f.vendor.Snapshot().Devices {
		if d.UserUID == user.UID {
			devices++
		}
	}
	row, err := f.UserRow(t.Context(), own, user.UID)
	if err != nil || row != live.Row || row.Devices != devices {
		t.Errorf("the mirror after the reading: %+v, %v; want %+v with %d devices", row, err, live.Row, devices)
	}

	f.vendor.FailNext(userReads, broken, 1)
	remembered, err := f.LiveUser(t.Context(), own, user.UID)
	if err != nil || !fault.Is(remembered.Failure, fault.Upstream) || remembered.Row != live.Row || remembered.User.Username != user.Username ||
		remembered.ReadAt.IsZero() || remembered.ReadAt.After(live.ReadAt) || len(remembered.Chain) != 1 {
		t.Errorf("remembered: %+v, %v", remembered, err)
	}
}

// TestLiveUserTellsNothingOutsideTheScope compares the answers for another's user, whether or not the vendor answers,
// with that for nobody at all.
func TestLiveUserTellsNothingOutsideTheScope(t *testing.T) {
	t.Parallel()
	f := newFixture(t, calm())
	f.sync()
	user, _, other := f.aUser()
	ask := func(scope inventory.Scope, uid string) fault.Fault {
		t.Helper()
		_, err := f.LiveUser(t.Context(), scope, uid)
		if err == nil {
			t.Fatalf("%s was answered", uid)
		}
		got := fault.Of(err)
		return fault.Fault{Kind: got.Kind, Message: got.Message, Next: got.Next}
	}
	want := fault.Fault{Kind: fault.NotFound, Message: inventory.NotFoundMessage, Next: inventory.NotFoundNext}
	for name, got := range map[string]fault.Fault{
		"none":           ask(other, "123456789"),
		"another's":      ask(other, user.UID),
		"an empty scope": ask(inventory.Scope{}, user.UID),
		"no id":          ask(inventory.Everything(), ""),
		"not an id":      ask(inventory.Everything(), "../Org"),
	} {
		if got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	f.vendor.FailNext(userReads, broken, 1)
	if got := ask(other, user.UID); got != want {
		t.Errorf("another's while the vendor fails: %+v", got)
	}
	if page, err := f.Users(t.Context(), inventory.UserQuery{Scope: other, Text: user.UID}); err != nil || page.Total != 0 {
		t.Errorf("another's in the list: %+v, %v", page, err)
	}
}

// TestLiveUserFollowsAMove moves a user around the portal: the next reading hands them over, whoever reads.
func TestLiveUserFollowsAMove(t *testing.T) {
	t.Parallel()
	f := newFixture(t, calm())
	f.sync()
	user, own, other := f.aUser()
	stale := inventory.User{UID: user.UID, Username: user.Username, OrgUID: inventory.AncestorUIDs(other.Paths[0])[len(inventory.AncestorUIDs(other.Paths[0]))-1]}
	if err := f.store.UserSeen(t.Context(), stale); err != nil {
		t.Fatal(err)
	}
	if _, err := f.LiveUser(t.Context(), other, user.UID); !fault.Is(err, fault.NotFound) {
		t.Errorf("where the mirror had them: %v, want not found", err)
	}
	if _, err := f.UserRow(t.Context(), own, user.UID); err != nil {
		t.Errorf("where the vendor has them: %v", err)
	}
}

func TestLiveUserForgetsWhoIsGone(t *testing.T) {
	t.Parallel()
	f := newFixture(t, calm())
	f.sync()
	if err := f.store.UserSeen(t.Context(), inventory.User{UID: "777", Username: "gone", OrgUID: f.vendor.RootOrgUID()}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.LiveUser(t.Context(), inventory.Everything(), "777"); !fault.Is(err, fault.NotFound) {
		t.Errorf("gone: %v", err)
	}
	if _, err := f.UserRow(t.Context(), inventory.Everything(), "777"); !fault.Is(err, fault.NotFound) {
		t.Errorf("the mirror's row: %v", err)
	}
}
