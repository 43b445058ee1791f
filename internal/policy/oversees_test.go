package policy_test

import (
	"testing"

	"backup-portal/internal/policy"
)

func TestOversees(t *testing.T) {
	t.Parallel()
	root := policy.Grant{Role: policy.Admin, OrgUID: "r", Path: "/r/", AtRoot: true}
	below := policy.Grant{Role: policy.Admin, OrgUID: "a", Path: "/r/a/"}
	viewer := func(path string) policy.Grant { return policy.Grant{Role: policy.Viewer, Path: path} }
	for name, tt := range map[string]struct {
		actor, other []policy.Grant
		want         bool
	}{
		"below, at the same place":          {[]policy.Grant{below}, []policy.Grant{viewer("/r/a/")}, true},
		"below, further down":               {[]policy.Grant{below}, []policy.Grant{viewer("/r/a/b/")}, true},
		"below, another admin of the place": {[]policy.Grant{below}, []policy.Grant{below}, true},
		"below, beside":                     {[]policy.Grant{below}, []policy.Grant{viewer("/r/c/")}, false},
		"below, above":                      {[]policy.Grant{below}, []policy.Grant{viewer("/r/")}, false},
		"below, inside and beside":          {[]policy.Grant{below}, []policy.Grant{viewer("/r/a/"), viewer("/r/c/")}, false},
		"below, nothing":                    {[]policy.Grant{below}, nil, false},
		"below, inside and nowhere":         {[]policy.Grant{below}, []policy.Grant{viewer("/r/a/"), viewer("")}, false},
		"root, anywhere":                    {[]policy.Grant{root}, []policy.Grant{root, viewer("/r/c/")}, true},
		"root, nothing":                     {[]policy.Grant{root}, nil, true},
		"root, nowhere":                     {[]policy.Grant{root}, []policy.Grant{viewer("")}, true},
		"root, another root's tree":         {[]policy.Grant{root}, []policy.Grant{viewer("/q/")}, false},
		"no admin":                          {[]policy.Grant{viewer("/r/")}, []policy.Grant{viewer("/r/a/")}, false},
		"an admin of nowhere":               {[]policy.Grant{{Role: policy.Admin, AtRoot: true}}, nil, false},
		"an auditor at the root":            {[]policy.Grant{{Role: policy.Auditor, Path: "/r/", AtRoot: true}}, nil, false},
	} {
		actor, other := policy.Actor{Grants: tt.actor}, policy.Actor{Grants: tt.other}
		if got := policy.Oversees(actor, policy.EndSessions, other); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}
