package operation_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/internal/settings"
)

// both is a change that takes two calls: packets, then the document.
func both(r *road) map[string]string {
	return r.wants(r.device.OrgUID, wanting{limit: "750", scanning: "true"})
}

// split tells which parameters travel as packets and which in the document.
func split(params map[string]string) (first, second []string) {
	for key := range params {
		if p, _ := settings.PropertyOf(settings.Key(key)); p.Part == settings.Packets {
			first = append(first, key)
		} else {
			second = append(second, key)
		}
	}
	slices.Sort(first)
	slices.Sort(second)
	return first, second
}

// TestFailedInPart: whatever becomes of either call, the outcome says what is in force, and nothing else.
func TestFailedInPart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		misbehave func(*backupemu.Server)
		at, then  operation.State // at once, and after it was checked again
		first     bool            // the packets are in force
		trail     string
	}{
		"the second is refused": {
			func(s *backupemu.Server) { s.FailNext(documents(), backupemu.Failure{Status: 403}, 1) },
			operation.Partial, operation.Partial, true, "intent failed in part",
		},
		"the second breaks at the vendor": {
			func(s *backupemu.Server) { s.FailNext(documents(), backupemu.Failure{Status: 500}, 1) },
			operation.Partial, operation.Partial, true, "intent failed in part",
		},
		"the second is lost": {
			func(s *backupemu.Server) { s.Drop(documents(), 1) },
			operation.Unknown, operation.Partial, true, "intent unknown failed in part",
		},
		"the answer to the second is lost": {
			func(s *backupemu.Server) { s.DropAfter(documents(), 1) },
			operation.Succeeded, operation.Succeeded, true, "intent succeeded",
		},
		"the first is refused": {
			func(s *backupemu.Server) { s.FailNext(packets(), backupemu.Failure{Status: 403}, 1) },
			operation.Failed, operation.Failed, false, "intent failed",
		},
		"the first is lost": {
			func(s *backupemu.Server) { s.Drop(packets(), 1) },
			operation.Unknown, operation.Failed, false, "intent unknown failed",
		},
		"the answer to the first is lost": {
			func(s *backupemu.Server) { s.DropAfter(packets(), 1) },
			operation.Unknown, operation.Partial, true, "intent unknown failed in part",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setup(t)
			mara := r.person("mara", policy.OrgManager, r.root.UID)
			params := both(r)
			first, second := split(params)
			c.misbehave(r.emulator)
			op, err := r.service.Submit(t.Context(), mara, change("org.settings", r.device.OrgUID, params))
			if err != nil || op.State != c.at {
				t.Fatalf("%v %s", err, describe(op))
			}
			if op.State == operation.Unknown {
				if op, err = r.service.CheckAgain(t.Context(), mara, op.ID, "req"); err != nil {
					t.Fatal(err)
				}
			}
			written := map[bool][]string{true: first}[c.first]
			if c.then == operation.Succeeded {
				written = slices.Sorted(slices.Values(append(slices.Clone(first), second...)))
			}
			if diff := cmp.Diff(written, op.Written); op.State != c.then || diff != "" || r.trail(op.ID) != c.trail {
				t.Errorf("%s, trail %q, written (-want +got): %s", describe(op), r.trail(op.ID), diff)
			}
			events, err := r.store.Events(t.Context(), op.ID)
			if err != nil || !slices.Equal(slices.Sorted(maps.Keys(events[len(events)-1].Line.After)), written) {
				t.Errorf("the last line tells of %v, want %q (%v)", events[len(events)-1].Line.After, written, err)
			}
			if got := r.value(r.device.OrgUID, scanning) == "true"; got != c.first {
				t.Errorf("the packet is in force: %t", got)
			}
			if q := r.awaitRequest(op.Under, operation.Ended); c.then == operation.Partial && !strings.Contains(q.Detail, "1 failed in part") {
				t.Errorf("the request: %s", q.Detail)
			}
			if _, held, err := r.store.OpenOn(t.Context(), "organization", r.device.OrgUID); held || err != nil {
				t.Errorf("the organization is held: %v", err)
			}
		})
	}
}

