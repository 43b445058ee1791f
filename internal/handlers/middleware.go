package handlers

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"backup-portal/internal/fault"
)

// contentSecurityPolicy allows our own files and nothing inline.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// use lays the middleware, outermost first.
func (h *Handlers) use() {
	h.echo.Use(h.requestID)
	if h.Watch != nil {
		h.echo.Use(h.Watch)
	}
	h.echo.Use(
		h.logRequest(),
		middleware.RecoverWithConfig(middleware.RecoverConfig{DisableErrorHandler: true, DisablePrintStack: true, LogErrorFunc: h.logPanic}),
		h.headers,
		h.knownHost,
		h.sameOrigin,
		middleware.BodyLimit("1M"),
		compressed(),
	)
}

// compressed packs pages and fragments. Not what leaves as a file: packing would end an export that breaks off like one
// that is complete. Static files come packed.
func compressed() echo.MiddlewareFunc {
	return middleware.GzipWithConfig(middleware.GzipConfig{
		MinLength: 1400, // what fits into one packet gains nothing
		Skipper: func(c echo.Context) bool {
			return c.Path() == "/static/:file" || isExport(c)
		},
	})
}

// requestID makes an id that nobody outside can choose; it stands in the log, on the page and in the audit log.
func (h *Handlers) requestID(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set(echo.HeaderXRequestID, uuid.Must(uuid.NewV7()).String())
		return next(c)
	}
}

func requestID(c echo.Context) string { return c.Response().Header().Get(echo.HeaderXRequestID) }

func (h *Handlers) logRequest() echo.MiddlewareFunc {
	return middleware.RequestLoggerWithConfig(middleware.RequestLoggerConfig{
		HandleError: true, LogError: true, LogStatus: true, LogMethod: true, LogLatency: true, LogRemoteIP: true,
		LogValuesFunc: func(c echo.Context, v middleware.RequestLoggerValues) error {
			level := slog.LevelInfo
			if v.Status >= http.StatusInternalServerError {
				level = slog.LevelError
			}
			// The route, never the address: a query can hold what somebody searched for or a sign-in code.
			attrs := []any{"request", requestID(c), "method", v.Method, "route", c.Path(), "status", v.Status, "ms", v.Latency.Milliseconds(), "remote", v.RemoteIP}
			if v.Error != nil {
				attrs = append(attrs, "err", v.Error)
			}
			h.Logger.Log(c.Request().Context(), level, "request", attrs...)
			return nil
		},
	})
}

func (h *Handlers) logPanic(c echo.Context, err error, stack []byte) error {
	h.Logger.ErrorContext(c.Request().Context(), "panic", "request", requestID(c), "err", err, "stack", string(stack))
	return err
}

func (h *Handlers) headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		header := c.Response().Header()
		header.Set("Content-Security-Policy", contentSecurityPolicy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("X-Frame-Options", "DENY")
		header.Set("Referrer-Policy", "same-origin")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		header.Set("Cache-Control", "no-store")
		header.Add("Vary", "HX-Request")
		if h.PublicURL.Scheme == "https" {
			header.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		return next(c)
	}
}

// knownHost refuses requests for a name that is not ours: a poisoned Host would stand in links and cookies.
// Health checks come by address and answer to any name.
func (h *Handlers) knownHost(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		path := c.Request().URL.Path
		if path == "/healthz" || path == "/readyz" || strings.EqualFold(c.Request().Host, h.PublicURL.Host) {
			return next(c)
		}
		return c.String(http.StatusMisdirectedRequest, "This portal does not answer to that host name.\n")
	}
}

// sameOrigin refuses changes that another site's page sends with this person's cookie.
func (h *Handlers) sameOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	protection := http.NewCrossOriginProtection()
	return func(c echo.Context) error {
		if err := protection.Check(c.Request()); err != nil {
			return fault.Wrap(fault.Denied, err, "This change came from another site, so it was refused.", "Use the portal's own pages.")
		}
		return next(c)
	}
}

// wholeForm refuses a post of which only a part can be read: the framework would go on with that part.
func wholeForm(c echo.Context) error {
	if c.Request().Method != http.MethodPost {
		return nil
	}
	_, err := c.FormParams()
	if _, tooLarge := errors.AsType[*echo.HTTPError](err); tooLarge || err == nil {
		return err
	}
	return fault.Wrap(fault.Invalid, err, "The form arrived damaged, so nothing was done with it.", "Go back and send it again.")
}

// extractor trusts X-Forwarded-For from the named proxies only: limits and the audit log depend on the address.
func extractor(trusted []netip.Prefix) echo.IPExtractor {
	if len(trusted) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range trusted {
		options = append(options, echo.TrustIPRange(&net.IPNet{
			IP:   p.Masked().Addr().AsSlice(),
			Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen()),
		}))
	}
	return echo.ExtractIPFromXFFHeader(options...)
}

// Server wraps the handlers in an http.Server whose limits keep a slow client from holding a connection for ever.
func Server(handler http.Handler, logger *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		// "OPTIONS *" gets the same headers and checks as everything else.
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
}
