package backup

import (
	"strconv"
	"strings"
	"sync"
	"time"
)

// Match selects requests by method ("" for any) and by the beginning of their path, as sent or without aliases.
type Match struct {
	Method     string
	PathPrefix string
}

func (m Match) matches(method, path, canonical string) bool {
	return (m.Method == "" || strings.EqualFold(m.Method, method)) &&
		(strings.HasPrefix(path, m.PathPrefix) || strings.HasPrefix(canonical, m.PathPrefix))
}

// Failure is the answer that a request gets instead of its own.
type Failure struct {
	Status      int
	Body        string
	Header      map[string]string
	ContentType string // JSON when empty
	// AfterApply lets the change happen before the failure is answered.
	AfterApply bool
}

// Request is one request that reached the emulator, in the order of arrival.
type Request struct {
	Method string
	Path   string
	Query  string
	Body   string              // its first 64 KiB
	Header map[string][]string // Authorization holds its scheme only
	Status int                 // 0 while it is held, or when it was dropped
	At     time.Time
}

// Gate holds requests until it is released.
type Gate struct {
	id       string
	match    Match
	after    bool
	arrive   func() // closes arrived, once
	arrived  chan struct{}
	leave    func() // closes left, once
	left     chan struct{}
	release  func() // closes released, once
	released chan struct{}
}

// ID names the gate in the controls over HTTP.
func (g *Gate) ID() string { return g.id }

// Arrived is closed when the first request is held; with DelayAfter its change has been applied by then.
func (g *Gate) Arrived() <-chan struct{} { return g.arrived }

// Left is closed when a caller has given up while it was held here: only then is it sure that Release carries nothing out.
func (g *Gate) Left() <-chan struct{} { return g.left }

// Release lets the held requests go on and holds no more.
func (g *Gate) Release() { g.release() }

// fault is a planned misbehaviour; it is used up after a number of requests.
type fault struct {
	match   Match
	left    int
	drop    bool
	failure Failure
}

func (f *fault) afterApply() bool { return f.failure.AfterApply }

// control holds what tests have ordered and what has been asked so far.
type control struct {
	mu     sync.Mutex
	faults []*fault
	gates  []*Gate
	made   int

	history []*Request // a ring once it is full
	next    int
}

// FailNext answers the next matching requests with a failure, times over. Mind that the SDKs send a failed request twice.
func (s *Server) FailNext(match Match, f Failure, times int) {
	s.control.plan(&fault{match: match, left: times, failure: f})
}

// Drop resets the connection of the next matching requests without doing anything. Mind that Go's own transport sends a
// GET again, unasked, when a kept-alive connection is lost under it.
func (s *Server) Drop(match Match, times int) {
	s.control.plan(&fault{match: match, left: times, drop: true})
}

// DropAfter applies the next matching requests and then resets their connections without an answer.
func (s *Server) DropAfter(match Match, times int) {
	s.control.plan(&fault{match: match, left: times, drop: true, failure: Failure{AfterApply: true}})
}

// Delay holds matching requests before anything happens, until the gate is released or the caller gives up; a request
// whose caller has gone is not carried out.
func (s *Server) Delay(match Match) *Gate { return s.control.addGate(match, false) }

// DelayAfter holds matching requests after their change was applied and before they are answered.
func (s *Server) DelayAfter(match Match) *Gate { return s.control.addGate(match, true) }

// Requests returns the history: at most the last 10,000 requests, oldest first.
func (s *Server) Requests() []Request {
	c := s.control
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]Request, 0, len(c.history))
	for i := range c.history {
		all = append(all, *c.history[(c.next+i)%len(c.history)])
	}
	return all
}

// EndTokens makes every token that was issued so far invalid.
func (s *Server) EndTokens() { s.tokens.endAll() }

func (c *control) plan(f *fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = append(c.faults, f)
}

func (c *control) addGate(match Match, after bool) *Gate {
	arrived, left, released := make(chan struct{}), make(chan struct{}), make(chan struct{})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.made++
	g := &Gate{
		id: strconv.Itoa(c.made), match: match, after: after,
		arrived: arrived, arrive: sync.OnceFunc(func() { close(arrived) }),
		left: left, leave: sync.OnceFunc(func() { close(left) }),
		released: released, release: sync.OnceFunc(func() { close(released) }),
	}
	c.gates = append(c.gates, g)
	return g
}

func (c *control) gate(id string) *Gate {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, g := range c.gates {
		if g.id == id {
			return g
		}
	}
	return nil
}

// takeFault returns the first planned fault for a request and counts it as used.
func (c *control) takeFault(method, path, canonical string) *fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range c.faults {
		if f.left > 0 && f.match.matches(method, path, canonical) {
			f.left--
			return f
		}
	}
	return nil
}

// hold blocks while a gate for the request is closed. It answers false when the caller gave up.
func (c *control) hold(done <-chan struct{}, after bool, method, path, canonical string) bool {
	c.mu.Lock()
	var holding []*Gate
	for _, g := range c.gates {
		if g.after == after && g.match.matches(method, path, canonical) {
			holding = append(holding, g)
		}
	}
	c.mu.Unlock()
	for _, g := range holding {
		select {
		case <-g.released:
			continue
		default:
		}
		g.arrive()
		select {
		case <-g.released:
		case <-done:
			g.leave()
			return false
		}
	}
	return true
}

// record adds a request to the history; the status follows when it is answered.
func (c *control) record(r *Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.history) < maxHistory {
		c.history = append(c.history, r)
		return
	}
	c.history[c.next] = r
	c.next = (c.next + 1) % maxHistory
}

func (c *control) answered(r *Request, status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r.Status = status
}
