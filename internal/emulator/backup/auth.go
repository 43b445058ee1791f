package backup

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

type tokenKind int

const (
	tokenUser tokenKind = iota
	tokenClient
)

// token is a bearer token and what the deliberate misbehaviour needs to know about its use.
type token struct {
	value     string
	kind      tokenKind
	expires   time.Time
	uses      int
	endsAfter int // uses; 0 means only with time
	throttled bool
}

// settled reports whether a 429 now cannot meet a token's start or early end: the SDKs send a failed request just once
// more, so that a 429 and a 401 in a row would reach their callers.
func (t *token) settled() bool {
	const margin = 5
	return t.uses >= margin && (t.endsAfter == 0 || t.uses < t.endsAfter-4*margin)
}

// tokens issues and checks bearer tokens.
type tokens struct {
	mu     sync.Mutex
	seed   uint64
	life   time.Duration
	calm   bool
	now    func() time.Time
	issued int
	valid  map[string]*token
	credit int // percent points of a 429 earned by reads so far
}

func newTokens(o Options) *tokens {
	return &tokens{
		seed: uint64(o.Seed), life: o.TokenLife, calm: o.Calm, now: o.Now, valid: make(map[string]*token),
		credit: below(uint64(o.Seed), streamToken, 0, 100),
	}
}

func (t *tokens) issue(kind tokenKind) *token {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	for value, old := range t.valid {
		if !now.Before(old.expires) {
			delete(t.valid, value)
		}
	}
	t.issued++
	r := random(t.seed, streamToken, t.issued)
	issued := &token{
		value:   fmt.Sprintf("emulated-%d-%016x%016x", t.issued, r, random(t.seed, streamToken, -t.issued)),
		kind:    kind,
		expires: now.Add(t.life),
	}
	if !t.calm && t.issued%4 == 0 {
		issued.endsAfter = 150 + int(r%250)
	}
	t.valid[issued.value] = issued
	return issued
}

// use returns the token of a request, or nil when it names none that is valid.
func (t *tokens) use(authorization string) *token {
	scheme, value, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") && !strings.EqualFold(scheme, "v3_user_token") {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	found := t.valid[strings.TrimSpace(value)]
	if found == nil {
		return nil
	}
	found.uses++
	if !t.now().Before(found.expires) || (found.endsAfter > 0 && found.uses > found.endsAfter) {
		delete(t.valid, found.value)
		return nil
	}
	return found
}

// throttle reports whether this read is one of the two in a hundred that answer 429; never two in a row for a token.
func (t *tokens) throttle(of *token) bool {
	const share = 2
	t.mu.Lock()
	defer t.mu.Unlock()
	t.credit += share
	if of.throttled || t.credit < 100 || !of.settled() {
		of.throttled = false
		return false
	}
	t.credit -= 100
	of.throttled = true
	return true
}

func (t *tokens) endAll() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.valid)
}

func unauthorized() answer {
	return problem(http.StatusUnauthorized, "SYSTEM", "Invalid or missing credentials")
}

// signIn answers the token request of a local account (wire: section 1.3).
func (s *Server) signIn(c *call) answer {
	if !basicIs(c.header, s.options.Username, s.options.Password) {
		return unauthorized()
	}
	if s.options.TOTP != "" && c.header.Get("totp-auth") != s.options.TOTP {
		return unauthorized()
	}
	issued := s.tokens.issue(tokenUser)
	return data(func(w *document) {
		w.open('{')
		w.text("v3_user_token", issued.value)
		w.close('}')
	})
}

// signInClient answers the token request of an API client, whose body is not wrapped (wire: section 1.3).
func (s *Server) signInClient(c *call) answer {
	if !basicIs(c.header, s.options.ClientID, s.options.ClientSecret) {
		return unauthorized()
	}
	if grant := c.query.Get("grant_type"); grant != "client_credentials" {
		return marker(http.StatusBadRequest, "UNSUPPORTED_GRANT_TYPE", "grant_type must be client_credentials")
	}
	issued := s.tokens.issue(tokenClient)
	var w document
	w.open('{')
	w.text("access_token", issued.value)
	w.text("token_type", "bearer")
	w.number("expires_in", int64(s.options.TokenLife/time.Second))
	w.close('}')
	return jsonAnswer(w.b)
}

// basicIs compares Basic credentials, which the SDKs encode in Latin-1 and others in UTF-8 (wire: section 1.2).
func basicIs(h http.Header, name, password string) bool {
	r := http.Request{Header: h}
	gotName, gotPassword, ok := r.BasicAuth()
	if !ok {
		return false
	}
	matches := func(got, want string) bool { return got == want || fromLatin1(got) == want }
	return matches(gotName, name) && matches(gotPassword, password)
}

func fromLatin1(s string) string {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

// loginConfiguration tells how a person signs in. An unknown name looks like one with a second factor, so that names
// cannot be guessed (wire: section 1.3).
func (s *Server) loginConfiguration(c *call) answer {
	name, kind := c.query.Get("username"), "LOCAL_2FA"
	if strings.EqualFold(name, s.options.Username) {
		if s.options.TOTP == "" {
			kind = "LOCAL"
		}
	} else if _, known := s.tenant.userByName[foldName(name)]; known {
		kind = "LOCAL"
		if strings.HasSuffix(foldName(name), "@"+ssoMailDomain) {
			kind = "CLOUD_SSO"
		}
	}
	return data(func(w *document) {
		w.open('{')
		w.text("loginType", kind)
		w.close('}')
	})
}

// currentTenant answers GET customer/my (wire: section 1.6).
func (s *Server) currentTenant(*call) answer {
	return data(func(w *document) {
		w.open('{')
		w.text("tenantUid", s.tenant.uid)
		w.text("name", companyName)
		w.close('}')
	})
}

// serverEnvironment says where the other services are: here (wire: section 1.5).
func (s *Server) serverEnvironment(c *call) answer {
	return s.v1(c, 0, func(w *document) {
		w.open('{')
		w.text("stsBaseUrl", c.baseURL+"/sts")
		w.close('}')
	})
}

// serviceAddress answers the key-value store, open to everybody (wire: section 1.5).
func (s *Server) serviceAddress(c *call) answer {
	return answer{status: http.StatusOK, contentType: typeText, body: []byte(c.baseURL)}
}
