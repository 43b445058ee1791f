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
	markTurns(body.Bytes())
	return c.HTMLBlob(status, body.Bytes())
}

// markTurns puts a replacement character in the place of each character that turns the direction of text around (U+202A
// to U+202E, U+2066 to U+2069). Devices and people name themselves, and such a name in a sentence would turn the rest of
// it as well: what is asked on a confirmation would read differently from what it does. Attributes and what stands in a
// form to be sent again stay as they are. All of these characters take three bytes, as the replacement does.
func markTurns(page []byte) {
	inTag, typed := false, false
	for i, b := range page {
		switch {
		case b == '<':
			inTag, typed = true, bytes.HasPrefix(page[i:], []byte("<textarea"))
		case b == '>':
			inTag = false
		case b == 0xE2 && !inTag && !typed && turnsText(page[i:]):
			copy(page[i:], "\uFFFD")
		}
	}
}

// turnsText tells whether the text begins with such a character.
func turnsText(text []byte) bool {
	if len(text) < 3 {
		return false
	}
	embedding := text[1] == 0x80 && text[2] >= 0xAA && text[2] <= 0xAE
	isolate := text[1] == 0x81 && text[2] >= 0xA6 && text[2] <= 0xA9
	return embedding || isolate
}

// seeOther leads a browser to the page that shows the result of a post; htmx follows it by replacing the whole page.
func seeOther(c echo.Context, url string) error {
	if fragmentOnly(c) {
		c.Response().Header().Set("HX-Redirect", url)
		return c.NoContent(http.StatusNoContent)
	}
	return c.Redirect(http.StatusSeeOther, url)
}
