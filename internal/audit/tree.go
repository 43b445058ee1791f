package audit

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a node of the tree, SHA-256.
type Hash = tlog.Hash

// LeafHash is the leaf of a line: SHA-256(0x00 ‖ bytes).
func LeafHash(line []byte) Hash { return tlog.RecordHash(line) }

// Frontier is the right edge of an append-only tree: the roots of its full subtrees, largest first. It is all that
// appending and computing the root need, O(log n) of each. The zero value is the empty tree.
type Frontier struct {
	size  int64
	peaks []Hash
}

// Size is the number of leaves.
func (f *Frontier) Size() int64 { return f.size }

// Append adds the next leaf.
func (f *Frontier) Append(leaf Hash) {
	// Each trailing one of the size is a full subtree that the new leaf completes to one of twice its size.
	for n := f.size; n&1 == 1; n >>= 1 {
		last := len(f.peaks) - 1
		leaf = tlog.NodeHash(f.peaks[last], leaf)
		f.peaks = f.peaks[:last]
	}
	f.peaks = append(f.peaks, leaf)
	f.size++
}

// Root is the root of the tree as RFC 6962 defines it.
func (f *Frontier) Root() Hash {
	if f.size == 0 {
		return sha256.Sum256(nil)
	}
	root := f.peaks[len(f.peaks)-1]
	for _, peak := range slices.Backward(f.peaks[:len(f.peaks)-1]) {
		root = tlog.NodeHash(peak, root)
	}
	return root
}

// Clone copies a frontier, so that one can go on while the other stays.
func (f *Frontier) Clone() Frontier { return Frontier{size: f.size, peaks: slices.Clone(f.peaks)} }

// Text is the frontier for keeping beside its size: base64 of the peaks, joined by spaces.
func (f *Frontier) Text() string {
	texts := make([]string, len(f.peaks))
	for i, p := range f.peaks {
		texts[i] = base64.StdEncoding.EncodeToString(p[:])
	}
	return strings.Join(texts, " ")
}

// ParseFrontier reads what Text wrote of a tree of this size.
func ParseFrontier(size int64, text string) (Frontier, error) {
	f := Frontier{size: size}
	for field := range strings.FieldsSeq(text) {
		raw, err := base64.StdEncoding.DecodeString(field)
		if err != nil || len(raw) != len(Hash{}) {
			return Frontier{}, fmt.Errorf("audit: a frontier holds something that is not a hash")
		}
		f.peaks = append(f.peaks, Hash(raw))
	}
	if size < 0 || len(f.peaks) != bits.OnesCount64(uint64(size)) {
		return Frontier{}, fmt.Errorf("audit: a frontier of %d hashes cannot be of %d lines", len(f.peaks), size)
	}
	return f, nil
}
