package backup

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// asWritten is a document with everything that a second writer would write otherwise: spaces, escapes, an order of names, a
// number beyond 2^53, one name twice.
const asWritten = `{ "orgId":4200,"orgUid" : "42", "guid":"1222906893738553990","computerId":7, "z":1e3, "a":[ ],"n":9007199254740993,
	"t":"\u00e9\/é","@locked":"true","twice":1,"twice":2 }`

// TestDocumentsComeAsTheyWere: what is to go back edited at one value must not have been written anew on the way.
func TestDocumentsComeAsTheyWere(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"in the envelope": `{"metadata":{"timestamp":"x","params":{"data":"no"}},"data":` + asWritten + `}`,
		"bare":            asWritten,
	} {
		v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/api/v1/Org" {
				fmt.Fprint(w, `{"data":{"orgs":[{"orgUid":"42","orgGuid":"g-42"}],"totalCount":1}}`)
				return
			}
			fmt.Fprint(w, answer)
		})
		r := newTestClient(t, v.URL, nil).Reader()
		for method, read := range map[string]func(context.Context) ([]byte, error){
			"OrgDocument":       func(ctx context.Context) ([]byte, error) { return r.OrgDocument(ctx, "42") },
			"OrgPackets":        func(ctx context.Context) ([]byte, error) { return r.OrgPackets(ctx, 4200) },
			"DeviceDocument":    func(ctx context.Context) ([]byte, error) { return r.DeviceDocument(ctx, "1222906893738553990") },
			"DeviceSettingView": func(ctx context.Context) ([]byte, error) { return r.DeviceSettingView(ctx, "1222906893738553990", nil) },
		} {
			got, err := read(t.Context())
			if err != nil {
				t.Errorf("%s %s: %v", method, name, err)
			}
			if diff := cmp.Diff(asWritten, string(got)); diff != "" {
				t.Errorf("%s %s (-sent +read):\n%s", method, name, diff)
			}
		}
	}
}

