package backup_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/backup"
	backupemu "backup-portal/internal/emulator/backup"
)

// speaker is a client of one dialect and sign-in.
func speaker(t *testing.T, url string, d backup.Dialect, signIn backup.SignIn) *backup.Reader {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	c, err := backup.New(backup.Options{BaseURL: url, Dialect: d, SignIn: signIn, Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	return c.Reader()
}

// Three ways of asking, one answer: the matters, and who is in each.
func TestHoldsAreReadTheSameInEveryDialect(t *testing.T) {
	t.Parallel()
	emulator, url := newEmulator(t, func(o *backupemu.Options) { o.Users = 900 })
	var want []string
	for _, m := range emulator.Snapshot().Matters {
		want = append(want, fmt.Sprintf("%s %s active=%t", m.UID, m.Name, m.Active))
		for _, uid := range m.Custodians {
			want = append(want, m.UID+" holds "+uid)
		}
	}
	slices.Sort(want)
	if len(want) < 10 {
		t.Fatalf("the seed holds nobody: %q", want)
	}
	client := backup.APIClient{ID: "client_id", Secret: "secret"}
	for name, r := range map[string]*backup.Reader{
		"crashplan, local account": speaker(t, url, backup.CrashPlan, localAccount()),
		"crashplan, API client":    speaker(t, url, backup.CrashPlan, client),
		"code42, local account":    speaker(t, url, backup.Code42, localAccount()),
		"code42, API client":       speaker(t, url, backup.Code42, client),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			var got []string
			for _, m := range collect(t, r.HoldMatters(ctx, nil)) {
				got = append(got, fmt.Sprintf("%s %s active=%t", m.UID, m.Name, m.Active))
				if m.Created.IsZero() || m.ExternalReference == "" || m.Description == "" {
					t.Errorf("matter %+v lacks something", m)
				}
				for _, in := range collect(t, r.HoldMemberships(ctx, backup.HoldMembershipQuery{MatterUID: m.UID, Active: new(true)})) {
					got = append(got, in.MatterUID+" holds "+in.UserUID)
					if in.MatterName != m.Name || !strings.Contains(in.Username, "@") || !in.Active || in.Created.IsZero() {
						t.Errorf("membership %+v lacks something", in)
					}
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("holds (-vendor's +read):\n%s", diff)
			}
			for active, of := range map[bool]int{true: 2, false: 1} {
				if n := len(collect(t, r.HoldMatters(ctx, new(active)))); n != of {
					t.Errorf("%d matters are active=%t, want %d", n, active, of)
				}
			}
			held := emulator.Snapshot().Matters[0].Custodians[0]
			if mine := collect(t, r.HoldMemberships(ctx, backup.HoldMembershipQuery{UserUID: held})); len(mine) == 0 || mine[0].UserUID != held {
				t.Errorf("memberships of one user: %+v", mine)
			}
			for _, err := range r.HoldMemberships(ctx, backup.HoldMembershipQuery{MatterUID: "404"}) {
				if backup.MeaningOf(err) != backup.Forbidden {
					t.Errorf("a matter that is none: %v", err)
				}
			}
			for _, err := range r.HoldMemberships(ctx, backup.HoldMembershipQuery{}) {
				if backup.OutcomeOf(err) != backup.FailedNotSent {
					t.Errorf("neither user nor matter: %v", err)
				}
			}
		})
	}
}

// listed answers a list of n matters in one of the forms that vendors use, at most most a page; one that ignores page
// numbers begins anew each time.
type listed struct {
	n, most int
	form    string // %s takes the rows
	ignores bool
	asked   int
}

func (l *listed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.asked++
	var page, size int
	_, _ = fmt.Sscan(r.URL.Query().Get("page"), &page)
	_, _ = fmt.Sscan(r.URL.Query().Get("pageSize"), &size)
	if l.ignores {
		page = 1
	}
	size = min(size, l.most)
	var rows []string
	for i := (page - 1) * size; i < min(page*size, l.n); i++ {
		rows = append(rows, fmt.Sprintf(`{"legalHoldUid":"%d","active":"true"}`, i))
	}
	_, _ = fmt.Fprintf(w, l.form, "["+strings.Join(rows, ",")+"]")
}

// Whatever form the list has and whether pages are known or not, each matter is read once and the walk ends.
func TestHoldListsEnd(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		list listed
		want int // rows; -1 is an error
	}{
		"an object":                   {listed{n: 3, most: 500, form: `{"data":{"matters":%s}}`}, 3},
		"an object without envelope":  {listed{n: 3, most: 500, form: `{"matters":%s}`}, 3},
		"bare rows":                   {listed{n: 3, most: 500, form: `{"data":%s}`}, 3},
		"bare rows without envelope":  {listed{n: 3, most: 500, form: `%s`}, 3},
		"none":                        {listed{n: 0, most: 500, form: `{"data":{"matters":%s}}`}, 0},
		"many pages":                  {listed{n: 1234, most: 500, form: `{"data":{"matters":%s}}`}, 1234},
		"pages smaller than asked":    {listed{n: 95, most: 20, form: `{"data":%s}`}, 95},
		"pages ignored":               {listed{n: 3, most: 500, form: `{"data":{"matters":%s}}`, ignores: true}, 3},
		"pages ignored, and one full": {listed{n: 1234, most: 500, form: `{"data":{"matters":%s}}`, ignores: true}, -1},
		"not a list":                  {listed{n: 3, most: 500, form: `{"data":{"others":%s}}`}, -1},
		"null":                        {listed{n: 3, most: 500, form: `{"data":null,"others":%s}`}, -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(&tt.list)
			t.Cleanup(server.Close)
			r := speaker(t, server.URL, backup.CrashPlan, backup.TokenProvider(func(context.Context) (string, error) { return "t", nil }))
			n, failed := 0, error(nil)
			for m, err := range r.HoldMatters(t.Context(), nil) {
				if err != nil {
					failed = err
					continue
				}
				if n++; !m.Active || n > tt.list.n {
					t.Fatalf("row %d is %+v", n, m)
				}
			}
			if tt.want < 0 && failed == nil || tt.want >= 0 && (failed != nil || n != tt.want) {
				t.Errorf("%d rows, %v, after %d requests", n, failed, tt.list.asked)
			}
		})
	}
}

