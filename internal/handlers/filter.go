package handlers

import "net/url"

// filter is a list's address as a person reads it in the address bar: which of the known parameters are set.
type filter struct {
	path   string
	keys   []string // the parameters that filter, in the order of their chips
	values url.Values
}

func (f filter) get(key string) string { return f.values.Get(key) }

// with is the address of the list with parameters set ("key", "value", …), or removed for ""; paging starts again.
func (f filter) with(pairs ...string) string {
	next := url.Values{}
	for _, key := range f.keys {
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
	if len(next) == 0 {
		return f.path
	}
	return f.path + "?" + next.Encode()
}

// empty tells whether nothing filters.
func (f filter) empty() bool {
	for _, key := range f.keys {
		if f.get(key) != "" {
			return false
		}
	}
	return true
}
