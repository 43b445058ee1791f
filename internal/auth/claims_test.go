package auth

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestReadClaims(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, payload string
		want          Claims
	}{
		{"groups", `{"name":"Mara","email":"m@example.com","groups":["a","b"]}`, Claims{Name: "Mara", Email: "m@example.com", Groups: []string{"a", "b"}}},
		{"one group as a string", `{"name":"Mara","groups":"a"}`, Claims{Name: "Mara", Groups: []string{"a"}}},
		{"no groups", `{"name":"Mara","groups":null}`, Claims{Name: "Mara"}},
		{"a name of last resort", `{"preferred_username":"mara"}`, Claims{Name: "mara"}},
		{"the e-mail as a name", `{"email":"m@example.com"}`, Claims{Name: "m@example.com", Email: "m@example.com"}},
		{"hasgroups", `{"name":"M","hasgroups":true}`, Claims{Name: "M", TooManyGroups: true}},
		{"hasgroups as a string", `{"name":"M","hasgroups":"true"}`, Claims{Name: "M", TooManyGroups: true}},
		{"hasgroups false", `{"name":"M","hasgroups":false}`, Claims{Name: "M"}},
		{"groups elsewhere", `{"name":"M","_claim_names":{"groups":"src1"}}`, Claims{Name: "M", TooManyGroups: true}},
		{"another claim elsewhere", `{"name":"M","_claim_names":{"address":"src1"}}`, Claims{Name: "M"}},
		{"a proof", `{"name":"M","email_verified":true,"auth_time":1772355600,"acr":"phr"}`, Claims{
			Name: "M", EmailVerified: true, AuthTime: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), ACR: "phr",
		}},
		{"an address that was checked, as a string", `{"name":"M","email_verified":"true"}`, Claims{Name: "M", EmailVerified: true}},
		{"a proof in no known form", `{"name":"M","email_verified":"perhaps","acr":3}`, Claims{Name: "M"}},
		{"a list and a hint", `{"name":"M","hasgroups":true,"groups":["a"]}`, Claims{Name: "M", Groups: []string{"a"}}},
	} {
		_, got, err := readClaims([]byte(tt.payload), "groups")
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	for _, payload := range []string{`{"groups":{"a":1}}`, `{"groups":[1]}`, `{"hasgroups":"perhaps"}`, `[]`} {
		if _, _, err := readClaims([]byte(payload), "groups"); err == nil {
			t.Errorf("%s was accepted", payload)
		}
	}
}
