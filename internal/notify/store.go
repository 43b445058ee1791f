package notify

import (
	"context"
	"time"

	"backup-portal/internal/operation"
)

// State is what became of telling a notice by mail.
type State string

// The states of a mail; all but Due are ends.
const (
	Due     State = "due"
	Sent    State = "sent"
	GivenUp State = "given-up" // refused for good, or tried for too long
	Moot    State = "moot"     // nobody has to be told any more, or there is no address to tell it to
)

// Mail is a notice that one sender holds for a while.
type Mail struct {
	Notice operation.Notice
	Try    int // the how manieth it is, from 1; a later one takes the mail away from this sender
}

// Outcome is how a try came out.
type Outcome struct {
	State   State
	Wait    time.Duration // Due: until the next try
	Problem string        // in the mail server's words, for operators
	Status  int           // the mail server's code, 0 when it said none; not kept
}

// Store keeps notices and what became of their mails. Each method is one transaction.
type Store interface {
	// ClaimMails hands out mails that are due by database time, oldest first; nobody else is handed them within d. One that
	// is older than life is given up instead; how many those are is answered, too.
	ClaimMails(ctx context.Context, limit int, d, life time.Duration) (claimed []Mail, givenUp int, err error)
	// MailTried writes how a try came out. That it was sent is written whoever holds the mail now; any other outcome only
	// for its holder.
	MailTried(ctx context.Context, m Mail, o Outcome) error
}
