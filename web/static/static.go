// Package static owns the files a browser loads besides pages: style sheet, scripts and icon. It embeds them, names
// each after the hash of its content and serves exactly those names; a request never reaches a file system.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed js icon.svg all:vendor
var files embed.FS

// Prefix is where the files are mounted.
const Prefix = "/static/"

// ErrMissing means that the assets built from npm were not there when the program was compiled.
var ErrMissing = errors.New("browser assets are missing from this build: run `make assets`, then build again")

// catalogue lists every file that is served: its logical name, its content type and where its parts are embedded. A part
// of the script uses what the parts before it offer.
var catalogue = []struct {
	name, contentType string
	parts             []string
}{
	{"app.css", "text/css; charset=utf-8", []string{"vendor/app.css"}},
	{"htmx.min.js", "text/javascript; charset=utf-8", []string{"vendor/htmx.min.js"}},
	{"portal.js", "text/javascript; charset=utf-8", []string{
		"js/page.js", "js/dialogs.js", "js/selection.js", "js/tree.js", "js/keys.js", "js/swaps.js",
	}},
	{"icon.svg", "image/svg+xml", []string{"icon.svg"}},
}

// Assets serves the embedded files under names that change with their content. It is safe for concurrent use.
type Assets struct {
	urls   map[string]string // logical name → address
	served map[string]asset  // address → content
}

type asset struct {
	contentType string
	etag        string
	plain, gzip []byte
}

// New reads, hashes and compresses the embedded files; it answers ErrMissing when a built one is absent.
func New() (*Assets, error) { return load(files) }

func load(fsys fs.FS) (*Assets, error) {
	a := &Assets{urls: map[string]string{}, served: map[string]asset{}}
	for _, entry := range catalogue {
		plain, err := join(fsys, entry.parts)
		if err != nil {
			return nil, err
		}
		packed, err := compress(plain)
		if err != nil {
			return nil, fmt.Errorf("compress %s: %w", entry.name, err)
		}
		sum := sha256.Sum256(plain)
		hash := hex.EncodeToString(sum[:6])
		extension := path.Ext(entry.name)
		url := Prefix + strings.TrimSuffix(entry.name, extension) + "." + hash + extension
		a.urls[entry.name] = url
		a.served[url] = asset{contentType: entry.contentType, etag: `"` + hash + `"`, plain: plain, gzip: packed}
	}
	return a, nil
}

func join(fsys fs.FS, parts []string) ([]byte, error) {
	var whole []byte
	for _, part := range parts {
		content, err := fs.ReadFile(fsys, part)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s: %w", part, ErrMissing)
		}
		if err != nil {
			return nil, fmt.Errorf("read embedded %s: %w", part, err)
		}
		whole = append(whole, content...)
	}
	return whole, nil
}

// URL gives the address of a file by its logical name: "app.css", "htmx.min.js", "portal.js" or "icon.svg".
// An unknown name is a defect of the caller and gives "".
func (a *Assets) URL(name string) string { return a.urls[name] }

// ServeHTTP answers GET and HEAD for exactly the addresses that URL gives, for ever cacheable; all else is 404.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file, ok := a.served[r.URL.Path]
	if !ok {
		w.Header().Set("Cache-Control", "no-store")
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
		return
	}
	header := w.Header()
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	header.Set("Content-Type", file.contentType)
	header.Set("ETag", file.etag)
	header.Set("Vary", "Accept-Encoding")
	header.Set("X-Content-Type-Options", "nosniff")
	if r.Header.Get("If-None-Match") == file.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := file.plain
	if acceptsGzip(r.Header.Get("Accept-Encoding")) {
		header.Set("Content-Encoding", "gzip")
		body = file.gzip
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(body) // the client is gone; there is nobody left to tell
}

// acceptsGzip reads an Accept-Encoding list; a weight of zero refuses.
func acceptsGzip(list string) bool {
	for part := range strings.SplitSeq(list, ",") {
		coding, parameters, _ := strings.Cut(strings.TrimSpace(part), ";")
		if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			continue
		}
		weight, found := strings.CutPrefix(strings.ReplaceAll(parameters, " ", ""), "q=")
		if !found {
			return true
		}
		q, err := strconv.ParseFloat(weight, 64)
		return err == nil && q > 0
	}
	return false
}

func compress(plain []byte) ([]byte, error) {
	var packed bytes.Buffer
	writer, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := writer.Write(plain); err != nil {
		return nil, err
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}
