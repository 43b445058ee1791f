package operation

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"backup-portal/internal/action"
	"backup-portal/internal/backup"
	"backup-portal/internal/inventory"
	"backup-portal/internal/policy"
)

// Fleet reads what an operation is about, live and inside a scope.
type Fleet interface {
	// Live reads a device from the vendor; outside the scope or missing is a fault.NotFound.
	Live(ctx context.Context, scope inventory.Scope, guid string) (inventory.LiveDevice, error)
	// Remembered answers what the mirror knows of a device that cannot be read live, with the reason why.
	Remembered(ctx context.Context, scope inventory.Scope, guid string, why error) (inventory.LiveDevice, error)
	// Device answers the mirror's row of a device; outside the scope or missing is a fault.NotFound.
	Device(ctx context.Context, scope inventory.Scope, guid string) (inventory.Device, error)
	// Consequences and OrgConsequences read what a change means beyond its target, as far as the vendor answers in time.
	Consequences(ctx context.Context, d inventory.Device) inventory.Consequences
	OrgConsequences(ctx context.Context, o inventory.Org) inventory.OrgConsequences
	// LiveOrg and RememberedOrg are the same for an organization.
	LiveOrg(ctx context.Context, scope inventory.Scope, uid string) (inventory.LiveOrg, error)
	RememberedOrg(ctx context.Context, scope inventory.Scope, uid string, why error) (inventory.LiveOrg, error)
	// OrgsBelow lists the organizations below one.
	OrgsBelow(ctx context.Context, uid string) ([]inventory.Org, error)
	// Settings and DeviceSettings read the settings of an organization or of a device with those of its organization, live and
	// inside a scope as LiveOrg and Live do; without an answer their Failure is set.
	Settings(ctx context.Context, scope inventory.Scope, uid string) (inventory.OrgSettings, error)
	DeviceSettings(ctx context.Context, scope inventory.Scope, guid string) (inventory.DeviceSettings, error)
	// OrgChanged renews the mirror below an organization that was changed.
	OrgChanged(ctx context.Context, uid string) error
	// OrgSettingsChanged and DeviceSettingsChanged renew what the mirror knows of settings that were changed.
	OrgSettingsChanged(ctx context.Context, uid string) error
	DeviceSettingsChanged(ctx context.Context, guid string) error
}

// Options are the parts that the road is made of.
type Options struct {
	Store     Store
	Requests  Requests
	People    People
	Fleet     Fleet
	Writer    *backup.Writer
	Reader    *backup.Reader
	Catalogue []action.Action
	Now       func() time.Time
	Logger    *slog.Logger
	ReadOnly  bool         // the emergency brake: no change leaves
	Rules     policy.Rules // who has to agree to what

	StepUp time.Duration // how long ago a sign-in may be for a vote on something destructive; 0 = 10 min
	ACR    []string      // what the provider has to say of how it was done; empty: anything
	Holder string        // names this process in claims on requests; "" = a random name

	CallLimit   time.Duration // of one vendor call; 0 = 60 s
	Grace       time.Duration // added to CallLimit for the deadline; 0 = 30 s
	AnswerAfter time.Duration // how long a caller waits for the outcome; 0 = 5 s
	CheckAfter  time.Duration // when an unknown outcome is checked a second time; 0 = 10 s
}

// Service is the road.
type Service struct {
	opts      Options
	catalogue map[string]action.Action
	readers   map[string]reader // by the ID of the kind

	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup
	closing chan struct{}   // closed when the service stops: the second check is not waited for
	driving map[string]bool // the requests that this process drives; true: to be looked at once more
	sending sync.Map        // ids of the operations whose outcome this process is waiting for or writing
}

// New builds the road.
func New(o Options) *Service {
	o.CallLimit = orElse(o.CallLimit, 60*time.Second)
	o.Grace = orElse(o.Grace, 30*time.Second)
	o.AnswerAfter = orElse(o.AnswerAfter, 5*time.Second)
	o.CheckAfter = orElse(o.CheckAfter, 10*time.Second)
	o.StepUp = orElse(o.StepUp, 10*time.Minute)
	if o.Holder == "" {
		o.Holder = NewID() // two nameless processes must not share a claim
	}
	s := &Service{opts: o, catalogue: map[string]action.Action{}, readers: readersOf(o.Fleet), closing: make(chan struct{}), driving: map[string]bool{}}
	for _, a := range o.Catalogue {
		s.catalogue[a.ID] = a
	}
	return s
}

func orElse(d, other time.Duration) time.Duration {
	if d == 0 {
		return other
	}
	return d
}

// Close waits for the running calls until the context ends. New ones are refused from its first moment on.
func (s *Service) Close(ctx context.Context) error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.closing)
	}
	s.mu.Unlock()
	done := make(chan struct{})
	go func() { s.running.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return errors.New("operations were still running when the time to stop was over; they will be settled as unknown at the next start")
	}
}

// start counts one running call, or refuses while the service closes.
func (s *Service) start() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.running.Add(1)
	return true
}
