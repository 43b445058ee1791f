package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"
)

// Claims are what the provider vouched for at sign-in. They stay as they were for the life of a session; roles are
// computed from them again on each request.
type Claims struct {
	Issuer        string    `json:"iss"`
	Subject       string    `json:"sub"`
	Name          string    `json:"name"`
	Email         string    `json:"email,omitempty"` // only ever shown
	Groups        []string  `json:"groups,omitempty"`
	TooManyGroups bool      `json:"too_many_groups,omitempty"` // the provider would not list them
	SID           string    `json:"sid,omitempty"`             // the provider's own session
	AuthTime      time.Time `json:"auth_time,omitzero"`
	IDToken       string    `json:"id_token"` // shown back to the provider at sign-out, and nowhere else
}

// Key names the person in the same form as policy.Actor.
func (c Claims) Key() string { return c.Issuer + "|" + c.Subject }

// idTokenClaims are the members that are read beside the ones that the OpenID library checks.
type idTokenClaims struct {
	Name              string                     `json:"name"`
	PreferredUsername string                     `json:"preferred_username"`
	Email             string                     `json:"email"`
	SID               string                     `json:"sid"`
	AuthTime          int64                      `json:"auth_time"`
	AuthorizedParty   string                     `json:"azp"`
	HasGroups         flag                       `json:"hasgroups"`
	ClaimNames        map[string]json.RawMessage `json:"_claim_names"`
}

// readClaims reads a verified token's payload. groupsClaim names the member that holds the groups.
func readClaims(payload []byte, groupsClaim string) (idTokenClaims, Claims, error) {
	var known idTokenClaims
	if err := json.Unmarshal(payload, &known); err != nil {
		return known, Claims{}, err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(payload, &all); err != nil {
		return known, Claims{}, err
	}
	groups, err := readGroups(all[groupsClaim])
	if err != nil {
		return known, Claims{}, err
	}
	claims := Claims{Name: known.Name, Email: known.Email, Groups: groups, SID: known.SID}
	if known.AuthTime > 0 {
		claims.AuthTime = time.Unix(known.AuthTime, 0).UTC()
	}
	// An overage means that the list is missing; a list that is there is complete.
	_, elsewhere := known.ClaimNames[groupsClaim]
	claims.TooManyGroups = len(groups) == 0 && (bool(known.HasGroups) || elsewhere)
	for _, fallback := range []string{known.PreferredUsername, known.Email} {
		if claims.Name == "" {
			claims.Name = fallback
		}
	}
	return known, claims, nil
}

// readGroups accepts a list of strings and, as some providers send for a single group, one string.
func readGroups(raw json.RawMessage) ([]string, error) {
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return nil, nil
	}
	var list []string
	if err := json.Unmarshal(raw, &list); err == nil {
		return list, nil
	}
	var single string
	if err := json.Unmarshal(raw, &single); err != nil {
		return nil, errors.New("the groups claim is neither a list of strings nor a string")
	}
	if single == "" {
		return nil, nil
	}
	return []string{single}, nil
}

// flag is a boolean that some providers send as a string.
type flag bool

// UnmarshalJSON accepts true, false and both in quotation marks.
func (f *flag) UnmarshalJSON(raw []byte) error {
	switch string(bytes.Trim(raw, `"`)) {
	case "true":
		*f = true
	case "false", "null", "":
		*f = false
	default:
		return errors.New("neither true nor false")
	}
	return nil
}
