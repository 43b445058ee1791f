package backup

import (
	"fmt"
	"net/http"
	"testing"
)

// The days stand in up to three places, in forms of different age; the summary is what holds in the end.
func TestArchiveHoldDaysInEveryForm(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		settings string
		want     int // -1 is an error
	}{
		"in all places":           {`"settings":{"archiveHoldDays":365},"settingsInherited":{"archiveHoldDays":14},"settingsSummary":{"archiveHoldDays":90}`, 90},
		"its own":                 {`"settings":{"archiveHoldDays":365},"settingsInherited":{"archiveHoldDays":14}`, 365},
		"as above":                {`"settings":{"archiveHoldDays":365,"isUsingQuotaDefaults":true},"settingsInherited":{"archiveHoldDays":14}`, 14},
		"as above, told once":     {`"settings":{"archiveHoldDays":30,"isUsingQuotaDefaults":"true"}`, 30},
		"a text":                  {`"settings":{"archiveHoldDays":"45"}`, 45},
		"locked":                  {`"settings":{"archiveHoldDays":{"@locked":"true","#text":"7"}}`, 7},
		"none at all":             {`"settings":{"archiveHoldDays":0}`, 0},
		"an empty summary":        {`"settings":{"archiveHoldDays":60},"settingsSummary":{"archiveHoldDays":""}`, 60},
		"nothing":                 {`"settings":{"archiveHoldDays":null},"settingsInherited":null`, -1},
		"no settings":             {`"orgName":"x"`, -1},
		"what is no number":       {`"settings":{"archiveHoldDays":"soon"}`, -1},
		"less than none":          {`"settings":{"archiveHoldDays":-1}`, -1},
		"settings of another one": {`"orgUid":"8","settings":{"archiveHoldDays":1}`, -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/api/v1/Org" {
					writeJSON(w, map[string]any{"data": map[string]any{"totalCount": 1, "orgs": []any{map[string]any{"orgUid": "7", "orgGuid": "g"}}}})
					return
				}
				_, _ = fmt.Fprintf(w, `{"data":{"orgUid":"7",%s}}`, tt.settings)
			})
			r := newTestClient(t, v.URL, nil).Reader()
			if _, err := r.OrgPage(t.Context(), OrgQuery{}); err != nil {
				t.Fatal(err)
			}
			days, err := r.ArchiveHoldDays(t.Context(), "7")
			if (err != nil) != (tt.want < 0) || err == nil && days != tt.want {
				t.Errorf("%d days, %v", days, err)
			}
		})
	}
}
