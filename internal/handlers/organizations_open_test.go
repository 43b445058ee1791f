package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/handlers"
	"backup-portal/internal/inventory"
)

// openOnes are the uids of the organizations that a page or a part of it draws open.
func openOnes(doc *goquery.Document) []string {
	uids := doc.Find("[aria-expanded=true]").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("data-uid", "") })
	slices.Sort(uids)
	return uids
}

// TestTreeOpensTheWay: an address names the deepest ones only, closing one keeps what is above it open, and what the
// person may not see opens nothing, as what does not exist.
func TestTreeOpensTheWay(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("root-admin")
	root, own := p.fleet.Root.UID, p.fleet.Own.UID
	sorted := func(uids ...string) []string { slices.Sort(uids); return uids }
	address := func(doc *goquery.Document) string { return doc.Find("#tree-open [name=open]").AttrOr("value", "") }

	deep := b.get("/organizations?open=" + own).page(t)
	if diff := cmp.Diff(sorted(root, own), openOnes(deep)); diff != "" {
		t.Errorf("the way to an open one: %s", diff)
	}
	if got := address(deep); got != own {
		t.Errorf("the address of the page is %q, want %q", got, own)
	}
	up := b.toggled(deep, own).page(t)
	if diff := cmp.Diff([]string{root}, openOnes(up)); diff != "" || address(up) != root {
		t.Errorf("with it closed: %s, %q", diff, address(up))
	}
	shut := b.toggled(deep, root).page(t)
	if len(openOnes(shut)) != 0 || address(shut) != "none" {
		t.Errorf("with the root closed %v are open, %q", openOnes(shut), address(shut))
	}
	if again := b.toggled(shut, root).page(t); !cmp.Equal([]string{root}, openOnes(again)) {
		t.Errorf("opened again, %v are open", openOnes(again))
	}

	viewer := p.as("viewer") // of Own
	said := answer.timeless
	plain := viewer.get("/organizations?open=" + own)
	for _, other := range []string{root, p.fleet.Sibling.UID, p.fleet.Sibling.UID + "~600", "123456789"} {
		if diff := cmp.Diff(said(plain), said(viewer.get("/organizations?open="+own+","+other))); diff != "" {
			t.Errorf("opening %s shows: %s", other, diff)
		}
	}
	if got := address(viewer.get("/organizations?open=" + p.fleet.Child.UID).page(t)); strings.Contains(got, root) {
		t.Errorf("the address names what lies above: %q", got)
	}
}

