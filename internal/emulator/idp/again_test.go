package idp_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/emulator/idp"
)

// proof is what a token says of when and how its person signed in, minutes after the fixture's beginning; no time at all
// is noTime.
type proof struct {
	Minute   int
	ACR      string
	Verified bool
}

const noTime = -1

// proven redeems the code of an answer and reads what the token says of the sign-in.
func (f *fixture) proven(granted answer) proof {
	f.t.Helper()
	status, body := f.exchange(granted.query.Get("code"), nil)
	token, _ := body["id_token"].(string)
	parts := strings.Split(token, ".")
	if status != http.StatusOK || len(parts) != 3 {
		f.t.Fatalf("%d %v", status, body)
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		f.t.Fatal(err)
	}
	var claims struct {
		AuthTime int64  `json:"auth_time"`
		ACR      string `json:"acr"`
		Verified bool   `json:"email_verified"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		f.t.Fatal(err)
	}
	said := proof{Minute: noTime, ACR: claims.ACR, Verified: claims.Verified}
	if claims.AuthTime != 0 {
		said.Minute = int(time.Unix(claims.AuthTime, 0).Sub(epoch).Minutes())
	}
	return said
}

// remembering is a provider that knows browsers again, and one such browser in which Mara signed in.
func remembering(t *testing.T) *fixture {
	t.Helper()
	f := start(t, func(o *idp.Options) { o.Remember = true })
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	f.client.Jar = jar
	if got := f.proven(f.get(f.request("login_hint", "mara"))); got != (proof{ACR: "0", Verified: true}) {
		t.Fatalf("first sign-in: %+v", got)
	}
	return f
}

func TestABrowserThatIsRememberedIsAskedWhenTheClientInsists(t *testing.T) {
	t.Parallel()
	f := remembering(t)
	f.minutes.Add(7)
	for _, tt := range []struct {
		name    string
		changes []string
		asked   bool
	}{
		{"nothing asked for", nil, false},
		{"young enough", []string{"max_age", "420"}, false},
		{"too old", []string{"max_age", "419"}, true},
		{"prompt", []string{"prompt", "login"}, true},
		{"prompt, although it is young enough", []string{"prompt", "login", "max_age", "600"}, true},
	} {
		got := f.get(f.request(tt.changes...))
		if asked := got.status == http.StatusOK; asked != tt.asked {
			t.Errorf("%s: asked %v (%d to %q), want %v", tt.name, asked, got.status, got.location, tt.asked)
		}
		if tt.asked {
			continue
		}
		if diff := cmp.Diff(proof{Minute: 0, ACR: "0", Verified: true}, f.proven(got)); diff != "" {
			t.Errorf("%s: what the token says (-want +got):\n%s", tt.name, diff)
		}
	}
	if sids := f.provider.Sessions("mara"); len(sids) != 1 {
		t.Errorf("%d sessions, want the one that was there", len(sids))
	}
}

func TestAPersonWhoIsAskedAgainProvesItNow(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		faults idp.Faults
		want   proof
	}{
		{"as asked", idp.Faults{}, proof{7, "phr", true}},
		{"a weaker way", idp.Faults{WeakACR: true}, proof{7, "0", true}},
		{"no time", idp.Faults{OmitAuthTime: true}, proof{noTime, "phr", true}},
		{"a time to come", idp.Faults{FutureAuthTime: true}, proof{67, "phr", true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := remembering(t)
			f.minutes.Add(7)
			f.provider.Break(tt.faults)
			again := []string{"prompt", "login", "max_age", "600", "acr_values", "phr pwd"}
			if page := f.get(f.request(again...)); page.status != http.StatusOK {
				t.Fatalf("not asked: %d to %q", page.status, page.location)
			}
			chosen := f.get(strings.Replace(f.request(again...), "/authorize?", "/authorize/as/mara?", 1))
			if diff := cmp.Diff(tt.want, f.proven(chosen)); diff != "" {
				t.Errorf("what the token says (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAProviderThatIgnoresThePrompt(t *testing.T) {
	t.Parallel()
	f := remembering(t)
	f.minutes.Add(20)
	f.provider.Break(idp.Faults{IgnorePrompt: true})
	got := f.get(f.request("prompt", "login", "max_age", "600", "acr_values", "phr"))
	if got.status != http.StatusFound {
		t.Fatalf("asked all the same: %d", got.status)
	}
	if diff := cmp.Diff(proof{Minute: 0, ACR: "0", Verified: true}, f.proven(got)); diff != "" {
		t.Errorf("what the token says (-want +got):\n%s", diff)
	}
}

func TestABrowserIsForgottenWithItsSession(t *testing.T) {
	t.Parallel()
	f := remembering(t)
	if _, err := f.provider.SignOutPerson(t.Context(), "mara"); err != nil {
		t.Fatal(err)
	}
	if got := f.get(f.request()); got.status != http.StatusOK {
		t.Errorf("not asked after the end of the session: %d to %q", got.status, got.location)
	}
}

func TestAnAddressThatNobodyChecked(t *testing.T) {
	t.Parallel()
	f := start(t)
	if got := f.proven(f.get(f.request("login_hint", "a/b"))); got.Verified {
		t.Error("the token says that the address was checked")
	}
}

func TestAnInventedSessionIsNone(t *testing.T) {
	t.Parallel()
	f := start(t, func(o *idp.Options) { o.Remember = true })
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, f.request(), nil)
	req.RemoteAddr = "127.0.0.1:5000"
	req.AddCookie(&http.Cookie{Name: "emulated_provider", Value: "invented"})
	rec := httptest.NewRecorder()
	f.provider.ServeHTTP(rec, req)
	if rec.Code != http.StatusOK {
		t.Errorf("an invented session: %d", rec.Code)
	}
}
