package audit

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
)

// Record is one line of a log as a bundle holds it. Bytes is nil when the line was removed and its leaf kept.
type Record struct {
	Seq   int64
	Leaf  Hash
	Bytes []byte
}

// bundleHeader is the first line of a bundle.
type bundleHeader struct {
	Bundle     string `json:"bundle"`
	Version    int    `json:"version"`
	Checkpoint string `json:"checkpoint"`
}

// recordLimit is the longest record that is read, in bytes.
const recordLimit = 16 << 20

// WriteBundle writes an export that can be verified offline, as JSON lines: a header with the signed checkpoint, then
// {"seq":…,"leaf":"hex","line":{…}} for each line that the checkpoint covers, where line is the exact bytes that were hashed.
func WriteBundle(w io.Writer, c Checkpoint, records iter.Seq2[Record, error]) error {
	header, err := json.Marshal(bundleHeader{Bundle: keyName, Version: 1, Checkpoint: string(c.Note)})
	if err != nil {
		return fmt.Errorf("audit: write a bundle: %w", err)
	}
	out := bufio.NewWriterSize(w, 1<<16)
	_, _ = out.Write(append(header, '\n')) // the writer keeps its first error for Flush
	for r, err := range records {
		if err != nil {
			return err
		}
		if r.Seq >= c.Size {
			break
		}
		if _, err := out.Write(appendRecord(out.AvailableBuffer(), r)); err != nil {
			return fmt.Errorf("audit: write a bundle: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("audit: write a bundle: %w", err)
	}
	return nil
}

// The fixed parts of a record. Writer and reader agree on them to the byte, so reading needs no JSON parser.
const (
	beforeSeq  = `{"seq":`
	beforeLeaf = `,"leaf":"`
	beforeLine = `","line":`
	afterLine  = `}`
	noLine     = `null`
)

func appendRecord(b []byte, r Record) []byte {
	b = append(b, beforeSeq...)
	b = strconv.AppendInt(b, r.Seq, 10)
	b = append(b, beforeLeaf...)
	b = hex.AppendEncode(b, r.Leaf[:])
	b = append(b, beforeLine...)
	if r.Bytes == nil {
		b = append(b, noLine...)
	} else {
		b = append(b, r.Bytes...)
	}
	return append(b, afterLine+"\n"...)
}

// parseRecord reads a record without copying its line.
func parseRecord(b []byte) (r Record, ok bool) {
	rest, ok := bytes.CutPrefix(b, []byte(beforeSeq))
	if !ok {
		return r, false
	}
	digits := 0
	for digits < len(rest) && digits < 19 && '0' <= rest[digits] && rest[digits] <= '9' {
		r.Seq = r.Seq*10 + int64(rest[digits]-'0')
		digits++
	}
	rest, ok = bytes.CutPrefix(rest[digits:], []byte(beforeLeaf))
	if !ok || digits == 0 || r.Seq < 0 || len(rest) < hex.EncodedLen(len(r.Leaf)) {
		return r, false
	}
	if _, err := hex.Decode(r.Leaf[:], rest[:hex.EncodedLen(len(r.Leaf))]); err != nil {
		return r, false
	}
	rest, ok = bytes.CutPrefix(rest[hex.EncodedLen(len(r.Leaf)):], []byte(beforeLine))
	if !ok {
		return r, false
	}
	rest, ok = bytes.CutSuffix(rest, []byte(afterLine))
	if string(rest) != noLine {
		r.Bytes = rest
	}
	return r, ok
}

// VerifyBundle checks an export against the public key, and against a checkpoint saved elsewhere when one is given.
// What is wrong with the log is in the report; an error means that this is no bundle or that it could not be read.
func VerifyBundle(r io.Reader, key PublicKey, saved *Checkpoint) (Report, error) {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 1<<20), recordLimit)
	if !in.Scan() {
		return Report{}, errors.Join(errors.New("audit: the bundle is empty"), in.Err())
	}
	var header bundleHeader
	if err := json.Unmarshal(in.Bytes(), &header); err != nil || header.Bundle != keyName || header.Version != 1 {
		return Report{}, errors.New("audit: this is not an audit bundle that this program can read")
	}
	var known []Checkpoint
	own, signature := key.Open([]byte(header.Checkpoint))
	if signature == nil {
		known = append(known, own)
	}
	if saved != nil {
		known = append(known, *saved)
	}
	v := NewVerifier(known...)
	if signature != nil {
		claimed, _ := Peek([]byte(header.Checkpoint))
		v.Forged(claimed.Size)
	}
	for place := int64(0); in.Scan(); place++ {
		record, ok := parseRecord(in.Bytes())
		if !ok {
			v.Unreadable(place)
			continue
		}
		leaf := Leaf{Seq: record.Seq, Hash: record.Leaf, Gone: record.Bytes == nil}
		if !leaf.Gone {
			leaf.Line = LeafHash(record.Bytes)
		}
		v.Add(leaf)
	}
	if err := in.Err(); err != nil {
		return Report{}, fmt.Errorf("audit: read the bundle: %w", err)
	}
	if signature != nil {
		return v.Finish(nil), nil
	}
	return v.Finish(&Head{Size: own.Size, Root: own.Root}), nil // a bundle holds what its checkpoint covers, no more
}
