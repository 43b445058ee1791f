package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"backup-portal/internal/operation"
)

// controls reads a form as a browser would post it untouched.
func controls(form *goquery.Selection) url.Values {
	values := url.Values{}
	form.Find("input[name], select[name], textarea[name]").Each(func(_ int, field *goquery.Selection) {
		name, kind := field.AttrOr("name", ""), field.AttrOr("type", "text")
		_, checked := field.Attr("checked")
		switch {
		case goquery.NodeName(field) == "select":
			values.Add(name, field.Find("option[selected]").AttrOr("value", field.Find("option").AttrOr("value", "")))
		case goquery.NodeName(field) == "textarea":
			values.Add(name, field.Text())
		case (kind != "radio" && kind != "checkbox") || checked:
			values.Add(name, field.AttrOr("value", ""))
		}
	})
	return values
}

// pressed is a form with one of its buttons pressed, and every field of text filled by typed.
func pressed(form url.Values, button string, typed string) url.Values {
	values := url.Values{button: {"1"}}
	for name, was := range form {
		values[name] = slices.Clone(was)
		if strings.HasPrefix(name, "v.") && typed != "" && !slices.Contains(was, "true") && !slices.Contains(was, "false") {
			values[name] = []string{typed}
		}
	}
	return values
}

// TestSettingsLeakNothing walks the pages and forms of settings as the people of Own, whose values come from above: what they
// show, what a review, a refusal, a conflict, an operation and the log say of them names nothing above or beside.
func TestSettingsLeakNothing(t *testing.T) {
	t.Parallel()
	p := setup(t, func(c *config) { c.prepare = (*portal).markOutside })
	tokens := append(p.outsideTokens(), "LEAK-")
	for _, who := range []string{"org-manager", "admin", "viewer"} {
		t.Run(who, func(t *testing.T) { // one after the other: what waits for approval holds its target
			b := p.as(who)
			walk := settingsWalk{t: t, b: b, tokens: tokens}
			for _, place := range []string{"own", "child"} {
				walk.target("/organizations/" + p.org(place).UID)
				walk.target("/devices/" + p.device[place].GUID)
			}
			for _, path := range []string{"/requests?list=all", "/audit", "/audit/export.csv"} {
				walk.look(path, b.get(path))
			}
			if !walk.above {
				t.Error("nothing was set above: the walk proves nothing")
			}
			if who == "org-manager" && (walk.forms < 10 || walk.merges == 0) {
				t.Errorf("only %d forms were posted, and %d conflicts met", walk.forms, walk.merges)
			}
		})
	}
}

// settingsWalk looks at what somebody is shown of settings.
type settingsWalk struct {
	t      *testing.T
	b      *browser
	tokens []string
	above  bool // some value came from above
	forms  int
	merges int // conflicts that were drawn
}

func (w *settingsWalk) look(what string, a answer) answer {
	w.t.Helper()
	text := a.body
	for _, values := range a.header {
		text += "\n" + strings.Join(values, "\n")
	}
	for _, token := range w.tokens {
		if i := strings.Index(text, token); i >= 0 {
			w.t.Errorf("%s holds %q: …%s…", what, token, text[max(0, i-60):min(len(text), i+60)])
		}
	}
	w.above = w.above || strings.Contains(a.body, "bove your organization")
	return a
}

// target walks the settings of an organization or a device.
func (w *settingsWalk) target(page string) {
	w.t.Helper()
	queue := []string{page + "/settings", page + "/settings/copy", page + "/drift", page + "/drift/export.csv", page + "/full-disk-access", page + "/full-disk-access/export.csv", page + "/edit", page + "/create", page + "/follow"}
	seen := map[string]bool{}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		if seen[path] {
			continue
		}
		seen[path] = true
		a := w.look(path, w.b.get(path))
		doc := a.page(w.t)
		doc.Find(`a[href^="` + page + `/settings"], a[href^="` + page + `/drift"]`).Each(func(_ int, s *goquery.Selection) {
			address, _, _ := strings.Cut(s.AttrOr("href", ""), "#")
			queue = append(queue, address)
		})
		if form := doc.Find("#settings-form"); form.Length() == 1 {
			w.form(path, form)
		}
	}
}

