package inventory

import (
	"context"
	"errors"
	"strings"
	"testing"

	"backup-portal/internal/backup"
	"backup-portal/internal/fault"
)

// TestUpstreamSaysWhatToDo: every meaning has a sentence and a next step, and none shows the cause.
func TestUpstreamSaysWhatToDo(t *testing.T) {
	t.Parallel()
	cause := errors.New("dial tcp 10.1.2.3: secret")
	for m := backup.Unclassified; m <= backup.Incomplete; m++ {
		got := upstream(&backup.Error{Meaning: m, Op: "GET /api/v1/Computer", Cause: cause, Body: "secret"})
		if got.Kind != fault.Upstream || got.Message == "" || got.Next == "" || strings.Contains(got.Message+got.Next, "secret") || !errors.Is(got, cause) {
			t.Errorf("%s: %+v", m, got)
		}
	}
	for _, c := range []struct {
		name string
		in   error
		want fault.Kind
	}{
		{"time is over", context.DeadlineExceeded, fault.Upstream},
		{"a fault of ours", fault.New(fault.Conflict, "x", "y"), fault.Conflict},
		{"a defect of ours", errors.New("nil"), fault.Internal},
	} {
		if got := upstream(c.in); got.Kind != c.want {
			t.Errorf("%s: %v, want %v", c.name, got.Kind, c.want)
		}
	}
}
