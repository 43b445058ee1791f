package mail

import (
	"github.com/emersion/go-smtp"
)

// Step is a point of handing over a mail at which the server can be ordered to misbehave.
type Step string

// The steps.
const (
	AtSender    Step = "sender"
	AtRecipient Step = "recipient"
	AtText      Step = "text"       // read, and not kept yet
	AfterText   Step = "after text" // kept, and not answered yet
)

// fault is an order: what to do the next few times at a step.
type fault struct {
	at     Step
	left   int
	code   int // 0: hang up
	gate   *Gate
	detail string
}

// Refuse answers the next n mails at a step with a code of SMTP (4xx: not now, 5xx: never) and these words.
func (s *Sink) Refuse(at Step, n, code int, words string) {
	s.order(&fault{at: at, left: n, code: code, detail: words})
}

// HangUp ends the next n connections at a step without an answer.
func (s *Sink) HangUp(at Step, n int) { s.order(&fault{at: at, left: n}) }

// Gate holds one mail until it is let through.
type Gate struct{ arrived, released chan struct{} }

// Arrived is closed when the mail is held.
func (g *Gate) Arrived() <-chan struct{} { return g.arrived }

// Release lets it through.
func (g *Gate) Release() { close(g.released) }

// Hold holds the next mail at a step.
func (s *Sink) Hold(at Step) *Gate {
	g := &Gate{arrived: make(chan struct{}), released: make(chan struct{})}
	s.order(&fault{at: at, left: 1, gate: g})
	return g
}

func (s *Sink) order(f *fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, f)
}

// wanted does what was ordered for a step, the oldest order first.
func (s *Sink) wanted(at Step, c *smtp.Conn) error {
	f := s.next(at)
	switch {
	case f == nil:
		return nil
	case f.gate != nil:
		close(f.gate.arrived)
		<-f.gate.released
		return nil
	case f.code == 0:
		_ = c.Conn().Close()
		return &smtp.SMTPError{Code: 421, EnhancedCode: smtp.NoEnhancedCode, Message: "gone"}
	}
	return &smtp.SMTPError{Code: f.code, EnhancedCode: smtp.NoEnhancedCode, Message: f.detail}
}

func (s *Sink) next(at Step) *fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.at == at && f.left > 0 {
			f.left--
			return f
		}
	}
	return nil
}
