package operation_test

import (
	"strings"
	"testing"
	"time"

	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/operation"
)

// TestOutcomeTable goes through the outcome table of docs/architecture.md: each answer of the vendor, what the operation
// becomes, the trail in the audit log, how many changes were sent, and that what the portal says is true at the vendor.
func TestOutcomeTable(t *testing.T) {
	t.Parallel()
	status := func(code int, body string) func(*backupemu.Server) {
		return func(s *backupemu.Server) {
			s.FailNext(blockRequests(), backupemu.Failure{Status: code, Body: body}, 9)
		}
	}
	for _, c := range []struct {
		name    string
		vendor  func(*backupemu.Server)
		state   operation.State
		trail   string
		sent    int
		blocked bool
		says    string
	}{
		{"answers 204", func(*backupemu.Server) {}, operation.Succeeded, "intent succeeded", 1, true, "Read back: Active, Blocked"},
		{"403", status(403, ""), operation.Failed, "intent failed", 1, false, "(403)"},
		{"404", status(404, ""), operation.Failed, "intent failed", 1, false, "(404)"},
		{"409", status(409, ""), operation.Failed, "intent failed", 1, false, "(409)"},
		{"429", status(429, ""), operation.Failed, "intent failed", 1, false, "(429)"},
		{"400 on hold", status(400, `{"problem":"ACTIVE_LEGAL_HOLD"}`), operation.Failed, "intent failed", 1, false, ""},
		{"401 for ever", status(401, ""), operation.Failed, "intent failed", 2, false, "(401)"},
		{"500 without a word", status(500, "oops"), operation.Failed, "intent failed", 1, false, "nothing changed"},
		{"200 garbage", status(200, "<html>welcome</html>"), operation.Failed, "intent failed", 1, false, "nothing changed"},
		{"redirect", func(s *backupemu.Server) {
			s.FailNext(blockRequests(), backupemu.Failure{Status: 302, Header: map[string]string{"Location": "/api/v1/ComputerBlock/1"}}, 9)
		}, operation.Failed, "intent failed", 1, false, "redirect"},
		{"reset before", func(s *backupemu.Server) { s.Drop(blockRequests(), 9) }, operation.Unknown, "intent unknown", 1, false, "connection broke"},
		{"reset after", func(s *backupemu.Server) { s.DropAfter(blockRequests(), 9) }, operation.Succeeded, "intent succeeded", 1, true, "it happened"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := setup(t)
			c.vendor(r.emulator)
			op, err := r.service.Submit(t.Context(), r.admin(), r.submission("device.block"))
			if err != nil {
				t.Fatal(err)
			}
			if op.State != c.state || !strings.Contains(op.Detail+op.Checked, c.says) {
				t.Errorf("operation is %s; want %s saying %q", describe(op), c.state, c.says)
			}
			if got := r.trail(op.ID); got != c.trail {
				t.Errorf("trail %q, want %q", got, c.trail)
			}
			if got := r.changes(); got != c.sent {
				t.Errorf("%d changes sent, want %d", got, c.sent)
			}
			if got := r.blocked(); got != c.blocked {
				t.Errorf("the device is blocked=%t at the vendor, want %t", got, c.blocked)
			}
		})
	}
}

func TestTokenRenewalSendsOnceMore(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.emulator.FailNext(blockRequests(), backupemu.Failure{Status: 401}, 1)
	op, err := r.service.Submit(t.Context(), r.admin(), r.submission("device.block"))
	if err != nil || op.State != operation.Succeeded || op.Attempts != 2 || r.changes() != 2 {
		t.Fatalf("%v %s, %d sent", err, describe(op), r.changes())
	}
	events, err := r.store.Events(t.Context(), op.ID)
	if err != nil || len(events) != 2 || events[1].Line.Attempts != 2 {
		t.Errorf("the outcome line does not tell two attempts: %+v %v", events, err)
	}
}

func TestSilentVendorIsUnknownAndCheckSettles(t *testing.T) {
	t.Parallel()
	r := setup(t, impatient)
	gate := r.emulator.Delay(blockRequests())
	op, err := r.service.Submit(t.Context(), r.admin(), r.submission("device.block"))
	if err != nil || op.State != operation.Unknown {
		t.Fatalf("%v %s", err, describe(op))
	}
	gate.Release()
	if got := r.trail(op.ID); got != "intent unknown" {
		t.Errorf("trail %q", got)
	}
	op, err = r.service.CheckAgain(t.Context(), r.admin(), op.ID, "req-2")
	if err != nil || op.State != operation.Failed || r.trail(op.ID) != "intent unknown failed" {
		t.Errorf("%v %s, trail %q", err, describe(op), r.trail(op.ID))
	}
	if r.changes() != 1 || r.blocked() {
		t.Errorf("%d changes were sent, blocked=%t", r.changes(), r.blocked())
	}
}

func TestSecondCheckSettlesByItself(t *testing.T) {
	t.Parallel()
	r := setup(t, impatient, func(o *operation.Options) { o.CheckAfter = 20 * time.Millisecond })
	gate := r.emulator.DelayAfter(blockRequests())
	op, err := r.service.Submit(t.Context(), r.admin(), r.submission("device.block"))
	if err != nil {
		t.Fatal(err)
	}
	gate.Release()
	op = r.await(op.ID, operation.Succeeded)
	if r.changes() != 1 || !r.blocked() {
		t.Errorf("%s: %d changes, blocked=%t", describe(op), r.changes(), r.blocked())
	}
}

func TestSlowVendorAnswersTheCallerFirst(t *testing.T) {
	t.Parallel()
	r := setup(t, func(o *operation.Options) { o.AnswerAfter = time.Millisecond })
	gate := r.emulator.Delay(blockRequests())
	in := r.submission("device.block")
	op, err := r.service.Submit(t.Context(), r.admin(), in)
	if err != nil || op.State != operation.Running {
		t.Fatalf("%v %s", err, describe(op))
	}
	gate.Release()
	r.await(in.ID, operation.Succeeded)
}
