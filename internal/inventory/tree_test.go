package inventory

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/backup"
)

func TestOrgTree(t *testing.T) {
	t.Parallel()
	list := []backup.Org{
		{UID: "child", ParentUID: "root"}, // before its parent
		{UID: "root"},
		{UID: "grandchild", ParentUID: "child"},
		{UID: "orphan", ParentUID: "not listed"},
		{UID: "below the orphan", ParentUID: "orphan"},
		{UID: "chicken", ParentUID: "egg"},
		{UID: "egg", ParentUID: "chicken"},
		{UID: "itself", ParentUID: "itself"},
		{UID: "a/slash", ParentUID: "root"},
		{UID: "below the slash", ParentUID: "a/slash"},
		{UID: ""},
	}
	want := map[string]string{
		"root": "/root/", "child": "/root/child/", "grandchild": "/root/child/grandchild/",
		"orphan": "/orphan/", "below the orphan": "/orphan/below the orphan/",
		"chicken": "", "egg": "", "itself": "", "a/slash": "", "below the slash": "",
	}
	got, depths := map[string]string{}, map[string]int{}
	for _, o := range orgTree(list) {
		if _, twice := got[o.UID]; twice {
			t.Errorf("%q appears twice", o.UID)
		}
		got[o.UID], depths[o.UID] = o.Path, o.Depth
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
	if depths["root"] != 0 || depths["grandchild"] != 2 || depths["egg"] != 0 {
		t.Errorf("depths: %v", depths)
	}
}
