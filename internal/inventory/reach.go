package inventory

import (
	"context"
	"strings"

	"backup-portal/internal/settings"
)

// Reach is how far a value goes that an organization sets, as the mirror knows it: to itself and to what follows it below.
type Reach struct {
	Orgs, Devices int // active ones, the organization itself among them; of what is inherited with the quota all devices: see counted
	Overriding    int // active organizations below that have values of their own, or hang below one that does
	Unknown       int // of Orgs: whether they follow was not read yet; they count as following
}

// Following says whether an organization follows the one above for what is inherited together.
type Following int

// The answers. Nobody has read it yet, it has values of its own, it follows.
const (
	FollowingUnknown Following = 0
	FollowsNot       Following = 1
	Follows          Following = 2
)

// OrgFollowing is an organization of a subtree with what it follows for.
type OrgFollowing struct {
	Path    string
	Active  bool
	Devices int // active ones that stand directly in it
	Stored  int // those and the deactivated ones
	Follows map[settings.Inheritance]Following
}

// inherited are the inheritances of organizations that go down the tree.
func inherited() []settings.Inheritance {
	return []settings.Inheritance{
		settings.ByQuota, settings.ByReporting, settings.ByDestinations, settings.ByDeviceDefaults, settings.ByPacket,
	}
}

// counted is how many of its devices a value reaches that an organization gets. With the quota come the days in cold storage,
// which are for the archives of what is deactivated: a device or a whole organization.
func (o OrgFollowing) counted(by settings.Inheritance) int {
	switch {
	case by == settings.ByQuota:
		return o.Stored
	case o.Active:
		return o.Devices
	}
	return 0
}

// ReachOf counts what follows the first organization of a subtree, whose organizations come in the order of their paths.
// What an organization sets for itself alone reaches itself.
func ReachOf(subtree []OrgFollowing) map[settings.Inheritance]Reach {
	reach := make(map[settings.Inheritance]Reach, len(inherited())+1)
	if len(subtree) == 0 {
		return reach
	}
	top := subtree[0]
	reach[settings.Own] = Reach{Orgs: 1, Devices: top.Devices}
	for _, by := range inherited() {
		r := reach[settings.Own]
		if by == settings.ByQuota {
			r.Devices = top.Stored
		}
		cut := "" // the path of the last organization that followed no more: neither does anything below it
		for _, org := range subtree[1:] {
			below := cut != "" && strings.HasPrefix(org.Path, cut)
			if !below && org.Follows[by] == FollowsNot {
				cut, below = org.Path, true
			}
			if !below {
				r.Devices += org.counted(by)
			}
			switch {
			case !org.Active:
			case below:
				r.Overriding++
			default:
				r.Orgs++
				if org.Follows[by] == FollowingUnknown {
					r.Unknown++
				}
			}
		}
		reach[by] = r
	}
	return reach
}

// Reach counts what follows an organization inside a scope.
func (s *Service) Reach(ctx context.Context, scope Scope, uid string) (map[settings.Inheritance]Reach, error) {
	subtree, err := s.Store.Following(ctx, scope, uid)
	if err != nil {
		return nil, err
	}
	return ReachOf(subtree), nil
}
