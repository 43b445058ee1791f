package handlers

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/auth"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/web/templates"
)

// statuses is the only table from the meaning of a fault to an HTTP status and a heading.
var statuses = map[fault.Kind]struct {
	status  int
	heading string
}{
	fault.Internal: {http.StatusInternalServerError, "The portal could not finish this"},
	fault.Invalid:  {http.StatusUnprocessableEntity, "Something in the form is not right"},
	fault.Denied:   {http.StatusForbidden, "You may not do this"},
	fault.NotFound: {http.StatusNotFound, "There is no such page for you"},
	fault.Conflict: {http.StatusConflict, "This could not be done as asked"},
	fault.Upstream: {http.StatusBadGateway, "The backup service did not do its part"},
}

// statusVisitorLeft is what proxies write for a connection that the client has closed; HTTP has no word for it.
const statusVisitorLeft = 499

// drawError is the only place where an error becomes an answer.
func (h *Handlers) drawError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	if errors.Is(err, context.Canceled) && c.Request().Context().Err() != nil {
		h.Logger.Info("visitor left before the answer", "request", requestID(c), "route", c.Path())
		_ = c.NoContent(statusVisitorLeft) // for the log of requests: nobody reads it
		return
	}
	status, view := describe(err)
	view.RequestID = requestID(c)
	view.Back = templates.Link{Label: "Back to Overview", URL: "/"}
	if status >= http.StatusInternalServerError && c.Request().Method == http.MethodGet {
		again := c.Request().URL.RequestURI()
		if strings.HasPrefix(again, "//") {
			again = "/" // a browser reads a host there
		}
		view.Retry = templates.Link{Label: "Try again", URL: again}
	}
	if status >= http.StatusInternalServerError {
		h.Logger.Error("request failed", "request", requestID(c), "route", c.Path(), "err", err)
	}
	var drawErr error
	if fragmentOnly(c) {
		drawErr = h.render(c, status, templates.ErrorNote(view))
	} else {
		drawErr = h.render(c, status, templates.Error(h.base(c, view.Heading, ""), view))
	}
	if drawErr != nil {
		h.Logger.Error("error page failed", "request", requestID(c), "err", drawErr)
		_ = c.String(http.StatusInternalServerError, "The portal could not draw this page. Request "+requestID(c)+"\n")
	}
}

func describe(err error) (int, templates.ErrorView) {
	if rate, ok := errors.AsType[*auth.RateLimited](err); ok {
		return http.StatusTooManyRequests, templates.ErrorView{
			Status: http.StatusTooManyRequests, Heading: "Too many sign-ins from your address", Sentence: rate.Error(), Next: "Wait a minute, then try again.",
		}
	}
	switch {
	case errors.Is(err, errTooMany):
		return http.StatusTooManyRequests, templates.ErrorView{
			Status: http.StatusTooManyRequests, Heading: "Too many of your requests at once",
			Sentence: "The portal is still working on others that you sent.", Next: "Wait until those are done, then try again.",
		}
	case errors.Is(err, errTooLong):
		return http.StatusServiceUnavailable, templates.ErrorView{
			Status: http.StatusServiceUnavailable, Heading: "This took too long",
			Sentence: "The portal stopped working on it after " + counted(int(longestRead.Seconds()), "second") + ".", Next: "Narrow the list down with a filter, or try again later.",
		}
	}
	if web, ok := errors.AsType[*echo.HTTPError](err); ok {
		return describeHTTP(web)
	}
	if gone, ok := errors.AsType[*goneError](err); ok {
		return gone.Status, gone.ErrorView
	}
	f := fault.Of(err)
	row := statuses[f.Kind]
	return row.status, templates.ErrorView{Status: row.status, Heading: row.heading, Sentence: f.Message, Next: f.Next}
}

// describeHTTP puts the framework's own errors into words: an unknown address reads like a page one may not see.
func describeHTTP(e *echo.HTTPError) (int, templates.ErrorView) {
	switch e.Code {
	case http.StatusNotFound:
		row := statuses[fault.NotFound]
		return row.status, templates.ErrorView{Status: row.status, Heading: row.heading, Sentence: inventory.NotFoundMessage, Next: inventory.NotFoundNext}
	case http.StatusMethodNotAllowed:
		return e.Code, templates.ErrorView{Status: e.Code, Heading: "That does not work here", Sentence: "This address does not answer that kind of request.", Next: "Use the portal's own pages."}
	case http.StatusRequestEntityTooLarge:
		return e.Code, templates.ErrorView{Status: e.Code, Heading: "That was too much at once", Sentence: "The form is larger than the portal takes.", Next: "Shorten what you typed."}
	}
	row := statuses[fault.Internal]
	return row.status, templates.ErrorView{Status: row.status, Heading: row.heading, Sentence: "The portal could not finish this.", Next: "Try again; if it stays, give the request id to your operator."}
}
