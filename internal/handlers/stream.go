package handlers

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/audit"
	"backup-portal/internal/policy"
)

// stillHolds is an error when the person to whom a list is streamed is signed in no more, or holds something else than
// when it began. It is asked behind the reading of each batch: a batch that was read after a role had gone does not
// leave, and a list that was cut short because its organization moved is not taken for the whole.
func (h *Handlers) stillHolds(c echo.Context, actor policy.Actor) error {
	now, err := h.Auth.Again(c)
	switch {
	case err != nil:
		return err
	case !now.SignedIn:
		return errors.New("the session has ended")
	case !slices.Equal(now.Actor.Grants, actor.Grants):
		return errors.New("the person's roles, or where they are held, are not what they were")
	}
	return nil
}

// isHead tells whether only the head of the answer leaves. Of a list then nothing is read, and no export is written down.
func isHead(c echo.Context) bool { return c.Request().Context().Value(headOnly{}) != nil }

// beginFile begins an answer that a browser saves under this name.
func beginFile(c echo.Context, contentType, name string) {
	header := c.Response().Header()
	header.Set(echo.HeaderContentType, contentType)
	header.Set(echo.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	c.Response().WriteHeader(http.StatusOK)
}

// moreTime lets the next batch of a file take as long as a batch may: the server's limit is for pages.
func moreTime(c echo.Context) error {
	// This clock is the connection's, whatever the portal's is.
	err := http.NewResponseController(c.Response()).SetWriteDeadline(time.Now().Add(exportPatience))
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}

// exported writes down what has left of a file, so many of what. An answer that broke off breaks the connection.
func (h *Handlers) exported(c echo.Context, done audit.Line, what string, sent int, err error) error {
	ctx := c.Request().Context()
	done.After = map[string]string{what: strconv.Itoa(sent)}
	if err != nil {
		done.Outcome, done.Detail = audit.Failed, "The export broke off: what was sent is not complete."
	}
	// The client may be gone; what left is written down all the same.
	if err = errors.Join(err, h.Record(context.WithoutCancel(ctx), done)); err != nil {
		h.Logger.ErrorContext(ctx, "export broke off", "request", requestID(c), "export", done.Action, what, sent, "err", err)
		// The answer began as a good one: only a connection that breaks tells the client that something is missing.
		panic(http.ErrAbortHandler)
	}
	return nil
}
