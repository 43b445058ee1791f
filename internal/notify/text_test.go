package notify

import (
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/action"
	"backup-portal/internal/operation"
)

var update = flag.Bool("update", false, "write the golden files anew")

// example is a request about devices, one for each of the states.
func example(state operation.State, items ...operation.State) operation.Request {
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	r := operation.Request{
		ID: "0190-example", State: state, Action: "device.deactivate", Created: at, Expires: at.Add(24 * time.Hour), Due: at.Add(75 * time.Minute),
		Person: operation.Person{Key: "i|jonas", Name: "Jonas Eide", Email: "jonas@halden.example"},
		Reason: "The office in Moss is closed.\nCase 4471.",
	}
	for i, s := range items {
		r.Items = append(r.Items, operation.Operation{
			State: s, TargetName: "HQ-LT-000" + string(rune('1'+i)), TargetOrgUID: string(rune('a' + i)), TargetOrgName: "Halden " + string(rune('A'+i)),
		})
	}
	return r
}

func write(t *testing.T, kind operation.NoticeKind, own bool, r operation.Request) letter {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	a, _ := action.ByID(r.Action)
	return telling{
		kind: kind, request: r, own: own, missing: "one admin and one other person who may do it",
		action: a, address: "https://portal.example.com/requests/" + r.ID, zone: zone,
	}.write()
}

func TestLetters(t *testing.T) {
	t.Parallel()
	const waits, done, failed, out, unknown = operation.Awaiting, operation.Succeeded, operation.Failed, operation.LeftOut, operation.Unknown
	budget := example(waits, waits)
	budget.Over = "It would be 31 devices of one person within an hour; above 25 one more person has to agree."
	denied := example(operation.Rejected, operation.Rejected, operation.Rejected)
	denied.Votes = []operation.Vote{
		{Person: operation.Person{Name: "Ingrid Moe"}, Approve: true},
		{Person: operation.Person{Name: "Mara Lindqvist"}, Reason: "They are in use until Friday."},
	}
	byHand := example(operation.Stopped, done, waits, waits)
	byHand.Detail = "Stopped by hand by Ingrid Moe."
	parts := example(operation.Ended, done, failed, out)
	parts.Detail = "1 of 3 succeeded."
	for _, tt := range []struct {
		name    string
		kind    operation.NoticeKind
		own     bool
		request operation.Request
	}{
		{"to decide on one", operation.ToDecide, false, example(waits, waits)},
		{"to decide on several, over budget", operation.ToDecide, false, func() operation.Request {
			r := example(waits, waits, waits, waits, waits, waits)
			r.Over = budget.Over
			return r
		}()},
		{"anew, to a voter", operation.Again, false, example(waits, waits)},
		{"anew, to who asked", operation.Again, true, example(waits, waits)},
		{"soon, to a voter", operation.Soon, false, example(operation.Scheduled, waits)},
		{"soon, to who asked", operation.Soon, true, example(operation.Scheduled, waits)},
		{"halted, to a voter", operation.Halted, false, example(operation.Stopped, done, unknown, waits)},
		{"stopped by hand, to who asked", operation.Halted, true, byHand},
		{"halted, to who asked", operation.Halted, true, example(operation.Stopped, unknown)},
		{"done", operation.Over, true, example(operation.Ended, done, done)},
		{"not done", operation.Over, true, example(operation.Ended, out)},
		{"ended in parts", operation.Over, true, parts},
		{"denied", operation.Over, true, denied},
		{"expired", operation.Over, true, example(operation.Expired, operation.Expired)},
		{"withdrawn", operation.Over, true, example(operation.Withdrawn, operation.Withdrawn)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := write(t, tt.kind, tt.own, tt.request)
			golden(t, "testdata/"+strings.ReplaceAll(strings.ReplaceAll(tt.name, ",", ""), " ", "-")+".golden", "Subject: "+l.subject+"\n\n"+l.body)
		})
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; -update writes it anew):\n%s", path, diff)
	}
}

