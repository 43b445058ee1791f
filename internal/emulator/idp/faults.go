package idp

// Faults are what a provider can get wrong; a test orders them with Break. The zero value is a provider that
// works.
type Faults struct {
	BadNonce     bool // the token carries another nonce than the one asked for
	BadAudience  bool // the token is meant for another client
	BadIssuer    bool // the token names another issuer
	ExpiredToken bool // the token's time was over an hour ago
	WrongKey     bool // signed by a key that was never published, under the id of the one that is
	RetiredKey   bool // signed by the key that the last rotation took away
	BadTokenHash bool // "at_hash" belongs to another access token
	OmitGroups   bool // the token has no groups claim
	OmitIDToken  bool // the token endpoint gives an access token only
	OmitSID      bool // the ID token does not name the provider's session
	TokenError   bool // the token endpoint answers 500
	DenyAccess   bool // the person says no: error=access_denied
	Down         bool // every address answers 503

	// Of a client that insists on asking (prompt=login, max_age, acr_values).
	IgnorePrompt   bool // a browser that signed in before is not asked again, and the token says when it did
	OmitAuthTime   bool // the token has no auth_time
	FutureAuthTime bool // the person will have signed in in an hour
	WeakACR        bool // the token names a weaker way of signing in than the client asked for

	// Of logout tokens only; audience, issuer, nonce (there must be none), expiry and keys above spoil both kinds.
	BadSubject   bool   // names another person beside the sid
	OmitSubject  bool   // names the sid only
	OmitEvents   bool   // has no events claim, like an ID token
	BadEvent     bool   // the event's value is no object
	OmitTokenID  bool   // has no jti
	SameTokenID  bool   // has the same jti each time
	OmitExpiry   bool   // has no exp
	OmitIssuedAt bool   // has no iat
	FutureToken  bool   // was issued in an hour
	Unsigned     bool   // "alg": "none"
	PublicKeyMAC bool   // HS256 with the published key as the secret
	LogoutType   string // "typ" of the header instead of logout+jwt
}

// Break makes the provider misbehave in these ways from now on; Break(Faults{}) mends it.
func (p *Provider) Break(faults Faults) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = faults
}

func (p *Provider) broken() Faults {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.faults
}
