package backup

import (
	"net/url"
	"strconv"
	"strings"
)

const defaultPageSize = 500 // the SDKs' own

// target is one resource: a path template with at most one placeholder, what goes in its place, the query and what is
// sent along.
type target struct {
	template string
	id       string
	query    url.Values
	body     []byte // JSON; nil sends none
}

// url joins the target to the origin; the id is one path segment whatever characters it holds.
func (t target) url(origin *url.URL) *url.URL {
	u := *origin
	u.Path, u.RawPath = t.template, t.template
	if before, rest, ok := strings.Cut(t.template, "{"); ok {
		_, after, _ := strings.Cut(rest, "}")
		u.Path = before + t.id + after
		u.RawPath = before + url.PathEscape(t.id) + after
	}
	u.RawQuery = t.query.Encode()
	return &u
}

// addressable tells whether the id can stand as a path segment of its own.
func (t target) addressable() bool {
	return !strings.Contains(t.template, "{") || t.id != "" && t.id != "." && t.id != ".."
}

// pythonBool writes a query boolean as the SDKs do (wire: section 0.2).
func pythonBool(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

func setFlag(v url.Values, key string, b *bool) {
	if b != nil {
		v.Set(key, pythonBool(*b))
	}
}

func setText(v url.Values, key, text string) {
	if text != "" {
		v.Set(key, text)
	}
}

func setPage(v url.Values, page, size int) {
	v.Set("pgNum", strconv.Itoa(max(page, 1)))
	if size <= 0 {
		size = defaultPageSize
	}
	v.Set("pgSize", strconv.Itoa(size))
}
