package inventory

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"backup-portal/internal/backup"
)

// Held is who of a scope is on an active legal hold, as the mirror knows it.
type Held struct {
	Known bool      // the vendor tells it to the portal's account
	At    time.Time // since when it is at least true
	Count int
	Users []User // by user name, at most as many as were asked for
}

// HoldStore keeps who is on hold. Each method but SyncHolds is one transaction.
type HoldStore interface {
	// SyncHolds replaces who is on hold, each with the number of their open matters, under a generation; nil says that
	// nobody knows. It takes several short transactions, like SyncWrote.
	SyncHolds(ctx context.Context, generation int64, held map[string]int) error
	// Held answers the people of a scope who are on hold; at most limit of them.
	Held(ctx context.Context, scope Scope, limit int) (Held, error)
	// UsersAmong answers those of these users who belong to a scope, by user name.
	UsersAmong(ctx context.Context, scope Scope, uids []string) ([]User, error)
	// OnHold tells whether a user is on hold; false when nobody knows.
	OnHold(ctx context.Context, uid string) (bool, error)
}

// mostMatters bounds the matters of one sync; no tenant has as many open.
const mostMatters = 100_000

// holds reads who is on hold. That is none of the lists that the mirror lives by: where the vendor forbids it, nobody knows
// who is, and where it fails, what was known stays and grows old.
func (c *crawl) holds(ctx context.Context) error {
	held, err := c.custodians(ctx, mostMatters, func() error {
		return c.wrote(ctx, SyncBatch{}) // nothing but the lease, when that is due
	})
	answer, vendor := errors.AsType[*backup.Error](err)
	switch {
	case err == nil:
		return c.Store.SyncHolds(ctx, c.generation, held)
	case !vendor || ctx.Err() != nil:
		return err
	case answer.Status >= 400 && answer.Status < 500 && answer.Meaning != backup.TooManyRequests && answer.Meaning != backup.Unauthorized:
		c.Logger.InfoContext(ctx, "legal holds are not told to this account", slog.Any("error", err))
		return c.Store.SyncHolds(ctx, c.generation, nil)
	default:
		c.Logger.WarnContext(ctx, "legal holds not read", slog.Any("error", err))
		return nil
	}
}
