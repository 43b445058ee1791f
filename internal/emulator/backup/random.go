package backup

import "fmt"

// stream names what a random number is for, so that one more question does not shift the answers to all others.
type stream uint64

const (
	streamOrgUID stream = iota + 1
	streamOrgGUID
	streamOrgText
	streamUser
	streamUserUID
	streamUserState
	streamDeviceGUID
	streamDeviceOwner
	streamDeviceActive
	streamDeviceBlocked
	streamDeviceTrouble
	streamDeviceSystem
	streamDeviceText
	streamDeviceTime
	streamDeviceBackup
	streamToken
	streamTenant
	streamHoldPolicy
	streamHoldMatter
	streamHoldMembership
	streamHoldEvent
	streamCold
	streamDrift
	streamDiskAccess
)

// random answers the same number for the same seed, stream and index, spread evenly over 64 bits (the SplitMix64 finalizer).
func random(seed uint64, s stream, index int) uint64 {
	x := seed*0x9e3779b97f4a7c15 + uint64(s)*0xd1342543de82ef95 + uint64(index)
	for range 2 {
		x += 0x9e3779b97f4a7c15
		x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		x ^= x >> 31
	}
	return x
}

// below returns a number in [0, n).
func below(seed uint64, s stream, index, n int) int {
	return int(random(seed, s, index) % uint64(n))
}

// identifier invents a GUID or UID: 18 or 19 decimal digits, always above 2^53 and below 2^63.
func identifier(seed uint64, s stream, index int) uint64 {
	const lowest, highest = 100_000_000_000_000_000, 9_200_000_000_000_000_000
	return lowest + random(seed, s, index)%(highest-lowest)
}

func uuid(seed uint64, s stream, index int) string {
	a, b := random(seed, s, 2*index), random(seed, s, 2*index+1)
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, 0x8000|b>>48&0x3fff, b&0xffffffffffff)
}

// quota deals out ranks: within every hundred consecutive indexes each rank from 0 to 99 occurs once. "rank < 10" is
// therefore true for exactly 10 % and still looks random.
type quota struct {
	seed  uint64
	s     stream
	block int
	ranks [100]uint8
}

func newQuota(seed uint64, s stream) *quota { return &quota{seed: seed, s: s, block: -1} }

func (q *quota) rank(index int) int {
	if block := index / 100; block != q.block {
		q.block = block
		for i := range q.ranks {
			q.ranks[i] = uint8(i)
		}
		for i := 99; i > 0; i-- {
			j := below(q.seed, q.s, block*100+i, i+1)
			q.ranks[i], q.ranks[j] = q.ranks[j], q.ranks[i]
		}
	}
	return int(q.ranks[index%100])
}
