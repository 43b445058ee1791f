package backup

import (
	"net/http"
	"regexp"
	"strings"
)

// access says who may use a route.
type access int

const (
	bearer access = iota
	open
)

// route is one call of the API. A segment {id} takes one path segment, v* any version.
type route struct {
	method  string
	pattern string
	handle  func(*call) answer
	access  access
	changes bool // takes the state's write lock, and is never throttled

	segments []string // of the pattern
}

// routes is the whole API. Resources under v1 match in any case of letters.
func (s *Server) routes() []route {
	read := func(pattern string, handle func(*call) answer) route {
		return route{method: http.MethodGet, pattern: pattern, handle: handle}
	}
	change := func(method, pattern string, handle func(*call) answer) route {
		return route{method: method, pattern: pattern, handle: handle, changes: true}
	}
	return []route{
		{method: http.MethodGet, pattern: "/api/v3/auth/jwt", handle: s.signIn, access: open},
		{method: http.MethodPost, pattern: "/api/v3/oauth/token", handle: s.signInClient, access: open},
		{method: http.MethodGet, pattern: "/api/v3/LoginConfiguration", handle: s.loginConfiguration, access: open},
		{method: http.MethodGet, pattern: "/v1/{key}", handle: s.serviceAddress, access: open},
		read("/api/v3/customer/my", s.currentTenant),
		read("/api/v1/ServerEnv", s.serverEnvironment),

		read("/api/v1/Computer", s.listDevices),
		read("/api/v1/Computer/{id}", s.getDevice),
		change(http.MethodPut, "/api/v1/Computer/{id}", s.replaceDevice),
		change(http.MethodPut, "/api/v1/ComputerBlock/{id}", s.blockDevice),
		change(http.MethodDelete, "/api/v1/ComputerBlock/{id}", s.unblockDevice),
		change(http.MethodPut, "/api/v1/ComputerDeauthorization/{id}", s.deauthorizeDevice),
		change(http.MethodPost, "/api/v*/computer-deactivation/update", s.deactivateDevice),
		change(http.MethodPost, "/api/v*/computer-deactivation/remove", s.reactivateDevice),
		change(http.MethodPut, "/api/v1/ComputerDeactivation/{id}", s.deactivateDeviceByPath),
		change(http.MethodDelete, "/api/v1/ComputerDeactivation/{id}", s.reactivateDeviceByPath),
		change(http.MethodPost, "/api/v*/device-upgrade/upgrade-device", s.upgradeDevice),
		read("/api/v*/device-setting/view", s.viewDeviceSettings),
		read("/api/v*/agent-state/view-by-device-guid", s.agentState),
		read("/api/v*/agent-state/view-by-organization-id", s.agentStates),

		read("/api/v1/Archive", s.listArchives),
		read("/api/v1/Archive/{guid}", s.getArchive),
		read("/api/v1/ColdStorage", s.listColdStorage),
		change(http.MethodPut, "/api/v1/ColdStorage/{guid}", s.setPurgeDate),

		read("/api/v1/Org", s.listOrgs),
		read("/api/v1/Org/my", s.currentOrg),
		read("/api/v1/Org/{id}", s.getOrgByNumber),
		change(http.MethodPut, "/api/v1/Org/{id}", s.replaceOrg),
		read("/api/v1/OrgSetting/{id}", s.getPackets),
		change(http.MethodPut, "/api/v1/OrgSetting/{id}", s.putPackets),
		change(http.MethodPost, "/api/v3/orgs", s.createOrg),
		read("/api/v3/orgs/{guid}", s.getOrg),
		change(http.MethodPut, "/api/v3/orgs/{guid}", s.updateOrg),
		change(http.MethodPost, "/api/v3/orgs/{guid}/block", s.blockOrg),
		change(http.MethodPost, "/api/v3/orgs/{guid}/unblock", s.unblockOrg),
		change(http.MethodPost, "/api/v3/orgs/{guid}/deactivate", s.deactivateOrg),
		change(http.MethodPost, "/api/v3/orgs/{guid}/activate", s.activateOrg),

		read("/api/v1/User", s.listUsers),
		read("/api/v1/User/my", s.currentUser),
		read("/api/v1/User/{id}", s.getUser),
		change(http.MethodPost, "/api/v1/User", s.createUser),
		change(http.MethodPut, "/api/v1/User/{id}", s.updateUser),
		read("/api/v1/role", s.listRoles),
		read("/api/v*/role/view", s.listRoles),
		read("/api/v3/users/{uid}/roles", s.getUserRoles),
		change(http.MethodPut, "/api/v3/users/{uid}/roles", s.setUserRoles),
		change(http.MethodPost, "/api/v3/users/{uid}/block", s.blockUser),
		change(http.MethodPost, "/api/v3/users/{uid}/unblock", s.unblockUser),
		change(http.MethodPost, "/api/v3/users/{uid}/deactivate", s.deactivateUser),
		change(http.MethodPost, "/api/v3/users/{uid}/activate", s.activateUser),
		change(http.MethodPost, "/api/v3/users/{uid}/move", s.moveUser),
		read("/api/v*/scim-user-data/collated-view", s.scimData),

		change(http.MethodPost, "/api/v*/legal-hold-policy/create", s.createPolicy),
		read("/api/v*/legal-hold-policy/view", s.viewPolicy),
		read("/api/v*/legal-hold-policy/list", s.listPolicies),
		change(http.MethodPost, "/api/v*/legal-hold-matter/create", s.createMatter),
		read("/api/v*/legal-hold-matter/view", s.viewMatter),
		read("/api/v*/legal-hold-matter/list", s.listMatters),
		change(http.MethodPost, "/api/v*/legal-hold-matter/deactivate", s.closeMatter),
		change(http.MethodPost, "/api/v*/legal-hold-matter/activate", s.reopenMatter),
		read("/api/v*/legal-hold-membership/list", s.listMemberships),
		change(http.MethodPost, "/api/v*/legal-hold-membership/create", s.addCustodian),
		change(http.MethodPost, "/api/v*/legal-hold-membership/deactivate", s.releaseCustodian),
		read("/api/v*/legal-hold-event/list", s.listHoldEvents),
		change(http.MethodPost, "/api/v*/legal-hold-deactivation/update", s.closeMatter),
		read("/api/v1/LegalHold", s.listMatters),
		read("/api/v1/LegalHold/{uid}", s.viewMatter),
		change(http.MethodPost, "/api/v1/LegalHold", s.createMatter),
		change(http.MethodPut, "/api/v1/LegalHoldReactivation/{uid}", s.reopenMatter),
		read("/api/v1/LegalHoldMembership", s.listMemberships),
		change(http.MethodPost, "/api/v1/LegalHoldMembership", s.addCustodian),
		change(http.MethodPost, "/api/v1/LegalHoldMembershipDeactivation", s.releaseCustodian),
		read("/api/v1/LegalHoldEventReport", s.listHoldEvents),
	}
}

