package backup

import (
	"encoding/base64"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// signIn asks for a token as the SDKs do.
func (c *client) signIn(credentials string, header map[string]string) reply {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, c.url+"/api/v3/auth/jwt?useBody=True", http.NoBody)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(credentials)))
	for name, value := range header {
		req.Header.Set(name, value)
	}
	got, err := c.send(req)
	if err != nil {
		c.t.Fatal(err)
	}
	return got
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		totp        string
		credentials string
		sent        string
		want        int
	}{
		"right":                     {"", "rené@example.com:pässwort", "", http.StatusOK},
		"right in Latin-1":          {"", "ren\xe9@example.com:p\xe4sswort", "", http.StatusOK},
		"a code nobody asked for":   {"", "rené@example.com:pässwort", "123456", http.StatusOK},
		"wrong password":            {"", "rené@example.com:password", "", http.StatusUnauthorized},
		"wrong name":                {"", "rene@example.com:pässwort", "", http.StatusUnauthorized},
		"second factor":             {"123456", "rené@example.com:pässwort", "123456", http.StatusOK},
		"second factor is wrong":    {"123456", "rené@example.com:pässwort", "654321", http.StatusUnauthorized},
		"second factor is missing":  {"123456", "rené@example.com:pässwort", "", http.StatusUnauthorized},
		"API client is no user":     {"", "client_id:secret", "", http.StatusUnauthorized},
		"no colon, so no password":  {"", "rené@example.com", "", http.StatusUnauthorized},
		"nothing but a colon there": {"", ":", "", http.StatusUnauthorized},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, Options{Calm: true, Username: "rené@example.com", Password: "pässwort", TOTP: test.totp})
			header := map[string]string{}
			if test.sent != "" {
				header["totp-auth"] = test.sent
			}
			got := c.signIn(test.credentials, header).want(test.want)
			if test.want != http.StatusOK {
				if want := "Invalid or missing credentials"; !strings.Contains(got.raw, want) {
					t.Errorf("the refusal %q does not say %q", got.raw, want)
				}
				return
			}
			c.token = text(got.object()["v3_user_token"])
			c.get("/api/v1/User/my").want(http.StatusOK)
		})
	}
}

func TestAPIClient(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	c.token = ""
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		c.url+"/api/v3/oauth/token?grant_type=client_credentials", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("client_id", "secret")
	got, err := c.send(req)
	if err != nil {
		t.Fatal(err)
	}
	answer := decodeJSON[map[string]any](t, got.want(http.StatusOK).raw)
	if text(answer["expires_in"]) != "900" || answer["token_type"] != "bearer" {
		t.Errorf("token answer %v, want bearer for 900 s", answer)
	}
	c.token = text(answer["access_token"])
	c.get("/api/v1/Computer?pgSize=1").want(http.StatusOK)
	if got := c.get("/api/v1/User/my").want(http.StatusNotFound); !strings.Contains(got.raw, "User not found") {
		t.Errorf("User/my says %q", got.raw)
	}
	c.get("/api/v1/Org/my").want(http.StatusInternalServerError)
}

func TestTokens(t *testing.T) {
	t.Parallel()
	var later atomic.Int64
	c := start(t, Options{Calm: true, Now: func() time.Time { return testTime().Add(time.Duration(later.Load())) }})
	c.get("/api/v1/Org/my").want(http.StatusOK)
	later.Store(int64(15*time.Minute - time.Second))
	c.get("/api/v1/Org/my").want(http.StatusOK)
	later.Store(int64(15 * time.Minute))
	got := c.get("/api/v1/Org/my").want(http.StatusUnauthorized)
	if list := decodeJSON[[]map[string]any](t, got.raw); len(list) != 1 || list[0]["name"] != "SYSTEM" {
		t.Errorf("refusal %s, want a list with one SYSTEM error", got.raw)
	}
	c.token = c.server.IssueToken()
	c.get("/api/v1/Org/my").want(http.StatusOK)
	c.server.EndTokens()
	c.get("/api/v1/Org/my").want(http.StatusUnauthorized)
	c.token = ""
	c.get("/api/v1/nonsense").want(http.StatusUnauthorized)
}

func TestOpenRoutes(t *testing.T) {
	t.Parallel()
	c := start(t, Options{})
	sso := find(t, c.server.Snapshot().Users, "person of single sign-on", func(u User) bool {
		return strings.HasSuffix(u.Username, "@"+ssoMailDomain)
	})
	c.token = ""
	for name, want := range map[string]string{
		"test.user@example.com": "LOCAL", "nobody@example.com": "LOCAL_2FA", sso.Username: "CLOUD_SSO", "": "LOCAL_2FA",
	} {
		for _, path := range []string{"/api/v3/LoginConfiguration", "/c42api/v3/LoginConfiguration"} {
			if got := c.get(path + "?username=" + name).want(http.StatusOK).object()["loginType"]; got != want {
				t.Errorf("%s of %q is %v, want %s", path, name, got, want)
			}
		}
	}
	if got := c.get("/v1/AUDIT-LOG_API-URL").want(http.StatusOK); got.raw != c.url {
		t.Errorf("the key-value store says %q, want %q", got.raw, c.url)
	}
	c.token = c.server.IssueToken()
	if got := c.get("/api/v1/ServerEnv").want(http.StatusOK).object()["stsBaseUrl"]; got != c.url+"/sts" {
		t.Errorf("stsBaseUrl is %v", got)
	}
	if got := text(c.get("/api/v3/customer/my").want(http.StatusOK).object()["tenantUid"]); len(got) != 36 {
		t.Errorf("tenantUid %q is not 36 characters long", got)
	}
}
