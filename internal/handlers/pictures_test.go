package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

// overview is the overview with its figures, however long a busy machine counts.
func (b *browser) overview() *goquery.Document {
	b.t.Helper()
	return b.get("/?pictures=wait").page(b.t)
}

// TestEveryFigureIsTheCountOfItsList follows every link of the pictures, for somebody who sees a part of the fleet and for
// somebody who sees all of it: the list holds as many devices as the figure said.
func TestEveryFigureIsTheCountOfItsList(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.spreadAges()
	for _, who := range []string{string(policy.Viewer), "root-admin"} {
		b := p.as(who)
		page := b.overview()
		followed := 0
		follow := func(link *goquery.Selection, figure string) {
			address, _ := link.Attr("href")
			matching := b.get(address).page(t).Find("#matching").Text()
			if got, want := firstNumber(t, matching), firstNumber(t, figure); got != want {
				t.Errorf("%s: the overview says %d for %s, the list %q", who, want, address, matching)
			}
			followed++
		}
		page.Find("#pictures tbody tr, #states tbody tr").Each(func(_ int, row *goquery.Selection) {
			if link := row.Find("th a"); link.Length() == 1 {
				follow(link, row.Find("td").First().Text())
			}
		})
		page.Find("#states dl a").Each(func(_ int, link *goquery.Selection) { follow(link, link.Text()) })
		if followed < 18 {
			t.Errorf("%s: only %d figures have a list", who, followed)
		}
		// The bars say what the table says, and lead where it leads.
		if bars, rows := hrefs(page.Find(".bars a")), hrefs(page.Find(".figures th a")); bars != rows {
			t.Errorf("%s: bars lead to\n%s\nthe tables to\n%s", who, bars, rows)
		}
	}
}

// spreadAges gives active devices a newest backup and a last connection on both sides of each end of an age.
func (p *portal) spreadAges() {
	p.t.Helper()
	const day = 24 * time.Hour
	ages := []time.Duration{time.Hour, day - time.Hour, day + time.Hour, 7*day - time.Hour, 7*day + time.Hour, 30*day - time.Hour, 30*day + time.Hour, 400 * day, 0}
	found, err := p.store.Devices(p.t.Context(), inventory.DeviceQuery{Scope: inventory.Everything(), Active: new(true), Limit: 100})
	must(p.t, err)
	for i, d := range found.Devices {
		d.LastCompleted, d.LastConnected, d.SeenAt = time.Time{}, time.Time{}, time.Now()
		if age := ages[i%len(ages)]; age > 0 {
			d.LastCompleted = time.Now().Add(-age)
		}
		if age := ages[i/len(ages)%len(ages)]; age > 0 {
			d.LastConnected = time.Now().Add(-age)
		}
		must(p.t, p.store.DeviceSeen(p.t.Context(), d))
	}
}

// heldSummary counts only once it is let go.
type heldSummary struct {
	inventory.Store
	gate chan struct{}
}

func (s heldSummary) DeviceSummary(ctx context.Context, scope inventory.Scope, now time.Time) (inventory.DeviceSummary, error) {
	select {
	case <-s.gate:
		return s.Store.DeviceSummary(ctx, scope, now)
	case <-ctx.Done():
		return inventory.DeviceSummary{}, ctx.Err()
	}
}

func TestPicturesOfALargeFleetComeAfterThePage(t *testing.T) {
	t.Parallel()
	p := setup(t)
	gate := make(chan struct{})
	p.mirror.Store = heldSummary{p.store, gate}
	b := p.as("root-admin")

	coming := b.get("/").page(t)
	later := coming.Find("#pictures").AttrOr("hx-get", "")
	if later != "/?pictures=wait" || coming.Find("#pictures a, #states a").Length() > 0 || coming.Find("#states .num").Text() == "" {
		t.Errorf("while the devices are counted the pictures are\n%s", coming.Find("#pictures").Text())
	}
	if html, _ := coming.Find("head noscript").Html(); !strings.Contains(html, "0; url="+later) {
		t.Errorf("a browser without script is led nowhere: %q", html)
	}
	close(gate)
	part := b.fetch(http.MethodGet, later, nil, map[string]string{"HX-Request": "true", "HX-Target": "pictures"}).page(t)
	if part.Find("#pictures a").Length() == 0 || part.Find("#states a").Length() == 0 || part.Find("h1, #pictures[hx-get]").Length() > 0 {
		t.Error("what comes later is not the pictures")
	}
	if whole := b.get(later).page(t); whole.Find("h1").Length() != 1 || whole.Find("#pictures a").Length() == 0 || whole.Find("head noscript").Length() > 0 {
		t.Error("without script the address of the pictures is not the whole page")
	}
	if rows, reserved := part.Find(".bars").First().Children().Length(), coming.Find(".bars").First().Children().Length(); rows != reserved {
		t.Errorf("%d bars take the place of %d", rows, reserved)
	}
}

func TestOverviewSaysHowOldItsFiguresAre(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.mirror.Store = agedSummary{p.store}
	if text := p.as("root-admin").overview().Find("#h-ages").Parent().Text(); !strings.Contains(text, "counted 3 min ago") {
		t.Errorf("the heading says %q", text)
	}
}

// agedSummary answers figures of three minutes ago.
type agedSummary struct{ inventory.Store }

func (s agedSummary) DeviceSummary(ctx context.Context, scope inventory.Scope, now time.Time) (inventory.DeviceSummary, error) {
	summary, err := s.Store.DeviceSummary(ctx, scope, now)
	summary.CountedAt = now.Add(-3 * time.Minute)
	return summary, err
}

// TestRecentActivityLeavesOutSessions lets somebody change something and then sign in more often than the list is long.
func TestRecentActivityLeavesOutSessions(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("root-admin")
	d := p.device["own"]
	if a := b.post("/devices/"+d.GUID+"/block", url.Values{"operation": {operation.NewID()}, "reason": {"case 4471"}}); a.status != http.StatusSeeOther {
		t.Fatalf("block answers %d", a.status)
	}
	for range 20 {
		p.as("viewer")
	}
	steps := b.get("/").page(t).Find("#h-recent").Closest("section").Find("li")
	if text := steps.Text(); steps.Length() != 1 || !strings.Contains(text, "blocked") {
		t.Errorf("%d steps: %s", steps.Length(), text)
	}
}

func hrefs(links *goquery.Selection) string {
	var all []string
	links.Each(func(_ int, s *goquery.Selection) { all = append(all, s.AttrOr("href", "")) })
	return strings.Join(all, "\n")
}

// firstNumber reads "1,914 of 48,213 match" as 1914.
func firstNumber(t *testing.T, text string) int {
	t.Helper()
	word, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	n, err := strconv.Atoi(strings.ReplaceAll(word, ",", ""))
	if err != nil {
		t.Fatalf("%q does not open with a number", text)
	}
	return n
}
