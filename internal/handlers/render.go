package handlers

import (
	"bytes"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
)

// fragmentOnly tells whether htmx wants a part of a page. A boosted link and a restored history entry want the whole page,
// though htmx sends both.
func fragmentOnly(c echo.Context) bool {
	h := c.Request().Header
	return h.Get("HX-Request") == "true" && h.Get("HX-Boosted") != "true" && h.Get("HX-History-Restore-Request") != "true"
}

// target is the id of the element that htmx will replace, "" without htmx.
func target(c echo.Context) string {
	if !fragmentOnly(c) {
		return ""
	}
	return c.Request().Header.Get("HX-Target")
}

// render draws into memory first, so that a failing template answers with an error page and not with half a page.
func (h *Handlers) render(c echo.Context, status int, component templ.Component) error {
	var body bytes.Buffer
	if err := component.Render(c.Request().Context(), &body); err != nil {
		return err
	}
	return c.HTMLBlob(status, body.Bytes())
}

// seeOther leads a browser to the page that shows the result of a post; htmx follows it by replacing the whole page.
func seeOther(c echo.Context, url string) error {
	if fragmentOnly(c) {
		c.Response().Header().Set("HX-Redirect", url)
		return c.NoContent(http.StatusNoContent)
	}
	return c.Redirect(http.StatusSeeOther, url)
}
