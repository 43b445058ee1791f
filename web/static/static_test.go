package static

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// built stands for a tree in which the assets were built; the style sheet is long enough to be worth compressing.
func built(css string) fstest.MapFS {
	tree := fstest.MapFS{}
	for _, entry := range catalogue {
		for _, part := range entry.parts {
			tree[part] = &fstest.MapFile{Data: []byte(part + ";")}
		}
	}
	tree["vendor/app.css"].Data = []byte(css)
	return tree
}

func loaded(t *testing.T, css string) *Assets {
	t.Helper()
	a, err := load(built(css))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func ask(a *Assets, method, target string, header http.Header) *http.Response {
	request := httptest.NewRequest(method, target, nil)
	for name, values := range header {
		request.Header[name] = values
	}
	recorder := httptest.NewRecorder()
	a.ServeHTTP(recorder, request)
	return recorder.Result()
}

func TestAnAddressChangesWithItsContent(t *testing.T) {
	t.Parallel()
	first, second := loaded(t, "a{}").URL("app.css"), loaded(t, "b{}").URL("app.css")
	if !regexp.MustCompile(`^/static/app\.[0-9a-f]{12}\.css$`).MatchString(first) || first == second {
		t.Errorf("addresses %q and %q", first, second)
	}
	for _, name := range []string{"app.css", "htmx.min.js", "portal.js", "icon.svg"} {
		if loaded(t, "").URL(name) == "" {
			t.Errorf("%s has no address", name)
		}
	}
	if got := loaded(t, "").URL("passwd"); got != "" {
		t.Errorf("an unknown file has the address %q", got)
	}
}

func TestServedForEverWithTypeAndCompression(t *testing.T) {
	t.Parallel()
	css := strings.Repeat("a{color:red}", 500)
	a := loaded(t, css)
	for name, test := range map[string]struct {
		accept, encoding string
	}{
		"plain":                {"", ""},
		"gzip":                 {"br, gzip;q=0.8", "gzip"},
		"gzip refused":         {"gzip;q=0", ""},
		"gzip refused finely":  {"gzip; q=0.0, br", ""},
		"a name that has gzip": {"x-gzip-not", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response := ask(a, http.MethodGet, a.URL("app.css"), http.Header{"Accept-Encoding": {test.accept}})
			header := response.Header
			if response.StatusCode != http.StatusOK || header.Get("Content-Encoding") != test.encoding ||
				header.Get("Content-Type") != "text/css; charset=utf-8" || header.Get("Vary") != "Accept-Encoding" ||
				header.Get("Cache-Control") != "public, max-age=31536000, immutable" || header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%d %v", response.StatusCode, header)
			}
			var body io.Reader = response.Body
			if test.encoding == "gzip" {
				unpacked, err := gzip.NewReader(response.Body)
				if err != nil {
					t.Fatal(err)
				}
				body = unpacked
			}
			content, err := io.ReadAll(body)
			if err != nil || !bytes.Equal(content, []byte(css)) {
				t.Errorf("%d bytes came, error %v", len(content), err)
			}
		})
	}
}

func TestOnlyTheListedNamesAreServed(t *testing.T) {
	t.Parallel()
	a := loaded(t, "a{}")
	url := a.URL("app.css")
	for name, test := range map[string]struct {
		method, target string
		status         int
	}{
		"the file":             {http.MethodGet, url, 200},
		"its head":             {http.MethodHead, url, 200},
		"no other method":      {http.MethodPost, url, 405},
		"without hash":         {http.MethodGet, "/static/app.css", 404},
		"the folder":           {http.MethodGet, "/static/", 404},
		"the source":           {http.MethodGet, "/static/static.go", 404},
		"up":                   {http.MethodGet, "/static/../static" + strings.TrimPrefix(url, "/static"), 404},
		"an escaped slash":     {http.MethodGet, "/static/vendor%2Fapp.css", 404},
		"the old content":      {http.MethodGet, loaded(t, "old{}").URL("app.css"), 404},
		"with a path behind":   {http.MethodGet, url + "/x", 404},
		"the embedded address": {http.MethodGet, "/static/vendor/app.css", 404},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response := ask(a, test.method, test.target, nil)
			if response.StatusCode != test.status {
				t.Errorf("status %d, want %d", response.StatusCode, test.status)
			}
			if test.status == 404 && response.Header.Get("Cache-Control") != "no-store" {
				t.Error("a missing file may be cached")
			}
		})
	}
}

func TestKnownContentIsNotSentAgain(t *testing.T) {
	t.Parallel()
	a := loaded(t, "a{}")
	etag := ask(a, http.MethodGet, a.URL("app.css"), nil).Header.Get("ETag")
	if got := ask(a, http.MethodGet, a.URL("app.css"), http.Header{"If-None-Match": {etag}}).StatusCode; got != http.StatusNotModified {
		t.Errorf("status %d", got)
	}
}

func TestMissingAssetsSayWhatToDo(t *testing.T) {
	t.Parallel()
	unbuilt := built("")
	delete(unbuilt, "vendor/htmx.min.js")
	_, err := load(unbuilt)
	if !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "make assets") || !strings.Contains(err.Error(), "vendor/htmx.min.js") {
		t.Errorf("error %v", err)
	}
}

// TestTheScriptIsWhole: it is served as one file with every part, each where those that it uses came before.
func TestTheScriptIsWhole(t *testing.T) {
	t.Parallel()
	parts, err := fs.Glob(files, "js/*")
	if err != nil {
		t.Fatal(err)
	}
	a := loaded(t, "")
	body, err := io.ReadAll(ask(a, http.MethodGet, a.URL("portal.js"), nil).Body)
	if err != nil {
		t.Fatal(err)
	}
	if want := "js/page.js;js/dialogs.js;js/selection.js;js/tree.js;js/keys.js;js/swaps.js;"; string(body) != want {
		t.Errorf("served are %s, want %s", body, want)
	}
	for _, part := range parts {
		if !bytes.Contains(body, []byte(part+";")) {
			t.Errorf("%s is served to nobody", part)
		}
	}
}

// The program's own script keeps what the Content-Security-Policy demands, and its names to itself.
func TestOwnScriptEvaluatesNothing(t *testing.T) {
	t.Parallel()
	parts, err := fs.Glob(files, "js/*.js")
	if err != nil || len(parts) == 0 {
		t.Fatalf("%d parts, %v", len(parts), err)
	}
	own := regexp.MustCompile(`^(//.*\n)+(const \w+ = )?\(\(\) => \{\n  "use strict";\n(  .*\n|\n)+\}\)\(\);\n$`)
	for _, part := range parts {
		source, err := files.ReadFile(part)
		if err != nil {
			t.Fatal(err)
		}
		for _, forbidden := range []string{"eval(", "new Function", "innerHTML =", "insertAdjacentHTML", "document.write", ".style", "localStorage", "sessionStorage"} {
			if bytes.Contains(source, []byte(forbidden)) {
				t.Errorf("%s uses %q", part, forbidden)
			}
		}
		if !own.Match(source) {
			t.Errorf("%s is not one strict function behind a comment that says what it is for", part)
		}
	}
}
