package idp

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/go-jose/go-jose/v4"
)

// signingKey is a P-256 key and the id under which its public half is published.
type signingKey struct {
	id      string
	private *ecdsa.PrivateKey
}

func newSigningKey() (*signingKey, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("idp: make a signing key: %w", err)
	}
	return &signingKey{id: rand.Text(), private: private}, nil
}

// RotateKey publishes a new signing key in place of the old one.
func (p *Provider) RotateKey() error {
	key, err := newSigningKey()
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.retired, p.key = p.key, key
	return nil
}

func (p *Provider) jwks(w http.ResponseWriter, _ *http.Request) {
	key := p.published()
	writeJSON(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{
		Key: key.private.Public(), KeyID: key.id, Algorithm: string(jose.ES256), Use: "sig",
	}}})
}

func (p *Provider) published() *signingKey {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.key
}

// sign makes a compact JWT of the claims with the key that the faults ask for.
func (p *Provider) sign(claims map[string]any, tokenType string) (string, error) {
	key, err := p.signer()
	if err != nil {
		return "", err
	}
	return signWith(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key.private, KeyID: key.id}}, claims, tokenType)
}

func signWith(key jose.SigningKey, claims map[string]any, tokenType string) (string, error) {
	signer, err := jose.NewSigner(key, (&jose.SignerOptions{}).WithType(jose.ContentType(tokenType)))
	if err != nil {
		return "", fmt.Errorf("idp: prepare a signature: %w", err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("idp: write claims: %w", err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("idp: sign a token: %w", err)
	}
	return signed.CompactSerialize()
}

func (p *Provider) signer() (*signingKey, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.faults.WrongKey:
		stranger, err := newSigningKey()
		if err != nil {
			return nil, err
		}
		stranger.id = p.key.id
		return stranger, nil
	case p.faults.RetiredKey:
		if p.retired == nil {
			return nil, errors.New("idp: no key was rotated away yet")
		}
		return p.retired, nil
	}
	return p.key, nil
}

// open returns the claims of a token that the published key signed.
func (p *Provider) open(token string) (map[string]any, error) {
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return nil, fmt.Errorf("idp: read a token: %w", err)
	}
	payload, err := signed.Verify(p.published().private.Public())
	if err != nil {
		return nil, fmt.Errorf("idp: check a token: %w", err)
	}
	claims := map[string]any{}
	return claims, json.Unmarshal(payload, &claims)
}
