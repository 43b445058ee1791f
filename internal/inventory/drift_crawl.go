package inventory

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"backup-portal/internal/backup"
)

// CrawlOptions are the parts that a crawl of settings is made of; Inventory is needed.
type CrawlOptions struct {
	Inventory *Service
	Rate      float64       // documents per second; 0 is 5
	Period    time.Duration // after which an organization or device is read again; 0 is an hour
	Step      time.Duration // how long Run works at most before it answers; 0 is 10 s
}

const (
	// crawlPart is how many documents are read before what they say is written.
	crawlPart = 25
	// crawlTime ends the reading of one document, so that a slow one does not outlast the crawl's lease.
	crawlTime = 10 * time.Second
	// crawlFailures is after how many failures in a row the crawl pauses: the vendor is not well.
	crawlFailures = 5
	// newDevices is how long after a look that found no device without a comparison the next one is taken, should no sync end before.
	newDevices = time.Minute
	// forgottenAtOnce is how many devices one transaction forgets.
	forgottenAtOnce = 500
	// defaultsLife is how long an organization's defaults that were read are compared with: its devices come in a row.
	defaultsLife = time.Minute
)

// SettingsCrawl reads the settings of all organizations and active devices, one after the other and never faster than its
// rate, and keeps in the mirror what organizations follow for and where devices differ. Where it stands is in the mirror:
// another process, or the next start, goes on from there.
type SettingsCrawl struct {
	*Service

	period, step time.Duration
	limit        *rate.Limiter
	after        DueDevice   // the last device that was found never to have been compared
	looked       time.Time   // the sync after which a look found no more of them
	lookAgain    time.Time   // when they are looked for again though there was no sync since
	kept         orgDefaults // of the organization whose devices are compared
	failures     int         // in a row
	done         int         // organizations and devices since there was nothing to be read
}

// NewSettingsCrawl builds a crawl; its Run is to be called again and again, never twice at a time.
func NewSettingsCrawl(o CrawlOptions) *SettingsCrawl {
	if o.Rate <= 0 {
		o.Rate = 5
	}
	if o.Period <= 0 {
		o.Period = time.Hour
	}
	if o.Step <= 0 {
		o.Step = 10 * time.Second
	}
	return &SettingsCrawl{Service: o.Inventory, period: o.Period, step: o.Step, limit: rate.NewLimiter(rate.Limit(o.Rate), 1)}
}

// Run goes on with the crawl for one step, or until nothing is due. A vendor that is not well ends the step with an error.
func (c *SettingsCrawl) Run(ctx context.Context) error {
	until := c.Now().Add(c.step)
	c.failures = 0
	for ctx.Err() == nil && c.Now().Before(until) {
		n, err := c.part(ctx)
		if err != nil {
			return err
		}
		if n == 0 {
			if c.done > 0 {
				c.Logger.InfoContext(ctx, "settings compared", slog.Int("read", c.done))
			}
			c.done = 0
			return nil
		}
		c.done += n
	}
	return ctx.Err()
}

// part reads a few documents and answers how many: organizations first, then devices whose organization has changed, those
// that were never compared, and those whose comparison is the oldest.
func (c *SettingsCrawl) part(ctx context.Context) (int, error) {
	before := c.Now().Add(-c.period)
	uids, err := c.Store.OrgsDue(ctx, before, crawlPart)
	if err != nil {
		return 0, err
	}
	for _, uid := range uids {
		if err := c.org(ctx, uid); err != nil {
			return 0, err
		}
	}
	if len(uids) > 0 {
		return len(uids), nil
	}
	due, err := c.due(ctx, before)
	if err != nil || len(due) == 0 {
		return 0, err
	}
	slices.SortStableFunc(due, func(a, b DueDevice) int { return cmp.Compare(a.OrgUID, b.OrgUID) })
	for len(due) > 0 {
		n := slices.IndexFunc(due, func(d DueDevice) bool { return d.OrgUID != due[0].OrgUID })
		if n < 0 {
			n = len(due)
		}
		if err := c.compare(ctx, due[:n]); err != nil {
			return 0, err
		}
		due = due[n:]
	}
	return crawlPart, nil
}

// due finds the devices to be compared next.
func (c *SettingsCrawl) due(ctx context.Context, before time.Time) ([]DueDevice, error) {
	due, err := c.Store.DevicesDue(ctx, time.Unix(0, 0), crawlPart)
	if err != nil || len(due) > 0 {
		return due, err
	}
	if due, err = c.unmet(ctx); err != nil || len(due) > 0 {
		return due, err
	}
	return c.Store.DevicesDue(ctx, before, crawlPart)
}