// TestADocumentNamesWhatWasAskedFor: a stranger's document is not edited and sent to the one that was meant.
func TestADocumentNamesWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"another one":  `{"data":{"orgUid":"43","guid":"43"}}`,
		"none":         `{"data":{}}`,
		"a list":       `{"data":[]}`,
		"nothing":      `{"data":null}`,
		"a page":       `<html>`,
		"not complete": `{"data":{"orgUid":"42","guid":"42"`,
		"too long":     `{"data":{"orgUid":"42","guid":"42","n":"` + strings.Repeat("x", 5000) + `"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/api/v1/Org" {
					fmt.Fprint(w, `{"data":{"orgs":[{"orgUid":"42","orgGuid":"g-42"}],"totalCount":1}}`)
					return
				}
				fmt.Fprint(w, answer)
			})
			r := newTestClient(t, v.URL, func(o *Options, _ *tuning) { o.MaxDocumentBytes = 4000 }).Reader()
			if got, err := r.OrgDocument(t.Context(), "42"); MeaningOf(err) != Unparseable || got != nil {
				t.Errorf("organization: %q, %v", got, err)
			}
			if got, err := r.DeviceDocument(t.Context(), "42"); MeaningOf(err) != Unparseable || got != nil {
				t.Errorf("device: %q, %v", got, err)
			}
		})
	}
}

// TestAnOrgGuidThatIsGoneIsLookedUpAgain as for OrgByUID, and an organization that is gone is not found.
func TestAnOrgGuidThatIsGoneIsLookedUpAgain(t *testing.T) {
	t.Parallel()
	var guid atomic.Value
	guid.Store("old")
	v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/v1/Org":
			fmt.Fprintf(w, `{"data":{"orgs":[{"orgUid":"42","orgGuid":%q}],"totalCount":1}}`, guid.Load())
		case "/api/v3/orgs/" + guid.Load().(string):
			fmt.Fprint(w, `{"data":{"orgUid":"42"}}`)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
	r := newTestClient(t, v.URL, nil).Reader()
	for _, now := range []string{"old", "new"} {
		guid.Store(now)
		if got, err := r.OrgDocument(t.Context(), "42"); err != nil || string(got) != `{"orgUid":"42"}` {
			t.Errorf("%s: %s, %v", now, got, err)
		}
	}
	if _, err := r.OrgDocument(t.Context(), "43"); !IsNotFound(err) {
		t.Errorf("an organization that is not listed: %v", err)
	}
}

// TestWhatIsNoDocumentIsNotSent: nothing leaves that could not have been meant.
func TestWhatIsNoDocumentIsNotSent(t *testing.T) {
	t.Parallel()
	v := newVendor(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	w := newTestClient(t, v.URL, nil).Writer()
	document := []byte(`{"a":1}`)
	for name, change := range map[string]func(context.Context) error{
		"no organization":         func(ctx context.Context) error { return w.PutOrgDocument(ctx, 0, document) },
		"no document":             func(ctx context.Context) error { return w.PutOrgDocument(ctx, 1, nil) },
		"half a document":         func(ctx context.Context) error { return w.PutOrgDocument(ctx, 1, document[:5]) },
		"packets of nobody":       func(ctx context.Context) error { return w.PutOrgPackets(ctx, -1, document) },
		"no packets":              func(ctx context.Context) error { return w.PutOrgPackets(ctx, 1, []byte(" ")) },
		"no device":               func(ctx context.Context) error { return w.PutDevice(ctx, 0, document) },
		"no device document":      func(ctx context.Context) error { return w.PutDevice(ctx, 1, nil) },
		"upgrade of nothing":      func(ctx context.Context) error { return w.UpgradeDevice(ctx, "") },
		"nobody's organization":   func(ctx context.Context) error { return w.CreateOrg(ctx, NewOrg{Name: "x"}) },
		"a nameless organization": func(ctx context.Context) error { return w.CreateOrg(ctx, NewOrg{ParentGUID: "g"}) },
		"an edit of nothing":      func(ctx context.Context) error { return w.UpdateOrg(ctx, "", OrgEdit{}) },
	} {
		if err := change(t.Context()); OutcomeOf(err) != FailedNotSent || MeaningOf(err) != NotSent {
			t.Errorf("%s: %v (%v)", name, err, OutcomeOf(err))
		}
	}
	if n := v.arrivals(); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}

// TestWhatIsNotSetTravelsAsNull: null leaves as it is, an empty text empties.
func TestWhatIsNotSetTravelsAsNull(t *testing.T) {
	t.Parallel()
	bodies := make(chan string, 1)
	v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies <- r.Method + " " + r.URL.EscapedPath() + " " + string(body)
		fmt.Fprint(w, `{"data":{}}`)
	})
	w := newTestClient(t, v.URL, nil).Writer()
	name, none := `"A" & <b>`, ""
	for want, change := range map[string]func(context.Context) error{
		`POST /api/v3/orgs {"orgName":"N","orgExtRef":null,"notes":null,"parentOrgGuid":"g"}`: func(ctx context.Context) error {
			return w.CreateOrg(ctx, NewOrg{ParentGUID: "g", Name: "N"})
		},
		`PUT /api/v3/orgs/g%2Fh {"orgName":"\"A\" \u0026 \u003cb\u003e","orgExtRef":null,"notes":""}`: func(ctx context.Context) error {
			return w.UpdateOrg(ctx, "g/h", OrgEdit{Name: &name, Notes: &none})
		},
		`PUT /api/v1/Org/4200 ` + asWritten: func(ctx context.Context) error { return w.PutOrgDocument(ctx, 4200, []byte(asWritten)) },
		`PUT /api/v1/Computer/7 ` + asWritten: func(ctx context.Context) error {
			return w.PutDevice(ctx, 7, []byte(asWritten))
		},
	} {
		if err := change(t.Context()); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want, <-bodies); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
	}
}

// TestAgentStates: what a device does not report is an answer, told apart from a vendor that cannot be asked.
func TestAgentStates(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		answer string
		want   AgentState
		err    Meaning
	}{
		"on":             {200, `{"data":{"deviceGuid":"7","propertyName":"fullDiskAccess","value":"true"}}`, AgentState{"7", FullDiskAccess, "true", true}, Unclassified},
		"on, as boolean": {200, `{"data":{"value":true}}`, AgentState{"7", FullDiskAccess, "true", true}, Unclassified},
		"off":            {200, `{"data":{"value":"false"}}`, AgentState{"7", FullDiskAccess, "false", true}, Unclassified},
		"nothing":        {200, `{"data":{"value":null}}`, AgentState{DeviceGUID: "7", Property: FullDiskAccess}, Unclassified},
		"no Mac":         {404, ``, AgentState{DeviceGUID: "7", Property: FullDiskAccess}, Unclassified},
		"not allowed":    {403, ``, AgentState{}, Forbidden},
		"another device": {200, `{"data":{"deviceGuid":"8","value":"true"}}`, AgentState{}, Unparseable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVendor(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tt.status)
				fmt.Fprint(w, tt.answer)
			})
			got, err := newTestClient(t, v.URL, nil).Reader().DeviceAgentState(t.Context(), "7", FullDiskAccess)
			if diff := cmp.Diff(tt.want, got); diff != "" || MeaningOf(err) != tt.err || (err == nil) != (tt.err == Unclassified) {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if got.On() != (tt.want.Value == "true") {
				t.Errorf("on is %v", got.On())
			}
		})
	}
	v := newVendor(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"data":[{"deviceGuid":7,"propertyName":"fullDiskAccess","value":true},{"deviceGuid":"8","value":"false"}]}`)
	})
	r := newTestClient(t, v.URL, nil).Reader()
	got, err := r.OrgAgentStates(t.Context(), 9002, FullDiskAccess)
	want := []AgentState{{"7", FullDiskAccess, "true", true}, {"8", "", "false", true}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