// router finds the route of a request.
type router struct {
	routes  []route
	version *regexp.Regexp
}

func newRouter(routes []route) *router {
	for i := range routes {
		routes[i].segments = segments(routes[i].pattern)
	}
	return &router{routes: routes, version: regexp.MustCompile(`^v[0-9]+$`)}
}

// find returns the route and what stood in its placeholders. Without a route, known tells whether the path exists for
// another method.
func (r *router) find(method, path string) (found *route, ids []string, known bool) {
	got := segments(r.canonical(path))
	for i := range r.routes {
		ids, ok := r.match(r.routes[i].segments, got)
		if !ok {
			continue
		}
		if r.routes[i].method == method {
			return &r.routes[i], ids, true
		}
		known = true
	}
	return nil, nil, known
}

// canonical undoes the alias forms of older clients: /api/X for /api/v1/X, /c42api/… for /api/… (wire: section 1.1).
func (r *router) canonical(path string) string {
	if rest, ok := strings.CutPrefix(path, "/c42api/"); ok {
		path = "/api/" + rest
	}
	if rest, ok := strings.CutPrefix(path, "/api/"); ok {
		if first, _, _ := strings.Cut(rest, "/"); !r.version.MatchString(first) {
			path = "/api/v1/" + rest
		}
	}
	return path
}

func segments(path string) []string { return strings.Split(strings.Trim(path, "/"), "/") }

func (r *router) match(pattern, path []string) (ids []string, ok bool) {
	if len(pattern) != len(path) {
		return nil, false
	}
	anyCase := len(path) > 1 && path[1] == "v1"
	for i, want := range pattern {
		got := path[i]
		switch {
		case want == "v*":
			ok = r.version.MatchString(got)
		case strings.HasPrefix(want, "{"):
			ids = append(ids, got)
			ok = got != ""
		default:
			ok = got == want || (anyCase && strings.EqualFold(got, want))
		}
		if !ok {
			return nil, false
		}
	}
	return ids, true
}
