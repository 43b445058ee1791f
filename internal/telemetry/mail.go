package telemetry

// How a try to hand over a mail comes out.
const (
	MailSent    = "sent"
	MailPutOff  = "put off"
	MailGivenUp = "given up"
)

// Mails counts tries to hand over a mail that came out like this: one of the words above.
func (t *Telemetry) Mails(outcome string, n int) { t.mails.WithLabelValues(outcome).Add(float64(n)) }
