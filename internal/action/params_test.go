package action_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/action"
	"backup-portal/internal/backup"
	"backup-portal/internal/settings"
)

// TestAccept tells at each field what is wrong with it, for the road and for the page alike.
func TestAccept(t *testing.T) {
	t.Parallel()
	change := settings.Changes{{Key: "quota.maxSeats", From: "1", To: "2"}}.Params()
	for name, tt := range map[string]struct {
		id     string
		params map[string]string
		want   map[string]string
	}{
		"an edit of nothing":       {"org.edit", nil, nil},
		"an edit of one text":      {"org.edit", map[string]string{"notes": "of\ntwo\tlines"}, nil},
		"an emptied text":          {"org.edit", map[string]string{"reference": ""}, nil},
		"an emptied name":          {"device.edit", map[string]string{"name": "  "}, map[string]string{"name": "Name cannot be empty."}},
		"a new one without a name": {"org.create", nil, map[string]string{"name": "Name cannot be empty."}},
		"a new one":                {"org.create", map[string]string{"name": "Yard <b>\u202e"}, nil},
		"too long": {
			"org.create",
			map[string]string{"name": strings.Repeat("é", 256), "notes": strings.Repeat("é", 1001)},
			map[string]string{"name": "It is longer than 255 characters.", "notes": "It is longer than 1,000 characters."},
		},
		"just not too long": {"org.create", map[string]string{"name": strings.Repeat("é", 255), "notes": strings.Repeat("é", 1000)}, nil},
		"a name of two lines": {
			"device.edit",
			map[string]string{"name": "a\nb", "notes": "a\x1bb"},
			map[string]string{"name": "It has a line break or another control character.", "notes": "It has control characters."},
		},
		"no text":                     {"device.edit", map[string]string{"name": "\xff"}, map[string]string{"name": "It has characters that are none."}},
		"a field of another action":   {"device.edit", map[string]string{"to": "x"}, map[string]string{"": "The form has a field that is none of this action. Open it again."}},
		"an action without fields":    {"device.upgrade", nil, nil},
		"fields of one that has none": {"device.follow", map[string]string{"name": "x"}, map[string]string{"": "The form has a field that is none of this action. Open it again."}},
		"changes":                     {"org.settings", change, nil},
		"changes of a device":         {"device.settings", settings.Changes{{Key: "defaults.minutesUntilWarning", From: "1", To: "2"}}.Params(), nil},
		"no changes":                  {"org.settings", nil, map[string]string{"": "Nothing is to be changed."}},
		"what is no change":           {"device.settings", map[string]string{"name": "x"}, map[string]string{"": "The changes cannot be read. Open the settings again."}},
	} {
		got := byID(t, tt.id).Accept(tt.params)
		if len(got) == 0 {
			got = nil
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestOnlyEditsStartWithSomething: the form of an edit shows today's texts, that of a new organization is empty.
func TestOnlyEditsStartWithSomething(t *testing.T) {
	t.Parallel()
	o := action.Order{State: action.State{
		Org:    backup.Org{Name: "Yard", ExternalReference: "CC-17", Notes: "one\ntwo"},
		Device: backup.Device{Name: "ANN-LT", ExternalReference: "INV-4", Notes: "lent"},
	}}
	for id, want := range map[string]map[string]string{
		"org.edit":    {"name": "Yard", "reference": "CC-17", "notes": "one\ntwo"},
		"device.edit": {"name": "ANN-LT", "reference": "INV-4", "notes": "lent"},
		"org.create":  {},
	} {
		got := map[string]string{}
		for _, p := range byID(t, id).Params {
			if p.Initial != nil {
				got[p.Name] = p.Initial(o)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
}
