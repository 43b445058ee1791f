package notify

import (
	"context"
	"errors"
	"log/slog"
	"net/mail"
	"net/url"
	"slices"
	"sync"
	"time"

	gomail "github.com/wneessen/go-mail"

	"backup-portal/internal/action"
	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

// Requests reads the requests that notices are about.
type Requests interface {
	Request(ctx context.Context, id string) (operation.Request, error)
}

// Road tells how a request stands.
type Road interface {
	Progress(ctx context.Context, r operation.Request) (operation.Progress, error)
	Deciders(ctx context.Context, r operation.Request) ([]policy.Actor, error)
	// Readable tells whether the person with this key may read the request now.
	Readable(ctx context.Context, personKey string, r operation.Request) (bool, error)
}

// Options are the parts that a sender is made of.
type Options struct {
	Store     Store
	Requests  Requests
	Road      Road
	Catalogue []action.Action
	Server    Server
	From      *mail.Address
	PublicURL *url.URL
	Zone      *time.Location
	Logger    *slog.Logger
	Count     func(s State, n int) // tries that came out like this; nil counts nothing
}

const (
	batchSize  = 20
	batchLimit = 4 * time.Minute
	claimTime  = batchLimit + 2*stepLimit // longer than any batch takes: nobody else has its mails meanwhile
	life       = 24 * time.Hour
	writeLimit = 10 * time.Second
)

// Sender hands mails to a mail server.
type Sender struct {
	opts Options

	mu   sync.Mutex
	down error // why the server could not be spoken to the last time that it was tried
}

// New builds a sender; it connects to nothing before there is a mail.
func New(o Options) *Sender {
	if o.Count == nil {
		o.Count = func(State, int) {}
	}
	return &Sender{opts: o}
}

// Deliver hands over what is due. Its error is that the mail server cannot be spoken to, also while every mail waits for
// its next try; what is wrong with a single mail is a line in the log.
func (s *Sender) Deliver(ctx context.Context) error {
	for {
		mails, late, err := s.opts.Store.ClaimMails(ctx, batchSize, claimTime, life)
		if err != nil {
			return err
		}
		if late > 0 {
			s.opts.Count(GivenUp, late)
			s.opts.Logger.Warn("mails given up: the mail server did not take them for a day", "count", late)
		}
		if len(mails) == 0 {
			return s.lastError()
		}
		if err := s.batch(ctx, mails); err != nil || len(mails) < batchSize {
			return err
		}
	}
}

func (s *Sender) lastError() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.down
}

func (s *Sender) remember(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = err
}

// batch hands over a few mails on one connection.
func (s *Sender) batch(ctx context.Context, mails []Mail) error {
	ctx, cancel := context.WithTimeout(ctx, batchLimit)
	defer cancel()
	var ready []prepared
	for _, m := range mails {
		msg, o := s.prepare(ctx, m)
		if msg == nil {
			s.tried(ctx, m, o)
			continue
		}
		ready = append(ready, prepared{m, msg})
	}
	if len(ready) == 0 {
		return nil
	}
	open, err := s.opts.Server.dial(ctx)
	s.remember(err)
	if err != nil {
		s.putOff(ctx, ready, err)
		return err
	}
	defer open.close()
	for i, p := range ready {
		if err := ctx.Err(); err != nil {
			s.putOff(ctx, ready[i:], err)
			return err
		}
		err := open.send(p.msg)
		s.tried(ctx, p.mail, judge(p, err))
		if lost(err) {
			s.remember(errLost)
			s.putOff(ctx, ready[i+1:], errLost)
			return errLost
		}
	}
	return nil
}

// errLost takes the place of the error of one mail, which may name its recipient.
var errLost = errors.New("the mail server has hung up")

// prepared is a mail with its message.
type prepared struct {
	mail Mail
	msg  *gomail.Msg
}

