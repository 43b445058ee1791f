package handlers

import (
	"strings"
	"testing"
	"time"

	"backup-portal/internal/operation"
)

// TestUntilWhenSeveralCanBeBroughtBack: as long as the first of those that were changed.
func TestUntilWhenSeveralCanBeBroughtBack(t *testing.T) {
	t.Parallel()
	day := func(n int) time.Time { return noon.AddDate(0, 0, n) }
	const done, out = operation.Succeeded, operation.LeftOut
	for name, tt := range map[string]struct {
		states []operation.State
		until  []time.Time
		want   string
	}{
		"the earliest":        {[]operation.State{done, done, done}, []time.Time{day(60), day(30), day(90)}, "Until " + day(30).Format("2 January 2006") + " the archives are kept. "},
		"of the changed ones": {[]operation.State{done, out, done}, []time.Time{day(60), day(1), day(90)}, "Until " + day(60).Format("2 January 2006") + " the archives are kept. "},
		"some without an end": {[]operation.State{done, done, done}, []time.Time{day(60), {}, {}}, "Until " + day(60).Format("2 January 2006") + " the archives are kept. Of 2 devices it is not known how long. "},
		"one is over":         {[]operation.State{done, done}, []time.Time{day(60), day(-2)}, "The archives were kept until " + day(-2).Format("2 January 2006") + " and may be deleted by now. "},
		"nothing is known":    {[]operation.State{done, done}, []time.Time{{}, {}}, ""},
	} {
		page := pageOf(operation.Ended, tt.states...)
		for i, until := range tt.until {
			page.request.Items[i].UndoUntil = until
		}
		if got, leaves := page.undo().Why, page.action.Undo.Leaves; got != tt.want+leaves || strings.TrimSpace(leaves) == "" {
			t.Errorf("%s: the undo says %q, want %q", name, got, tt.want+leaves)
		}
	}
}
