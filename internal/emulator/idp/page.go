package idp

import (
	"bytes"
	_ "embed"
	"net/http"
	"net/url"
)

//go:embed page.html
var pageHTML string

//go:embed style.css
var styleCSS []byte

// page is what page.html draws.
type page struct {
	Title   string // product name
	Heading string
	Intro   string
	Hint    string
	Style   string // address of the stylesheet
	People  []choice

	Sessions    []openSession
	SessionsURL string // of the page that lists them; "" there
}

// openSession is one person's session on the page of sessions, and where it is ended (POST).
type openSession struct{ Name, Since, EndURL string }

// choice is one person on the page and the address that signs them in.
type choice struct {
	Name, Role, Blurb, Place string
	Href                     string
}

func (p *Provider) showPeople(w http.ResponseWriter, query url.Values) {
	view := p.page("Who do you want to be?")
	view.Intro, view.Hint, view.SessionsURL = p.opts.Intro, p.opts.Hint, p.base+"/sessions"
	for _, person := range p.opts.People {
		view.People = append(view.People, choice{
			Name: person.Name, Role: person.Role, Blurb: person.Blurb, Place: person.Place,
			Href: p.base + "/authorize/as/" + url.PathEscape(person.ID) + "?" + query.Encode(),
		})
	}
	p.draw(w, http.StatusOK, view)
}

func (p *Provider) showProblem(w http.ResponseWriter, status int, sentence string) {
	view := p.page("This sign-in cannot go on")
	view.Intro = sentence
	p.draw(w, status, view)
}

func (p *Provider) showSignedOut(w http.ResponseWriter) {
	view := p.page("You are signed out")
	view.Intro = "You can close this page."
	p.draw(w, http.StatusOK, view)
}

// showSessions is what an admin of a real provider has: who is signed in, and a button that ends it.
func (p *Provider) showSessions(w http.ResponseWriter, _ *http.Request) {
	view := p.page("Who is signed in here")
	p.mu.Lock()
	for _, s := range p.sessions {
		view.Sessions = append(view.Sessions, openSession{
			Name: s.person.Name, Since: s.since.UTC().Format("15:04:05 UTC"), EndURL: p.base + "/sessions/" + url.PathEscape(s.sid) + "/end",
		})
	}
	p.mu.Unlock()
	view.Intro = "Ending a session here tells the portal, which ends its own."
	if len(view.Sessions) == 0 {
		view.Intro = "Nobody is."
	}
	p.draw(w, http.StatusOK, view)
}

func (p *Provider) endListed(w http.ResponseWriter, r *http.Request) {
	if status, err := p.SignOut(r.Context(), r.PathValue("sid")); err != nil || status != http.StatusOK {
		p.showProblem(w, http.StatusBadGateway, "The session is over here, but the portal did not take the logout token.")
		return
	}
	http.Redirect(w, r, p.base+"/sessions", http.StatusSeeOther)
}

func (p *Provider) page(heading string) page {
	return page{Title: p.opts.Title, Heading: heading, Style: p.base + "/style.css"}
}

func (p *Provider) draw(w http.ResponseWriter, status int, view page) {
	var body bytes.Buffer
	if err := p.tmpl.Execute(&body, view); err != nil {
		http.Error(w, "could not draw the page", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy",
		"default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // the browser went away: nobody is left to tell
}

func (p *Provider) stylesheet(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write(styleCSS)
}
