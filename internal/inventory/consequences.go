package inventory

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"backup-portal/internal/backup"
)

// Consequences is what a change of a device means beyond the device. Each part fails by itself and is then not known.
type Consequences struct {
	OthersKnown  bool
	OtherDevices int // active devices of its owner beside it
	Holds        Holds
	HoldDays     int // for how many days its organization keeps archives in cold storage; NotKnown
}

// OrgConsequences is the same for everything in the subtree of an organization.
type OrgConsequences struct {
	Holds    Holds
	HoldDays int // of the organization itself: those below may have settings of their own
	Use      Use
	Devices  Counted
}

// Counted is how many active devices the vendor counts in a subtree now.
type Counted struct {
	Known  bool
	Active int
}

// Holds is who of those asked about is on an active legal hold.
type Holds struct {
	Known   bool
	Users   []string  // user names in order, the first HeldNames
	Count   int       // of people
	Matters int       // open ones of the one person asked about; 0 when several were
	AsOf    time.Time // zero when it was read live; else how old the mirror's knowledge is
}

// Use is how much of a subtree is in use, as the mirror counts it.
type Use struct {
	Known                      bool
	ActiveDevices, ActiveUsers int
	ManyUsers                  bool // ActiveUsers is where counting ended
	StoredBytes                int64
}

const (
	// NotKnown stands for a number of days that nobody told.
	NotKnown = -1
	// HeldNames is how many people on hold are named.
	HeldNames = 100
	// fewMatters is up to how many open matters are read member by member while a person waits.
	fewMatters = 20
	// fewOthers is how many devices of one person are read to count them.
	fewOthers = 100
)

// Consequences reads what a change of a device, as the mirror or a live reading has it, means beyond the device; within 3 s
// in all.
func (s *Service) Consequences(ctx context.Context, d Device) Consequences {
	ctx, cancel := backup.Interactive(ctx)
	defer cancel()
	c := Consequences{HoldDays: NotKnown}
	s.together(ctx, map[string]func() error{
		"other devices of the owner": func() (err error) {
			c.OtherDevices, err = s.otherDevices(ctx, d)
			c.OthersKnown = err == nil && d.UserUID != ""
			return err
		},
		"legal holds of the owner": func() (err error) {
			c.Holds, err = s.holdsOf(ctx, d)
			return err
		},
		"days in cold storage": func() error {
			return s.holdDays(ctx, d.OrgUID, &c.HoldDays)
		},
	})
	return c
}

// together runs readings side by side; one that fails is told to the log alone.
func (s *Service) together(ctx context.Context, readings map[string]func() error) {
	var all sync.WaitGroup
	for what, read := range readings {
		all.Go(func() {
			if err := read(); err != nil && ctx.Err() == nil {
				s.Logger.WarnContext(ctx, "consequence of a change not read", slog.String("what", what), slog.Any("error", err))
			}
		})
	}
	all.Wait()
}

// settingLife is how long a setting of an organization that was read is answered again: hundreds of devices of one are
// looked at in a row, and nobody changes it while they are.
const settingLife = time.Minute

// coldDays keeps for how many days organizations keep archives, and when that was read.
type coldDays struct {
	mu   sync.Mutex
	days map[string]coldDay
}

type coldDay struct {
	days   int
	readAt time.Time
}

func (s *Service) holdDays(ctx context.Context, orgUID string, to *int) error {
	s.coldDays.mu.Lock()
	kept, found := s.coldDays.days[orgUID]
	s.coldDays.mu.Unlock()
	if found && s.Now().Sub(kept.readAt) < settingLife {
		*to = kept.days
		return nil
	}
	days, err := s.Reader.ArchiveHoldDays(ctx, orgUID)
	if err != nil {
		return err
	}
	*to = days
	s.coldDays.mu.Lock()
	defer s.coldDays.mu.Unlock()
	s.coldDays.days[orgUID] = coldDay{days, s.Now()}
	return nil
}

// otherDevices counts the owner's active devices without this one.
func (s *Service) otherDevices(ctx context.Context, d Device) (int, error) {
	if d.UserUID == "" {
		return 0, nil
	}
	page, err := s.Reader.DevicePage(ctx, backup.DeviceQuery{UserUID: d.UserUID, Active: new(true), PageSize: fewOthers})
	if err != nil {
		return 0, err
	}
	n := max(page.Total, len(page.Devices))
	if slices.ContainsFunc(page.Devices, func(other backup.Device) bool { return other.GUID == d.GUID }) {
		n--
	}
	return n, nil
}

// holdsOf reads whether the owner is a custodian of a matter that is open. Whether a membership ends with its matter is
// the vendor's secret, so that the matters are asked as well; when they do not answer, a membership counts.
func (s *Service) holdsOf(ctx context.Context, d Device) (Holds, error) {
	if d.UserUID == "" {
		return Holds{Known: true}, nil
	}
	var matters []string
	for m, err := range s.Reader.HoldMemberships(ctx, backup.HoldMembershipQuery{UserUID: d.UserUID, Active: new(true)}) {
		if err != nil {
			return Holds{}, err
		}
		if m.Active && m.UserUID == d.UserUID {
			matters = append(matters, m.MatterUID)
		}
	}
	if len(matters) == 0 {
		return Holds{Known: true}, nil // and the matters need not be read
	}
	if open, err := s.openMatters(ctx); err == nil {
		matters = slices.DeleteFunc(matters, func(uid string) bool { return !slices.Contains(open, uid) })
	}
	if len(matters) == 0 {
		return Holds{Known: true}, nil
	}
	return Holds{Known: true, Count: 1, Matters: len(matters), Users: []string{d.Username}}, nil
}

