package settings_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	emulator "backup-portal/internal/emulator/backup"
	"backup-portal/internal/settings"
)

// vendor is an emulated one whose documents are read and written as the vendor's SDKs do.
type vendor struct {
	t      *testing.T
	server *httptest.Server
	token  string
}

func (v vendor) call(method, path string, body []byte) []byte {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), method, v.server.URL+path, strings.NewReader(string(body)))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+v.token)
	r.Header.Set("Content-Type", "application/json")
	answer, err := v.server.Client().Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer answer.Body.Close()
	read, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 300 {
		v.t.Fatalf("%s %s: %d %v %.300s", method, path, answer.StatusCode, err, read)
	}
	return read
}

func (v vendor) organization(id int64, guid string) settings.Sheet {
	v.t.Helper()
	document := v.call(http.MethodGet, "/api/v3/orgs/"+guid+"?incSettings=True&incDeviceDefaults=True&incInheritedOrgInfo=True", nil)
	s, err := settings.OfOrganization(document, v.call(http.MethodGet, fmt.Sprintf("/api/v1/OrgSetting/%d", id), nil))
	if err != nil {
		v.t.Fatal(err)
	}
	return s
}

func (v vendor) device(id int64) settings.Sheet {
	v.t.Helper()
	s, err := settings.OfDevice(v.call(http.MethodGet, fmt.Sprintf("/api/v1/Computer/%d?incSettings=True", id), nil))
	if err != nil {
		v.t.Fatal(err)
	}
	return s
}

// TestWhatIsWrittenSticks writes every value that can be edited to a vendor that normalises what it takes, and reads it back:
// it is as was said beforehand, and nothing else has moved.
func TestWhatIsWrittenSticks(t *testing.T) {
	t.Parallel()
	server := emulator.New(emulator.Options{Calm: true, Devices: 60, Users: 40})
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	v := vendor{t, web, server.IssueToken()}
	snapshot := server.Snapshot()
	for i, o := range snapshot.Orgs[:4] {
		path, packets := fmt.Sprintf("/api/v1/Org/%d", o.ID), fmt.Sprintf("/api/v1/OrgSetting/%d", o.ID)
		v.everyEdit(o.Name, uint64(i), func() settings.Sheet { return v.organization(o.ID, o.GUID) }, path, packets)
	}
	for i, d := range snapshot.Devices[:2] {
		v.everyEdit(d.Name, uint64(i), func() settings.Sheet { return v.device(d.ID) }, fmt.Sprintf("/api/v1/Computer/%d", d.ID), "")
	}
}

func (v vendor) everyEdit(name string, seed uint64, read func() settings.Sheet, path, packetPath string) {
	v.t.Helper()
	m := &maker{r: rand.New(rand.NewPCG(seed, 2))}
	s := read()
	for _, value := range s.Values() {
		now, ok := s.Value(value.Key)
		if !ok || now.ReadOnly || now.Locked {
			continue
		}
		c := settings.Changes{{Key: now.Key, From: now.Own, To: m.another(now)}}
		if left, _, _ := c.Against(s); len(left) == 0 {
			continue
		}
		document, packets, err := s.Apply(c)
		if err != nil {
			v.t.Fatalf("%s: %v: %v", name, c, err)
		}
		if packets != nil {
			v.call(http.MethodPut, packetPath, packets)
		}
		if document != nil {
			v.call(http.MethodPut, path, document)
		}
		said, err := s.After(c)
		if err != nil {
			v.t.Fatal(err)
		}
		s = read()
		follow := settings.Inheritance(strings.TrimSuffix(string(now.Key), ".inherited"))
		for _, d := range settings.Compare(said, s) {
			if d.Property.ReadOnly && d.Property.Inherits == follow {
				continue // given up too, for what is above
			}
			v.t.Errorf("%s: after %v %s is %q, not %q", name, c, d.Property.Key, d.Two, d.One)
		}
	}
}
