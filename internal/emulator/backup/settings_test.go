package backup

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestDocumentsHaveEveryKey holds the documents of the seed against the examples: no key is missing.
func TestDocumentsHaveEveryKey(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	s := c.server.Snapshot()
	orgs, devices := map[string]bool{}, map[string]bool{}
	for _, o := range s.Orgs[:10] {
		keysOf(c.orgDoc(o), "", orgs)
	}
	for _, d := range s.Devices {
		if d.OnHold {
			keysOf(c.deviceDoc(d.GUID), "", devices)
		}
	}
	for file, have := range map[string]map[string]bool{"testdata/example-org-settings.json": orgs, "testdata/example-device-settings.json": devices} {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want := keysOf(decodeJSON[map[string]any](t, string(raw))["data"], "", map[string]bool{})
		for key := range have {
			delete(want, key)
		}
		if missing := slices.Sorted(maps.Keys(want)); len(missing) > 0 {
			t.Errorf("%s has what the seed has not: %v", file, missing)
		}
	}
}

// TestWriteBack sends back what was read: nothing changes but the dates, not for anybody else either.
func TestWriteBack(t *testing.T) {
	t.Parallel()
	now := testTime()
	c := start(t, Options{Calm: true, Now: func() time.Time { return now }})
	s := c.server.Snapshot()
	s.Orgs, s.Devices = s.Orgs[:14], s.Devices[:60]
	read := func() (all []string) {
		for _, o := range s.Orgs {
			all = append(all, o.Name+" "+jsonOf(t, undated(c.orgDoc(o))))
		}
		for _, d := range s.Devices {
			all = append(all, d.Name+" "+jsonOf(t, undated(c.deviceDoc(d.GUID))))
		}
		return all
	}
	before := read()
	now = now.Add(time.Second)
	for _, o := range s.Orgs {
		was := c.orgDoc(o)
		setAt(was, map[string]any{"serviceBackupConfig": at(was, "deviceDefaults", "serviceBackupConfig")}, "deviceDefaults", "settings") // as the SDKs do
		is := c.putOrg(o, was).want(http.StatusOK).object()
		if is["modificationDate"] == was["modificationDate"] {
			t.Errorf("%s: the write left the date alone", o.Name)
		}
	}
	for _, d := range s.Devices {
		was := c.deviceDoc(d.GUID)
		is := c.putDevice(d, was).want(http.StatusOK).object()
		if is["service"] == "CrashPlan" && at(is, "settings", "configDateMs") == at(was, "settings", "configDateMs") {
			t.Errorf("%s: the write left the date of the settings alone", d.Name)
		}
	}
	if diff := cmp.Diff(before, read()); diff != "" {
		t.Errorf("writing back what was read (-before +after):\n%s", diff)
	}
}

