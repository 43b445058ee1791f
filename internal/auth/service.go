package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/sync/singleflight"

	"backup-portal/internal/audit"
)

// Options are what sign-in needs. Issuer, ClientID, PublicURL, Sessions, Places and Record are required.
type Options struct {
	Issuer       string // as the provider's discovery document and tokens write it
	ClientID     string
	ClientSecret string
	PublicURL    string // scheme and host of the portal, without a path; decides the cookies' name and Secure
	GroupsClaim  string // "groups" when empty
	Mappings     []Mapping
	ACRValues    []string // one of which a fresh sign-in has to come back with; empty: any will do

	Sessions Store
	Places   func(ctx context.Context, orgUIDs []string) (map[string]Place, error) // from the mirror; unknown ones are absent
	Record   func(ctx context.Context, line audit.Line) error                      // appends to the audit log

	RequestsPerMinute int // to sign-in and callback from one address; 120 when zero, and a sign-in takes two

	Now        func() time.Time // time.Now when nil
	HTTPClient *http.Client     // to the provider; one that gives up after 10 s when nil
	Logger     *slog.Logger     // nothing is logged when nil
}

// Service signs people in and out and says who is asking. It is safe for concurrent use.
type Service struct {
	opts     Options
	names    cookieNames
	cookies  *cookieStore
	limits   *limiter // of sign-ins
	logouts  *limiter // of logout requests that failed: the provider may send as many good ones as it likes
	failures *tally
	refusals *refusals // of people who are signed in

	base       context.Context // for requests to the provider that outlive one visitor: discovery and keys
	discovery  singleflight.Group
	discovered atomic.Pointer[provider]
}

// New makes the service. It does not talk to the provider: the portal starts while that is down, and each sign-in
// tries again. ctx lasts as long as the service.
func New(ctx context.Context, opts Options) (*Service, error) {
	public, err := url.Parse(opts.PublicURL)
	if err != nil || public.Host == "" || (public.Scheme != "https" && public.Scheme != "http") {
		return nil, fmt.Errorf("auth: the public URL %q must be http(s)://host", opts.PublicURL)
	}
	if strings.Trim(public.Path, "/") != "" {
		return nil, fmt.Errorf("auth: the public URL %q must have no path: the session cookie belongs to the whole host", opts.PublicURL)
	}
	switch {
	case opts.Issuer == "" || opts.ClientID == "":
		return nil, errors.New("auth: issuer and client id of the identity provider are required")
	case opts.Sessions == nil || opts.Places == nil || opts.Record == nil:
		return nil, errors.New("auth: sessions, places and record are required")
	}
	if opts.GroupsClaim == "" {
		opts.GroupsClaim = "groups"
	}
	if opts.RequestsPerMinute <= 0 {
		opts.RequestsPerMinute = defaultRate
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.HTTPClient == nil {
		opts.HTTPClient = defaultClient()
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	names := namesFor(public)
	opts.PublicURL = public.Scheme + "://" + public.Host
	return &Service{
		opts:     opts,
		names:    names,
		cookies:  &cookieStore{rows: opts.Sessions, names: names, now: opts.Now},
		limits:   newLimiter(opts.RequestsPerMinute, opts.Now),
		logouts:  newLimiter(opts.RequestsPerMinute, opts.Now),
		failures: newTally(),
		refusals: newRefusals(),
		base:     oidc.ClientContext(ctx, opts.HTTPClient),
	}, nil
}

// public is the absolute URL of one of the portal's paths.
func (s *Service) public(path string) string { return s.opts.PublicURL + path }
