package notify_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/audit"
	"backup-portal/internal/emulator/mail"
	"backup-portal/internal/notify"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/internal/store/pgtest"
)

func TestMailsAreDeliveredOnceOnOneConnection(t *testing.T) {
	t.Parallel()
	f := newOffice(t, mail.Options{})
	r := f.ask(told(operation.ToDecide, "mara", "ingrid")...)
	f.delivers("mara: Please decide: Deactivate device “LAPTOP-1”", "ingrid: Please decide: Deactivate device “LAPTOP-1”")
	f.clock.Advance(time.Hour)
	f.delivers("mara: Please decide: Deactivate device “LAPTOP-1”", "ingrid: Please decide: Deactivate device “LAPTOP-1”")
	if n := f.sink.Sessions(); n != 1 {
		t.Errorf("%d connections for two mails", n)
	}
	f.counted(map[notify.State]int{notify.Sent: 2})

	m := f.sink.Mails()[0]
	for header, want := range map[string]string{
		"From": "=?utf-8?q?Backup_P=C3=B6rtal?= <portal@halden.example>", "To": "<mara@halden.example>", "Content-Type": "text/plain; charset=UTF-8",
		"Auto-Submitted": "auto-generated", "References": "<request." + r.ID + "@halden.example>",
		"Message-Id": "<notice-1.request." + r.ID + "@halden.example>",
	} {
		if got := m.Header.Get(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	for _, want := range []string{"Missing:   one admin\n", "> Case 4471\n", "\nhttps://portal.example.com/requests/" + r.ID + "\n"} {
		if !strings.Contains(m.Text, want) {
			t.Errorf("the mail does not say %q:\n%s", want, m.Text)
		}
	}
	if m.From != "portal@halden.example" || strings.Contains(m.Raw, "<html") {
		t.Errorf("%+v", m)
	}
}

func TestABacklogIsDeliveredAtOnce(t *testing.T) {
	t.Parallel()
	f := newOffice(t, mail.Options{})
	for range 45 {
		f.ask(told(operation.ToDecide, "mara")...)
	}
	if got, err := f.deliver(); err != nil || len(got) != 45 || f.sink.Sessions() != 3 {
		t.Errorf("%d mails on %d connections, %v", len(got), f.sink.Sessions(), err)
	}
}

func TestWhatIsNoLongerSoIsNotSent(t *testing.T) {
	t.Parallel()
	f := newOffice(t, mail.Options{})
	f.voters = []string{"mara"}
	waiting := f.ask(append(told(operation.ToDecide, "mara", "revoked"), append(told(operation.Soon, "mara"), append(told(operation.Halted, "jonas"), told(operation.Over, "jonas")...)...)...)...)
	gone := f.ask(told(operation.ToDecide, "mara")...)
	_, err := f.db.Turn(t.Context(), operation.Turn{
		ID: gone.ID, Version: gone.Version, To: operation.Withdrawn, Items: operation.Withdrawn, Line: f.line(audit.Withdrawn), Notices: told(operation.Over, "jonas"),
	})
	must(t, err)
	f.delivers("mara: Please decide: Deactivate device “LAPTOP-1”", "jonas: Withdrawn: Deactivate device “LAPTOP-2”")
	f.counted(map[notify.State]int{notify.Sent: 2, notify.Moot: 5})
	if waiting.State != operation.Awaiting {
		t.Errorf("%s", waiting.State)
	}
}

// TestWhoLostTheRoleIsToldNoMore: who agreed and may not read the request any more is not told how it goes on.
func TestWhoLostTheRoleIsToldNoMore(t *testing.T) {
	t.Parallel()
	f := newOffice(t, mail.Options{})
	f.voters = []string{"mara"}
	r := f.ask()
	_, err := f.db.Turn(t.Context(), operation.Turn{
		ID: r.ID, Version: r.Version, To: operation.Scheduled, Wait: time.Hour, Line: f.line(audit.Scheduled), Notices: told(operation.Soon, "mara", "revoked", "jonas"),
	})
	must(t, err)
	f.delivers("mara: Agreed: Deactivate device “LAPTOP-1”", "jonas: Agreed: Deactivate device “LAPTOP-1”")
	f.counted(map[notify.State]int{notify.Sent: 2, notify.Moot: 1})
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	const first, second = "mara: Please decide: Deactivate device “LAPTOP-1”", "ingrid: Please decide: Deactivate device “LAPTOP-1”"
	for _, tt := range []struct {
		name    string
		order   func(*mail.Sink)
		now     []string // caught at once
		later   []string // caught after the first wait
		counts  map[notify.State]int
		failing bool
	}{
		{
			"a recipient, not now", func(s *mail.Sink) { s.Refuse(mail.AtRecipient, 1, 451, "mara@halden.example later") },
			[]string{second},
			[]string{second, first},
			map[notify.State]int{notify.Sent: 2, notify.Due: 1},
			false,
		},
		{
			"a recipient, for good", func(s *mail.Sink) { s.Refuse(mail.AtRecipient, 1, 550, "no mara@halden.example") },
			[]string{second},
			[]string{second},
			map[notify.State]int{notify.Sent: 1, notify.GivenUp: 1},
			false,
		},
		{
			"the text, for good", func(s *mail.Sink) { s.Refuse(mail.AtText, 1, 554, "spam") },
			[]string{second},
			[]string{second},
			map[notify.State]int{notify.Sent: 1, notify.GivenUp: 1},
			false,
		},
		{
			"the sender, which is the operator's to mend", func(s *mail.Sink) { s.Refuse(mail.AtSender, 2, 550, "not you") },
			nil,
			[]string{first, second},
			map[notify.State]int{notify.Sent: 2, notify.Due: 2},
			false,
		},
		{
			"the server goes", func(s *mail.Sink) { s.Refuse(mail.AtRecipient, 1, 421, "closing") },
			nil,
			[]string{first, second},
			map[notify.State]int{notify.Sent: 2, notify.Due: 2},
			true,
		},
		{
			"the line breaks", func(s *mail.Sink) { s.HangUp(mail.AtRecipient, 1) },
			nil,
			[]string{first, second},
			map[notify.State]int{notify.Sent: 2, notify.Due: 2},
			true,
		},
		{
			// Nobody can know that it was taken: twice is better than never.
			"the line breaks before the receipt", func(s *mail.Sink) { s.HangUp(mail.AfterText, 1) },
			[]string{first},
			[]string{first, first, second},
			map[notify.State]int{notify.Sent: 2, notify.Due: 2},
			true,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newOffice(t, mail.Options{})
			f.ask(told(operation.ToDecide, "mara", "ingrid")...)
			tt.order(f.sink)
			got, err := f.deliver()
			if diff := cmp.Diff(tt.now, got); diff != "" || (err != nil) != tt.failing {
				t.Errorf("at once: %v (-want +got)\n%s", err, diff)
			}
			f.clock.Advance(50 * time.Second)
			if again, _ := f.deliver(); len(again) != len(got) {
				t.Errorf("tried again without a wait: %q", again)
			}
			f.clock.Advance(15 * time.Second)
			f.delivers(tt.later...)
			f.counted(tt.counts)
			mails := f.sink.Mails()
			if tt.name == "the line breaks before the receipt" && mails[0].Header.Get("Message-Id") != mails[1].Header.Get("Message-Id") {
				t.Error("who gets a mail twice cannot tell")
			}
			if log := f.log.String(); strings.Contains(log, "mara") || strings.Contains(log, "Mara") || (tt.counts[notify.GivenUp] > 0) != strings.Contains(log, "mail given up") {
				t.Errorf("the log: %s", log)
			}
		})
	}
}

func TestAServerThatIsDown(t *testing.T) {
	t.Parallel()
	f := newOffice(t, mail.Options{})
	f.server.Port = nobodyListens
	f.sender = f.newSender(f.db)
	f.ask(told(operation.ToDecide, "mara")...)
	// Waits grow: at one, three and seven minutes, and so on; while a mail waits, the trouble goes on.
	began, tries := f.clock.Now(), 0
	for f.clock.Now().Sub(began) < 25*time.Hour {
		before := f.counts[notify.Due]
		err := f.sender.Deliver(t.Context())
		if err == nil {
			t.Fatal("the server is down, and nobody is told")
		}
		if strings.Contains(err.Error(), "mara") {
			t.Errorf("the error names a recipient: %v", err)
		}
		if f.counts[notify.Due] > before {
			tries++
		}
		f.clock.Advance(30 * time.Second)
	}
	if tries < 10 || tries > 20 {
		t.Errorf("%d tries within a day", tries)
	}
	if f.counts[notify.GivenUp] != 1 || !strings.Contains(f.log.String(), "mails given up") {
		t.Errorf("after a day: %v\n%s", f.counts, f.log.String())
	}
}

func TestAPersonWithoutAProperAddress(t *testing.T) {
	t.Parallel()
	f := newOffice(t, mail.Options{})
	f.voters = []string{"x"}
	var notices []operation.Notice
	for _, address := range []string{
		"", "nobody", "a@b.example>\r\nRCPT TO:<evil@evil.example", "Mara <mara@halden.example>", "a@b.example, c@d.example", "a@b.example\r\nBcc: evil@evil.example", "\"x\r\ny\"@b.example",
	} {
		notices = append(notices, operation.Notice{Person: operation.Person{Key: "i|x", Email: address}, Kind: operation.ToDecide})
	}
	f.ask(notices...)
	f.delivers()
	f.counted(map[notify.State]int{notify.GivenUp: 6})
	if f.sink.Sessions() != 0 {
		t.Error("the server was bothered")
	}
}

// TestHeadersHoldNothingOfOthers: what a device is called stays one header, whatever it is called.
func TestHeadersHoldNothingOfOthers(t *testing.T) {
	t.Parallel()
	f := newOffice(t, mail.Options{})
	r := f.ask()
	r.ID, r.Items[0].ID = operation.NewID(), operation.NewID()
	r.Items[0].TargetID, r.Items[0].TargetName = "other", "x\r\nBcc: evil@evil.example\r\n\r\n.\r\nQUIT\r\n"+strings.Repeat("ü", 300)
	r.Reason = "\r\n.\r\nMAIL FROM:<evil@evil.example>\r\n"
	_, _, err := f.db.Ask(t.Context(), r, operation.Spending{}, func(policy.Spent) (operation.Entry, error) {
		return operation.Entry{State: operation.Awaiting, Line: f.line(audit.Requested), Notices: told(operation.ToDecide, "mara")}, nil
	})
	must(t, err)
	if got, err := f.deliver(); err != nil || len(got) != 1 {
		t.Fatalf("%q, %v", got, err)
	}
	m := f.sink.Mails()[0]
	if m.Header.Get("Bcc") != "" || len(m.To) != 1 || len(m.Header) != 11 {
		t.Errorf("%d headers: %v", len(m.Header), m.Header)
	}
	for line := range strings.Lines(m.Raw) {
		if len(line) > 200 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
	if !strings.Contains(m.Text, "> MAIL FROM:<evil@evil.example>\n") {
		t.Errorf("%s", m.Text)
	}
}

// TestAStopMidway: the mail that is at the server is finished and noted, the others are there for whoever comes next.
func TestAStopMidway(t *testing.T) {
	t.Parallel()
	f := newOffice(t, mail.Options{})
	f.ask(told(operation.ToDecide, "mara", "ingrid")...)
	gate := f.sink.Hold(mail.AtText)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- f.sender.Deliver(ctx) }()
	<-gate.Arrived()
	stop()
	gate.Release()
	if err := <-ended; err == nil {
		t.Error("a delivery that was stopped says that all went out")
	}
	f.counted(map[notify.State]int{notify.Sent: 1, notify.Due: 1})
	f.sender = f.newSender(f.db)
	f.delivers("mara: Please decide: Deactivate device “LAPTOP-1”", "ingrid: Please decide: Deactivate device “LAPTOP-1”")
}

// TestTwoPortalsSendOnce: while one holds a mail at the server, the other leaves it alone.
func TestTwoPortalsSendOnce(t *testing.T) {
	t.Parallel()
	f := newOffice(t, mail.Options{})
	databaseURL := pgtest.Empty(t)
	one, other := f.open(databaseURL), f.open(databaseURL)
	f.db = one
	for range 30 {
		f.ask(told(operation.ToDecide, "mara")...)
	}
	gate := f.sink.Hold(mail.AtText)
	var first sync.WaitGroup
	first.Go(func() {
		if err := f.newSender(one).Deliver(t.Context()); err != nil {
			t.Error(err)
		}
	})
	<-gate.Arrived()
	must(t, f.newSender(other).Deliver(t.Context()))
	if n := len(f.sink.Mails()); n != 10 {
		t.Errorf("while 20 are the first's, the other sends %d", n)
	}
	gate.Release()
	first.Wait()
	ids := map[string]int{}
	for _, m := range f.sink.Mails() {
		ids[m.Header.Get("Message-Id")]++
	}
	for id, n := range ids {
		if n != 1 {
			t.Errorf("%s was sent %d times", id, n)
		}
	}
	if len(ids) != 30 {
		t.Errorf("%d of 30 mails were sent", len(ids))
	}
}
