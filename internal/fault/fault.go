// Package fault owns the six ways a request goes wrong. It knows nothing of HTTP, HTML or any other room.
//
// A fault has two faces: a message that is safe to show and says what to do, and a cause that is only logged.
package fault

import (
	"errors"
	"fmt"
)

// Kind is the meaning of a fault. The zero value is Internal, so what nobody classified is never shown.
type Kind int

// The six kinds. internal/handlers/errors.go holds the only table from kinds to HTTP statuses.
const (
	Internal Kind = iota // a defect or a broken part of ours
	Invalid              // the input cannot be right
	Denied               // the person may not do this
	NotFound             // it does not exist, or the person may not know that it does
	Conflict             // somebody or something was faster
	Upstream             // the vendor did not do its part
)

// String names the kind for logs.
func (k Kind) String() string {
	return [...]string{"internal", "invalid", "denied", "not found", "conflict", "upstream"}[k]
}

// Fault is an error with a safe message (what happened), a next step (what to do) and a cause (for the log).
type Fault struct {
	Kind    Kind
	Message string // one sentence, safe to show
	Next    string // one sentence: what the person can do now; may be empty
	Cause   error  // never shown
}

// New makes a fault without a cause.
func New(kind Kind, message, next string) *Fault {
	return &Fault{Kind: kind, Message: message, Next: next}
}

// Wrap makes a fault with a cause for the log.
func Wrap(kind Kind, cause error, message, next string) *Fault {
	return &Fault{Kind: kind, Message: message, Next: next, Cause: cause}
}

// Error is for logs; it holds the cause and must not be shown to a person.
func (f *Fault) Error() string {
	if f.Cause == nil {
		return f.Message
	}
	return fmt.Sprintf("%s: %v", f.Message, f.Cause)
}

// Unwrap gives the cause to errors.Is and errors.As.
func (f *Fault) Unwrap() error { return f.Cause }

// Of finds the fault in an error chain; an unclassified error becomes an internal fault that hides its text.
func Of(err error) *Fault {
	if f, ok := errors.AsType[*Fault](err); ok {
		return f
	}
	return Wrap(Internal, err, "The portal could not finish this.", "Try again; if it stays, give the request id to your operator.")
}

// Is tells whether the error chain holds a fault of this kind.
func Is(err error, kind Kind) bool {
	f, ok := errors.AsType[*Fault](err)
	return ok && f.Kind == kind
}
