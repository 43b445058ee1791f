// Package job owns background work: loops that run under a lease, so that one of several portals does each, unless each
// portal has work of its own.
// It never calls a vendor for a change: that takes the road of internal/operation.
package job

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Leases hands a name to one holder at a time, by database time.
type Leases interface {
	Lease(ctx context.Context, name, holder string, d time.Duration) (bool, error)
}

// Loop is one piece of background work.
type Loop struct {
	Name  string
	Every time.Duration
	// Everywhere runs it in every portal and without a lease, because each has something of its own to do.
	Everywhere bool
	Run        func(context.Context) error
}

// Runner runs loops until its context ends.
type Runner struct {
	Leases Leases
	Holder string // names this process; random per start
	Logger *slog.Logger
}

// Run runs every loop at once and then on its period, and answers when the context has ended and all of them have.
func (r Runner) Run(ctx context.Context, loops ...Loop) {
	var wait sync.WaitGroup
	for _, l := range loops {
		wait.Go(func() { r.run(ctx, l) })
	}
	wait.Wait()
}

func (r Runner) run(ctx context.Context, l Loop) {
	tick := time.NewTicker(l.Every)
	defer tick.Stop()
	failing := false
	for {
		err := r.once(ctx, l)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !failing:
			// Told once per spell of failures: a loop of a second would drown the log.
			r.Logger.Error("background work failed", "job", l.Name, "err", err)
		case err == nil && failing:
			r.Logger.Info("background work works again", "job", l.Name)
		}
		failing = err != nil
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (r Runner) once(ctx context.Context, l Loop) error {
	if l.Everywhere {
		return l.Run(ctx)
	}
	// Twice the period: a holder that misses one beat keeps its lease, one that died loses it soon.
	held, err := r.Leases.Lease(ctx, "job:"+l.Name, r.Holder, 2*l.Every)
	if err != nil || !held {
		return err
	}
	return l.Run(ctx)
}
