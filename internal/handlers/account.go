package handlers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"backup-portal/web/templates"
)

const sessionsURL = "/account/sessions"

// ownSessions lists the browsers in which the person is signed in.
func (h *Handlers) ownSessions(c echo.Context) error {
	own, err := h.Auth.Own(c)
	if err != nil {
		return err
	}
	k := h.clock()
	var view templates.SessionsView
	for _, s := range own {
		view.Rows = append(view.Rows, templates.SessionRow{
			Browser: browserName(s.Agent), Agent: s.Agent, Address: s.Address, Since: k.long(s.Created), Seen: k.long(s.Seen),
			Current: s.Current, EndURL: sessionsURL + "/" + s.Reference() + "/end",
		})
		if !s.Current {
			view.OthersURL = sessionsURL + "/end-others"
		}
	}
	return h.render(c, http.StatusOK, templates.Sessions(h.base(c, "Your sessions", ""), view))
}

// endSession ends one of the person's own sessions; ending the one that asks is signing out.
func (h *Handlers) endSession(c echo.Context) error {
	reference := c.Param("ref")
	own, err := h.Auth.Own(c)
	if err != nil {
		return err
	}
	for _, s := range own {
		if s.Current && s.Reference() == reference {
			return h.signOut(c)
		}
	}
	if err := h.Auth.EndOwn(c, reference); err != nil {
		return takingAway(err, "There is no such session", "It has ended already, or it is not one of yours.",
			"If you ended it just now, that is done.", templates.Link{Label: "Your sessions", URL: sessionsURL})
	}
	return seeOther(c, sessionsURL)
}

// endOtherSessions leaves the person signed in here only.
func (h *Handlers) endOtherSessions(c echo.Context) error {
	if err := h.Auth.EndOthers(c); err != nil {
		return err
	}
	return seeOther(c, sessionsURL)
}

// browserName puts what a browser calls itself into words: "Firefox on Linux". The tokens stand in the order in which
// browsers that claim to be others also name themselves.
func browserName(agent string) string {
	first := func(tokens [][2]string) string {
		for _, t := range tokens {
			if strings.Contains(agent, t[0]) {
				return t[1]
			}
		}
		return ""
	}
	browser := first([][2]string{
		{"Edg", "Edge"},
		{"OPR/", "Opera"},
		{"SamsungBrowser/", "Samsung Internet"},
		{"Vivaldi/", "Vivaldi"},
		{"FxiOS/", "Firefox"},
		{"Firefox/", "Firefox"},
		{"CriOS/", "Chrome"},
		{"HeadlessChrome/", "Chrome without a window"},
		{"Chrome/", "Chrome"},
		{"Safari/", "Safari"},
		{"curl/", "curl"},
	})
	system := first([][2]string{
		{"Windows", "Windows"},
		{"iPhone", "iPhone"},
		{"iPad", "iPad"},
		{"Mac OS X", "macOS"},
		{"Android", "Android"},
		{"CrOS", "ChromeOS"},
		{"Linux", "Linux"},
	})
	switch {
	case browser == "" && system == "":
		return "Unknown browser"
	case browser == "":
		return "Unknown browser on " + system
	case system == "":
		return browser
	}
	return browser + " on " + system
}
