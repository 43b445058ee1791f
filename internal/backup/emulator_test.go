package backup_test

import (
	"context"
	"iter"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/backup"
	backupemu "backup-portal/internal/emulator/backup"
)

// The numbers of the emulated tenant; enough for several pages of the smallest page size used below.
const (
	orgs    = 25
	users   = 60
	devices = 130
)

func newEmulator(t *testing.T, change func(*backupemu.Options)) (*backupemu.Server, string) {
	t.Helper()
	o := backupemu.Options{Orgs: orgs, Users: users, Devices: devices, Calm: true}
	if change != nil {
		change(&o)
	}
	emulator := backupemu.New(o)
	server := httptest.NewServer(emulator)
	t.Cleanup(server.Close)
	return emulator, server.URL
}

func newClient(t *testing.T, url string, signIn backup.SignIn) *backup.Client {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	c, err := backup.New(backup.Options{BaseURL: url, Dialect: backup.CrashPlan, SignIn: signIn, Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func localAccount() backup.SignIn {
	return backup.LocalAccount{Username: "test.user@example.com", Password: "password"}
}

func collect[T any](t *testing.T, rows iter.Seq2[T, error]) []T {
	t.Helper()
	var all []T
	for row, err := range rows {
		if err != nil {
			t.Fatalf("after %d rows: %v", len(all), err)
		}
		all = append(all, row)
	}
	return all
}

// Each sign-in, each listing: complete although the emulator answers 429 now and then, ends tokens early and grants
// small pages.
func TestListingsAreCompleteAgainstAMisbehavingVendor(t *testing.T) {
	t.Parallel()
	_, url := newEmulator(t, func(o *backupemu.Options) { o.Calm, o.MaxPageSize = false, 20 })
	source := newClient(t, url, localAccount())
	for name, signIn := range map[string]backup.SignIn{
		"local account": localAccount(),
		"API client":    backup.APIClient{ID: "client_id", Secret: "secret"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			r := newClient(t, url, signIn).Reader()
			got := map[string]int{
				"orgs":    len(collect(t, r.Orgs(ctx, backup.OrgQuery{}))),
				"users":   len(collect(t, r.Users(ctx, backup.UserQuery{}))),
				"devices": len(collect(t, r.Devices(ctx, backup.DeviceQuery{WithBackups: true}))),
			}
			want := map[string]int{}
			for name, total := range map[string]func() (int, error){
				"orgs": func() (int, error) {
					p, err := source.Reader().OrgPage(ctx, backup.OrgQuery{PageSize: 1})
					return p.Total, err
				},
				"users": func() (int, error) {
					p, err := source.Reader().UserPage(ctx, backup.UserQuery{PageSize: 1})
					return p.Total, err
				},
				"devices": func() (int, error) {
					p, err := source.Reader().DevicePage(ctx, backup.DeviceQuery{PageSize: 1})
					return p.Total, err
				},
			} {
				n, err := total()
				if err != nil {
					t.Fatal(err)
				}
				want[name] = n
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("rows (-total +listed):\n%s", diff)
			}
			if got["devices"] != devices {
				t.Errorf("%d devices, want %d", got["devices"], devices)
			}
		})
	}
}

func TestSingleDocuments(t *testing.T) {
	t.Parallel()
	_, url := newEmulator(t, nil)
	r := newClient(t, url, localAccount()).Reader()
	ctx := t.Context()
	page, err := r.DevicePage(ctx, backup.DeviceQuery{PageSize: 1})
	if err != nil || len(page.Devices) != 1 {
		t.Fatalf("%v, %v", page, err)
	}
	listed := page.Devices[0]
	byGUID, err := r.DeviceByGUID(ctx, listed.GUID, false)
	if err != nil {
		t.Fatal(err)
	}
	byID, err := r.Device(ctx, listed.ID, false)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(listed, byGUID) + cmp.Diff(listed, byID); diff != "" {
		t.Errorf("the device differs between list and document:\n%s", diff)
	}
	org, err := r.OrgByUID(ctx, listed.OrgUID)
	if err != nil || org.UID != listed.OrgUID {
		t.Errorf("organization %v, %v", org, err)
	}
	user, err := r.UserByUID(ctx, listed.UserUID, true)
	if err != nil || user.UID != listed.UserUID {
		t.Errorf("user %v, %v", user, err)
	}
	if me, err := r.CurrentUser(ctx); err != nil || me.Username != "test.user@example.com" {
		t.Errorf("current user %v, %v", me, err)
	}
	if root, err := r.CurrentOrg(ctx); err != nil || root.UID == "" {
		t.Errorf("current organization %v, %v", root, err)
	}
	if tenant, err := r.Tenant(ctx); err != nil || len(tenant.UID) != 36 {
		t.Errorf("tenant %v, %v", tenant, err)
	}
	if _, err := r.DeviceByGUID(ctx, "404", false); !backup.IsNotFound(err) {
		t.Errorf("an unknown device: %v", err)
	}
	if _, err := r.OrgByUID(ctx, "404"); !backup.IsNotFound(err) {
		t.Errorf("an unknown organization: %v", err)
	}
	if _, err := r.UserByUID(ctx, "404", false); !backup.IsNotFound(err) {
		t.Errorf("an unknown user: %v", err)
	}
	if _, err := r.DevicePage(ctx, backup.DeviceQuery{OrgUID: "404"}); backup.MeaningOf(err) != backup.OrgNotFound {
		t.Errorf("devices of an unknown organization: %v", err)
	}
	if _, err := r.UserPage(ctx, backup.UserQuery{OrgUID: "404"}); backup.MeaningOf(err) != backup.OrgNotFound {
		t.Errorf("users of an unknown organization: %v", err)
	}
}

func TestBlockAndUnblock(t *testing.T) {
	t.Parallel()
	emulator, url := newEmulator(t, nil)
	c := newClient(t, url, localAccount())
	ctx := t.Context()
	no := false
	page, err := c.Reader().DevicePage(ctx, backup.DeviceQuery{Blocked: &no, PageSize: 1})
	if err != nil || len(page.Devices) != 1 {
		t.Fatalf("%v, %v", page, err)
	}
	target := page.Devices[0]
	for _, step := range []struct {
		change  func(context.Context, backup.DeviceID) error
		blocked bool
	}{{c.Writer().BlockDevice, true}, {c.Writer().UnblockDevice, false}} {
		emulator.EndTokens() // so the change needs its one re-send
		var trace backup.Trace
		if err := step.change(backup.WithTrace(ctx, &trace), target.ID); err != nil {
			t.Fatal(err)
		}
		if trace.Attempts != 2 || trace.Status/100 != 2 {
			t.Errorf("trace %+v, want two attempts", trace)
		}
		now, err := c.Reader().DeviceByGUID(ctx, target.GUID, false)
		if err != nil || now.Blocked != step.blocked {
			t.Errorf("blocked is %v (%v), want %v", now.Blocked, err, step.blocked)
		}
	}
	if err := c.Writer().BlockDevice(ctx, 404_404_404); backup.OutcomeOf(err) != backup.Failed || !backup.IsNotFound(err) {
		t.Errorf("an unknown device: %v (%v)", err, backup.OutcomeOf(err))
	}

	emulator.DropAfter(backupemu.Match{Method: http.MethodPut, PathPrefix: "/api/v1/ComputerBlock/"}, 1)
	if err := c.Writer().BlockDevice(ctx, target.ID); backup.OutcomeOf(err) != backup.Unknown || backup.Attempts(err) != 1 {
		t.Errorf("an answer lost after the change: %v (%v)", err, backup.OutcomeOf(err))
	}
	if now, err := c.Reader().DeviceByGUID(ctx, target.GUID, false); err != nil || !now.Blocked {
		t.Errorf("blocked is %v (%v), want true: that is what unknown is for", now.Blocked, err)
	}
}

func TestDeauthorize(t *testing.T) {
	t.Parallel()
	_, url := newEmulator(t, nil)
	c := newClient(t, url, localAccount())
	ctx := t.Context()
	yes, no := true, false
	page, err := c.Reader().DevicePage(ctx, backup.DeviceQuery{Active: &yes, Blocked: &no, PageSize: 1})
	if err != nil || len(page.Devices) != 1 || page.Devices[0].Deauthorized() {
		t.Fatalf("%v, %v", page, err)
	}
	for range 2 { // the second time it succeeds as well
		if err := c.Writer().DeauthorizeDevice(ctx, page.Devices[0].ID); err != nil {
			t.Fatal(err)
		}
	}
	if now, err := c.Reader().DeviceByGUID(ctx, page.Devices[0].GUID, false); err != nil || !now.Deauthorized() {
		t.Errorf("status is %q (%v), want deauthorized", now.Status, err)
	}
	if err := c.Writer().DeauthorizeDevice(ctx, 404_404_404); !backup.IsNotFound(err) {
		t.Errorf("an unknown device: %v", err)
	}
}

func TestBlockAndUnblockOrg(t *testing.T) {
	t.Parallel()
	_, url := newEmulator(t, nil)
	c := newClient(t, url, localAccount())
	ctx := t.Context()
	all := collect(t, c.Reader().Orgs(ctx, backup.OrgQuery{}))
	var target, child backup.Org
	for _, org := range all {
		for _, below := range all {
			if org.ParentUID != "" && below.ParentUID == org.UID && !org.Blocked {
				target, child = org, below
			}
		}
	}
	for _, step := range []struct {
		change  func(context.Context, string) error
		blocked bool
	}{{c.Writer().BlockOrg, true}, {c.Writer().UnblockOrg, false}} {
		if err := step.change(ctx, target.GUID); err != nil {
			t.Fatal(err)
		}
		for _, uid := range []string{target.UID, child.UID} {
			if now, err := c.Reader().OrgByUID(ctx, uid); err != nil || now.Blocked != step.blocked {
				t.Errorf("%s is blocked=%v (%v), want %v", uid, now.Blocked, err, step.blocked)
			}
		}
	}
	if err := c.Writer().BlockOrg(ctx, "404"); !backup.IsNotFound(err) {
		t.Errorf("an unknown organization: %v", err)
	}
	for _, guid := range []string{"", ".."} {
		if err := c.Writer().BlockOrg(ctx, guid); backup.OutcomeOf(err) != backup.FailedNotSent {
			t.Errorf("the orgGuid %q: %v (%v), want that nothing was sent", guid, err, backup.OutcomeOf(err))
		}
	}
}
