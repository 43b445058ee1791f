package idp

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// codeLifetime is how long an authorization code can be redeemed.
const codeLifetime = time.Minute

// sessionCookie binds a browser to its session here; its value is the sid.
const sessionCookie = "emulated_provider"

// noProof is the acr of somebody who only said who they are (OpenID Connect Core 1.0, section 2).
const noProof = "0"

// challengeLength is the length of a base64url SHA-256, the only PKCE method here.
const challengeLength = 43

// grant is what an authorization code stands for.
type grant struct {
	redirectURI string
	nonce       string
	challenge   string
	proof       signedIn
	expires     time.Time
}

// authorize answers the browser that a client sent: it shows the page of people, or goes straight on when the browser
// signed in before, or a login_hint names somebody, and the client does not insist on asking (prompt=login, max_age).
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if !p.acceptable(w, r, query) {
		return
	}
	prompts := strings.Fields(query.Get("prompt"))
	if slices.Contains(prompts, "none") {
		p.redirectError(w, r, query, "login_required")
		return
	}
	asks := slices.Contains(prompts, "login")
	switch known := p.remembered(r); {
	case known != nil && p.broken().IgnorePrompt, known != nil && p.opts.Remember && !asks && p.recent(*known, query.Get("max_age")):
		p.grant(w, r, query, *known)
	case asks:
		p.showPeople(w, query)
	default:
		if person, ok := p.person(query.Get("login_hint")); ok {
			p.prove(w, r, query, person)
			return
		}
		p.showPeople(w, query)
	}
}

// remembered is the session that the browser's cookie names, while it lasts.
func (p *Provider) remembered(r *http.Request) *signedIn {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	at := slices.IndexFunc(p.sessions, func(s signedIn) bool { return s.sid == cookie.Value })
	if at < 0 {
		return nil
	}
	known := p.sessions[at]
	return &known
}

// recent tells whether a session is as young as the client wants it, in seconds; "" wants nothing.
func (p *Provider) recent(s signedIn, maxAge string) bool {
	seconds, err := strconv.Atoi(maxAge)
	return err != nil || p.opts.Now().Sub(s.since) <= time.Duration(seconds)*time.Second
}

// authorizeAs answers the choice of a person: the same request under a longer path. It is a link and not a
// form because a strict form-action also forbids the redirect back to the client's origin.
func (p *Provider) authorizeAs(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if !p.acceptable(w, r, query) {
		return
	}
	person, ok := p.person(r.PathValue("person"))
	if !ok {
		p.showProblem(w, http.StatusNotFound, "Nobody here has that name.")
		return
	}
	p.prove(w, r, query, person)
}

// acceptable checks an authorization request and answers the wrong ones. A wrong client or redirect URI is
// shown here and never redirected: the address could be anybody's.
func (p *Provider) acceptable(w http.ResponseWriter, r *http.Request, query url.Values) bool {
	if query.Get("client_id") != p.opts.ClientID {
		p.showProblem(w, http.StatusBadRequest, "The client is not known to this provider.")
		return false
	}
	if !slices.Contains(p.opts.RedirectURIs, query.Get("redirect_uri")) {
		p.showProblem(w, http.StatusBadRequest, "The return address is not registered for this client.")
		return false
	}
	switch {
	case query.Get("response_type") != "code":
		p.redirectError(w, r, query, "unsupported_response_type")
	case !slices.Contains(strings.Fields(query.Get("scope")), "openid"):
		p.redirectError(w, r, query, "invalid_scope")
	case query.Get("code_challenge_method") != "S256" || len(query.Get("code_challenge")) != challengeLength:
		p.redirectError(w, r, query, "invalid_request")
	case p.broken().DenyAccess:
		p.redirectError(w, r, query, "access_denied")
	default:
		return true
	}
	return false
}

// prove takes the choice of a person for a proof of who they are, in the best of the ways that the client asked for.
func (p *Provider) prove(w http.ResponseWriter, r *http.Request, query url.Values, person Person) {
	proof := signedIn{sid: rand.Text(), person: person, since: p.opts.Now(), acr: noProof}
	if asked := strings.Fields(query.Get("acr_values")); len(asked) > 0 {
		proof.acr = asked[0]
	}
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // plain http on loopback is all there is here
		Name: sessionCookie, Value: proof.sid, Path: p.base + "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	p.grant(w, r, query, proof)
}

func (p *Provider) grant(w http.ResponseWriter, r *http.Request, query url.Values, proof signedIn) {
	now := p.opts.Now()
	code := rand.Text()
	p.mu.Lock()
	for old, g := range p.codes {
		if now.After(g.expires) {
			delete(p.codes, old)
		}
	}
	p.codes[code] = grant{
		proof:       proof,
		redirectURI: query.Get("redirect_uri"),
		nonce:       query.Get("nonce"),
		challenge:   query.Get("code_challenge"),
		expires:     now.Add(codeLifetime),
	}
	p.mu.Unlock()
	p.redirect(w, r, query, url.Values{"code": {code}})
}

// redeem takes a code out of circulation; a second redemption finds nothing.
func (p *Provider) redeem(code, redirectURI, verifier string) (grant, bool) {
	p.mu.Lock()
	g, ok := p.codes[code]
	delete(p.codes, code)
	p.mu.Unlock()
	sum := sha256.Sum256([]byte(verifier))
	ok = ok && p.opts.Now().Before(g.expires) && g.redirectURI == redirectURI &&
		g.challenge == base64.RawURLEncoding.EncodeToString(sum[:])
	return g, ok
}

func (p *Provider) redirectError(w http.ResponseWriter, r *http.Request, query url.Values, code string) {
	p.redirect(w, r, query, url.Values{"error": {code}})
}

// redirect sends the browser back to the client with the answer, the client's state and the issuer (RFC 9207).
func (p *Provider) redirect(w http.ResponseWriter, r *http.Request, query, answer url.Values) {
	target, err := url.Parse(query.Get("redirect_uri"))
	if err != nil {
		p.showProblem(w, http.StatusBadRequest, "The return address cannot be read.")
		return
	}
	values := target.Query()
	for name := range answer {
		values.Set(name, answer.Get(name))
	}
	if state := query.Get("state"); state != "" {
		values.Set("state", state)
	}
	values.Set("iss", p.opts.Issuer)
	target.RawQuery = values.Encode()
	http.Redirect(w, r, target.String(), http.StatusFound)
}