func (s *Service) openMatters(ctx context.Context) ([]string, error) {
	var open []string
	for m, err := range s.Reader.HoldMatters(ctx, new(true)) {
		if err != nil {
			return nil, err
		}
		if m.Active {
			open = append(open, m.UID)
		}
	}
	return open, nil
}

// OrgConsequences reads what a change of an organization that LiveOrg answered means to everything below it; within 3 s in
// all. Where people stand, and what is stored, is told from the mirror.
func (s *Service) OrgConsequences(ctx context.Context, org Org) OrgConsequences {
	ctx, cancel := backup.Interactive(ctx)
	defer cancel()
	c := OrgConsequences{HoldDays: NotKnown}
	below := Scope{Paths: []string{org.Path}}
	s.together(ctx, map[string]func() error{
		"legal holds below": func() (err error) {
			c.Holds, err = s.holdsBelow(ctx, below)
			return err
		},
		"days in cold storage": func() error {
			return s.holdDays(ctx, org.UID, &c.HoldDays)
		},
		"devices below": func() (err error) {
			c.Devices, err = s.countDevices(ctx, org)
			return err
		},
		"what is in use": func() (err error) {
			c.Use, err = s.useOf(ctx, below)
			return err
		},
	})
	return c
}

// countDevices asks the vendor itself: what was not synced yet is destroyed as well.
func (s *Service) countDevices(ctx context.Context, org Org) (Counted, error) {
	page, err := s.Reader.DevicePage(ctx, backup.DeviceQuery{OrgUID: org.UID, Active: new(true), PageSize: 1})
	if err != nil || page.Total < 0 {
		return Counted{}, err
	}
	return Counted{Known: true, Active: max(page.Total, len(page.Devices))}, nil
}

func (s *Service) useOf(ctx context.Context, scope Scope) (Use, error) {
	devices, err := s.Summary(ctx, scope)
	if err != nil {
		return Use{}, err
	}
	users, err := s.Users(ctx, UserQuery{Scope: scope, Active: new(true), Limit: 1})
	return Use{
		Known: err == nil, ActiveDevices: devices.Total - devices.Deactivated, StoredBytes: devices.StoredBytes,
		ActiveUsers: users.Total, ManyUsers: users.TotalCapped,
	}, err
}

// holdsBelow reads the few open matters member by member. When there are many, or the vendor does not answer in time, it
// is told from the mirror, with its age.
func (s *Service) holdsBelow(ctx context.Context, scope Scope) (Holds, error) {
	custodians, err := s.custodians(ctx, fewMatters, func() error { return nil })
	if err == nil && custodians != nil {
		return s.heldAmong(ctx, scope, custodians)
	}
	held, storeErr := s.Store.Held(context.WithoutCancel(ctx), scope, HeldNames)
	if storeErr != nil {
		return Holds{}, storeErr
	}
	return holdsFrom(held), err
}

func (s *Service) heldAmong(ctx context.Context, scope Scope, custodians map[string]int) (Holds, error) {
	uids := make([]string, 0, len(custodians))
	for uid := range custodians {
		uids = append(uids, uid)
	}
	users, err := s.Store.UsersAmong(ctx, scope, uids)
	if err != nil {
		return Holds{}, err
	}
	held := Holds{Known: true, Count: len(users)}
	for _, u := range users[:min(HeldNames, len(users))] {
		held.Users = append(held.Users, u.Username)
	}
	return held, nil
}

func holdsFrom(held Held) Holds {
	h := Holds{Known: held.Known, Count: held.Count, AsOf: held.At}
	for _, u := range held.Users {
		h.Users = append(h.Users, u.Username)
	}
	return h
}

// custodians reads everybody who is on hold, with the number of their open matters; nil when more matters are open than
// most. Before is called before each matter, and ends the reading when it fails.
func (s *Service) custodians(ctx context.Context, most int, before func() error) (map[string]int, error) {
	open, err := s.openMatters(ctx)
	if err != nil || len(open) > most {
		return nil, err
	}
	var mu sync.Mutex
	held := map[string]int{}
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(crawlers)
	for _, uid := range open {
		if err := before(); err != nil {
			return nil, errors.Join(err, group.Wait())
		}
		group.Go(func() error {
			for m, err := range s.Reader.HoldMemberships(groupCtx, backup.HoldMembershipQuery{MatterUID: uid, Active: new(true)}) {
				if err != nil {
					return err
				}
				if m.Active {
					mu.Lock()
					held[m.UserUID]++
					mu.Unlock()
				}
			}
			return nil
		})
	}
	return held, group.Wait()
}
