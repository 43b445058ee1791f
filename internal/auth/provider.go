package auth

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"backup-portal/internal/fault"
)

// discoveryLimit bounds the time that a person waits for a provider that does not answer.
const discoveryLimit = 5 * time.Second

// provider is what discovery taught about the OpenID provider.
type provider struct {
	oauth      oauth2.Config
	verifier   *oidc.IDTokenVerifier
	endSession string // empty when the provider has no logout for clients
}

// provider returns the provider, asking for its discovery document until that once succeeded. Callers that come
// meanwhile share one request. While the provider is down the answer is an upstream fault.
func (s *Service) provider(ctx context.Context) (*provider, error) {
	if p := s.discovered.Load(); p != nil {
		return p, nil
	}
	shared := s.discovery.DoChan("", func() (any, error) {
		// Not the caller's context: who goes away must not fail the others.
		ctx, cancel := context.WithTimeout(s.base, discoveryLimit)
		defer cancel()
		p, err := s.discover(ctx)
		if err == nil {
			s.discovered.Store(p)
		}
		return p, err
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case answer := <-shared:
		if answer.Err != nil {
			s.opts.Logger.WarnContext(ctx, "the identity provider cannot be discovered", "issuer", s.opts.Issuer, "err", answer.Err)
			return nil, providerDown(answer.Err)
		}
		return answer.Val.(*provider), nil
	}
}

func (s *Service) discover(ctx context.Context) (*provider, error) {
	document, err := oidc.NewProvider(ctx, s.opts.Issuer)
	if err != nil {
		return nil, err
	}
	var extra struct {
		EndSession string   `json:"end_session_endpoint"`
		Scopes     []string `json:"scopes_supported"`
	}
	if err := document.Claims(&extra); err != nil {
		return nil, err
	}
	scopes := []string{oidc.ScopeOpenID, "profile", "email"}
	if slices.Contains(extra.Scopes, "groups") { // providers that do not know it refuse it
		scopes = append(scopes, "groups")
	}
	return &provider{
		oauth: oauth2.Config{
			ClientID:     s.opts.ClientID,
			ClientSecret: s.opts.ClientSecret,
			Endpoint:     document.Endpoint(),
			RedirectURL:  s.public("/auth/callback"),
			Scopes:       scopes,
		},
		verifier:   document.VerifierContext(s.base, &oidc.Config{ClientID: s.opts.ClientID, Now: s.opts.Now}),
		endSession: extra.EndSession,
	}, nil
}

// redeem exchanges an authorization code and returns the verified claims of the ID token that comes with it.
func (s *Service) redeem(ctx context.Context, code string, pending PendingSignIn) (Claims, failure, error) {
	p, err := s.provider(ctx)
	if err != nil {
		return Claims{}, "", err
	}
	token, err := p.oauth.Exchange(oidc.ClientContext(ctx, s.opts.HTTPClient), code, oauth2.VerifierOption(pending.Verifier))
	if err != nil {
		if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok && refused.ErrorCode == "invalid_grant" {
			return Claims{}, failedCode, stale(fmt.Errorf("exchange the code: %s", refused.ErrorCode))
		}
		return Claims{}, "", providerDown(withoutBody(err))
	}
	claims, err := s.verify(ctx, p, token, pending.Nonce)
	if err != nil {
		return Claims{}, failedToken, fault.Wrap(fault.Denied, err,
			"What the identity provider sent could not be verified, so you are not signed in.",
			"Sign in again; if it stays, give the request id to your operator.")
	}
	return claims, "", nil
}

// withoutBody keeps the status of a refused exchange and drops the body, which may repeat what was sent.
func withoutBody(err error) error {
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok && refused.Response != nil {
		return fmt.Errorf("the token endpoint answered %d %s", refused.Response.StatusCode, refused.ErrorCode)
	}
	return err
}

// verify checks all that makes an ID token ours: signature, issuer, audience, time (the library), nonce, authorized
// party, access token hash and a subject (here).
func (s *Service) verify(ctx context.Context, p *provider, token *oauth2.Token, nonce string) (Claims, error) {
	raw, ok := token.Extra("id_token").(string)
	if !ok || raw == "" {
		return Claims{}, errors.New("the token endpoint sent no ID token")
	}
	idToken, err := p.verifier.Verify(ctx, raw)
	if err != nil {
		return Claims{}, err
	}
	if subtle.ConstantTimeCompare([]byte(idToken.Nonce), []byte(nonce)) != 1 {
		return Claims{}, errors.New("the ID token carries another nonce")
	}
	if idToken.AccessTokenHash != "" {
		if err := idToken.VerifyAccessToken(token.AccessToken); err != nil {
			return Claims{}, err
		}
	}
	var payload json.RawMessage
	if err := idToken.Claims(&payload); err != nil {
		return Claims{}, err
	}
	known, claims, err := readClaims(payload, s.opts.GroupsClaim)
	if err != nil {
		return Claims{}, fmt.Errorf("read the ID token: %w", err)
	}
	if party := known.AuthorizedParty; party != s.opts.ClientID && (party != "" || len(idToken.Audience) > 1) {
		return Claims{}, errors.New("the ID token was given to another client")
	}
	if idToken.Subject == "" {
		return Claims{}, errors.New("the ID token names nobody")
	}
	claims.Issuer, claims.Subject, claims.IDToken = idToken.Issuer, idToken.Subject, raw
	if claims.Name == "" {
		claims.Name = claims.Subject
	}
	return claims, nil
}

func providerDown(cause error) error {
	return fault.Wrap(fault.Upstream, cause, "The identity provider does not answer, so nobody can sign in right now.",
		"Try again in a minute. Whoever is signed in already can go on working.")
}

func stale(cause error) error {
	return fault.Wrap(fault.Invalid, cause, "This sign-in was used already, took too long, or began in another browser.",
		"Sign in again from the start.")
}

func defaultClient() *http.Client { return &http.Client{Timeout: 10 * time.Second} }
