package audit

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// keyName is who signs, and the first line of each checkpoint.
const keyName = "backup-portal-audit"

// Key signs checkpoints. Its text form is a secret; its public text is for whoever verifies.
type Key struct {
	signer note.Signer
	public PublicKey
}

// PublicKey verifies checkpoints.
type PublicKey struct {
	verifier note.Verifier
	text     string
}

// GenerateKey makes a new key and answers its secret text, as PORTAL_AUDIT_KEY takes it.
func GenerateKey() (string, error) {
	secret, _, err := note.GenerateKey(rand.Reader, keyName)
	if err != nil {
		return "", fmt.Errorf("audit: make a key: %w", err)
	}
	return secret, nil
}

// ParseKey reads the secret text of a key. Its errors never hold the text.
func ParseKey(secret string) (*Key, error) {
	secret = strings.TrimSpace(secret)
	malformed := errors.New("audit: the signing key is not one that was made for the audit log")
	signer, err := note.NewSigner(secret)
	if err != nil || signer.Name() != keyName {
		return nil, malformed
	}
	// The text is PRIVATE+KEY+name+hash+base64 of an algorithm byte and the Ed25519 seed; base64 may hold a plus itself.
	// NewSigner checked all of it but does not answer the public half.
	fields := strings.SplitN(secret, "+", 5)
	raw, err := base64.StdEncoding.DecodeString(fields[len(fields)-1])
	if err != nil || len(raw) != 1+ed25519.SeedSize {
		return nil, malformed
	}
	text, err := note.NewEd25519VerifierKey(keyName, ed25519.NewKeyFromSeed(raw[1:]).Public().(ed25519.PublicKey))
	if err != nil {
		return nil, malformed
	}
	public, err := ParsePublicKey(text)
	if err != nil {
		return nil, malformed
	}
	return &Key{signer: signer, public: public}, nil
}

// Public is the half that verifies.
func (k *Key) Public() PublicKey { return k.public }

// ParsePublicKey reads the text of a public key.
func ParsePublicKey(text string) (PublicKey, error) {
	v, err := note.NewVerifier(strings.TrimSpace(text))
	if err != nil || v.Name() != keyName {
		return PublicKey{}, errors.New("audit: this is not the public key of an audit log")
	}
	return PublicKey{verifier: v, text: strings.TrimSpace(text)}, nil
}

// String is the public text, safe to show and to publish.
func (p PublicKey) String() string { return p.text }

// Checkpoint is a signed statement: at this time the log had this many lines and this root.
type Checkpoint struct {
	Size int64
	Root Hash
	At   time.Time
	Note []byte // the signed text
}

// Sign makes the checkpoint of a tree.
func (k *Key) Sign(f Frontier, at time.Time) (Checkpoint, error) {
	c := Checkpoint{Size: f.Size(), Root: f.Root(), At: at.UTC().Truncate(time.Microsecond)}
	text := fmt.Sprintf("%s\n%d\n%s\n%s\n", keyName, c.Size, c.Root, c.At.Format(timeLayout))
	signed, err := note.Sign(&note.Note{Text: text}, k.signer)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("audit: sign a checkpoint: %w", err)
	}
	c.Note = signed
	return c, nil
}

// Open checks the signature of a checkpoint and reads it.
func (p PublicKey) Open(signed []byte) (Checkpoint, error) {
	n, err := note.Open(signed, note.VerifierList(p.verifier))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("audit: the checkpoint is not signed by this key: %w", err)
	}
	c, err := parseCheckpoint(n.Text)
	c.Note = signed
	return c, err
}

// Peek reads a checkpoint without asking who signed it: for showing it, never for trusting it.
func Peek(signed []byte) (Checkpoint, error) {
	text, _, found := strings.Cut(string(signed), "\n\n")
	if !found {
		return Checkpoint{}, errors.New("audit: a checkpoint without a signature")
	}
	c, err := parseCheckpoint(text + "\n")
	c.Note = signed
	return c, err
}

func parseCheckpoint(text string) (Checkpoint, error) {
	malformed := errors.New("audit: this is not a checkpoint of an audit log")
	lines := strings.Split(text, "\n")
	if len(lines) != 5 || lines[0] != keyName || lines[4] != "" {
		return Checkpoint{}, malformed
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 {
		return Checkpoint{}, malformed
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return Checkpoint{}, malformed
	}
	at, err := time.Parse(timeLayout, lines[3])
	if err != nil {
		return Checkpoint{}, malformed
	}
	return Checkpoint{Size: size, Root: root, At: at}, nil
}
