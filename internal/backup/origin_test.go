package backup

import (
	"context"
	"testing"
)

func TestTrustedURL(t *testing.T) {
	t.Parallel()
	c := newTestClient(t, "http://127.0.0.1:4242", func(o *Options, _ *tuning) {
		o.TrustedDomains = []string{"crashplan.com", ".Code42.com", ""}
		o.SignIn = TokenProvider(func(context.Context) (string, error) { return "t", nil })
	})
	for raw, want := range map[string]bool{
		"https://sts-east.us.code42.com/x":  true,
		"https://crashplan.com":             true,
		"https://STS.CrashPlan.com:443/":    true,
		"https://sts.crashplan.com.":        true,
		"http://127.0.0.1:4242/sts":         true,
		"http://127.0.0.1:4243/sts":         false,
		"https://127.0.0.1:4242/sts":        false,
		"http://sts.crashplan.com":          false,
		"https://sts.crashplan.com:8443":    false,
		"https://evilcrashplan.com":         false,
		"https://crashplan.com.evil":        false,
		"https://crashplan.com@evil.test":   false,
		"https://me:pw@sts.crashplan.com":   false,
		"https://evil.test/crashplan.com":   false,
		"https://evil.test#.crashplan.com":  false,
		"https://evil.test\\.crashplan.com": false,
		"//sts.crashplan.com":               false,
		"file:///etc/passwd":                false,
		"javascript:alert(1)":               false,
		"":                                  false,
	} {
		u, err := c.TrustedURL(raw)
		if (err == nil) != want || (u != nil) != want {
			t.Errorf("TrustedURL(%q) = %v, %v, want trusted %v", raw, u, err, want)
		}
	}
}
