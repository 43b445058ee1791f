package inventory

import (
	"context"
	"errors"
	"time"

	"backup-portal/internal/backup"
	"backup-portal/internal/fault"
)

// LiveUser is a user read from the vendor just now, or the mirror's row when the vendor did not answer.
type LiveUser struct {
	User    backup.User // as read live, roles included; built from Row, without roles, when Failure is set
	Row     UserRow     // the mirror's row, already refreshed from the live read
	Chain   []Org       // the user's organization and its ancestors inside the scope, from the top down
	ReadAt  time.Time   // when User was true
	Failure error       // nil, or a fault.Upstream: why User is only what the mirror knew
}

// LiveUser reads a user and their roles from the vendor, within 3 s in all, and refreshes the mirror's row. The scope is
// held against the organization that the vendor names now: a user who was moved changes hands with the next reading.
//
// When the vendor does not answer, the mirror's row is given with Failure set and ReadAt telling its age. Outside the
// scope or missing is a fault.NotFound, the same words.
func (s *Service) LiveUser(ctx context.Context, scope Scope, uid string) (LiveUser, error) {
	if uid == "" || scope.Empty() {
		return LiveUser{}, NoSuchPage(errors.New("no uid or an empty scope"))
	}
	reading, cancel := backup.Interactive(ctx)
	defer cancel()

	readAt := s.Now()
	user, err := s.Reader.UserByUID(reading, uid, true)
	if err == nil && user.UID != uid {
		return LiveUser{}, NoSuchPage(errors.New("the answer is about another user"))
	}
	if backup.IsNotFound(err) {
		s.keep(ctx, "user gone", s.Store.UserGone(ctx, uid))
		return LiveUser{}, NoSuchPage(err)
	}
	var org Org
	if err == nil {
		org, err = s.orgOf(reading, user.OrgUID)
	}
	if err != nil {
		if ctx.Err() != nil { // the person left; nobody waits for the row
			return LiveUser{}, err
		}
		return s.rememberedUser(ctx, scope, uid, err)
	}

	// Also when they lie outside the scope: lists hand them over as well.
	row := UserRow{User: userRow(user), OrgName: org.Name, OrgPath: org.Path}
	s.keep(ctx, "user seen", s.Store.UserSeen(ctx, row.User))
	if !scope.Contains(org.Path) {
		return LiveUser{}, NoSuchPage(errors.New("outside the scope"))
	}
	known, err := s.Store.UserRow(ctx, scope, uid)
	if err != nil && !fault.Is(err, fault.NotFound) { // not found when the row could not be refreshed
		return LiveUser{}, err
	}
	row.Devices, row.OnHold = known.Devices, known.OnHold
	chain, err := s.chain(ctx, scope, org)
	if err != nil {
		return LiveUser{}, err
	}
	return LiveUser{User: user, Row: row, Chain: chain, ReadAt: readAt}, nil
}

// rememberedUser answers what the mirror knows of a user who cannot be read live, with the reason why as its Failure.
func (s *Service) rememberedUser(ctx context.Context, scope Scope, uid string, why error) (LiveUser, error) {
	row, err := s.Store.UserRow(ctx, scope, uid)
	if err != nil {
		return LiveUser{}, err
	}
	org, err := s.Store.Org(ctx, scope, row.OrgUID)
	if err != nil {
		return LiveUser{}, err
	}
	chain, err := s.chain(ctx, scope, org)
	if err != nil {
		return LiveUser{}, err
	}
	fresh, err := s.Store.Freshness(ctx)
	if err != nil {
		return LiveUser{}, err
	}
	user := backup.User{
		UID: row.UID, Username: row.Username, Email: row.Email, FirstName: row.Name,
		Active: row.Active, Blocked: row.Blocked, OrgUID: row.OrgUID, OrgName: row.OrgName,
	}
	return LiveUser{User: user, Row: row, Chain: chain, ReadAt: fresh.CompletedAt, Failure: upstream(why)}, nil
}