// TestTreeComesBack: what was opened and fetched is drawn again, as far as a page has room, and the rest by fetching it as
// the address says.
func TestTreeComesBack(t *testing.T) {
	t.Parallel()
	p := setup(t, func(c *config) { c.fleet = backupemu.Options{Calm: true, Orgs: 2500, Users: 60, Devices: 160} })
	b := p.as("root-admin")
	var crowded string
	for _, o := range p.emulator.Snapshot().Orgs {
		if len(p.children(o.UID)) == 600 {
			crowded = o.UID
		}
	}
	level := func(doc *goquery.Document) *goquery.Selection {
		return doc.Find("[data-uid='" + crowded + "'] > [role=group] > [data-uid]")
	}
	for shown, want := range map[string]int{"": 200, "~200": 200, "~junk": 200, "~400": 400, "~600": 600, "~1000000": 600} {
		a := b.get("/organizations?open=" + crowded + shown)
		if n := level(a.page(t)).Length(); n != want {
			t.Errorf("%q draws %d of the level, want %d", shown, n, want)
		}
		if n := compressed(t, a.body); n > 40_000 {
			t.Errorf("%q is %d bytes compressed", shown, n)
		}
		if left := a.page(t).Find("[data-unfinished]").Length(); left != 0 {
			t.Errorf("%q leaves %d unfinished, and all of it fits", shown, left)
		}
	}

	// All 600, and a hundred of them open: more than fits.
	var open []string
	for _, o := range p.children(crowded) {
		if len(open) < 100 && len(p.children(o.UID)) > 0 {
			open = append(open, o.UID)
		}
	}
	address := crowded + "~600," + strings.Join(open, ",")
	page := b.get("/organizations?open=" + address)
	if n := compressed(t, page.body); n > 40_000 {
		t.Errorf("the page is %d bytes compressed", n)
	}
	doc := page.page(t)
	if doc.Find("noscript").Length() == 0 {
		t.Error("without script nothing says that something is missing")
	}
	restored := func(uid string) bool {
		return doc.Find("[data-uid='"+uid+"'][aria-expanded=true] > [role=group] > [data-uid]").Length() > 0
	}
	fetched := 0
	for ; fetched < 500; fetched++ { // as the script does it
		next := doc.Find("[role=tree] [data-unfinished]").First()
		if next.Length() == 0 {
			break
		}
		next.RemoveAttr("data-unfinished")
		path := next.AttrOr("data-children", next.AttrOr("data-more", ""))
		path += map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + "open=" + address
		part := b.fetch(http.MethodGet, path, nil, map[string]string{"HX-Request": "true"})
		if n := compressed(t, part.body); n > 15_000 {
			t.Errorf("a part is %d bytes compressed", n)
		}
		if next.Is("a") {
			next.Closest("li").ReplaceWithHtml(part.body)
		} else {
			next.SetAttr("aria-expanded", "true")
			next.AppendHtml(fmt.Sprintf("<ul role=group>%s</ul>", part.body))
		}
	}
	for _, uid := range open {
		if !restored(uid) {
			t.Errorf("%s is not open again", uid)
		}
	}
	if n := level(doc).Length(); n != 600 || fetched == 0 || fetched > 120 {
		t.Errorf("%d of 600 are back after %d parts", n, fetched)
	}
	names := level(doc).Map(func(_ int, s *goquery.Selection) string { return strings.TrimSpace(s.Find(".name").First().Text()) })
	if diff := cmp.Diff(byName(p.children(crowded)), names); diff != "" {
		t.Error(diff)
	}
}

// levelCounter counts the questions for levels of the tree.
type levelCounter struct {
	inventory.Store
	asked atomic.Int64
}

func (c *levelCounter) OrgLevel(ctx context.Context, q inventory.OrgQuery) (inventory.OrgPage, error) {
	c.asked.Add(1)
	return c.Store.OrgLevel(ctx, q)
}

func (c *levelCounter) OrgLevels(ctx context.Context, scope inventory.Scope, paths []string, limit int) (map[string]inventory.OrgPage, error) {
	c.asked.Add(1)
	return c.Store.OrgLevels(ctx, scope, paths, limit)
}

// TestTreeIsReadByDepth: however many organizations an address opens, a depth of the tree is one question, and one more
// for each level that is too long to be shown whole.
func TestTreeIsReadByDepth(t *testing.T) {
	t.Parallel()
	var counter levelCounter
	p := setup(t, func(c *config) {
		c.fleet = backupemu.Options{Calm: true, Orgs: 2500, Users: 60, Devices: 160}
		c.pages = func(p *portal, _ *handlers.Options) {
			counter.Store = p.mirror.Store
			p.mirror.Store = &counter
		}
	})
	b := p.as("root-admin")
	var crowded string
	for _, o := range p.emulator.Snapshot().Orgs {
		if len(p.children(o.UID)) == 600 {
			crowded = o.UID
		}
	}
	twigs := b.get("/organizations?open=" + crowded).page(t).Find("[data-uid='" + crowded + "'] > [role=group] > [data-children]")
	open := twigs.Slice(0, 150).Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("data-uid", "") })

	before := counter.asked.Load()
	doc := b.get("/organizations?open=" + strings.Join(open, ",")).page(t)
	if asked := counter.asked.Load() - before; asked > 5 { // the roots, twice; their level; the crowded one; what is open there
		t.Errorf("a tree with %d open organizations asks %d times", len(open), asked)
	}
	for _, uid := range open {
		names := doc.Find("[data-uid='" + uid + "'][aria-expanded=true] > [role=group] > [data-uid] > .row > .name")
		got := names.Map(func(_ int, s *goquery.Selection) string { return strings.TrimSpace(s.Text()) })
		if diff := cmp.Diff(byName(p.children(uid)), got); diff != "" {
			t.Errorf("below %s: %s", uid, diff)
		}
	}
}
