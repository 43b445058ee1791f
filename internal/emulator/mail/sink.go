package mail

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	netmail "net/mail"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// Options say how the server behaves; the zero value takes everything, without encryption and from anybody.
type Options struct {
	TLS      *tls.Config // offered by STARTTLS
	Username string      // demanded, with the password, when set
	Password string
	Keep     int              // mails that are kept, the newest; 0 = 500
	Now      func() time.Time // time.Now when nil
}

// Mail is one caught mail.
type Mail struct {
	ID     int // from 1
	At     time.Time
	From   string   // of the envelope
	To     []string // of the envelope
	Header netmail.Header
	Text   string // decoded
	Raw    string // as it came
}

// Subject is the decoded subject.
func (m Mail) Subject() string { return decoded(m.Header.Get("Subject")) }

// Sink is the server. It is safe for concurrent use.
type Sink struct {
	opts   Options
	server *smtp.Server

	mu       sync.Mutex
	mails    []Mail // oldest first
	caught   int
	sessions int
	faults   []*fault
}

// New makes a server that listens nowhere yet.
func New(o Options) *Sink {
	if o.Keep == 0 {
		o.Keep = 500
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Sink{opts: o}
	s.server = smtp.NewServer(smtp.BackendFunc(s.open))
	s.server.Domain, s.server.TLSConfig = "localhost", o.TLS
	s.server.AllowInsecureAuth = true
	s.server.EnableSMTPUTF8 = true
	s.server.MaxMessageBytes, s.server.MaxRecipients = 1<<20, 50
	s.server.ReadTimeout, s.server.WriteTimeout = time.Minute, time.Minute
	s.server.ErrorLog = log.New(io.Discard, "", 0)
	return s
}

// Serve takes mail on a listener until Close.
func (s *Sink) Serve(l net.Listener) error { return s.server.Serve(l) }

// ServeTLS is Serve for clients that speak TLS from the first byte.
func (s *Sink) ServeTLS(l net.Listener) error { return s.server.Serve(tls.NewListener(l, s.opts.TLS)) }

// Close hangs up on everybody and stops listening.
func (s *Sink) Close() error { return s.server.Close() }

// Mails lists what was caught, oldest first.
func (s *Sink) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

// To lists what was caught for one recipient, oldest first.
func (s *Sink) To(address string) []Mail {
	return slices.DeleteFunc(s.Mails(), func(m Mail) bool { return !slices.Contains(m.To, address) })
}

// Sessions counts the connections that were greeted.
func (s *Sink) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions
}

func (s *Sink) keep(from string, to []string, raw string) error {
	m := Mail{At: s.opts.Now(), From: from, To: slices.Clone(to), Raw: raw}
	var err error
	if m.Header, m.Text, err = read(raw); err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "this is not a mail"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.caught++
	m.ID = s.caught
	s.mails = append(s.mails, m)
	if over := len(s.mails) - s.opts.Keep; over > 0 {
		s.mails = slices.Delete(s.mails, 0, over)
	}
	return nil
}

// read parts a mail into its header and its decoded text.
func read(raw string) (netmail.Header, string, error) {
	message, err := netmail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		return nil, "", err
	}
	text, err := io.ReadAll(body(message))
	return message.Header, strings.ReplaceAll(string(text), "\r\n", "\n"), err
}
