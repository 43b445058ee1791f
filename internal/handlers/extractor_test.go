package handlers

import (
	"net/http"
	"net/netip"
	"testing"
)

// TestAddressBehindProxies: limits and the audit log depend on the address, so nobody but a named proxy may say it.
func TestAddressBehindProxies(t *testing.T) {
	t.Parallel()
	named := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd00::/8"), netip.MustParsePrefix("192.0.2.1/32")}
	for _, tt := range []struct {
		name, remote string
		forwarded    []string
		trusted      []netip.Prefix
		want         string
	}{
		{"nobody is trusted", "10.1.0.1:5", []string{"203.0.113.9"}, nil, "10.1.0.1"},
		{"a stranger", "203.0.113.5:5", []string{"198.51.100.1"}, named, "203.0.113.5"},
		{"a stranger on loopback", "127.0.0.1:5", []string{"198.51.100.1"}, named, "127.0.0.1"},
		{"a stranger in a private net", "192.168.1.1:5", []string{"198.51.100.1"}, named, "192.168.1.1"},
		{"a named proxy", "10.1.0.1:5", []string{"198.51.100.1"}, named, "198.51.100.1"},
		{"what the client wrote before", "10.1.0.1:5", []string{"1.2.3.4, 198.51.100.1"}, named, "198.51.100.1"},
		{"in a header of its own", "10.1.0.1:5", []string{"1.2.3.4", "198.51.100.1"}, named, "198.51.100.1"},
		{"named proxies in a row", "10.1.0.1:5", []string{"1.2.3.4, 198.51.100.1, 10.1.9.9, 192.0.2.1"}, named, "198.51.100.1"},
		{"no address", "10.1.0.1:5", []string{"1.2.3.4, <script>"}, named, "10.1.0.1"},
		{"nothing", "10.1.0.1:5", nil, named, "10.1.0.1"},
		{"version 6", "[fd00::1]:5", []string{"2001:db8::7"}, named, "2001:db8::7"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := &http.Request{RemoteAddr: tt.remote, Header: http.Header{"X-Real-Ip": {"6.6.6.6"}, "Forwarded": {"for=6.6.6.6"}}}
			for _, f := range tt.forwarded {
				r.Header.Add("X-Forwarded-For", f)
			}
			if got := extractor(tt.trusted)(r); got != tt.want {
				t.Errorf("address %s, want %s", got, tt.want)
			}
		})
	}
}
