package backup

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238 as every authenticator app does it
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
)

// TOTPFromSecret gives a maker of RFC 6238 codes (SHA-1, 6 digits, 30 s) from a base32 secret as authenticator apps
// show it: lower case, spaces and missing padding are fine.
func TOTPFromSecret(secret string, now func() time.Time) (func() (string, error), error) {
	clean := strings.TrimRight(strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(secret)), "=")
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(clean)
	if err != nil || len(key) == 0 {
		return nil, errors.New("backup: the TOTP secret is not base32") // the cause would show part of it
	}
	if now == nil {
		now = time.Now
	}
	return func() (string, error) { return totp(key, now()) }, nil
}

func totp(key []byte, at time.Time) (string, error) {
	step := at.Unix() / 30
	if step < 0 {
		return "", errors.New("backup: the clock is before 1970")
	}
	mac := hmac.New(sha1.New, key)
	if err := binary.Write(mac, binary.BigEndian, uint64(step)); err != nil {
		return "", err
	}
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0xF
	code := binary.BigEndian.Uint32(sum[offset:]) & 0x7FFFFFFF
	return fmt.Sprintf("%06d", code%1_000_000), nil
}