func TestDeactivateAndReactivate(t *testing.T) {
	t.Parallel()
	for _, d := range []backup.Dialect{backup.CrashPlan, backup.Code42} {
		t.Run(string(d), func(t *testing.T) {
			t.Parallel()
			emulator, url := newEmulator(t, nil)
			transport := &http.Transport{}
			t.Cleanup(transport.CloseIdleConnections)
			c, err := backup.New(backup.Options{BaseURL: url, Dialect: d, SignIn: localAccount(), Transport: transport})
			if err != nil {
				t.Fatal(err)
			}
			ctx := t.Context()
			var free, held backup.Device
			for _, row := range emulator.Snapshot().Devices {
				if !row.Active {
					continue
				}
				device, err := c.Reader().DeviceByGUID(ctx, row.GUID, false)
				if err != nil {
					t.Fatal(err)
				}
				if row.OnHold {
					held = device
				} else {
					free = device
				}
			}
			for _, active := range []bool{false, false, true, true} { // each succeeds a second time
				change := c.Writer().DeactivateDevice
				if active {
					change = c.Writer().ReactivateDevice
				}
				if err := change(ctx, free.ID); err != nil {
					t.Fatal(err)
				}
				if now, err := c.Reader().DeviceByGUID(ctx, free.GUID, false); err != nil || now.Active != active {
					t.Errorf("active is %t (%v), want %t", now.Active, err, active)
				}
			}
			if err := c.Writer().DeactivateDevice(ctx, held.ID); backup.MeaningOf(err) != backup.ActiveLegalHold || backup.OutcomeOf(err) != backup.Failed {
				t.Errorf("a device on legal hold: %v", err)
			}
			if err := c.Writer().DeactivateDevice(ctx, 404_404_404); !backup.IsNotFound(err) {
				t.Errorf("an unknown device: %v", err)
			}
			if err := c.Writer().DeactivateDevice(ctx, 0); backup.OutcomeOf(err) != backup.FailedNotSent {
				t.Errorf("no device: %v", err)
			}
			root, err := c.Reader().OrgByUID(ctx, emulator.RootOrgUID())
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Writer().DeactivateOrg(ctx, root.GUID); backup.MeaningOf(err) != backup.ActiveLegalHold {
				t.Errorf("an organization with people on legal hold: %v", err)
			}
		})
	}
}