// TestForms writes every form that clients read or write, and reads the one that the server answers with.
func TestForms(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	o := c.server.Snapshot().Orgs[0]
	const plain, all, none = "minutesUntilWarning", `[{"@include":"C:/"},{"@exclude":"C:/tmp/"}]`, `[{"@cleared":"true","@os":"Linux"}]`
	paths, names := []string{"backupPaths", "pathset"}, []string{"backupPaths", "excludeUser"}
	for name, test := range map[string]struct {
		path       []string // below the backup set "1", or a key of serviceBackupConfig
		sent, want string
	}{
		"a text":                        {nil, `"5040"`, `"5040"`},
		"a number for a text":           {nil, `5040`, `"5040"`},
		"a lock that a client invents":  {nil, `{"@locked":"true","#text":"2880"}`, `"2880"`},
		"nil":                           {nil, `{"@nil":"true"}`, `{"@nil":"true"}`},
		"a list for a text":             {nil, `["1"]`, `"4320"`},
		"null":                          {nil, `null`, `"4320"`},
		"no path, read":                 {paths, none, none},
		"no path, read in the old form": {paths, `[{"paths":{"@os":"Linux","path":[],"@cleared":"true"}}]`, none},
		"no path, locked":               {paths, `{"@locked":"true","paths":{"@cleared":"true","@os":"Linux"}}`, none},
		"no path, written":              {paths, `{"paths":{"@os":"Linux","path":[],"@cleared":"true"}}`, none},
		"only exclusions, written":      {paths, `{"paths":{"@os":"Linux","path":[{"@exclude":"C:/","@und":"false"}],"@cleared":"true"}}`, none},
		"a path, read":                  {paths, `[{"path":{"@include":"C:/"},"@os":"Linux"}]`, `[{"@os":"Linux","path":{"@include":"C:/"}}]`},
		"a path, locked":                {paths, `{"@locked":"true","paths":{"@os":"Linux","path":{"@include":"C:/"}}}`, `[{"@os":"Linux","path":{"@include":"C:/"}}]`},
		"a path, written": {
			paths, `{"paths":{"@os":"Linux","path":[{"@include":"C:/","@und":"false"}],"@cleared":"false"}}`,
			`[{"@os":"Linux","path":{"@include":"C:/"}}]`,
		},
		"paths, read":   {paths, `[{"path":` + all + `,"@os":"Linux"}]`, `[{"@os":"Linux","path":` + all + `}]`},
		"paths, locked": {paths, `{"@locked":"true","paths":{"@os":"Linux","path":` + all + `}}`, `[{"@os":"Linux","path":` + all + `}]`},
		"paths, written": {
			paths, `{"paths":{"@os":"Linux","path":[{"@include":"C:/","@und":"false"},{"@exclude":"C:/tmp/","@und":"false"}],"@cleared":"false"}}`,
			`[{"@os":"Linux","path":` + all + `}]`,
		},
		"no pattern, read":    {names, `[{"windows":[],"linux":[],"macintosh":[]}]`, `[{"windows":[],"macintosh":[],"linux":[]}]`},
		"no pattern, written": {names, `{"patternList":{"pattern":[],"windows":{"pattern":[]},"macintosh":{"pattern":[]},"linux":{"pattern":[]}}}`, `[{"windows":[],"macintosh":[],"linux":[]}]`},
		"a pattern, read":     {names, `[{"windows":[],"pattern":{"@regex":".*"},"linux":[],"macintosh":[]}]`, `[{"windows":[],"macintosh":[],"linux":[],"pattern":{"@regex":".*"}}]`},
		"a pattern, locked": {
			names, `{"@locked":"true","patternList":{"windows":[],"macintosh":[],"linux":[],"pattern":{"@regex":".*"}}}`,
			`[{"windows":[],"macintosh":[],"linux":[],"pattern":{"@regex":".*"}}]`,
		},
		"patterns, written": {
			names, `{"patternList":{"pattern":[{"@regex":"a"},{"@regex":"b"}],"windows":{"pattern":[{"@regex":"w"}]},"macintosh":{"pattern":[]},"linux":{"pattern":[]}}}`,
			`[{"windows":{"pattern":{"@regex":"w"}},"macintosh":[],"linux":[],"pattern":[{"@regex":"a"},{"@regex":"b"}]}]`,
		},
		"a schedule, locked": {
			[]string{"backupRunWindow"},
			`{"@locked":"true","runWindow":{"@always":"false","@days":"_MTWHF_","@startTimeOfDay":"20:00","@endTimeOfDay":"05:00"}}`,
			`[{"@always":"false","@days":"_MTWHF_","@endTimeOfDay":"05:00","@startTimeOfDay":"20:00"}]`,
		},
		"destinations":            {[]string{"destinations"}, `[{"@id":"632540230984925185","@locked":"true"},{"@id":"43"}]`, `[{"@id":"632540230984925185","@locked":"true"},{"@id":"43"}]`},
		"a destination twice":     {[]string{"destinations"}, `[{"@id":"43"},{"@id":"43"}]`, `[{"@id":"43"}]`},
		"one that is not offered": {[]string{"destinations"}, `[{"@id":"43"},{"@id":"673679195225718785"}]`, `[{"@id":"43"}]`},
		"no destination":          {[]string{"destinations"}, `{"@cleared":"true"}`, `{"@cleared":"true"}`},
		"an empty list of them":   {[]string{"destinations"}, `[]`, `{"@cleared":"true"}`},
	} {
		doc := c.orgDoc(o)
		path := orgBackupPath(plain)
		if test.path != nil {
			path = orgBackupPath(append([]string{"backupConfig", "backupSets", "1"}, test.path...)...)
		}
		was := at(doc, path...)
		setAt(doc, json.RawMessage(test.sent), path...)
		c.putOrg(o, doc).want(http.StatusOK)
		got := c.orgDoc(o)
		if diff := cmp.Diff(decodeJSON[any](t, test.want), at(got, path...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		setAt(got, was, path...)
		c.putOrg(o, got).want(http.StatusOK)
	}
}

// TestContainerForms reads the backup sets in each of the forms that they come in.
func TestContainerForms(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	o := c.server.Snapshot().Orgs[5]
	container := func() any {
		return at(c.orgDoc(o), orgBackupPath("backupConfig")...).(map[string]any)["backupSets"]
	}
	if list, ok := container().([]any); !ok || len(list) != 1 {
		t.Errorf("unlocked: %v", container())
	}
	lock := func(locked bool) {
		if err := c.server.LockOrgValue(o.UID, locked, orgBackupPath("backupConfig", "backupSets")...); err != nil {
			t.Fatal(err)
		}
	}
	lock(true)
	if one, ok := at(container(), "backupSet").(map[string]any); !ok || one["@id"] != "1" {
		t.Errorf("locked with one set: %v", container())
	}
	doc := c.orgDoc(o)
	setAt(doc, json.RawMessage(`[{"@id":"77","name":"Smuggled"}]`), orgBackupPath("backupConfig", "backupSets")...)
	if got := at(c.putOrg(o, doc).want(http.StatusOK).object(), orgBackupPath("backupConfig", "backupSets")...).([]any); at(got, "1") == nil || at(got, "77") != nil {
		t.Errorf("their number is locked, but they became %v", got)
	}
	if err := c.server.AddBackupSets(o.UID, 3); err != nil {
		t.Fatal(err)
	}
	if many, ok := at(container(), "backupSet").([]any); !ok || len(many) != 3 {
		t.Errorf("locked with three sets: %v", container())
	}
	lock(false)
	doc = c.orgDoc(o)
	setAt(doc, json.RawMessage(`[{"@id":"77","name":"New","scanTime":"04:00"},{"@id":"1"}]`), orgBackupPath("backupConfig", "backupSets")...)
	got := at(c.putOrg(o, doc).want(http.StatusOK).object(), orgBackupPath("backupConfig", "backupSets")...)
	if list := got.([]any); len(list) != 2 || at(got, "77", "scanTime") != "04:00" || at(got, "77", "watchFiles") != "true" || at(got, "1", "name") != "Files of the crew" {
		t.Errorf("with their number unlocked, sets come and go: %v", got)
	}
}

// TestLocks lets a client write locked values, in each form and without their marks: nothing changes, and nothing is refused.
func TestLocks(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	s := c.server.Snapshot()
	fleet := s.Orgs[1]
	if err := c.server.LockOrgValue(fleet.UID, true, "settings", "maxSeats"); err != nil {
		t.Fatal(err)
	}
	if err := c.server.LockOrgValue(fleet.UID, true, orgBackupPath("backupConfig", "backupSets", "1", "scanTime")...); err != nil {
		t.Fatal(err)
	}
	before := c.orgDoc(fleet)
	doc := c.orgDoc(fleet)
	set := orgBackupPath("backupConfig", "backupSets", "510001")
	for _, write := range []struct {
		value string
		path  []string
	}{
		{`"false"`, orgBackupPath("warningEmailEnabled")},
		{`{"@locked":"true","#text":"true"}`, orgBackupPath("backupStatusEmailEnabled")},
		{`{"@locked":"false","#text":"1"}`, orgBackupPath("highBandwidthRate")},
		{`"01:00"`, append(slices.Clone(set), "scanTime")},
		{`{"paths":{"path":[{"@include":"D:/"}]}}`, append(slices.Clone(set), "backupPaths", "pathset")},
		{`{"patternList":{"pattern":[]}}`, append(slices.Clone(set), "backupPaths", "excludeUser")},
		{`[{"@always":"false"}]`, append(slices.Clone(set), "backupRunWindow")},
		{`"false"`, append(slices.Clone(set), "@locked")},
		{`"05:00"`, orgBackupPath("backupConfig", "backupSets", "1", "scanTime")},
		{`7`, []string{"settings", "maxSeats"}},
		{`true`, []string{"settings", "isUsingQuotaDefaults"}}, // would take the locked value away
	} {
		setAt(doc, json.RawMessage(write.value), write.path...)
	}
	got := c.putOrg(fleet, doc).want(http.StatusOK).object()
	if diff := cmp.Diff(undated(before), undated(got)); diff != "" {
		t.Errorf("locked values changed (-before +after):\n%s", diff)
	}
	// The destinations of a locked set are not locked with it.
	doc = c.orgDoc(fleet)
	setAt(doc, json.RawMessage(`[{"@id":"43"}]`), append(slices.Clone(set), "destinations")...)
	got = c.putOrg(fleet, doc).want(http.StatusOK).object()
	if used := jsonOf(t, at(got, append(slices.Clone(set), "destinations")...)); used != `[{"@id":"43"}]` {
		t.Errorf("the locked set backs up to %s", used)
	}
	// Unlocked, the same write is taken.
	if err := c.server.LockOrgValue(fleet.UID, false, orgBackupPath("warningEmailEnabled")...); err != nil {
		t.Fatal(err)
	}
	doc = c.orgDoc(fleet)
	setAt(doc, "false", orgBackupPath("warningEmailEnabled")...)
	if got := at(c.putOrg(fleet, doc).want(http.StatusOK).object(), orgBackupPath("warningEmailEnabled")...); got != "false" {
		t.Errorf("unlocked, the value is %v", got)
	}
	for _, path := range [][]string{{"settings", "nothing"}, {"nothing", "x"}, {"settings"}, orgBackupPath("nothing"), orgBackupPath("backupConfig", "backupSets", "404")} {
		if err := c.server.LockOrgValue(fleet.UID, true, path...); err == nil {
			t.Errorf("%v was locked", path)
		}
	}
}
