// Package idp is a small OpenID provider for the demo and for tests: discovery, ES256 keys with rotation, the
// authorization code flow with PKCE S256 and nothing else, and logout started by the client. Where a real
// provider would ask for a password, it shows a page of people to choose from; it therefore answers loopback
// clients only. It keeps no session of its own: every authorization request is a fresh sign-in.
//
// It owns the provider's side of sign-in and must not know the portal: it imports no other room, and its one
// client is described by Options.
package idp