// An organization's deactivation takes everything below along, and its reactivation brings back nothing but itself.
func TestDeactivateAndReactivateOrg(t *testing.T) {
	t.Parallel()
	emulator, url := newEmulator(t, nil)
	c := newClient(t, url, localAccount())
	ctx := t.Context()
	for _, m := range emulator.Snapshot().Matters {
		if err := emulator.CloseMatter(m.UID, true); err != nil {
			t.Fatal(err)
		}
	}
	var target, child backup.Org
	all := collect(t, c.Reader().Orgs(ctx, backup.OrgQuery{}))
	for _, org := range all {
		for _, below := range all {
			if org.ParentUID != "" && below.ParentUID == org.UID && org.Active && below.Active {
				target, child = org, below
			}
		}
	}
	activeBelow := func() int {
		p, err := c.Reader().DevicePage(ctx, backup.DeviceQuery{OrgUID: target.UID, Active: new(true)})
		if err != nil {
			t.Fatal(err)
		}
		return p.Total
	}
	for _, step := range []struct {
		change        func(string) error
		itself, below bool
	}{
		{func(guid string) error { return c.Writer().DeactivateOrg(ctx, guid) }, false, false},
		{func(guid string) error { return c.Writer().ReactivateOrg(ctx, guid) }, true, false},
	} {
		if err := step.change(target.GUID); err != nil {
			t.Fatal(err)
		}
		for uid, want := range map[string]bool{target.UID: step.itself, child.UID: step.below} {
			if now, err := c.Reader().OrgByUID(ctx, uid); err != nil || now.Active != want {
				t.Errorf("%s is active=%t (%v), want %t", uid, now.Active, err, want)
			}
		}
		if n := activeBelow(); n != 0 {
			t.Errorf("%d devices are active below", n)
		}
	}
	if err := c.Writer().DeactivateOrg(ctx, ".."); backup.OutcomeOf(err) != backup.FailedNotSent {
		t.Errorf("no organization: %v", err)
	}
}

func TestColdStorage(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	emulator, url := newEmulator(t, func(o *backupemu.Options) { o.Now, o.MaxPageSize = func() time.Time { return day }, 20 })
	c := newClient(t, url, localAccount())
	ctx := t.Context()
	root, err := c.Reader().OrgByUID(ctx, emulator.RootOrgUID())
	if err != nil {
		t.Fatal(err)
	}
	before := collect(t, c.Reader().ColdStorage(ctx, root.ID))
	if !slices.IsSortedFunc(before, func(a, b backup.ColdArchive) int { return a.Expires.Compare(b.Expires) }) || len(before) < 10 {
		t.Fatalf("in cold storage: %v", before)
	}
	var target backup.Device
	for _, d := range emulator.Snapshot().Devices {
		if d.Active && !d.OnHold && !d.LastCompleted.IsZero() {
			if target, err = c.Reader().DeviceByGUID(ctx, d.GUID, true); err != nil {
				t.Fatal(err)
			}
		}
	}
	days, err := c.Reader().ArchiveHoldDays(ctx, target.OrgUID)
	if err != nil || days == 0 {
		t.Fatalf("kept for %d days, %v", days, err)
	}
	if err := c.Writer().DeactivateDevice(ctx, target.ID); err != nil {
		t.Fatal(err)
	}
	after := collect(t, c.Reader().ColdStorage(ctx, root.ID))
	for _, b := range target.Backups {
		i := slices.IndexFunc(after, func(a backup.ColdArchive) bool { return a.GUID == b.ArchiveGUID })
		if i < 0 {
			t.Fatalf("archive %s of a deactivated device is not in cold storage", b.ArchiveGUID)
		}
		if want := (backup.ColdArchive{GUID: b.ArchiveGUID, Bytes: b.ArchiveBytes, Expires: day.AddDate(0, 0, days)}); after[i] != want {
			t.Errorf("in cold storage is %+v, want %+v", after[i], want)
		}
	}
	if len(after) != len(before)+len(target.Backups) {
		t.Errorf("%d archives in cold storage after %d", len(after), len(before))
	}
}

// The setting of an organization that has one, of one below it that has none, and of one below that has its own.
func TestArchiveHoldDays(t *testing.T) {
	t.Parallel()
	emulator, url := newEmulator(t, nil)
	r := newClient(t, url, localAccount()).Reader()
	ctx := t.Context()
	all := collect(t, r.Orgs(ctx, backup.OrgQuery{}))
	var parent, child backup.Org
	for _, org := range all {
		for _, below := range all {
			if org.ParentUID != "" && below.ParentUID == org.UID {
				parent, child = org, below
			}
		}
	}
	for _, tt := range []struct{ own, below, wantOwn, wantBelow int }{{14, 0, 14, 14}, {14, 365, 14, 365}, {0, 1, 60, 1}} {
		for uid, days := range map[string]int{parent.UID: tt.own, child.UID: tt.below, parent.ParentUID: 60} {
			if err := emulator.SetArchiveHoldDays(uid, days); err != nil {
				t.Fatal(err)
			}
		}
		for uid, want := range map[string]int{parent.UID: tt.wantOwn, child.UID: tt.wantBelow} {
			if got, err := r.ArchiveHoldDays(ctx, uid); err != nil || got != want {
				t.Errorf("archives of %s are kept for %d days (%v), want %d", uid, got, err, want)
			}
		}
	}
	if _, err := r.ArchiveHoldDays(ctx, "404"); !backup.IsNotFound(err) {
		t.Errorf("an unknown organization: %v", err)
	}
}