// unmet finds devices that were never compared, from where the last look ended. Behind the last of them it makes room of
// what is no longer there.
func (c *SettingsCrawl) unmet(ctx context.Context) ([]DueDevice, error) {
	fresh, err := c.Store.Freshness(ctx)
	if err != nil {
		return nil, err
	}
	if c.Now().Before(c.lookAgain) && fresh.CompletedAt.Equal(c.looked) {
		return nil, nil
	}
	due, err := c.Store.DevicesNew(ctx, c.after, crawlPart)
	if err != nil {
		return nil, err
	}
	if len(due) > 0 {
		c.after = due[len(due)-1]
		return due, nil
	}
	c.after, c.looked, c.lookAgain = DueDevice{}, fresh.CompletedAt, c.Now().Add(newDevices)
	for n := forgottenAtOnce; n == forgottenAtOnce; {
		if n, err = c.Store.DriftForgotten(ctx, forgottenAtOnce); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// org reads one organization's settings.
func (c *SettingsCrawl) org(ctx context.Context, uid string) error {
	readAt := c.Now()
	err := c.wait(ctx, 3)
	if err == nil {
		readAt = c.Now()
		reading, cancel := context.WithTimeout(ctx, crawlTime)
		defer cancel()
		var found OrgReading
		if found, err = c.readOrg(reading, uid, readAt); err == nil {
			c.failures = 0
			return c.Store.OrgRead(ctx, found)
		}
	}
	if err := c.failed(ctx, err, "organization", uid); err != nil {
		return err
	}
	return c.Store.OrgTried(ctx, uid, readAt)
}

// compare reads devices of one organization, several side by side, and keeps how they compare with its defaults.
func (c *SettingsCrawl) compare(ctx context.Context, due []DueDevice) error {
	list := make([]Comparison, len(due))
	for i, d := range due {
		list[i] = Comparison{DueDevice: d, ReadAt: c.Now(), Failed: true}
	}
	defaults, err := c.defaults(ctx, due[0].OrgUID)
	if err != nil {
		if err := c.failed(ctx, err, "organization", due[0].OrgUID); err != nil {
			return err
		}
		return c.Store.Compared(ctx, list)
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(crawlers)
	errs := make([]error, len(due))
	read := 0
	for i := range list {
		if err = c.wait(groupCtx, 1); err != nil {
			break
		}
		read++
		group.Go(func() error {
			list[i], errs[i] = c.readDevice(groupCtx, list[i].DueDevice, defaults)
			return nil
		})
	}
	_ = group.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var end error
	kept := list[:0]
	for i, reading := range list[:read] {
		switch {
		case errs[i] == nil:
			c.failures = 0
		case backup.IsNotFound(errs[i]):
			end = errors.Join(end, c.Store.DeviceGone(ctx, reading.GUID))
			continue
		default:
			if err := c.failed(ctx, errs[i], "device", reading.GUID); err != nil {
				end = err
				continue // nothing is said about this one
			}
		}
		kept = append(kept, reading)
	}
	if err := c.Store.Compared(ctx, kept); err != nil {
		return err
	}
	return errors.Join(end, err)
}

// defaults answers what devices of an organization are compared with.
func (c *SettingsCrawl) defaults(ctx context.Context, uid string) (orgDefaults, error) {
	if c.kept.uid == uid && c.Now().Sub(c.kept.readAt) < defaultsLife {
		return c.kept, nil
	}
	if err := c.wait(ctx, 1); err != nil {
		return orgDefaults{}, err
	}
	reading, cancel := context.WithTimeout(ctx, crawlTime)
	defer cancel()
	found, err := c.readDefaults(reading, uid)
	if err == nil {
		c.kept = found
	}
	return found, err
}

// wait lets as many documents be read as the rate allows.
func (c *SettingsCrawl) wait(ctx context.Context, documents int) error {
	for range documents {
		if err := c.limit.Wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

// failed tells whether a failed reading ends the step. One that says nothing about what was asked for does, and so do several
// in a row; else the next document is read.
func (c *SettingsCrawl) failed(ctx context.Context, err error, kind, id string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	c.failures++
	c.Logger.DebugContext(ctx, "settings not read", slog.String(kind, id), slog.Any("error", err))
	if _, vendor := errors.AsType[*backup.Error](err); vendor {
		switch backup.MeaningOf(err) {
		case backup.NotSent, backup.Open, backup.Full, backup.TooManyRequests, backup.TokenRefused, backup.TokenUnavailable, backup.Unauthorized:
			return upstream(err)
		}
	}
	if c.failures >= crawlFailures {
		return upstream(err)
	}
	return nil
}
