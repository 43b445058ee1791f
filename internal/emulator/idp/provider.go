package idp

import (
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options describe the provider, its one client and the people who can sign in.
type Options struct {
	Issuer         string   // absolute http URL without a trailing slash: where this handler is served
	ClientID       string   // required
	ClientSecret   string   // required
	RedirectURIs   []string // compared byte for byte
	PostLogoutURIs []string // compared byte for byte
	// BackChannelLogoutURI is where the client takes logout tokens; none are sent when empty.
	BackChannelLogoutURI string

	GroupsClaim string   // name of the claim that holds the groups; "groups" when empty
	People      []Person // in display order; ids are unique

	// Remember makes the provider not ask a browser again that signed in before, as most do, unless the client insists.
	Remember bool

	Title string // product name on the page of people
	Intro string // one or two sentences under its heading; may be empty
	Hint  string // small print at its foot; may be empty

	Now    func() time.Time // time.Now when nil
	Client *http.Client     // for logout tokens; http.DefaultClient when nil
}

// Person is somebody who can sign in without a password.
type Person struct {
	ID      string // chosen on the page, or given as login_hint
	Subject string // the "sub" claim
	Name    string
	Email   string
	Groups  []string

	Unverified bool // nobody checked the e-mail address

	Role  string // shown beside the name; not a claim
	Blurb string // what this person can do, one line; not a claim
	Place string // where they can do it; not a claim

	// HasGroups makes the token say that the person has too many groups to list ("hasgroups" and
	// "_claim_names", as Microsoft Entra ID does) instead of listing them.
	HasGroups bool
}

// Provider is the OpenID provider as an http.Handler. It is safe for concurrent use.
type Provider struct {
	opts Options
	base string // the path of the issuer, "" at the root of its host
	tmpl *template.Template
	mux  *http.ServeMux

	mu       sync.Mutex
	faults   Faults
	key      *signingKey      // the published key, which signs
	retired  *signingKey      // the key that the last rotation took away; nil before
	codes    map[string]grant // by authorization code; single use
	sessions []signedIn       // oldest first
}

// New makes a provider. It fails when the options cannot work: no client, no issuer, people with the same id.
func New(opts Options) (*Provider, error) {
	issuer, err := url.Parse(opts.Issuer)
	if err != nil || issuer.Scheme == "" || issuer.Host == "" || strings.HasSuffix(opts.Issuer, "/") {
		return nil, fmt.Errorf("idp: issuer %q must be an absolute URL without a trailing slash", opts.Issuer)
	}
	if opts.ClientID == "" || opts.ClientSecret == "" {
		return nil, errors.New("idp: a client id and a client secret are required")
	}
	for i, person := range opts.People {
		if person.ID == "" || person.Subject == "" {
			return nil, fmt.Errorf("idp: person %d needs an id and a subject", i+1)
		}
		if slices.ContainsFunc(opts.People[:i], func(p Person) bool { return p.ID == person.ID }) {
			return nil, fmt.Errorf("idp: two people have the id %q", person.ID)
		}
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Client == nil {
		opts.Client = http.DefaultClient
	}
	if opts.GroupsClaim == "" {
		opts.GroupsClaim = "groups"
	}
	key, err := newSigningKey()
	if err != nil {
		return nil, err
	}
	tmpl, err := template.New("page").Parse(pageHTML)
	if err != nil {
		return nil, fmt.Errorf("idp: read the page: %w", err)
	}
	p := &Provider{opts: opts, base: issuer.EscapedPath(), tmpl: tmpl, key: key, codes: map[string]grant{}}
	p.mux = p.routes(issuer.Path)
	return p, nil
}

// Issuer is the URL that tokens name as theirs.
func (p *Provider) Issuer() string { return p.opts.Issuer }

func (p *Provider) routes(base string) *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+base+"/.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET "+base+"/jwks", p.jwks)
	mux.HandleFunc("GET "+base+"/authorize", p.authorize)
	mux.HandleFunc("GET "+base+"/authorize/as/{person}", p.authorizeAs)
	mux.HandleFunc("POST "+base+"/token", p.token)
	mux.HandleFunc("GET "+base+"/end_session", p.endSession)
	mux.HandleFunc("POST "+base+"/end_session", p.endSession)
	mux.HandleFunc("GET "+base+"/sessions", p.showSessions)
	mux.Handle("POST "+base+"/sessions/{sid}/end", http.NewCrossOriginProtection().Handler(http.HandlerFunc(p.endListed)))
	mux.HandleFunc("GET "+base+"/style.css", p.stylesheet)
	return mux
}

// ServeHTTP answers loopback clients that address the provider by a loopback name; whoever else asks is
// refused, because choosing a name is all it takes to sign in here. The name is checked too: a page of
// another site could otherwise reach the provider through a host name that resolves to this machine.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !peer.Addr().Unmap().IsLoopback() || !loopbackHost(r.Host) {
		http.Error(w, "this sign-in provider answers on loopback only", http.StatusForbidden)
		return
	}
	if p.broken().Down {
		http.Error(w, "the provider is down", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Referrer-Policy", "no-referrer")
	p.mux.ServeHTTP(w, r)
}

func loopbackHost(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && addr.IsLoopback()
}

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	issuer := p.opts.Issuer
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer":                                         issuer,
		"authorization_endpoint":                         issuer + "/authorize",
		"token_endpoint":                                 issuer + "/token",
		"jwks_uri":                                       issuer + "/jwks",
		"end_session_endpoint":                           issuer + "/end_session",
		"response_types_supported":                       []string{"code"},
		"response_modes_supported":                       []string{"query"},
		"grant_types_supported":                          []string{"authorization_code"},
		"subject_types_supported":                        []string{"public"},
		"id_token_signing_alg_values_supported":          []string{"ES256"},
		"code_challenge_methods_supported":               []string{"S256"},
		"token_endpoint_auth_methods_supported":          []string{"client_secret_basic", "client_secret_post"},
		"scopes_supported":                               []string{"openid", "profile", "email", "groups"},
		"claims_supported":                               []string{"sub", "name", "email", "acr", "auth_time", "sid", p.opts.GroupsClaim},
		"prompt_values_supported":                        []string{"login", "none"},
		"authorization_response_iss_parameter_supported": true,
		"backchannel_logout_supported":                   true,
		"backchannel_logout_session_supported":           true,
	})
}

func (p *Provider) person(id string) (Person, bool) {
	i := slices.IndexFunc(p.opts.People, func(person Person) bool { return person.ID == id })
	if i < 0 {
		return Person{}, false
	}
	return p.opts.People[i], true
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	raw, err := json.Marshal(body)
	if err != nil {
		http.Error(w, "could not write the answer", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(raw) // the client went away: nobody is left to tell
}
