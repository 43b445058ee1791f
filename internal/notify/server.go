package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// Encryption is how a mail server is spoken to.
type Encryption string

// The encryptions.
const (
	StartTLS  Encryption = "starttls" // a server that cannot is refused
	TLS       Encryption = "tls"
	Plaintext Encryption = "plain"
)

// Server is a mail server that takes the portal's mail.
type Server struct {
	Host       string
	Port       int
	Encryption Encryption
	Username   string // "" = no sign-in
	Password   string
	Roots      *x509.CertPool // nil = the system's
}

// stepLimit bounds the greeting with sign-in, and then each mail.
const stepLimit = 20 * time.Second

// line is an open connection to the mail server, signed in.
type line struct {
	client *mail.Client
	smtp   *smtp.Client
	conn   net.Conn
}

// dial connects and signs in. Whatever goes wrong, no connection stays open, and a silent server is not waited for long.
func (s Server) dial(ctx context.Context) (*line, error) {
	var conn net.Conn
	address := net.JoinHostPort(s.Host, strconv.Itoa(s.Port))
	encryption := &tls.Config{ServerName: s.Host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12}
	options := []mail.Option{
		mail.WithPort(s.Port), mail.WithTimeout(stepLimit), mail.WithTLSConfig(encryption), mail.WithTLSPolicy(mail.NoTLS),
		// The library's own address breaks with an IPv6 one.
		mail.WithDialContextFunc(func(ctx context.Context, network, _ string) (net.Conn, error) {
			var err error
			if s.Encryption == TLS {
				conn, err = (&tls.Dialer{Config: encryption}).DialContext(ctx, network, address)
			} else {
				conn, err = (&net.Dialer{}).DialContext(ctx, network, address)
			}
			if err != nil {
				return nil, err
			}
			return conn, conn.SetDeadline(time.Now().Add(stepLimit))
		}),
	}
	switch s.Encryption {
	case StartTLS:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	case TLS:
		options = append(options, mail.WithSSL())
	}
	if s.Username != "" {
		options = append(options, mail.WithSMTPAuthCustom(&signIn{server: s}))
	}
	client, err := mail.NewClient(s.Host, options...)
	if err != nil {
		return nil, fmt.Errorf("mail server: %w", err)
	}
	session, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		if conn != nil {
			_ = conn.Close()
		}
		return nil, fmt.Errorf("mail server %s: %w", address, err)
	}
	return &line{client: client, smtp: session, conn: conn}, nil
}

// close says goodbye; mail that was taken stays taken, however that ends.
func (l *line) close() {
	_ = l.conn.SetDeadline(time.Now().Add(time.Second))
	_ = l.client.CloseWithSMTPClient(l.smtp)
	_ = l.conn.Close()
}

// send hands over one mail.
func (l *line) send(m *mail.Msg) error { return l.client.SendWithSMTPClient(l.smtp, m) }

// signIn signs in by what the server offers of PLAIN and LOGIN, and in the clear only where no encryption was wanted.
type signIn struct {
	server Server
	smtp.Auth
}

// Start implements smtp.Auth.
func (a *signIn) Start(offer *smtp.ServerInfo) (proto string, toServer []byte, err error) {
	s := a.server
	switch {
	case slices.Contains(offer.Auth, "PLAIN"):
		a.Auth = smtp.PlainAuth("", s.Username, s.Password, s.Host, s.Encryption == Plaintext)
	case slices.Contains(offer.Auth, "LOGIN"):
		a.Auth = smtp.LoginAuth(s.Username, s.Password, s.Host, s.Encryption == Plaintext)
	default:
		return "", nil, errors.New("the mail server offers neither PLAIN nor LOGIN")
	}
	return a.Auth.Start(offer)
}
