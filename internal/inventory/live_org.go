package inventory

import (
	"context"
	"errors"
	"strings"
	"time"

	"backup-portal/internal/backup"
)

// LiveOrg is an organization read from the vendor just now, or the mirror's row when the vendor did not answer. What lies
// below it is told from the mirror.
type LiveOrg struct {
	Org     backup.Org // as read live; built from Row when Failure is set
	Row     OrgNode    // the mirror's row with its counts, already refreshed from the live read
	Chain   []Org      // the organization and its ancestors inside the scope, from the top down
	ReadAt  time.Time  // when Org was true
	Failure error      // nil, or a fault.Upstream: why Org is only what the mirror knew
}

// LiveOrg reads an organization from the vendor, within 3 s in all, and refreshes the mirror's row. The scope is held
// against the parents that the vendor names now, its own and those of the organizations above it: what was moved changes
// hands with the next reading of anything in it, and everything below it with it.
//
// When the vendor does not answer, the mirror's row is given with Failure set. Outside the scope or missing is a
// fault.NotFound, the same words; so is an organization that no sync has met, because the vendor could only look for it
// in its whole list.
func (s *Service) LiveOrg(ctx context.Context, scope Scope, uid string) (LiveOrg, error) {
	if uid == "" || scope.Empty() {
		return LiveOrg{}, NoSuchPage(errors.New("no uid or an empty scope"))
	}
	known, err := s.Store.OrgPaths(ctx, []string{uid})
	if err != nil {
		return LiveOrg{}, err
	}
	row, met := known[uid]
	if !met {
		return LiveOrg{}, NoSuchPage(errors.New("not in the mirror"))
	}
	reading, cancel := backup.Interactive(ctx)
	defer cancel()

	readAt := s.Now()
	org, err := s.Reader.OrgByUID(reading, uid)
	if backup.IsNotFound(err) {
		s.SyncNow() // it takes its users and devices along
		return LiveOrg{}, NoSuchPage(err)
	}
	if err != nil {
		if ctx.Err() != nil { // the person left; nobody waits for the row
			return LiveOrg{}, err
		}
		return s.RememberedOrg(ctx, scope, uid, err)
	}

	path, err := s.placeOf(ctx, org, row)
	if err != nil {
		return LiveOrg{}, err
	}
	if path, err = s.placeNow(reading, path, uid); err != nil {
		if ctx.Err() != nil {
			return LiveOrg{}, err
		}
		return s.RememberedOrg(ctx, scope, uid, err)
	}
	now := orgRow(org, path)
	switch path {
	case row.Path:
		s.keep(ctx, "organization seen", s.Store.OrgSeen(ctx, now))
	case "":
		s.SyncNow() // it has a place again when the whole tree was read
	default:
		s.keep(ctx, "organization moved", s.Store.OrgMoved(ctx, now))
	}
	if !scope.Contains(path) {
		return LiveOrg{}, NoSuchPage(errors.New("outside the scope"))
	}
	// The counts are of the organizations that the mirror has below it, wherever it hangs there should it not be writable.
	node, err := s.Store.OrgNode(ctx, Everything(), uid)
	if err != nil {
		return LiveOrg{}, err
	}
	node.Org = now
	chain, err := s.chain(ctx, scope, now)
	if err != nil {
		return LiveOrg{}, err
	}
	return LiveOrg{Org: org, Row: node, Chain: chain, ReadAt: readAt}, nil
}

// RememberedOrg answers what the mirror knows of an organization that cannot be read live, with the reason why as its
// Failure.
func (s *Service) RememberedOrg(ctx context.Context, scope Scope, uid string, why error) (LiveOrg, error) {
	row, err := s.Store.OrgNode(ctx, scope, uid)
	if err != nil {
		return LiveOrg{}, err
	}
	chain, err := s.chain(ctx, scope, row.Org)
	if err != nil {
		return LiveOrg{}, err
	}
	fresh, err := s.Store.Freshness(ctx)
	if err != nil {
		return LiveOrg{}, err
	}
	org := backup.Org{
		UID: row.UID, ParentUID: row.ParentUID, Name: row.Name, ExternalReference: row.ExternalReference,
		Active: row.Active, Blocked: row.Blocked,
	}
	return LiveOrg{Org: org, Row: row, Chain: chain, ReadAt: fresh.CompletedAt, Failure: upstream(why)}, nil
}

// placeOf is the path of an organization below the parent that the vendor names; "", which lies in no scope, when the
// mirror has not met that parent. An organization that stays where it is keeps the path that the sync gave it: the
// vendor may name a parent that the portal's account cannot see.
func (s *Service) placeOf(ctx context.Context, live backup.Org, row Org) (string, error) {
	if live.ParentUID == row.ParentUID {
		return row.Path, nil
	}
	if live.ParentUID == "" {
		return ChildPath("", live.UID), nil
	}
	known, err := s.Store.OrgPaths(ctx, []string{live.ParentUID})
	parent := known[live.ParentUID]
	// Below its own subtree it would hang in a circle: the next sync sorts that out.
	if err != nil || parent.Path == "" || row.Path != "" && strings.HasPrefix(parent.Path, row.Path) {
		return "", err
	}
	return ChildPath(parent.Path, live.UID), nil
}

// mostOrgs bounds the organizations below one; no vendor has as many.
const mostOrgs = 1_000_000

// OrgsBelow lists the organizations below an organization that LiveOrg answered, as the mirror has them, by path.
func (s *Service) OrgsBelow(ctx context.Context, uid string) ([]Org, error) {
	known, err := s.Store.OrgPaths(ctx, []string{uid})
	if err != nil || known[uid].Path == "" {
		return nil, err
	}
	orgs, err := s.Store.Orgs(ctx, Scope{Paths: []string{known[uid].Path}}, mostOrgs)
	if err != nil || len(orgs) == 0 {
		return nil, err
	}
	return orgs[1:], nil // a subtree's root comes first
}

// renewedAtOnce is how many organizations are renewed one by one after a change above them.
const renewedAtOnce = 200

// OrgChanged brings the mirror up to date after a change that may have reached everything below an organization: the
// first organizations at once, new ones among them, and the rest, users and devices with the sync that it asks for.
func (s *Service) OrgChanged(ctx context.Context, uid string) error {
	defer s.SyncNow()
	known, err := s.Store.OrgPaths(ctx, []string{uid})
	if err != nil {
		return err
	}
	top := known[uid]
	if top.Path == "" {
		return nil
	}
	below, err := s.Store.Orgs(ctx, Scope{Paths: []string{top.Path}}, mostOrgs)
	if err != nil {
		return err
	}
	rows := make(map[string]Org, len(below))
	for _, o := range below {
		rows[o.UID] = o
	}
	left := renewedAtOnce
	for org, err := range s.Reader.Orgs(ctx, backup.OrgQuery{}) {
		if err != nil {
			return err
		}
		row, inside := rows[org.UID]
		if parent, below := rows[org.ParentUID]; !inside && below {
			// A new one; the store leaves one alone that stands elsewhere.
			row, inside = Org{ParentUID: org.ParentUID, Path: ChildPath(parent.Path, org.UID)}, true
		}
		// One that was moved waits for the sync.
		if now := orgRow(org, row.Path); inside && org.ParentUID == row.ParentUID && now != row {
			rows[org.UID] = now
			if err := s.Store.OrgSeen(ctx, now); err != nil {
				return err
			}
			if left--; left == 0 {
				return nil
			}
		}
	}
	return nil
}
