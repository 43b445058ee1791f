package backup

import "testing"

// TestFanOut holds the drawn tree against its numbers, level by level.
func TestFanOut(t *testing.T) {
	t.Parallel()
	snapshot := New(Options{Calm: true, FanOut: []int{5, 3, 2}, Users: 20, Devices: 40}).Snapshot()
	levels, children := map[int]int{}, map[string]int{}
	for _, o := range snapshot.Orgs {
		levels[o.Level]++
		children[o.ParentUID]++
		if o.Name == "" || !o.Active {
			t.Errorf("organization without a name, or not active: %+v", o)
		}
	}
	for level, want := range map[int]int{1: 1, 2: 5, 3: 15, 4: 30} {
		if levels[level] != want {
			t.Errorf("%d organizations on level %d, want %d", levels[level], level, want)
		}
	}
	for _, o := range snapshot.Orgs {
		if want := map[int]int{1: 5, 2: 3, 3: 2, 4: 0}[o.Level]; children[o.UID] != want {
			t.Errorf("%s on level %d has %d children, want %d", o.Name, o.Level, children[o.UID], want)
		}
	}
	if len(snapshot.Devices) != 40 {
		t.Errorf("%d devices", len(snapshot.Devices))
	}
}
