package inventory_test

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestANameWithoutEndIsCut: any laptop names itself, and lists show fifty of them.
func TestANameWithoutEndIsCut(t *testing.T) {
	t.Parallel()
	f := newFixture(t, calm())
	f.sync()
	own, _, device, _ := f.twoSubtrees()
	for _, name := range []string{strings.Repeat("長", 1<<20), strings.Repeat("x", 999) + strings.Repeat("é", 1<<20)} {
		if err := f.vendor.RenameDevice(device.GUID, name); err != nil {
			t.Fatal(err)
		}
		live, err := f.Live(t.Context(), own, device.GUID)
		if err != nil {
			t.Fatal(err)
		}
		row, err := f.Device(t.Context(), own, device.GUID)
		if err != nil {
			t.Fatal(err)
		}
		for what, got := range map[string]string{"live": live.Row.Name, "mirror": row.Name} {
			if n := utf8.RuneCountInString(got); n != 1000 || !utf8.ValidString(got) || !strings.HasPrefix(name, strings.TrimSuffix(got, "…")) {
				t.Errorf("%s: a name of %d characters: %.20q…", what, n, got)
			}
		}
	}
}
