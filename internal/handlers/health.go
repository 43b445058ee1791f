package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// healthy says that the process answers.
func (h *Handlers) healthy(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

// ready says whether the portal can serve: its database can be read. What is wrong stands in the log only.
func (h *Handlers) ready(c echo.Context) error {
	if err := h.Ready(c.Request().Context()); err != nil {
		h.Logger.Error("not ready", "err", err)
		return c.String(http.StatusServiceUnavailable, "the database cannot be read\n")
	}
	return c.String(http.StatusOK, "ready\n")
}

// static serves the embedded files by their hashed names.
func (h *Handlers) static(c echo.Context) error {
	c.Response().Header().Del("Cache-Control")
	h.Assets.ServeHTTP(c.Response(), c.Request())
	return nil
}
