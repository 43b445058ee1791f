package config_test

import "testing"

// Browsers leave the usual port out of Host, so a portal that kept it would answer to nobody.
func TestOriginLeavesOutTheUsualPort(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"https://portal.example.com:443":  "https://portal.example.com",
		"https://portal.example.com:8443": "https://portal.example.com:8443",
		"https://portal.example.com:":     "https://portal.example.com",
		"https://[2001:db8::1]:443":       "https://[2001:db8::1]",
		"https://portal443":               "https://portal443",
		"https://[2001:db8::443]":         "https://[2001:db8::443]",
		"http://localhost:80/":            "http://localhost",
		"http://localhost:443":            "http://localhost:443",
	} {
		c, err := load(with("PORTAL_PUBLIC_URL", given))
		if err != nil {
			t.Fatal(err)
		}
		if got := c.PublicURL.String(); got != want {
			t.Errorf("%s is read as %s, want %s", given, got, want)
		}
	}
}
