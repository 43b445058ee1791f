package audit

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func newKey(t testing.TB) (key *Key, secret string) {
	t.Helper()
	secret, err := GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	key, err = ParseKey(secret + "\n")
	if err != nil {
		t.Fatal(err)
	}
	return key, secret
}

func TestCheckpointRoundTrip(t *testing.T) {
	t.Parallel()
	key, _ := newKey(t)
	var f Frontier
	f.Append(LeafHash([]byte("a")))
	at := time.Date(2026, 3, 1, 9, 0, 0, 1_999, time.UTC)
	signed, err := key.Sign(f, at)
	if err != nil {
		t.Fatal(err)
	}
	public, err := ParsePublicKey(key.Public().String())
	if err != nil {
		t.Fatal(err)
	}
	opened, err := public.Open(signed.Note)
	if diff := cmp.Diff(signed, opened); err != nil || diff != "" {
		t.Error(err, diff)
	}
	peeked, err := Peek(signed.Note)
	if diff := cmp.Diff(signed, peeked); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if signed.Size != 1 || signed.Root != f.Root() || !signed.At.Equal(at.Truncate(time.Microsecond)) {
		t.Errorf("signed %+v", signed)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	key, _ := newKey(t)
	other, _ := newKey(t)
	signed, err := key.Sign(Frontier{}, time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Public().Open(signed.Note); err == nil {
		t.Error("another key's signature was taken")
	}
	for _, change := range [][2]string{{"\n0\n", "\n1\n"}, {"2026", "2025"}, {"backup-portal-audit\n", "another-log\n"}, {"— ", ""}} {
		changed := bytes.Replace(signed.Note, []byte(change[0]), []byte(change[1]), 1)
		if bytes.Equal(changed, signed.Note) {
			t.Fatalf("%q is not in the note", change[0])
		}
		if _, err := key.Public().Open(changed); err == nil {
			t.Errorf("%q for %q was taken", change[1], change[0])
		}
	}
}

func TestParseKeyRefusesWithoutTellingTheSecret(t *testing.T) {
	t.Parallel()
	key, secret := newKey(t)
	for _, text := range []string{
		"", "secret", key.Public().String(), secret[:len(secret)-4], strings.Replace(secret, keyName, "another-log", 1),
	} {
		_, err := ParseKey(text)
		if err == nil {
			t.Errorf("parsed %q", text)
			continue
		}
		if text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("the error tells the text: %v", err)
		}
	}
	if _, err := ParsePublicKey(secret); err == nil {
		t.Error("a secret was taken for a public key")
	}
}
