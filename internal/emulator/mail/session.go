package mail

import (
	"crypto/subtle"
	"io"
	"net"
	"net/netip"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// session is one connection.
type session struct {
	sink   *Sink
	conn   *smtp.Conn
	signed bool
	from   string
	to     []string
}

var _ smtp.AuthSession = (*session)(nil)

func (s *Sink) open(c *smtp.Conn) (smtp.Session, error) {
	if !loopback(c.Conn().RemoteAddr()) {
		return nil, &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "this mail server answers on loopback only"}
	}
	s.mu.Lock()
	s.sessions++
	s.mu.Unlock()
	return &session{sink: s, conn: c}, nil
}

func loopback(address net.Addr) bool {
	peer, err := netip.ParseAddrPort(address.String())
	return err == nil && peer.Addr().Unmap().IsLoopback()
}

// AuthMechanisms lists what a client may sign in with.
func (n *session) AuthMechanisms() []string {
	if n.sink.opts.Username == "" {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth begins a sign-in.
func (n *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		o := n.sink.opts
		same := subtle.ConstantTimeCompare([]byte(username+"\x00"+password), []byte(o.Username+"\x00"+o.Password))
		if o.Username == "" || same != 1 {
			return smtp.ErrAuthFailed
		}
		n.signed = true
		return nil
	}), nil
}

// Mail takes the sender.
func (n *session) Mail(from string, _ *smtp.MailOptions) error {
	if n.sink.opts.Username != "" && !n.signed {
		return smtp.ErrAuthRequired
	}
	if err := n.sink.wanted(AtSender, n.conn); err != nil {
		return err
	}
	n.from = from
	return nil
}

// Rcpt takes a recipient.
func (n *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if err := n.sink.wanted(AtRecipient, n.conn); err != nil {
		return err
	}
	n.to = append(n.to, to)
	return nil
}

// Data takes the mail.
func (n *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := n.sink.wanted(AtText, n.conn); err != nil {
		return err
	}
	if err := n.sink.keep(n.from, n.to, string(raw)); err != nil {
		return err
	}
	return n.sink.wanted(AfterText, n.conn)
}

// Reset forgets the mail that was begun.
func (n *session) Reset() { n.from, n.to = "", nil }

// Logout ends the session.
func (n *session) Logout() error { return nil }
