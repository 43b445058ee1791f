package handlers

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/labstack/echo/v4"
)

// filter is a list's address as a person reads it in the address bar: which of the known parameters are set.
type filter struct {
	path   string
	keys   []string // the parameters that filter, in the order of their chips
	shape  []string // the parameters that stay while filters change, and filter nothing: order, columns
	flags  []string // the parameters that say something without a value
	values url.Values
}

func (f filter) get(key string) string { return trimmed(f.values.Get(key)) }

// trimmed is what somebody typed or pasted, without what cannot be seen around it: a GUID copied out of a mail or a table
// brings spaces without width, marks of direction and line ends along, and nobody would see why it finds nothing.
func trimmed(text string) string {
	return strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf) })
}

// with is the address of the list with parameters set ("key", "value", …), or removed for ""; paging starts again.
func (f filter) with(pairs ...string) string { return f.at(f.path, pairs...) }

// at is the address of another page about the same list, with parameters set or removed.
func (f filter) at(path string, pairs ...string) string {
	if query := f.query(pairs...); query != "" {
		return path + "?" + query
	}
	return path
}

// query is the list without its page: what filters and shapes it, in one spelling.
func (f filter) query(pairs ...string) string {
	next := url.Values{}
	for _, key := range slices.Concat(f.keys, f.shape) {
		if value := f.get(key); value != "" {
			next.Set(key, value)
		}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			next.Del(pairs[i])
		} else {
			next.Set(pairs[i], pairs[i+1])
		}
	}
	return next.Encode()
}

// bare is the list without any filter, in its present shape.
func (f filter) bare() string {
	pairs := make([]string, 0, 2*len(f.keys))
	for _, key := range f.keys {
		pairs = append(pairs, key, "")
	}
	return f.with(pairs...)
}

// tidy takes filters without a value out of the address, as a form leaves them there. It leads a browser to the tidy
// address, and then there is nothing more to answer; htmx is told to show it.
func (f filter) tidy(c echo.Context) (led bool, err error) {
	blank := func(key string) bool {
		return !slices.Contains(f.flags, key) && slices.ContainsFunc(f.values[key], func(v string) bool { return trimmed(v) == "" })
	}
	switch {
	case !slices.ContainsFunc(slices.Collect(maps.Keys(f.values)), blank):
		return false, nil
	case fragmentOnly(c):
		c.Response().Header().Set("HX-Push-Url", f.with())
		return false, nil
	}
	return true, c.Redirect(http.StatusSeeOther, f.with())
}

// empty tells whether nothing filters.
func (f filter) empty() bool {
	return !slices.ContainsFunc(f.keys, func(key string) bool { return f.get(key) != "" })
}
