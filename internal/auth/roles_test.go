package auth_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/auth"
	"backup-portal/internal/policy"
)

func TestParseMappings(t *testing.T) {
	t.Parallel()
	text := `# who may do what; this is a comment
backup-admins=admin@1001
 desk = help-desk @ 1002 ; CN=Fleet Readers,OU=IT=viewer@1003;
#backup-admins=viewer@1001
team@example.com=org-manager@1002;;
`
	want := []auth.Mapping{
		{Group: "backup-admins", Role: policy.Admin, OrgUID: "1001"},
		{Group: "desk", Role: policy.HelpDesk, OrgUID: "1002"},
		{Group: "CN=Fleet Readers,OU=IT", Role: policy.Viewer, OrgUID: "1003"},
		{Group: "team@example.com", Role: policy.OrgManager, OrgUID: "1002"},
	}
	got, err := auth.ParseMappings(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mappings (-want +got):\n%s", diff)
	}
}

func TestParseMappingsNamesTheWrongEntry(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ entry, want string }{
		{"admins", "group=role@orgUid"},
		{"admins@1001", "group=role@orgUid"},
		{"=admin@1001", "names no group"},
		{"admins=boss@1001", `no role "boss"; the roles are viewer, help-desk, org-manager, admin, auditor`},
		{"admins=Admin@1001", `no role "Admin"`},
		{"admins=admin@", "not the uid"},
		{"admins=admin@10 01", "not the uid"},
		{"admins=admin@/1/2", "not the uid"},
		{"ok=viewer@1", "given twice"},
	} {
		_, err := auth.ParseMappings("ok=viewer@1\n" + tt.entry)
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), `"`+tt.entry+`"`) {
			t.Errorf("%q: got %v, want it to name the entry and say %q", tt.entry, err, tt.want)
		}
	}
}
