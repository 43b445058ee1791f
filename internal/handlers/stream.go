package handlers

import (
	"errors"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

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
