package mail

import (
	"bytes"
	_ "embed"
	"html/template"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

//go:embed page.html
var pageHTML string

//go:embed style.css
var styleCSS []byte

// page is what page.html draws: a list, or one mail.
type page struct {
	Title string
	Mails []listed
	Mail  *shown
}

// listed is one mail of the list.
type listed struct{ Href, Subject, To, At string }

// shown is one mail as it is read.
type shown struct {
	Subject, From, To, At, Text, RawHref string
}

const dateLayout = "2 Jan 2006, 15:04:05 MST"

// Handler shows the caught mails to browsers on this machine: a list, a mail, and a mail as it came.
func (s *Sink) Handler() http.Handler {
	tmpl := template.Must(template.New("page").Parse(pageHTML))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		view := page{Title: "Mail that the portal sent"}
		for _, m := range slices.Backward(s.Mails()) {
			view.Mails = append(view.Mails, listed{
				Href: "/mails/" + strconv.Itoa(m.ID), Subject: m.Subject(), To: strings.Join(m.To, ", "), At: m.At.Format(dateLayout),
			})
		}
		draw(w, tmpl, view)
	})
	mux.HandleFunc("GET /mails/{id}", s.withMail(func(w http.ResponseWriter, m Mail) {
		draw(w, tmpl, page{Title: m.Subject(), Mail: &shown{
			Subject: m.Subject(), From: decoded(m.Header.Get("From")), To: strings.Join(m.To, ", "), At: m.At.Format(dateLayout),
			Text: m.Text, RawHref: "/mails/" + strconv.Itoa(m.ID) + "/raw",
		}})
	}))
	mux.HandleFunc("GET /mails/{id}/raw", s.withMail(func(w http.ResponseWriter, m Mail) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte(m.Raw)) // the browser went away: nobody is left to tell
	}))
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = w.Write(styleCSS)
	})
	return local(mux)
}

func (s *Sink) withMail(answer func(http.ResponseWriter, Mail)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		mails := s.Mails()
		i := slices.IndexFunc(mails, func(m Mail) bool { return strconv.Itoa(m.ID) == r.PathValue("id") })
		if i < 0 {
			http.NotFound(w, r)
			return
		}
		answer(w, mails[i])
	}
}

func draw(w http.ResponseWriter, tmpl *template.Template, view page) {
	var drawn bytes.Buffer
	if err := tmpl.Execute(&drawn, view); err != nil {
		http.Error(w, "could not draw the page", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(drawn.Bytes())
}

// local answers loopback clients that address the page by a loopback name: a page of another site could otherwise read
// it through a host name that resolves to this machine.
func local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil || !peer.Addr().Unmap().IsLoopback() || !loopbackName(r.Host) {
			http.Error(w, "this page answers on loopback only", http.StatusForbidden)
			return
		}
		header := w.Header()
		header.Set("Cache-Control", "no-store")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		next.ServeHTTP(w, r)
	})
}

func loopbackName(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && address.IsLoopback()
}
