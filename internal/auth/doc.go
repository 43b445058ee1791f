// Package auth finds out who is asking: sign-in at an OpenID provider (authorization code with PKCE), sessions in
// the database behind one cookie, and, for every request anew, the roles that a session's verified claims give.
//
// It draws no pages and decides nothing about actions: it answers with a Visitor or a fault. It knows no SQL; the
// tables it needs are its Store interface. A person is the pair (issuer, subject), never an e-mail address.
package auth