// prepare writes the message of a mail, or tells what becomes of it without one.
func (s *Sender) prepare(ctx context.Context, m Mail) (*gomail.Msg, Outcome) {
	later := func(problem string) Outcome { return Outcome{State: Due, Wait: wait(m.Try), Problem: problem} }
	r, err := s.opts.Requests.Request(ctx, m.Notice.RequestID)
	if fault.Is(err, fault.NotFound) {
		return nil, Outcome{State: Moot, Problem: "the request does not exist"}
	}
	if err != nil {
		return nil, later("the request could not be read")
	}
	concerns, err := s.concerns(ctx, m.Notice, r)
	if err != nil {
		return nil, later("who may decide could not be read")
	}
	if !concerns {
		return nil, Outcome{State: Moot, Problem: "there is no reason to send it any more"}
	}
	t := telling{
		kind: m.Notice.Kind, request: r, own: r.Person.Key == m.Notice.Person.Key,
		address: s.opts.PublicURL.JoinPath("requests", r.ID).String(), zone: s.opts.Zone,
	}
	for _, a := range s.opts.Catalogue {
		if a.ID == r.Action {
			t.action = a
		}
	}
	if r.State == operation.Awaiting {
		progress, err := s.opts.Road.Progress(ctx, r)
		if err != nil {
			return nil, later("the votes could not be counted")
		}
		t.missing = progress.Verdict.Missing.Words()
	}
	msg, err := s.message(m, t.write())
	if err != nil {
		return nil, Outcome{State: GivenUp, Problem: err.Error()}
	}
	return msg, Outcome{}
}

// concerns tells whether the notice still says something that is so, to somebody who may still know it.
func (s *Sender) concerns(ctx context.Context, n operation.Notice, r operation.Request) (bool, error) {
	own := r.Person.Key == n.Person.Key
	switch {
	case n.Kind == operation.Soon && r.State != operation.Scheduled, n.Kind == operation.Halted && r.State != operation.Stopped:
		return false, nil
	case n.Kind == operation.Soon, n.Kind == operation.Halted:
		// Who asked is told what came of it also when the role is gone: it says no more than they said themselves.
		if own {
			return true, nil
		}
		return s.opts.Road.Readable(ctx, n.Person.Key, r)
	case n.Kind == operation.Over:
		return !r.Open(), nil
	case r.State != operation.Awaiting || own:
		return r.State == operation.Awaiting, nil
	}
	// Somebody may have voted, or lost the role, since they were to be asked.
	voters, err := s.opts.Road.Deciders(ctx, r)
	return slices.ContainsFunc(voters, func(a policy.Actor) bool { return a.Key() == n.Person.Key }), err
}

// putOff writes that mails were not handed over, whatever ended the batch.
func (s *Sender) putOff(ctx context.Context, rest []prepared, err error) {
	for _, p := range rest {
		o := Outcome{State: Due, Wait: wait(p.mail.Try), Problem: problem(err)}
		if errors.Is(err, context.Canceled) {
			o.Wait = 0 // the portal stops: another may send it at once
		}
		s.tried(ctx, p.mail, o)
	}
}

// tried writes how a try came out, also when the portal is just about to stop: what was sent must not be sent again.
// The log names neither the person nor their address.
func (s *Sender) tried(ctx context.Context, m Mail, o Outcome) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeLimit)
	defer cancel()
	s.opts.Count(o.State, 1)
	log := s.opts.Logger.With("notice", m.Notice.ID, "kind", m.Notice.Kind, "under", m.Notice.RequestID, "try", m.Try)
	switch {
	case o.State == GivenUp:
		log.Warn("mail given up", "status", o.Status)
	case o.State == Due && o.Status != 0:
		log.Warn("mail put off", "status", o.Status)
	}
	if err := s.opts.Store.MailTried(ctx, m, o); err != nil {
		log.Error("what became of a mail is not written; it may be sent again", "outcome", o.State, "err", err)
	}
}
