package telemetry

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// State is what the portal's database says at one moment.
type State struct {
	SyncedAt    time.Time     // when the last complete sync ended; zero: never
	SyncTook    time.Duration // how long that one took; 0: not known now
	Syncing     bool
	SyncFailing bool           // the newest attempt failed
	Compared    int            // devices whose settings were compared with their organization's
	ComparedAt  time.Time      // when the one of them was read that waits longest; zero: none was
	Operations  map[string]int // open operations by state, each open state named
	Requests    map[string]int // open requests likewise
	AuditLines  int64
	SignedLines int64     // under the newest checkpoint
	SignedAt    time.Time // of the newest checkpoint; zero: none yet
	Sessions    int
	Writable    bool
}

const (
	// stateLimit bounds a scrape: what the database does not tell by then is missing, the rest is answered.
	stateLimit = 2 * time.Second
	// stateLife is how long an answer is good: several scrapers ask the database as often as one.
	stateLife = 5 * time.Second
)

// figure is one metric of the state that has no labels.
type figure struct {
	desc  *prometheus.Desc
	value func(State) float64
}

func figures() []figure {
	gauge := func(name, help string, value func(State) float64) figure {
		return figure{prometheus.NewDesc(name, help, nil, nil), value}
	}
	return []figure{
		gauge("portal_database_writable", "1 when the database takes writes: without them no change is sent.",
			func(s State) float64 { return truth(s.Writable) }),
		gauge("portal_sync_last_success_timestamp_seconds", "When the last complete sync of the mirror ended; 0 when none has yet.",
			func(s State) float64 { return seconds(s.SyncedAt) }),
		gauge("portal_sync_last_duration_seconds", "How long the last complete sync took; 0 when it is not known.",
			func(s State) float64 { return s.SyncTook.Seconds() }),
		gauge("portal_sync_running", "1 while a sync is under way.",
			func(s State) float64 { return truth(s.Syncing) }),
		gauge("portal_sync_failing", "1 when the newest attempt at a sync failed.",
			func(s State) float64 { return truth(s.SyncFailing) }),
		gauge("portal_settings_compared_devices", "Devices whose settings were compared with the defaults of their organization.",
			func(s State) float64 { return float64(s.Compared) }),
		gauge("portal_settings_oldest_reading_timestamp_seconds", "When the settings of the device were read that waits longest to be read again; 0 when none were yet.",
			func(s State) float64 { return seconds(s.ComparedAt) }),
		gauge("portal_audit_lines", "Lines of the audit log.",
			func(s State) float64 { return float64(s.AuditLines) }),
		gauge("portal_audit_signed_lines", "Lines of the audit log under its newest checkpoint.",
			func(s State) float64 { return float64(s.SignedLines) }),
		gauge("portal_audit_checkpoint_timestamp_seconds", "When the newest checkpoint was signed; 0 when none has been yet.",
			func(s State) float64 { return seconds(s.SignedAt) }),
		gauge("portal_sessions", "Sessions that have not ended.",
			func(s State) float64 { return float64(s.Sessions) }),
	}
}

// stateCollector reads the state when somebody scrapes, keeps it for a moment, and never lets a scrape wait for long.
type stateCollector struct {
	read func(context.Context) (State, error)
	now  func() time.Time
	log  *slog.Logger

	readable, operations, requests *prometheus.Desc
	figures                        []figure

	mu      sync.Mutex
	reading chan struct{} // closed when the reading under way has ended; nil when there is none
	state   State
	at      time.Time // of state; zero: the last reading failed
}

func newStateCollector(o Options) *stateCollector {
	return &stateCollector{
		read: o.State, now: o.Now, log: o.Logger, figures: figures(),
		readable: prometheus.NewDesc("portal_database_readable",
			"1 when the database answered in time, else 0; then the other metrics of its content are missing.", nil, nil),
		operations: prometheus.NewDesc("portal_operations_open", "Operations that hold their target, by state.", []string{"state"}, nil),
		requests:   prometheus.NewDesc("portal_requests_open", "Requests that are not over, by state.", []string{"state"}, nil),
	}
}

// Describe implements prometheus.Collector.
func (c *stateCollector) Describe(out chan<- *prometheus.Desc) {
	out <- c.readable
	out <- c.operations
	out <- c.requests
	for _, f := range c.figures {
		out <- f.desc
	}
}

// Collect implements prometheus.Collector.
func (c *stateCollector) Collect(out chan<- prometheus.Metric) {
	put := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	s, ok := c.current()
	put(c.readable, truth(ok))
	if !ok {
		return
	}
	for _, f := range c.figures {
		put(f.desc, f.value(s))
	}
	for state, n := range s.Operations {
		put(c.operations, float64(n), state)
	}
	for state, n := range s.Requests {
		put(c.requests, float64(n), state)
	}
}

// current answers a state that is young enough, or false. A database that hangs holds one reading, whoever scrapes.
func (c *stateCollector) current() (State, bool) {
	c.mu.Lock()
	if !c.fresh() && c.reading == nil {
		c.reading = make(chan struct{})
		go c.refresh(c.reading)
	}
	reading := c.reading
	c.mu.Unlock()
	if reading != nil {
		limit := time.NewTimer(stateLimit)
		defer limit.Stop()
		select {
		case <-reading:
		case <-limit.C:
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state, c.fresh()
}

func (c *stateCollector) fresh() bool { return !c.at.IsZero() && c.now().Sub(c.at) < stateLife }

func (c *stateCollector) refresh(done chan struct{}) {
	defer close(done)
	ctx, cancel := context.WithTimeout(context.Background(), stateLimit)
	defer cancel()
	s, err := c.read(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reading = nil
	if err != nil {
		c.at = time.Time{}
		c.log.Warn("metrics of the database not read", "err", err)
		return
	}
	if s.SyncTook == 0 {
		s.SyncTook = c.state.SyncTook // while a sync runs, the last one's is still the last one's
	}
	c.state, c.at = s, c.now()
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMicro()) / 1e6
}
