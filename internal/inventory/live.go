package inventory

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"backup-portal/internal/backup"
	"backup-portal/internal/fault"
)

// Live reads a device from the vendor, within 3 s in all, and refreshes the mirror's rows of what it read. The scope is
// held against the organization that the vendor names now, and against where that hangs now: a device that was moved, or
// whose organization was, changes hands with the next reading.
//
// When the vendor does not answer, the mirror's row is given with Failure set and ReadAt telling its age. Outside the
// scope or missing is a fault.NotFound, the same words.
func (s *Service) Live(ctx context.Context, scope Scope, guid string) (LiveDevice, error) {
	if guid == "" || scope.Empty() {
		return LiveDevice{}, NoSuchPage(errors.New("no guid or an empty scope"))
	}
	reading, cancel := backup.Interactive(ctx)
	defer cancel()

	readAt := s.Now()
	device, err := s.Reader.DeviceByGUID(reading, guid, true)
	if backup.IsNotFound(err) {
		s.keep(ctx, "device gone", s.Store.DeviceGone(ctx, guid))
		return LiveDevice{}, NoSuchPage(err)
	}
	var org Org
	if err == nil {
		org, err = s.orgOf(reading, device.OrgUID)
	}
	if err != nil {
		if ctx.Err() != nil { // the person left; nobody waits for the row
			return LiveDevice{}, err
		}
		return s.Remembered(ctx, scope, guid, err)
	}

	user := s.userOf(reading, device.UserUID)
	row := deviceRow(device, user.Username, readAt)
	// Also when it lies outside the scope: lists hand it over as well.
	s.keep(ctx, "device seen", s.Store.DeviceSeen(ctx, row))
	if !scope.Contains(org.Path) {
		return LiveDevice{}, NoSuchPage(errors.New("outside the scope"))
	}
	row.OrgName, row.OrgPath = org.Name, org.Path
	if row.OnHold, err = s.Store.OnHold(ctx, device.UserUID); err != nil {
		return LiveDevice{}, err
	}
	chain, err := s.chain(ctx, scope, org)
	if err != nil {
		return LiveDevice{}, err
	}
	return LiveDevice{Device: device, Row: row, Chain: chain, User: user, ReadAt: readAt}, nil
}

// Remembered answers what the mirror knows of a device that cannot be read live, with the reason why as its Failure.
func (s *Service) Remembered(ctx context.Context, scope Scope, guid string, why error) (LiveDevice, error) {
	row, err := s.Store.Device(ctx, scope, guid)
	if err != nil {
		return LiveDevice{}, err
	}
	org, err := s.Store.Org(ctx, scope, row.OrgUID)
	if err != nil {
		return LiveDevice{}, err
	}
	chain, err := s.chain(ctx, scope, org)
	if err != nil {
		return LiveDevice{}, err
	}
	user, err := s.Store.User(ctx, row.UserUID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return LiveDevice{}, err
	}
	return LiveDevice{Device: fromRow(row), Row: row, Chain: chain, User: user, ReadAt: row.SeenAt, Failure: upstream(why)}, nil
}

// orgOf answers the mirror's row of an organization, or reads one that the mirror has not met yet. An organization that
// nobody knows answers without a path, which lies in no scope.
func (s *Service) orgOf(ctx context.Context, uid string) (Org, error) {
	known, err := s.Store.OrgPaths(ctx, []string{uid})
	if err != nil {
		return Org{}, err
	}
	if org, ok := known[uid]; ok {
		// Of an organization that was moved, or that lies below such a one, the device or user is where it is now.
		org.Path, err = s.placeNow(ctx, org.Path, "")
		return org, err
	}
	live, err := s.Reader.OrgByUID(ctx, uid)
	if backup.IsNotFound(err) {
		return Org{}, nil
	}
	if err != nil {
		return Org{}, err
	}
	known, err = s.Store.OrgPaths(ctx, []string{live.ParentUID})
	if err != nil {
		return Org{}, err
	}
	// Below a parent that is unknown too it has no place until the next sync, which reads the whole tree.
	path := ""
	if parent := known[live.ParentUID]; parent.Path != "" {
		if path, err = s.placeNow(ctx, ChildPath(parent.Path, live.UID), uid); err != nil {
			return Org{}, err
		}
	}
	org := orgRow(live, path)
	s.keep(ctx, "organization seen", s.Store.OrgSeen(ctx, org))
	return org, nil
}

// userOf answers the owner of a device, from the mirror or, when that has not met them, live. Without an answer the page
// lacks a name: no reason to lack the device.
func (s *Service) userOf(ctx context.Context, uid string) User {
	if uid == "" {
		return User{}
	}
	user, err := s.Store.User(ctx, uid)
	if err == nil {
		return user
	}
	live, err := s.Reader.UserByUID(ctx, uid, false)
	if err != nil {
		s.Logger.WarnContext(ctx, "owner of a device not read", slog.Any("error", err))
		return User{UID: uid}
	}
	user = userRow(live)
	s.keep(ctx, "user seen", s.Store.UserSeen(ctx, user))
	return user
}

// chain answers an organization and its ancestors inside the scope, from the top down.
func (s *Service) chain(ctx context.Context, scope Scope, org Org) ([]Org, error) {
	uids := AncestorUIDs(org.Path)
	known, err := s.Store.OrgPaths(ctx, uids)
	if err != nil {
		return nil, err
	}
	known[org.UID] = org
	var chain []Org
	for _, uid := range uids {
		if o, ok := known[uid]; ok && scope.Contains(o.Path) && strings.HasPrefix(org.Path, o.Path) {
			chain = append(chain, o)
		}
	}
	return chain, nil
}

// keep tells the log that the mirror could not be refreshed: the reading itself stays good.
func (s *Service) keep(ctx context.Context, what string, err error) {
	if err != nil {
		s.Logger.WarnContext(ctx, "mirror not refreshed", slog.String("what", what), slog.Any("error", err))
	}
}
