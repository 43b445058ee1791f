package notify

import (
	"errors"
	"time"

	"github.com/wneessen/go-mail"
)

const (
	firstWait   = time.Minute
	longestWait = 4 * time.Hour
)

// judge tells what a try to hand over a mail came to. That the recipient or the text is refused for good ends it; that the
// sender is, or whatever else is not the mail's own fault, does not.
func judge(p prepared, err error) Outcome {
	// Taken is taken, also when the connection broke after it.
	if err == nil || p.msg.IsDelivered() {
		return Outcome{State: Sent}
	}
	o := Outcome{State: Due, Wait: wait(p.mail.Try), Problem: problem(err)}
	refusal, ok := errors.AsType[*mail.SendError](err)
	if !ok {
		return o
	}
	o.Status = refusal.ErrorCode()
	switch refusal.Reason {
	case mail.ErrSMTPRcptTo, mail.ErrSMTPData, mail.ErrSMTPDataClose:
		if o.Status >= 500 {
			o.State, o.Wait = GivenUp, 0
		}
	}
	return o
}

// lost tells that the connection is of no use any more: the server has not answered, or said that it goes.
func lost(err error) bool {
	if err == nil {
		return false
	}
	refusal, ok := errors.AsType[*mail.SendError](err)
	return !ok || refusal.ErrorCode() == 0 || refusal.ErrorCode() == 421
}

// wait is how long a mail waits after its nth try.
func wait(try int) time.Duration {
	w := firstWait
	for range try - 1 {
		if w *= 2; w >= longestWait {
			return longestWait
		}
	}
	return w
}

// problem is an error for the database: the server's own words, which may name the recipient.
func problem(err error) string { return clipped(visible(err.Error()), 300) }
