package backup

import (
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

const (
	maxBody         = 32 << 20
	maxRecordedBody = 64 << 10
)

// Server is the emulated API. It implements http.Handler and is safe for concurrent use.
type Server struct {
	options Options
	tokens  *tokens
	control *control
	router  *router

	mu     sync.RWMutex // guards tenant
	tenant *tenant
}

// New returns a server over a tenant invented from the options.
func New(o Options) *Server {
	o = o.withDefaults()
	s := &Server{options: o, tokens: newTokens(o), control: &control{}, tenant: generate(o)}
	s.router = newRouter(s.routes())
	return s
}

// now is the present in the tenant's unit of time.
func (s *Server) now() int64 { return s.options.Now().UnixMilli() }

// ServeHTTP answers one call of the API, or misbehaves as ordered.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "unable to read the request", http.StatusBadRequest)
		return
	}
	line := s.record(r, body)
	canonical := s.router.canonical(r.URL.Path)
	fault := s.control.takeFault(r.Method, r.URL.Path, canonical)
	if !s.control.hold(r.Context().Done(), false, r.Method, r.URL.Path, canonical) {
		panic(http.ErrAbortHandler)
	}
	if fault != nil && !fault.afterApply() {
		s.misbehave(w, fault, line)
		return
	}
	a := s.answer(r, body)
	if !s.control.hold(r.Context().Done(), true, r.Method, r.URL.Path, canonical) {
		panic(http.ErrAbortHandler)
	}
	if fault != nil {
		s.misbehave(w, fault, line)
		return
	}
	s.control.answered(line, a.status)
	a.write(w)
}

func (s *Server) record(r *http.Request, body []byte) *Request {
	header := r.Header.Clone()
	if scheme, _, ok := strings.Cut(header.Get("Authorization"), " "); ok {
		header.Set("Authorization", scheme)
	} else {
		header.Del("Authorization")
	}
	line := &Request{
		Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Body: string(body[:min(len(body), maxRecordedBody)]), Header: header, At: s.options.Now(),
	}
	s.control.record(line)
	return line
}

// misbehave carries out a planned fault.
func (s *Server) misbehave(w http.ResponseWriter, f *fault, line *Request) {
	if f.drop {
		resetConnection(w)
		return
	}
	a := answer{status: f.failure.Status, contentType: typeJSON, header: f.failure.Header, body: []byte(f.failure.Body)}
	if f.failure.ContentType != "" {
		a.contentType = f.failure.ContentType
	}
	s.control.answered(line, a.status)
	a.write(w)
}

// resetConnection ends the connection so that the caller sees a reset instead of an orderly end.
func resetConnection(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // no connection of its own (HTTP/2, a recorder): the server ends the request
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // without it the close below is merely less abrupt
	}
	_ = conn.Close()
}

// answer finds the route, checks the token and runs the call under the state's lock.
func (s *Server) answer(r *http.Request, body []byte) answer {
	found, ids, known := s.router.find(r.Method, r.URL.Path)
	c := &call{
		method: r.Method, path: r.URL.Path, ids: ids, query: r.URL.Query(),
		body: body, header: r.Header, baseURL: baseURL(r),
	}
	if found == nil || found.access == bearer {
		if c.token = s.tokens.use(r.Header.Get("Authorization")); c.token == nil {
			return unauthorized()
		}
	}
	switch {
	case found == nil && known:
		return problem(http.StatusMethodNotAllowed, "SYSTEM", "Method not allowed")
	case found == nil:
		return problem(http.StatusNotFound, "SYSTEM", "Resource not found")
	case found.changes:
		s.mu.Lock()
		defer s.mu.Unlock()
	default:
		if found.access == bearer && !s.options.Calm && s.tokens.throttle(c.token) {
			a := problem(http.StatusTooManyRequests, "SYSTEM", "Too many requests")
			a.header = map[string]string{"Retry-After": "1"}
			return a
		}
		s.mu.RLock()
		defer s.mu.RUnlock()
	}
	return found.handle(c)
}

func baseURL(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func (a answer) write(w http.ResponseWriter) {
	h := w.Header()
	for name, value := range a.header {
		h.Set(name, value)
	}
	if a.contentType != "" && len(a.body) > 0 {
		h.Set("Content-Type", a.contentType)
	}
	if a.status != http.StatusNoContent && a.status != http.StatusNotModified {
		h.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // the caller has gone: nothing is left to do
}
