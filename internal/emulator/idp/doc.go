// Package idp is a small OpenID provider for the demo and for tests: discovery, ES256 keys with rotation, the
// authorization code flow with PKCE S256 and nothing else, logout started by the client, and logout tokens to
// the client (back-channel). Where a real provider would ask for a password, it shows a page of people to choose from; it
// therefore answers loopback clients only. Every choice of a person is a fresh sign-in, under a sid of its own. A browser
// that signed in before is asked again each time, unless Options.Remember says otherwise.
//
// It owns the provider's side of sign-in and must not know the portal: it imports no other room, and its one
// client is described by Options.
package idp