// form posts a form in every way: with a row more, with nonsense, with a change, and that change to its end and back.
func (w *settingsWalk) form(path string, form *goquery.Selection) {
	w.t.Helper()
	w.forms++
	values := controls(form)
	form.Find("button[name=add]").Each(func(_ int, s *goquery.Selection) {
		more := pressed(values, "add", "")
		more.Set("add", s.AttrOr("value", ""))
		w.look(path+" with a row", w.b.post(path, more))
	})
	w.look(path+" with nonsense", w.b.post(path, pressed(values, "review", "\x00nonsense\n(")))
	w.look(path+" unchanged", w.b.post(path, pressed(values, "review", "")))
	changed := pressed(values, "review", "")
	for name := range changed {
		switch n, err := strconv.Atoi(values.Get(name)); {
		case !strings.HasPrefix(name, "v."):
		case strings.HasSuffix(name, ".inherited"):
			changed.Set(name, "false")
		case err == nil:
			changed.Set(name, strconv.Itoa(n+1))
		}
	}
	review := w.look(path+" under review", w.b.post(path, changed))
	send := review.page(w.t).Find("form#confirm")
	if send.Length() != 1 {
		return
	}
	order, page := controls(send), send.AttrOr("action", "")
	w.look(page+" without a reason", w.b.post(page, order))
	// As if somebody else had changed every value since: a conflict, which is drawn.
	stale := url.Values{}
	for name := range order {
		stale[name] = slices.Clone(order[name])
		var change []string
		if strings.HasPrefix(name, "change.") && json.Unmarshal([]byte(order.Get(name)), &change) == nil && len(change) == 2 {
			if n, err := strconv.Atoi(change[0]); err == nil {
				stale.Set(name, fmt.Sprintf(`["%d",%q]`, n+100, change[1]))
			}
		}
	}
	stale.Set("operation", operation.NewID())
	stale.Set("reason", "walk")
	if met := w.look(page+" in conflict", w.b.post(page, stale)); met.page(w.t).Find("[aria-labelledby=h-merge]").Length() > 0 {
		w.merges++
	}
	order.Set("reason", "walk")
	sent := w.look(page, w.b.post(page, order))
	for at := sent.header.Get("Location"); at != ""; {
		shown := w.look(at, w.b.get(at))
		if shown.status != http.StatusOK {
			w.t.Errorf("%s: %d", at, shown.status)
		}
		at = shown.page(w.t).Find(`main a[href^="/operations/"]`).First().AttrOr("href", "")
		if at != "" {
			back := w.look(at, w.b.get(at)).page(w.t).Find(`main a[href*="?back="]`).AttrOr("href", "")
			if back != "" {
				w.look(back, w.b.get(back))
			}
			return
		}
	}
}

// TestSettingsOutsideDoNotExist: whatever is asked or posted about the settings of something outside reads, byte for byte,
// like the same about something that does not exist, and asks the vendor no change.
func TestSettingsOutsideDoNotExist(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("admin")
	form := url.Values{"operation": {operation.NewID()}, "reason": {"x"}, "review": {"1"}, "change.restore.webRestoreUserLimitMb": {`{"from":"250","to":"1"}`}, "group": {"quota"}, "from": {p.fleet.Own.UID}}
	before := p.changes()
	strip := answer.timeless
	for kind, ids := range map[string][]string{
		"/organizations/": {"1", p.fleet.Sibling.UID, p.fleet.Root.UID},
		"/devices/":       {"1", p.device["sibling"].GUID, p.device["parent"].GUID},
	} {
		for _, rest := range []string{
			"/settings", "/settings/quota", "/settings/defaults", "/settings/set-1", "/settings/copy", "/change-settings", "/edit", "/create", "/follow", "/upgrade",
			"/registration-key", "/drift", "/drift/export.csv", "/full-disk-access", "/full-disk-access/export.csv",
		} {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				ask := func(id string) answer {
					if method == http.MethodGet {
						return b.get(kind + id + rest)
					}
					return b.post(kind+id+rest, form)
				}
				missing := ask(ids[0])
				for _, id := range ids[1:] {
					if got := ask(id); got.status != missing.status || strip(got) != strip(missing) {
						t.Errorf("%s %s%s%s: %d, a missing one %d:\n%s", method, kind, id, rest, got.status, missing.status, firstDifference(strip(got), strip(missing)))
					}
				}
			}
		}
	}
	if p.changes() != before {
		t.Errorf("%d changes were sent", p.changes()-before)
	}
}
