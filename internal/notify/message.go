package notify

import (
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"

	"github.com/wneessen/go-mail"
)

// message makes the mail of a letter. Every try of one notice makes the same Message-ID, so that who gets it twice can
// tell, and all of one request are one thread.
func (s *Sender) message(m Mail, l letter) (*mail.Msg, error) {
	to, err := netmail.ParseAddress(m.Notice.Person.Email)
	if err != nil || to.Address != m.Notice.Person.Email {
		return nil, errors.New("the person's address is not a mail address")
	}
	_, domain, _ := strings.Cut(s.opts.From.Address, "@")
	thread := fmt.Sprintf("request.%s@%s", m.Notice.RequestID, domain)
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	msg.FromMailAddress(s.opts.From)
	msg.ToMailAddress(&netmail.Address{Address: to.Address})
	msg.SetMessageIDWithValue(fmt.Sprintf("notice-%d.%s", m.Notice.ID, thread))
	msg.SetGenHeader(mail.HeaderReferences, "<"+thread+">")
	msg.SetDateWithValue(m.Notice.At)
	// Nobody's absence is to be told to the portal.
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	msg.Subject(l.subject)
	msg.SetBodyString(mail.TypeTextPlain, l.body)
	return msg, nil
}
