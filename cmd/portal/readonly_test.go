package main_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestReadOnly pulls the emergency brake, by the environment and by a flag.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, variable string
		flags          []string
	}{{"by the environment", "true", nil}, {"by a flag", "", []string{"--read-only"}}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.with("PORTAL_READ_ONLY", test.variable)
			p := launch(t, w.folder, w.settings, append([]string{"serve"}, test.flags...)...)
			p.says(`"msg":"mirror synced"`)
			ada := w.ada()
			const banner = "Read-only. The portal sends no change until an operator lifts this. Reading works as always."
			for _, path := range []string{"/", "/devices", w.deviceURL(), w.deviceURL() + "/block", "/audit", "/nowhere"} {
				if bands := ada.get(path).words(t, ".band"); len(bands) != 1 || bands[0] != banner {
					t.Errorf("%s has the banners %q", path, bands)
				}
			}
			refused := ada.post(w.deviceURL()+"/block", blockForm(newID()))
			if refused.status != http.StatusForbidden || w.changes() != 0 {
				t.Errorf("a change is answered %d, %d sent", refused.status, w.changes())
			}
			if notes := refused.words(t, "main .note"); len(notes) != 1 || !strings.Contains(notes[0], "read-only") {
				t.Errorf("the reason is %q", notes)
			}
			if log := ada.get("/audit").words(t, "tbody tr"); len(log) == 0 || !strings.Contains(log[0], "Refused") {
				t.Errorf("the audit log says %q", log)
			}
		})
	}
}
