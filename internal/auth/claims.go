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
	Email         string    `json:"email,omitempty"` // shown, and taken for a sign that two accounts are one person's; never identity
	EmailVerified bool      `json:"email_verified,omitempty"`
	Groups        []string  `json:"groups,omitempty"`
	TooManyGroups bool      `json:"too_many_groups,omitempty"` // the provider would not list them
	SID           string    `json:"sid,omitempty"`             // the provider's own session
	AuthTime      time.Time `json:"auth_time,omitzero"`        // when the person last proved who they are
	ACR           string    `json:"acr,omitempty"`             // how, in the provider's words
	IDToken       string    `json:"id_token"`                  // shown back to the provider at sign-out, and nowhere else
}

// Key names the person in the same form as policy.Actor.
func (c Claims) Key() string { return c.Issuer + "|" + c.Subject }

// idTokenClaims are the members that are read beside the ones that the OpenID library checks.
type idTokenClaims struct {
	Name              string                     `json:"name"`
	PreferredUsername string                     `json:"preferred_username"`
	Email             string                     `json:"email"`
	EmailVerified     lenientFlag                `json:"email_verified"`
	ACR               lenientText                `json:"acr"`
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
	claims := Claims{Name: known.Name, Email: known.Email, EmailVerified: bool(known.EmailVerified), Groups: groups, SID: known.SID, ACR: string(known.ACR)}
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

// lenientFlag is a flag whose other values count as false: nobody is kept out for a claim that is only ever extra.
type lenientFlag bool

// UnmarshalJSON never fails.
func (f *lenientFlag) UnmarshalJSON(raw []byte) error {
	var strict flag
	*f = lenientFlag(strict.UnmarshalJSON(raw) == nil && bool(strict))
	return nil
}

// lenientText is a string; what is none counts as empty, for the same reason.
type lenientText string

// UnmarshalJSON never fails.
func (t *lenientText) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		text = ""
	}
	*t = lenientText(text)
	return nil
}
