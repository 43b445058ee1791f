package audit

import (
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"
)

// The frontier must agree with the reference implementation at every size, also after being kept as text.
func TestFrontierAgreesWithTheReference(t *testing.T) {
	t.Parallel()
	var f Frontier
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			hashes[i] = stored[index]
		}
		return hashes, nil
	})
	for n := range int64(300) {
		line := fmt.Appendf(nil, "line %d", n)
		more, err := tlog.StoredHashes(n, line, reader)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, more...)
		f.Append(LeafHash(line))
		want, err := tlog.TreeHash(n+1, reader)
		if err != nil {
			t.Fatal(err)
		}
		if f.Root() != want || f.Size() != n+1 {
			t.Fatalf("%d lines: root %v of %d, want %v", n+1, f.Root(), f.Size(), want)
		}
		kept, err := ParseFrontier(f.Size(), f.Text())
		if diff := cmp.Diff(f, kept, cmp.AllowUnexported(Frontier{})); err != nil || diff != "" {
			t.Fatal(err, diff)
		}
	}
}

// The two values that RFC 6962 fixes: the empty tree, and the leaf of nothing.
func TestTreeConstants(t *testing.T) {
	t.Parallel()
	var f Frontier
	root, leaf := f.Root(), LeafHash(nil)
	if got := hex.EncodeToString(root[:]); got != "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" {
		t.Errorf("root of the empty tree %s", got)
	}
	if got := hex.EncodeToString(leaf[:]); got != "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" {
		t.Errorf("leaf of nothing %s", got)
	}
}

func TestACloneGoesItsOwnWay(t *testing.T) {
	t.Parallel()
	var f Frontier
	for range 3 {
		f.Append(Hash{1})
	}
	root := f.Root()
	clone := f.Clone()
	clone.Append(Hash{2})
	if f.Root() != root || f.Size() != 3 || clone.Size() != 4 {
		t.Error("appending to a clone changed the original")
	}
}

func TestParseFrontierRefuses(t *testing.T) {
	t.Parallel()
	var f Frontier
	f.Append(Hash{1})
	for _, tt := range []struct {
		size int64
		text string
	}{{3, f.Text()}, {0, f.Text()}, {1, ""}, {-1, f.Text()}, {1, "AAAA"}, {1, "no base64!"}} {
		if _, err := ParseFrontier(tt.size, tt.text); err == nil {
			t.Errorf("parsed %q as a tree of %d", tt.text, tt.size)
		}
	}
}
