package handlers

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/action"
	"backup-portal/internal/audit"
	"backup-portal/internal/auth"
	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/internal/preference"
	"backup-portal/web/static"
)

// AuditLog is what the pages read of the audit log.
type AuditLog interface {
	AuditSearch(ctx context.Context, q audit.Query) ([]audit.Entry, bool, error)
	LastCheckpoint(ctx context.Context) (audit.Checkpoint, error)
}

// Options are the parts that the pages are made of.
type Options struct {
	Auth           *auth.Service
	Inventory      *inventory.Service
	Operations     *operation.Service
	Preferences    *preference.Service
	Audit          AuditLog
	Record         func(context.Context, audit.Line) error // appends one line about the portal itself
	Catalogue      []action.Action
	Rules          policy.Rules                                      // who has to agree to what
	Approvers      func(context.Context) ([]policy.Approvers, error) // how many known people could; nil: nobody knows
	Assets         *static.Assets
	Now            func() time.Time
	Zone           *time.Location
	Logger         *slog.Logger
	PublicURL      *url.URL
	TrustedProxies []netip.Prefix
	Demo           bool
	ReadOnly       bool
	Ready          func(context.Context) error // the database can be read
	Writable       func(context.Context) error // the database can be written
	Watch          echo.MiddlewareFunc         // stands around every request, inside of its id; nil watches nothing
}

// Handlers answers every request of the portal.
type Handlers struct {
	Options
	echo                   *echo.Echo
	pageTurns, exportTurns *turns
}

// New builds the web server: middleware, then the one route table.
func New(o Options) *Handlers {
	h := &Handlers{
		Options: o, echo: echo.New(),
		pageTurns: newTurns(pagesAtOnce, pagesWaiting, turnPatience), exportTurns: newTurns(exportsAtOnce, 0, turnPatience),
	}
	h.echo.HideBanner, h.echo.HidePort = true, true
	h.echo.HTTPErrorHandler = h.drawError
	h.echo.IPExtractor = extractor(o.TrustedProxies)
	h.use()
	for _, r := range h.routes() {
		h.echo.Add(r.Method, r.Path, h.guard(r.need, r.handle))
	}
	// An unknown address reads, for who is signed in, like one that they may not see.
	h.echo.RouteNotFound("/*", h.guard(anyone, func(echo.Context) error { return notFound() }))
	return h
}

// headOnly is the key in a request's context that tells of a HEAD.
type headOnly struct{}

// ServeHTTP answers one request. HEAD is answered as GET is, but for exports; the server itself leaves the body out.
func (h *Handlers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodHead {
		r = r.WithContext(context.WithValue(r.Context(), headOnly{}, true))
		r.Method = http.MethodGet
	}
	h.echo.ServeHTTP(w, r)
}

// Routes lists the route table for the authorization matrix.
func (h *Handlers) Routes() []Route { return h.routes() }
