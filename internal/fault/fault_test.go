package fault_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"backup-portal/internal/fault"
)

func TestUnclassifiedHidesItsText(t *testing.T) {
	t.Parallel()
	f := fault.Of(errors.New("dial tcp 10.0.0.7: password=hunter2"))
	if f.Kind != fault.Internal || strings.Contains(f.Message+f.Next, "hunter2") {
		t.Errorf("shown: %q %q", f.Message, f.Next)
	}
	if !strings.Contains(f.Error(), "hunter2") {
		t.Error("the cause is lost for the log")
	}
}

func TestFoundThroughWrapping(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	err := fmt.Errorf("context: %w", fault.Wrap(fault.Conflict, cause, "Somebody was faster.", "Look again."))
	if !fault.Is(err, fault.Conflict) || fault.Is(err, fault.Denied) || !errors.Is(err, cause) || fault.Of(err).Message != "Somebody was faster." {
		t.Errorf("got %+v", fault.Of(err))
	}
	if fault.Is(nil, fault.Internal) || fault.Is(cause, fault.Internal) {
		t.Error("an unclassified error counts as classified")
	}
}
