package auth

import (
	"container/list"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// defaultRate is how many requests to sign-in and callback one address may make a minute; a sign-in takes two.
	defaultRate = 120
	// knownAddresses bounds the memory that strangers can take.
	knownAddresses = 10_000
)

// RateLimited is the error for somebody who signs in too often; its text is safe to show.
type RateLimited struct {
	RetryAfter time.Duration
}

// Error says what happened, for a person.
func (*RateLimited) Error() string { return "There were too many sign-ins from your address." }

// limiter allows each client address so many requests a minute. It remembers the addresses seen last.
type limiter struct {
	perMinute int
	now       func() time.Time

	mu     sync.Mutex
	recent *list.List // of *bucket, the one used last in front
	byAddr map[string]*list.Element
}

type bucket struct {
	addr   string
	tokens *rate.Limiter
}

func newLimiter(perMinute int, now func() time.Time) *limiter {
	return &limiter{perMinute: perMinute, now: now, recent: list.New(), byAddr: map[string]*list.Element{}}
}

// allow takes one request from the address's minute, or answers with a RateLimited.
func (l *limiter) allow(address string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	reservation := l.bucket(network(address)).ReserveN(now, 1)
	if wait := reservation.DelayFrom(now); wait > 0 {
		reservation.CancelAt(now)
		return &RateLimited{RetryAfter: wait}
	}
	return nil
}

// spent answers with a RateLimited while the address has no request left, and takes none.
func (l *limiter) spent(address string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	tokens := l.bucket(network(address))
	missing := 1 - tokens.TokensAt(now)
	if missing <= 0 {
		return nil
	}
	return &RateLimited{RetryAfter: time.Duration(missing / float64(tokens.Limit()) * float64(time.Second))}
}

func (l *limiter) bucket(addr string) *rate.Limiter {
	if known, ok := l.byAddr[addr]; ok {
		l.recent.MoveToFront(known)
		return known.Value.(*bucket).tokens
	}
	if l.recent.Len() >= knownAddresses {
		oldest := l.recent.Back()
		delete(l.byAddr, l.recent.Remove(oldest).(*bucket).addr)
	}
	fresh := &bucket{addr: addr, tokens: rate.NewLimiter(rate.Every(time.Minute/time.Duration(l.perMinute)), l.perMinute)}
	l.byAddr[addr] = l.recent.PushFront(fresh)
	return fresh.tokens
}

// network is the address, or for IPv6 its /64: one customer holds all of those.
func network(address string) string {
	addr, err := netip.ParseAddr(address)
	if err != nil || addr.Unmap().Is4() {
		return address
	}
	prefix, err := addr.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}
