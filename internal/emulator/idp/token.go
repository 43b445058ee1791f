package idp

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// tokenLifetime is how long an ID token may be used for signing in.
const tokenLifetime = 5 * time.Minute

// token answers the client that exchanges a code.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	faults := p.broken()
	if faults.TokenError {
		writeJSON(w, http.StatusInternalServerError, map[string]string{"error": "server_error"})
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "invalid_request"})
		return
	}
	if !p.isClient(r) {
		w.Header().Set("WWW-Authenticate", `Basic realm="token"`)
		writeJSON(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
		return
	}
	if r.PostForm.Get("grant_type") != "authorization_code" {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "unsupported_grant_type"})
		return
	}
	g, ok := p.redeem(r.PostForm.Get("code"), r.PostForm.Get("redirect_uri"), r.PostForm.Get("code_verifier"))
	if !ok {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	access := rand.Text()
	answer := map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": int(tokenLifetime.Seconds())}
	if !faults.OmitIDToken {
		signed, err := p.sign(p.claims(g, access, faults), "JWT")
		if err != nil {
			writeJSON(w, http.StatusInternalServerError, map[string]string{"error": "server_error"})
			return
		}
		answer["id_token"] = signed
	}
	p.remember(g.proof)
	writeJSON(w, http.StatusOK, answer)
}

// isClient checks client_secret_basic (whose parts are form-encoded, RFC 6749 section 2.3.1) or client_secret_post.
func (p *Provider) isClient(r *http.Request) bool {
	id, secret := r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	if user, password, ok := r.BasicAuth(); ok {
		var errID, errSecret error
		id, errID = url.QueryUnescape(user)
		secret, errSecret = url.QueryUnescape(password)
		if errID != nil || errSecret != nil {
			return false
		}
	}
	return id == p.opts.ClientID && subtle.ConstantTimeCompare([]byte(secret), []byte(p.opts.ClientSecret)) == 1
}

// claims are the ID token's content, with what the faults spoil.
func (p *Provider) claims(g grant, access string, faults Faults) map[string]any {
	now := p.opts.Now()
	claims := map[string]any{
		"iss":            p.opts.Issuer,
		"sub":            g.proof.person.Subject,
		"aud":            p.opts.ClientID,
		"iat":            now.Unix(),
		"exp":            now.Add(tokenLifetime).Unix(),
		"acr":            g.proof.acr,
		"auth_time":      g.proof.since.Unix(),
		"sid":            g.proof.sid,
		"at_hash":        accessTokenHash(access),
		"name":           g.proof.person.Name,
		"email":          g.proof.person.Email,
		"email_verified": !g.proof.person.Unverified,
	}
	if g.nonce != "" {
		claims["nonce"] = g.nonce
	}
	if g.proof.person.HasGroups {
		claims["hasgroups"] = true
		claims["_claim_names"] = map[string]string{p.opts.GroupsClaim: "src1"}
		claims["_claim_sources"] = map[string]any{"src1": map[string]string{"endpoint": p.opts.Issuer + "/groups"}}
	} else if !faults.OmitGroups {
		claims[p.opts.GroupsClaim] = append([]string{}, g.proof.person.Groups...)
	}
	if faults.OmitSID {
		delete(claims, "sid")
	}
	if faults.BadNonce {
		claims["nonce"] = rand.Text()
	}
	if faults.BadAudience {
		claims["aud"] = "another-client"
	}
	if faults.BadIssuer {
		claims["iss"] = p.opts.Issuer + "/another"
	}
	if faults.ExpiredToken {
		claims["exp"] = now.Add(-time.Hour).Unix()
	}
	if faults.FutureAuthTime {
		claims["auth_time"] = now.Add(time.Hour).Unix()
	}
	if faults.OmitAuthTime {
		delete(claims, "auth_time")
	}
	if faults.WeakACR {
		claims["acr"] = noProof
	}
	if faults.BadTokenHash {
		claims["at_hash"] = accessTokenHash(rand.Text())
	}
	return claims
}

// accessTokenHash is the left half of the access token's SHA-256 (OpenID Connect Core 1.0, section 3.1.3.6).
func accessTokenHash(access string) string {
	sum := sha256.Sum256([]byte(access))
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}

// endSession is logout started by the client: with a token of ours it ends that session, and with a registered address
// it sends the browser there; otherwise it says that the person is signed out.
func (p *Provider) endSession(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		p.showProblem(w, http.StatusBadRequest, "The request cannot be read.")
		return
	}
	claims, err := p.open(r.Form.Get("id_token_hint"))
	if sid, ok := claims["sid"].(string); err == nil && ok {
		_, _ = p.SignOut(r.Context(), sid) // a client that cannot be told keeps nobody from signing out
	}
	target := r.Form.Get("post_logout_redirect_uri")
	if err != nil || claims["aud"] != p.opts.ClientID || !slices.Contains(p.opts.PostLogoutURIs, target) {
		p.showSignedOut(w)
		return
	}
	if state := r.Form.Get("state"); state != "" {
		u, err := url.Parse(target)
		if err != nil {
			p.showSignedOut(w)
			return
		}
		values := u.Query()
		values.Set("state", state)
		u.RawQuery = values.Encode()
		target = u.String()
	}
	http.Redirect(w, r, target, http.StatusFound)
}
