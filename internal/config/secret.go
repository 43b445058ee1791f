package config

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a value that must not be read by accident: however it is printed, logged or marshalled, it shows "***".
type Secret string

const masked = "***"

// Reveal gives the value itself, for the one place that sends or derives from it.
func (s Secret) Reveal() string { return string(s) }

// String masks the value.
func (Secret) String() string { return masked }

// Format masks the value for every verb, also for those that do not fit a string: fmt would otherwise print the raw
// value in its complaint.
func (Secret) Format(w fmt.State, _ rune) { _, _ = io.WriteString(w, masked) }

// LogValue masks the value in structured logs.
func (Secret) LogValue() slog.Value { return slog.StringValue(masked) }

// MarshalText masks the value in JSON and whatever else marshals text.
func (Secret) MarshalText() ([]byte, error) { return []byte(masked), nil }
