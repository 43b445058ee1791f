package backup

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
)

// SignIn is how the client gets its token: LocalAccount, APIClient or TokenProvider (wire: section 1.3).
type SignIn interface {
	validate() error
	secrets() []string // never to be seen in an error
}

// LocalAccount signs in as a person's account. TOTP, when set, is asked for a fresh code at each renewal.
type LocalAccount struct {
	Username string
	Password string
	TOTP     func() (string, error)
}

// APIClient signs in with the id and secret of an API client.
type APIClient struct {
	ID     string
	Secret string
}

// TokenProvider brings a ready token; it is asked again when the token nears its end or is refused.
type TokenProvider func(ctx context.Context) (string, error)

func (a LocalAccount) validate() error {
	if a.Username == "" || a.Password == "" {
		return errors.New("backup: a local account needs a user name and a password")
	}
	if strings.Contains(a.Username, ":") {
		return errors.New("backup: a user name cannot hold a colon")
	}
	return nil
}

func (a LocalAccount) secrets() []string { return []string{a.Password, basic(a.Username, a.Password)} }

func (a APIClient) validate() error {
	if a.ID == "" || a.Secret == "" {
		return errors.New("backup: an API client needs an id and a secret")
	}
	if strings.Contains(a.ID, ":") {
		return errors.New("backup: an API client's id cannot hold a colon")
	}
	return nil
}

func (a APIClient) secrets() []string { return []string{a.Secret, basic(a.ID, a.Secret)} }

func (p TokenProvider) validate() error {
	if p == nil {
		return errors.New("backup: no token provider")
	}
	return nil
}

func (p TokenProvider) secrets() []string { return nil }

// basic encodes credentials in Latin-1 as the SDKs do; what Latin-1 cannot hold goes as UTF-8 (wire: section 1.2).
func basic(user, password string) string {
	plain := user + ":" + password
	latin := make([]byte, 0, len(plain))
	for _, r := range plain {
		if r > 0xFF {
			latin = []byte(plain)
			break
		}
		latin = append(latin, byte(r))
	}
	return base64.StdEncoding.EncodeToString(latin)
}
