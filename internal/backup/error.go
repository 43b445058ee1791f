package backup

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Error is a call that did not succeed. Its text names the operation, the meaning and the cause, never the body.
type Error struct {
	Status     int           // HTTP status, 0 when no answer came
	Op         string        // "PUT /api/v1/ComputerBlock/{id}"
	Meaning    Meaning       // what it means, as finely as the vendor's SDKs tell it (wire: section 7)
	Marker     string        // the section 7 marker found in the body, or ""
	Sent       bool          // some part of a request may have reached the vendor
	Attempts   int           // how often the request was sent
	Body       string        // start of the answer, at most 512 bytes, secrets and control characters removed
	RetryAfter time.Duration // how long the vendor asks to wait, 0 when it does not
	Cause      error
}

// Error is for logs.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "backup: %s: %s", e.Op, e.Meaning)
	if e.Status != 0 {
		fmt.Fprintf(&b, " (status %d)", e.Status)
	}
	if e.Marker != "" {
		fmt.Fprintf(&b, " [%s]", e.Marker)
	}
	if e.Attempts > 1 {
		fmt.Fprintf(&b, " after %d attempts", e.Attempts)
	}
	if e.Cause != nil {
		fmt.Fprintf(&b, ": %v", e.Cause)
	}
	return b.String()
}

// Unwrap gives the cause to errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Cause }

// MeaningOf tells what an error means; Unclassified for nil and for errors not made here.
func MeaningOf(err error) Meaning {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Meaning
	}
	return Unclassified
}

// IsNotFound tells whether the vendor does not know the thing asked for.
func IsNotFound(err error) bool {
	m := MeaningOf(err)
	return m == NotFound || m == OrgNotFound
}

// gateway tells whether something in front of the vendor answered; behind it the work may still be going on.
func gateway(status int) bool {
	return status == http.StatusBadGateway || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout
}
