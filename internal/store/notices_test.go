package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/uptrace/bun"

	"backup-portal/internal/notify"
	"backup-portal/internal/operation"
)

func TestNotices(t *testing.T) {
	t.Parallel()
	onEvery(t, conformNotices)
}

// tell keeps one notice for each person, all of the same kind and about the same request.
func tell(t *testing.T, s *Store, request string, at time.Time, kind operation.NoticeKind, keys ...string) {
	t.Helper()
	var notices []operation.Notice
	for _, key := range keys {
		notices = append(notices, operation.Notice{Person: operation.Person{Key: key, Name: "Name of " + key, Email: key + "@halden.example"}, Kind: kind})
	}
	ok(t, s.write(t.Context(), func(ctx context.Context, tx bun.Tx) error { return s.notify(ctx, tx, request, at, notices) }))
}

// claim claims mails and names them: "ann to-decide r1 #1".
func claim(t *testing.T, s *Store, limit int) (named []string, mails []notify.Mail) {
	t.Helper()
	mails, _, err := s.ClaimMails(t.Context(), limit, time.Minute, 24*time.Hour)
	ok(t, err)
	for _, m := range mails {
		named = append(named, fmt.Sprintf("%s %s %s #%d", m.Notice.Person.Key, m.Notice.Kind, m.Notice.RequestID, m.Try))
	}
	return named, mails
}

