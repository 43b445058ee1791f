package idp_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// token reads the header and claims of the logout token that the client got, unverified.
func (f *fixture) token() (header, claims map[string]any) {
	f.t.Helper()
	select {
	case token := <-f.logouts:
		for i, into := range []*map[string]any{&header, &claims} {
			raw, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[i])
			if err != nil {
				f.t.Fatal(err)
			}
			if err := json.Unmarshal(raw, into); err != nil {
				f.t.Fatal(err)
			}
		}
	case <-time.After(time.Minute):
		f.t.Fatal("the client got no logout token")
	}
	return header, claims
}

func TestSigningOutTellsTheClient(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.exchange(f.code(), nil)
	f.exchange(f.code(), nil)
	sids := f.provider.Sessions("mara")
	if len(sids) != 2 || sids[0] == sids[1] {
		t.Fatalf("sessions %v", sids)
	}
	if status, err := f.provider.SignOut(t.Context(), sids[0]); err != nil || status != http.StatusOK {
		t.Fatalf("the client answered %d, %v", status, err)
	}
	header, claims := f.token()
	if header["typ"] != "logout+jwt" || header["alg"] != "ES256" {
		t.Errorf("header %v", header)
	}
	want := map[string]any{
		"iss": f.provider.Issuer(), "aud": "portal", "sub": "sub-mara", "sid": sids[0],
		"iat": 1.7723556e9, "exp": 1.77235572e9, "events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}},
	}
	if diff := cmp.Diff(want, claims, cmpopts.IgnoreMapEntries(func(key string, _ any) bool { return key == "jti" })); diff != "" || claims["jti"] == "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
	if left := f.provider.Sessions("mara"); !cmp.Equal(left, sids[1:]) {
		t.Errorf("left %v", left)
	}
	if _, err := f.provider.SignOutPerson(t.Context(), "mara"); err != nil {
		t.Fatal(err)
	}
	if _, claims := f.token(); claims["sid"] != nil || claims["sub"] != "sub-mara" {
		t.Errorf("claims %v", claims)
	}
	if _, err := f.provider.SignOutPerson(t.Context(), "nobody"); err == nil || len(f.provider.Sessions("mara")) != 0 {
		t.Error("a person that the provider does not know")
	}
}

func TestSessionsEndOnTheirPage(t *testing.T) {
	t.Parallel()
	f := start(t)
	page := func() string { return f.get(f.provider.Issuer() + "/sessions").body }
	if !strings.Contains(page(), "Nobody is.") {
		t.Error("somebody is signed in")
	}
	f.exchange(f.code(), nil)
	sid := f.provider.Sessions("mara")[0]
	if !strings.Contains(page(), `action="/idp/sessions/`+url.PathEscape(sid)+`/end"`) {
		t.Fatalf("no form in %s", page())
	}
	end := func(site string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.provider.Issuer()+"/sessions/"+sid+"/end", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Sec-Fetch-Site", site)
		return f.do(req).status
	}
	if status := end("cross-site"); status != http.StatusForbidden || len(f.provider.Sessions("mara")) != 1 {
		t.Errorf("from another site: %d", status)
	}
	if status := end("same-origin"); status != http.StatusSeeOther || len(f.provider.Sessions("mara")) != 0 {
		t.Errorf("from the page: %d", status)
	}
	if _, claims := f.token(); claims["sid"] != sid {
		t.Errorf("the client was told %v", claims)
	}
}
