package idp

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// codeLifetime is how long an authorization code can be redeemed.
const codeLifetime = time.Minute

// challengeLength is the length of a base64url SHA-256, the only PKCE method here.
const challengeLength = 43

// grant is what an authorization code stands for.
type grant struct {
	person      Person
	redirectURI string
	nonce       string
	challenge   string
	sid         string
	authTime    time.Time
	expires     time.Time
}

// authorize answers the browser that a client sent: it shows the page of people, or goes straight on when a
// login_hint names one and the client does not insist on asking (prompt=login).
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
	if person, ok := p.person(query.Get("login_hint")); ok && !slices.Contains(prompts, "login") {
		p.grant(w, r, query, person)
		return
	}
	p.showPeople(w, query)
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
	p.grant(w, r, query, person)
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

func (p *Provider) grant(w http.ResponseWriter, r *http.Request, query url.Values, person Person) {
	now := p.opts.Now()
	code := rand.Text()
	p.mu.Lock()
	for old, g := range p.codes {
		if now.After(g.expires) {
			delete(p.codes, old)
		}
	}
	p.codes[code] = grant{
		person:      person,
		redirectURI: query.Get("redirect_uri"),
		nonce:       query.Get("nonce"),
		challenge:   query.Get("code_challenge"),
		sid:         rand.Text(),
		authTime:    now,
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