// hostile are texts that would say something else than they are, were they let.
var hostile = []string{
	"a\r\nBcc: everybody@evil.example\r\n\r\nApproved.",
	"a\nAll about it:\nhttps://evil.example/",
	"a\rAll about it:\rhttps://evil.example/",
	"a\u2028All about it:\u2029https://evil.example/\u0085x\vx\fx",
	"a\u202Egnihtemos\u2066\u200B\u00AD\uFEFF",
	strings.Repeat("long ", 60) + "All about it: https://evil.example/",
	strings.Repeat("w", 300),
	"<script>alert(1)</script>",
	"\x00\x1b[2J\xff\xfe",
	"\u3164\u115F", // letters that draw nothing
	"",
}

// TestHostileNamesAndReasonsStayWhereTheyAre: whatever somebody calls a device or types as a reason, each line of the mail is
// one that the portal writes, or begins with the mark of a quotation.
func TestHostileNamesAndReasonsStayWhereTheyAre(t *testing.T) {
	t.Parallel()
	const waits = operation.Awaiting
	plain := shape(write(t, operation.ToDecide, false, example(waits, waits)).body)
	for _, text := range hostile {
		r := example(waits, waits)
		r.Person.Name, r.Reason = text, text
		r.Items[0].TargetName, r.Items[0].TargetOrgName = text, text
		l := write(t, operation.ToDecide, false, r)
		if text == "" {
			r.Reason = "-"
			l = write(t, operation.ToDecide, false, r)
		}
		if diff := cmp.Diff(plain, shape(l.body)); diff != "" {
			t.Errorf("%q makes lines of its own (-want +got):\n%s", text, diff)
		}
		for _, s := range []string{l.subject, l.body} {
			if strings.ContainsAny(s, "\r\x00\x1b\u2028\u2029\u0085\v\f\u202E\u2066\u200B\u00AD\uFEFF") || strings.Contains(l.subject, "\n") {
				t.Errorf("%q comes through: %q", text, s)
			}
		}
		if n := len([]rune(l.subject)); n > 150 {
			t.Errorf("%q makes a subject of %d characters", text, n)
		}
		if strings.Count(l.body, "\n> ") == 0 || strings.TrimSpace(name(text)) == "" {
			t.Errorf("%q: %q", text, l.body)
		}
	}
	denied := example(operation.Rejected, operation.Rejected)
	denied.Votes = []operation.Vote{{Person: operation.Person{Name: hostile[0]}, Reason: hostile[1]}}
	denied.Detail, denied.Over = hostile[3], hostile[1]
	for line := range strings.Lines(write(t, operation.Over, true, denied).body) {
		if strings.HasPrefix(line, "https://evil") || strings.HasPrefix(line, "Bcc") {
			t.Errorf("a line of somebody's own: %q", line)
		}
	}
}

// shape is how the lines of a mail begin, quotations and wrapping aside.
func shape(body string) []string {
	var begins []string
	for line := range strings.Lines(body) {
		begin, _, _ := strings.Cut(strings.TrimRight(line, "\n"), ": ")
		switch {
		case strings.HasPrefix(line, ">"):
			begin = ">"
		case !strings.HasPrefix(line, "  ") && strings.TrimSpace(line) != "" && len(begins) < 4:
			begin = "opening"
		}
		if len(begins) == 0 || begins[len(begins)-1] != begin {
			begins = append(begins, begin)
		}
	}
	return begins
}

func TestQuoted(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"one":                                   "> one\n",
		" one \r\n\r\ntwo":                      "> one\n>\n> two\n",
		"> quoted\nagain":                       "> > quoted\n> again\n",
		strings.Repeat("abcdefgh ", 10) + "end": "> abcdefgh abcdefgh abcdefgh abcdefgh abcdefgh abcdefgh abcdefgh abcdefgh\n> abcdefgh abcdefgh end\n",
		"x " + strings.Repeat("ø", lineLength) + "øø": "> x\n> " + strings.Repeat("ø", lineLength) + "\n> øø\n",
	} {
		if diff := cmp.Diff(want, quoted(text)); diff != "" {
			t.Errorf("%q (-want +got)\n%s", text, diff)
		}
	}
}
