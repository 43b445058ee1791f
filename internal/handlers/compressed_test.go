package handlers_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestPagesTravelPacked asks for a page as browsers do, and for files that must not be packed.
func TestPagesTravelPacked(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("admin")
	request := b.asksFor("device.block", strings.Repeat("case 4471 ", 9), guidsOf(p.devicesIn("child", 12))...)
	for path, packed := range map[string]bool{
		"/devices": true, "/organizations": true, "/devices/export.csv": false, "/audit/export.csv": false, request: true, request + "/targets.csv": false,
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+path, http.NoBody)
		must(t, err)
		request.Header.Set("Accept-Encoding", "gzip") // set by hand, so that the client leaves the answer as it is
		answer, err := b.client.Do(request)
		must(t, err)
		var body io.Reader = answer.Body
		if got := answer.Header.Get("Content-Encoding") == "gzip"; got != packed {
			t.Errorf("%s: packed %t, want %t", path, got, packed)
		} else if packed {
			body, err = gzip.NewReader(answer.Body)
			must(t, err)
		}
		text, err := io.ReadAll(body)
		must(t, err)
		must(t, answer.Body.Close())
		if packed && !strings.HasSuffix(strings.TrimSpace(string(text)), "</html>") {
			t.Errorf("%s: the page does not end: %q", path, text[max(0, len(text)-40):])
		}
		if packed && !strings.Contains(strings.Join(answer.Header.Values("Vary"), ","), "Accept-Encoding") {
			t.Errorf("%s: a cache may mix up packed and plain: %q", path, answer.Header.Values("Vary"))
		}
	}
}
