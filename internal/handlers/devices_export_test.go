package handlers_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/audit"
	"backup-portal/internal/inventory"
)

// table reads an exported table: its head and its rows.
func (a answer) table(t *testing.T) (head []string, rows [][]string) {
	t.Helper()
	if a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("Content-Type"), "text/csv") {
		t.Fatalf("%d %v %.300s", a.status, a.header, a.body)
	}
	all, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	must(t, err)
	return all[0], all[1:]
}

// failing is a mirror that fails when an export asks for a batch, counted from one.
type failing struct {
	inventory.Store
	calls  atomic.Int64
	failAt int64
}

func (f *failing) DevicesOf(ctx context.Context, q inventory.DeviceQuery, ids []int64) ([]inventory.Device, error) {
	if f.calls.Add(1) == f.failAt {
		return nil, errors.New("the database went away")
	}
	return f.Store.DevicesOf(ctx, q, ids)
}

// What leaves is what the list shows, page by page: the same devices in the same order, for any filters.
func TestAnExportHoldsWhatTheListShows(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.mirror.AtOnce = 23
	random := rand.New(rand.NewPCG(5, 29)) // the same queries each time
	parts := [][]string{
		{"", "active=true", "active=false"},
		{"", "alert=true", "blocked=false"},
		{"", "q=a", "q=hal", "q=lt-"},
		{"", "", "os=win", "os=mac"},
		{"", "", "connected-after=20d", "backup=never", "backup-before=1d"},
		{"", "", "keep-newest=1", "keep-newest=2"},
		{"", "sort=connected", "sort=-backup", "sort=-stored", "sort=-name"},
		{"", "org=" + p.fleet.Child.UID, "org=" + p.fleet.Sibling.UID},
	}
	for _, who := range []string{"root-admin", "org-manager", "auditor"} {
		b := p.as(who)
		for range 12 {
			var query []string
			for _, part := range parts {
				if choice := part[random.IntN(len(part))]; choice != "" {
					query = append(query, choice)
				}
			}
			address := "?" + strings.Join(append(query, "columns=guid,name"), "&")
			shown := b.listed("/devices" + address)
			_, rows := b.get("/devices/export.csv" + address).table(t)
			var inTable, inLines []string
			for _, row := range rows {
				inTable = append(inTable, row[0])
			}
			lines := b.get("/devices/export.jsonl" + address)
			for line := range strings.Lines(lines.body) {
				var d struct{ GUID string }
				must(t, json.Unmarshal([]byte(line), &d))
				inLines = append(inLines, d.GUID)
			}
			if !slices.Equal(shown, inTable) || !slices.Equal(shown, inLines) {
				t.Errorf("%s %s: the list shows %d devices, the table holds %d, the lines %d", who, address, len(shown), len(inTable), len(inLines))
			}
		}
	}
}

// The vendor's command line prints these columns in this order; ours are the same, with the same values.
func TestAnExportReadsLikeTheVendorsCommandLine(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("root-admin")
	const columns = "computerId,guid,name,osHostname,status,lastConnected,creationDate,productVersion,osName,osVersion,userUid"
	head, rows := b.get("/devices/export.csv?columns=" + columns).table(t)
	if strings.Join(head, ",") != columns {
		t.Errorf("head %v", head)
	}
	byGUID := map[string][]string{}
	for _, row := range rows {
		byGUID[row[1]] = row
	}
	for _, d := range p.emulator.Snapshot().Devices {
		row := byGUID[d.GUID]
		connected := ""
		if !d.LastConnected.IsZero() {
			connected = d.LastConnected.UTC().Format("2006-01-02T15:04:05.000Z")
		}
		want := []string{fmt.Sprint(d.ID), d.GUID, d.HostName, d.Status, connected, d.OSName, d.UserUID}
		if len(row) != 11 {
			t.Fatalf("%s: row %v", d.GUID, row)
		}
		if diff := cmp.Diff(want, []string{row[0], row[1], row[3], row[4], row[5], row[8], row[10]}); diff != "" {
			t.Errorf("%s (-emulator +file):\n%s", d.Name, diff)
		}
	}
}

// Names that a spreadsheet takes for formulas are text in the table and unchanged in the lines.
func TestNoExportedCellIsAFormula(t *testing.T) {
	t.Parallel()
	hostile := []string{"=1+1", "+1", "-1", "@SUM(A1)", "\u200b=1", "\ufeff=1", " =1", "a,\"b\";c", "plain", "＝1", "x;=2"}
	var guids []string
	p := setup(t, func(c *config) {
		c.prepare = func(p *portal) {
			for i, d := range p.emulator.Snapshot().Devices[:len(hostile)] {
				must(p.t, p.emulator.RenameDevice(d.GUID, hostile[i]))
				guids = append(guids, d.GUID)
			}
		}
	})
	b := p.as("root-admin")
	_, rows := b.get("/devices/export.csv?columns=guid,name,organization,osHostname").table(t)
	names := map[string]string{}
	for _, row := range rows {
		names[row[0]] = row[1]
		for _, cell := range row {
			if strings.ContainsAny(strings.TrimLeft(cell, " \u200b\ufeff")[:1], "=+-@＝") {
				t.Errorf("cell %q begins a formula", cell)
			}
		}
	}
	lines := map[string]string{}
	for line := range strings.Lines(b.get("/devices/export.jsonl?columns=guid,name").body) {
		var d struct{ GUID, Name string }
		must(t, json.Unmarshal([]byte(line), &d))
		lines[d.GUID] = d.Name
	}
	for i, guid := range guids {
		kept := strings.TrimSpace(lines[guid])
		if kept != strings.TrimSpace(hostile[i]) || strings.ReplaceAll(names[guid], "'", "") != lines[guid] {
			t.Errorf("%q leaves as %q in the table and as %q in the lines", hostile[i], names[guid], lines[guid])
		}
	}
}

