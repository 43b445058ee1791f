package handlers

import (
	"net/http"

	"backup-portal/internal/fault"
	"backup-portal/web/templates"
)

// goneError answers whoever takes away what is not there for them. Nearly always they did so a moment ago, by a double
// click or in another tab; what lies outside their reach and what never was reads the same.
type goneError struct {
	templates.ErrorView
	cause error
}

func (e *goneError) Error() string { return e.Heading + ": " + e.Sentence }
func (e *goneError) Unwrap() error { return e.cause }

// takingAway makes of a fault.NotFound the answer to the second click, with the way back to the list; done is the sentence
// about whoever did it themselves. Every other error stays as it is.
func takingAway(err error, heading, sentence, done string, list templates.Link) error {
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	return &goneError{
		ErrorView: templates.ErrorView{Status: http.StatusNotFound, Heading: heading, Sentence: sentence, Next: done, Retry: list},
		cause:     err,
	}
}