// TestPartIsNamed: the outcome and its line say what is written and what not, and hold no other value.
func TestPartIsNamed(t *testing.T) {
	t.Parallel()
	r := setup(t)
	mara := r.person("mara", policy.OrgManager, r.root.UID)
	params := both(r)
	r.emulator.FailNext(documents(), backupemu.Failure{Status: 403}, 1)
	op, err := r.service.Submit(t.Context(), mara, change("org.settings", r.device.OrgUID, params))
	if err != nil {
		t.Fatal(err)
	}
	sheet := r.sheet(r.device.OrgUID)
	scan, _ := sheet.Value(scanning)
	most, _ := sheet.Value(limit)
	_, after, found := strings.Cut(op.Detail, "Not written: "+most.Label)
	if before, _, _ := strings.Cut(op.Detail, "Not written"); !found || !strings.HasPrefix(op.Detail, "Written: ") || !strings.Contains(before, scan.Label) || !strings.Contains(after, "(403)") {
		t.Errorf("detail %q", op.Detail)
	}
	events, err := r.store.Events(t.Context(), op.ID)
	if err != nil {
		t.Fatal(err)
	}
	line := events[len(events)-1].Line
	if _, told := line.After[string(limit)]; told || line.After[string(scanning)] == "" || line.Detail != op.Detail {
		t.Errorf("the line: %+v", line)
	}
}

// TestRepairs: the rest is sent, or what was written put back, each as an operation of its own that is held against the
// values of its moment.
func TestRepairs(t *testing.T) {
	t.Parallel()
	r := setup(t)
	org, mara := r.device.OrgUID, r.person("mara", policy.OrgManager, r.root.UID)
	submit := func(params map[string]string) (operation.Operation, error) {
		return r.service.Submit(t.Context(), mara, change("org.settings", org, params))
	}
	inPart := func() operation.Operation {
		t.Helper()
		params := both(r)
		r.emulator.FailNext(documents(), backupemu.Failure{Status: 403}, 1)
		op, err := submit(params)
		if err != nil || op.State != operation.Partial {
			t.Fatal(err, describe(op))
		}
		return op
	}
	before := r.sheet(org)
	op := inPart()
	if back, err := submit(r.service.PutBack(op).Params()); err != nil || back.State != operation.Succeeded {
		t.Fatalf("putting the first part back: %v %s", err, describe(back))
	}
	if diff := settings.Compare(before, r.sheet(org)); len(diff) > 0 {
		t.Errorf("after putting it back: %+v", diff)
	}

	// The packet has a value of its own now, so this one takes fewer keys.
	op = inPart()
	rest := r.service.Rest(op).Params()
	r.behind(org, "webRestoreUserLimitMb", 900)
	_, err := submit(rest)
	if got := conflict(t, err); len(got.Conflicts) != 1 || got.Conflicts[0].Now != "900" {
		t.Errorf("the rest, changed by somebody else meanwhile: %+v", got)
	}
	r.behind(org, "webRestoreUserLimitMb", 250)
	if sent, err := submit(rest); err != nil || sent.State != operation.Succeeded || r.value(org, limit) != "750" || r.value(org, scanning) != "true" {
		t.Errorf("the rest: %v %s", err, describe(sent))
	}
}

// TestPutBackIsWhatWasWritten: what somebody else had set to the same value already was not written, and is theirs to keep.
func TestPutBackIsWhatWasWritten(t *testing.T) {
	t.Parallel()
	r := setup(t)
	org := r.device.OrgUID
	params := r.wants(org, wanting{limit: "750", scanning: "true"})
	r.behind(org, "webRestoreUserLimitMb", 750)
	op, err := r.service.Submit(t.Context(), r.person("mara", policy.OrgManager, r.root.UID), change("org.settings", org, params))
	if err != nil || op.State != operation.Succeeded || slices.Contains(op.Written, string(limit)) {
		t.Fatalf("%v %s, written %q", err, describe(op), op.Written)
	}
	back := r.service.PutBack(op).Params()
	if diff := cmp.Diff(op.Written, slices.Sorted(maps.Keys(back))); diff != "" {
		t.Errorf("put back (-written +got): %s", diff)
	}
}

// TestPartIsSettledByHand: who says that the rest did not happen does not say that nothing did.
func TestPartIsSettledByHand(t *testing.T) {
	t.Parallel()
	for happened, want := range map[bool]operation.State{true: operation.Succeeded, false: operation.Partial} {
		r := setup(t)
		params := both(r)
		first, second := split(params)
		r.emulator.Drop(documents(), 1)
		op, err := r.service.Submit(t.Context(), r.person("mara", policy.OrgManager, r.root.UID), change("org.settings", r.device.OrgUID, params))
		if err != nil || op.State != operation.Unknown || !slices.Equal(op.Written, first) || !strings.Contains(op.Detail, "Written before that: ") {
			t.Fatalf("%v %s, written %q", err, describe(op), op.Written)
		}
		op, err = r.service.Settle(t.Context(), r.admin(), op.ID, happened, "looked it up in the console", "req")
		written := first
		if happened {
			written = slices.Sorted(slices.Values(append(slices.Clone(first), second...)))
		}
		if err != nil || op.State != want || !slices.Equal(op.Written, written) {
			t.Errorf("happened %t: %v %s, written %q", happened, err, describe(op), op.Written)
		}
	}
}