func conformNotices(t *testing.T, open opener) {
	t.Run("the portal shows a person's own, unread ones first", func(t *testing.T) {
		t.Parallel()
		c := newClock()
		s := open(t, c)
		at := c.Now()
		for i := range 3 {
			tell(t, s, fmt.Sprintf("r%d", i), at.Add(time.Duration(i)*time.Minute), operation.ToDecide, "ann", "bob")
		}
		tell(t, s, "r2", at, operation.Over, "ann")
		ok(t, s.ReadNotices(t.Context(), "ann", "r2"))
		ok(t, s.ReadNotices(t.Context(), "ann", "nothing of it"))
		person := operation.Person{Key: "ann", Name: "Name of ann", Email: "ann@halden.example"}
		want := []operation.Notice{
			{Person: person, Kind: operation.ToDecide, RequestID: "r1", At: at.Add(time.Minute)},
			{Person: person, Kind: operation.ToDecide, RequestID: "r0", At: at},
			{Person: person, Kind: operation.Over, RequestID: "r2", At: at, Read: c.Now()},
		}
		got, err := s.Notices(t.Context(), "ann", 3)
		ok(t, err)
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(operation.Notice{}, "ID"), cmpopts.EquateApproxTime(time.Second)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		bobs, err := s.Notices(t.Context(), "bob", 10)
		ok(t, err)
		if len(bobs) != 3 || !bobs[0].Read.IsZero() {
			t.Errorf("what another person has read is read for bob: %+v", bobs)
		}
	})
	t.Run("a transaction that is undone tells nobody", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		undone := errors.New("undone")
		err := s.write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			ok(t, s.notify(ctx, tx, "r", time.Now(), []operation.Notice{{Person: operation.Person{Key: "ann", Email: "a@b.example"}, Kind: operation.Over}}))
			return undone
		})
		if !errors.Is(err, undone) {
			t.Fatal(err)
		}
		notices, err := s.Notices(t.Context(), "ann", 10)
		ok(t, err)
		if mails, _ := claim(t, s, 10); len(notices) != 0 || len(mails) != 0 {
			t.Errorf("%v, %v", notices, mails)
		}
	})
	t.Run("a mail is handed to one sender at a time, oldest first", func(t *testing.T) {
		t.Parallel()
		c := newClock()
		s := open(t, c)
		at := c.Now()
		tell(t, s, "r2", at.Add(time.Millisecond), operation.Soon, "dan")
		tell(t, s, "r1", at, operation.ToDecide, "ann", "bob", "eve")
		ok(t, s.write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			return s.notify(ctx, tx, "r1", at, []operation.Notice{{Person: operation.Person{Key: "without an address"}, Kind: operation.Over}})
		}))
		c.Advance(time.Second)
		first, mails := claim(t, s, 2)
		second, _ := claim(t, s, 10)
		third, _ := claim(t, s, 10)
		if diff := cmp.Diff([][]string{{"ann to-decide r1 #1", "bob to-decide r1 #1"}, {"eve to-decide r1 #1", "dan soon r2 #1"}, nil}, [][]string{first, second, third}); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		ok(t, s.MailTried(t.Context(), mails[0], notify.Outcome{State: notify.Sent}))
		ok(t, s.MailTried(t.Context(), mails[1], notify.Outcome{State: notify.Due, Wait: time.Hour, Problem: "421 not now"}))
		c.Advance(2 * time.Minute)
		// Who held eve's and dan's is gone.
		if again, _ := claim(t, s, 10); len(again) != 2 || again[0] != "dan soon r2 #2" {
			t.Errorf("after the claim's end: %q", again)
		}
		c.Advance(2 * time.Hour)
		_, mails = claim(t, s, 10)
		if len(mails) != 3 {
			t.Fatalf("an hour later: %+v", mails)
		}
		for _, m := range mails {
			ok(t, s.MailTried(t.Context(), m, notify.Outcome{State: notify.GivenUp, Problem: "550 no such person"}))
		}
		c.Advance(2 * time.Hour)
		if rest, _ := claim(t, s, 10); rest != nil {
			t.Errorf("what was given up is tried: %q", rest)
		}
	})
	t.Run("who lost a mail to another sender cannot take it back, but that it was sent stays", func(t *testing.T) {
		t.Parallel()
		c := newClock()
		s := open(t, c)
		tell(t, s, "r", c.Now(), operation.Over, "ann")
		_, slow := claim(t, s, 1)
		c.Advance(2 * time.Minute)
		_, quick := claim(t, s, 1)
		for _, late := range []notify.Outcome{{State: notify.GivenUp}, {State: notify.Due, Wait: -time.Hour}} {
			ok(t, s.MailTried(t.Context(), slow[0], late))
			if taken, _ := claim(t, s, 1); taken != nil {
				t.Errorf("the slow one's %q counts: %q", late.State, taken)
			}
		}
		ok(t, s.MailTried(t.Context(), slow[0], notify.Outcome{State: notify.Sent}))
		ok(t, s.MailTried(t.Context(), quick[0], notify.Outcome{State: notify.Due, Wait: -time.Hour}))
		if taken, _ := claim(t, s, 1); taken != nil {
			t.Errorf("it is sent a second time: %q", taken)
		}
	})
	t.Run("what is too old is given up and counted", func(t *testing.T) {
		t.Parallel()
		c := newClock()
		s := open(t, c)
		tell(t, s, "old", c.Now(), operation.ToDecide, "ann", "bob")
		c.Advance(24 * time.Hour)
		tell(t, s, "new", c.Now(), operation.ToDecide, "ann")
		mails, givenUp, err := s.ClaimMails(t.Context(), 10, time.Minute, 24*time.Hour)
		ok(t, err)
		if len(mails) != 1 || mails[0].Notice.RequestID != "new" || givenUp != 2 {
			t.Errorf("%d given up, %+v", givenUp, mails)
		}
	})
	t.Run("of many senders each mail has one", func(t *testing.T) {
		t.Parallel()
		c := newClock()
		s := open(t, c)
		for i := range 40 {
			tell(t, s, fmt.Sprint(i), c.Now(), operation.ToDecide, "ann")
		}
		c.Advance(time.Second)
		var senders sync.WaitGroup
		var mu sync.Mutex
		holders := map[int64]int{}
		for range 8 {
			senders.Go(func() {
				for {
					mails, _, err := s.ClaimMails(t.Context(), 3, time.Minute, time.Hour)
					if err != nil {
						t.Error(err)
					}
					if len(mails) == 0 {
						return
					}
					mu.Lock()
					for _, m := range mails {
						holders[m.Notice.ID]++
					}
					mu.Unlock()
				}
			})
		}
		senders.Wait()
		for id, n := range holders {
			if n != 1 {
				t.Errorf("mail %d has %d senders", id, n)
			}
		}
		if len(holders) != 40 {
			t.Errorf("%d of 40 mails were handed out", len(holders))
		}
	})
}
