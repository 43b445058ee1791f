package backup

import (
	"cmp"
	"time"
)

const (
	defaultOrgs    = 60
	defaultUsers   = 400
	defaultDevices = 1200

	defaultTokenLife   = 15 * time.Minute
	defaultMaxPageSize = 10_000
	maxHistory         = 10_000
)

// Options says what the invented tenant looks like and who may sign in; every zero value stands for a default.
type Options struct {
	Seed int64 // 1
	Orgs int   // 60, root included
	// FanOut, when given, draws the tree instead of Orgs: so many children below the root, below each of these, and so on.
	FanOut  []int
	Users   int // 400, the signed-in administrator included
	Devices int // 1,200

	Username     string // test.user@example.com
	Password     string // password
	ClientID     string // client_id
	ClientSecret string // secret
	TOTP         string // the code expected in totp-auth; "" asks for none

	// Calm switches the deliberate misbehaviour off: no 429 on reads, no token that ends early.
	Calm bool
	// MaxPageSize caps pgSize silently, as a real server may (default 10,000).
	MaxPageSize int
	TokenLife   time.Duration // 15 minutes
	Now         func() time.Time
	// BaseTime is the moment that generated dates lie before; zero is the time of New.
	BaseTime time.Time
}

func (o Options) withDefaults() Options {
	o.Seed = cmp.Or(o.Seed, 1)
	o.Orgs = max(cmp.Or(o.Orgs, defaultOrgs), 1)
	if len(o.FanOut) > 0 {
		o.Orgs = treeSize(o.FanOut)
	}
	o.Users = max(cmp.Or(o.Users, defaultUsers), 1)
	o.Devices = max(cmp.Or(o.Devices, defaultDevices), 0)
	o.Username = cmp.Or(o.Username, "test.user@example.com")
	o.Password = cmp.Or(o.Password, "password")
	o.ClientID = cmp.Or(o.ClientID, "client_id")
	o.ClientSecret = cmp.Or(o.ClientSecret, "secret")
	o.MaxPageSize = cmp.Or(o.MaxPageSize, defaultMaxPageSize)
	o.TokenLife = cmp.Or(o.TokenLife, defaultTokenLife)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.BaseTime.IsZero() {
		o.BaseTime = o.Now()
	}
	return o
}
