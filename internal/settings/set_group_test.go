package settings_test

import (
	"net/url"
	"testing"

	"pgregory.net/rapid"

	"backup-portal/internal/settings"
)

// TestSetGroupIsOneStepOfAnAddress: whatever a document calls a backup set, its group is a single plain step of a path and
// tells the id.
func TestSetGroupIsOneStepOfAnAddress(t *testing.T) {
	t.Parallel()
	if g := settings.SetGroup("510001"); g != "set-510001" {
		t.Errorf("a usual id: %s", g)
	}
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"7/../../sync", "7?edit=1", "7#top", "7%2f..", "_", "__5f", ".."})).Draw(t, "id")
		g := settings.SetGroup(id)
		if url.PathEscape(string(g)) != string(g) {
			t.Errorf("%q becomes %q", id, g)
		}
		if back, ok := settings.GroupSet(g); !ok || back != id {
			t.Errorf("%q comes back as %q (%t)", id, back, ok)
		}
		settings.GroupSet(settings.Group("set-" + id)) // what stands in an address is anything
	})
}