// Every column has a value of its kind in both forms, and never is told as nothing.
func TestLinesTellKinds(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("root-admin")
	columns := "name,totalStorageBytes,archiveCount,lastCompletedBackup,alerts,destinations,username"
	for _, query := range []string{"backup=never", "alert=true&backup-after=3000d"} {
		a := b.get("/devices/export.jsonl?" + query + "&columns=" + columns)
		line, err := bufio.NewReader(strings.NewReader(a.body)).ReadString('\n')
		must(t, err)
		decoder := json.NewDecoder(strings.NewReader(line))
		var keys []string
		token, err := decoder.Token()
		must(t, err)
		for token != json.Delim('}') {
			if token, err = decoder.Token(); err != nil || token == json.Delim('}') {
				break
			}
			keys = append(keys, token.(string)) //nolint:forcetypeassert // a key
			var value any
			must(t, decoder.Decode(&value))
			kind := fmt.Sprintf("%T", value)
			want := map[string]string{"totalStorageBytes": "float64", "archiveCount": "float64", "lastCompletedBackup": "string", "alerts": "[]interface {}", "destinations": "[]interface {}"}[keys[len(keys)-1]]
			if query == "backup=never" && keys[len(keys)-1] == "lastCompletedBackup" {
				want = "<nil>"
			}
			if want != "" && kind != want {
				t.Errorf("%s: %s is %s, want %s: %s", query, keys[len(keys)-1], kind, want, line)
			}
		}
		if strings.Join(keys, ",") != columns {
			t.Errorf("%s: the keys are %v", query, keys)
		}
	}
}

// A stream that breaks off in the middle is never a file that is merely short: the connection breaks, and the log says so.
func TestAnExportThatBreaksOffIsNoticed(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("auditor")
	_, whole := b.get("/devices/export.csv").table(t)
	if line := p.newest("devices.export"); line.Outcome != audit.Done || line.After["devices"] != fmt.Sprint(len(whole)) {
		t.Errorf("a whole export is written down as %+v", line)
	}
	p.mirror.Store, p.mirror.AtOnce = &failing{Store: p.mirror.Store, failAt: 3}, 23
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/devices/export.csv?active=true&columns=guid", nil)
	must(t, err)
	response, err := b.client.Do(request)
	must(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil || len(text) == 0 {
		t.Errorf("%d bytes came, and then %v: the client takes it for the whole", len(text), err)
	}
	line := p.newest("devices.export")
	if line.Outcome != audit.Failed || line.After["devices"] != "46" || !strings.Contains(line.Detail, "not complete") {
		t.Errorf("written down as %+v", line)
	}
	entries, _, err := p.store.AuditSearch(t.Context(), audit.Query{AllOrgs: true, Action: "devices.export", Outcome: audit.Intent})
	must(t, err)
	if before := entries[0].Line.Before; len(entries) != 2 || before["active"] != "true" || before["format"] != "csv" || before["columns"] != "name,guid" {
		t.Errorf("the line before says %v", before)
	}
}

// Rows leave only from where the person may export, and who may not reads why before and after asking.
func TestExportsNeedTheRightToExport(t *testing.T) {
	t.Parallel()
	p := setup(t)
	for _, who := range []string{"viewer", "help-desk"} {
		b := p.as(who)
		tools := b.get("/devices").page(t).Find("#tools")
		if !strings.Contains(tools.Text(), "Only an org-manager, an admin or an auditor may export lists") || tools.Find("a[download]").Length() != 0 {
			t.Errorf("%s is offered %q", who, strings.Join(strings.Fields(tools.Text()), " "))
		}
		for _, extension := range []string{"csv", "jsonl"} {
			a := b.get("/devices/export." + extension)
			if a.status != http.StatusForbidden || !strings.Contains(a.body, "may export lists") {
				t.Errorf("%s: %d", who, a.status)
			}
		}
		if line := p.newest("devices.export"); line.Outcome != audit.Refused {
			t.Errorf("%s: the refusal is written down as %+v", who, line)
		}
	}
	b := p.as("org-manager")
	links := b.get("/devices?active=true&sort=-stored").page(t).Find("#tools a[download]")
	if links.Length() != 2 || links.First().AttrOr("href", "") != "/devices/export.csv?active=true&sort=-stored" {
		t.Errorf("the org-manager's links lead to %q", links.First().AttrOr("href", ""))
	}
	name := func() string {
		return `attachment; filename="devices-` + time.Now().UTC().Format(time.DateOnly) + `.csv"`
	}
	before := name()
	a := b.get("/devices/export.csv?columns=name,orgUid")
	if got := a.header.Get("Content-Disposition"); got != before && got != name() { // midnight may pass
		t.Errorf("Content-Disposition %q, want %q", got, name())
	}
	_, rows := a.table(t)
	for _, row := range rows {
		if !p.inside(row[1]) {
			t.Errorf("%v leaves from outside", row)
		}
	}
	if len(rows) == 0 {
		t.Error("nothing leaves")
	}
}
