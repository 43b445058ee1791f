package auth

import (
	"net/url"
	"path"
	"strings"
)

// longestReturn bounds what a link can make the portal keep.
const longestReturn = 2048

// LocalPath returns raw when it is a path of this portal, with its query and without a fragment, and "/" otherwise.
// It refuses whatever a browser could read as another origin (schemes, "//", backslashes, dropped white space, also
// behind percent signs) and the sign-in's own addresses, which would lead round in a circle.
func LocalPath(raw string) string {
	const home = "/"
	if len(raw) > longestReturn || !strings.HasPrefix(raw, "/") || strings.ContainsFunc(raw, unfit) {
		return home
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "" || u.Opaque != "" || u.User != nil || u.Host != "" {
		return home
	}
	// The decoded path is checked too: proxies and frameworks decode before they look.
	if strings.ContainsFunc(u.Path, control) || strings.Contains(u.Path, `\`) || !clean(u.Path) {
		return home
	}
	if u.Path == "/auth" || strings.HasPrefix(u.Path, "/auth/") {
		return home
	}
	local := url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery}
	return local.String()
}

// unfit is what a browser never sends in a URL but might forgive: it would read something else than we do.
func unfit(r rune) bool { return r <= ' ' || r > '~' || r == '\\' }

func control(r rune) bool { return r < ' ' || r == 0x7f }

// clean tells whether a path has no "//" and no dot segments; one slash at its end is fine.
func clean(p string) bool {
	return p == "/" || path.Clean(p) == strings.TrimSuffix(p, "/")
}
