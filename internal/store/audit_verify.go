package store

import (
	"context"
	"database/sql"
	"errors"
	"hash/maphash"
	"io"
	"iter"
	"math"

	"golang.org/x/sync/errgroup"

	"backup-portal/internal/audit"
	"backup-portal/internal/fault"
)

// walkBatch is how many rows one query of a walk reads.
const walkBatch = 4096

// AuditVerify walks the whole log as it is now and compares it with its own checkpoints that this key signed, and with
// one saved elsewhere when it is given: only that one can tell that the end was cut together with its checkpoints. What is
// listed of which line for which organization is compared with the lines.
// What is wrong is in the report; an error means that the database could not be read.
func (s *Store) AuditVerify(ctx context.Context, key audit.PublicKey, saved *audit.Checkpoint) (audit.Report, error) {
	known, forged, err := s.checkpoints(ctx, key)
	if err != nil {
		return audit.Report{}, err
	}
	if saved != nil {
		known = append(known, *saved)
	}
	v := audit.NewVerifier(known...)
	for _, size := range forged {
		v.Forged(size)
	}
	head, end, orphans, err := s.extent(ctx)
	if err != nil {
		return audit.Report{}, err
	}
	var (
		others             bool
		expected, listed   = listSum{seed: maphash.MakeSeed()}, listSum{}
		walks, walkContext = errgroup.WithContext(ctx)
	)
	listed.seed = expected.seed
	walks.Go(func() error {
		for leaf, err := range s.lines(walkContext, end, &expected) {
			if err != nil {
				return err
			}
			v.Add(leaf)
		}
		return nil
	})
	walks.Go(func() (err error) {
		others, err = s.sumListed(walkContext, end, &listed)
		return err
	})
	if err := walks.Wait(); err != nil {
		return audit.Report{}, err
	}
	v.Orphans(orphans)
	// What a line is about is what its bytes say: the list only leads to it, and a line that is left out there is not found
	// by who asks for its organization.
	differs := expected.sum != listed.sum
	if differs {
		if err := s.findUnlisted(ctx, v, end); err != nil {
			return audit.Report{}, err
		}
	}
	if differs || others {
		if err := s.findMislisted(ctx, v, end, !differs); err != nil {
			return audit.Report{}, err
		}
	}
	return v.Finish(head), nil
}

// extent answers, of one moment, what the log says of its size and root, the place behind its last leaf, and how many
// lines have no leaf.
func (s *Store) extent(ctx context.Context) (head *audit.Head, end, orphans int64, err error) {
	var size int64
	var frontier string
	// A head that somebody took away counts nothing, so every line is one too many.
	err = s.reader.QueryRowContext(ctx, `
		SELECT coalesce((SELECT size FROM audit_head WHERE id = 1), 0), coalesce((SELECT frontier FROM audit_head WHERE id = 1), ''),
			coalesce((SELECT max(seq) + 1 FROM audit_leaf), 0),
			(SELECT count(*) FROM audit_line) - (SELECT count(*) FROM audit_leaf f JOIN audit_line l ON l.seq = f.seq)`).
		Scan(&size, &frontier, &end, &orphans)
	if err != nil {
		return nil, 0, 0, translate(err)
	}
	head = &audit.Head{Size: size}
	if tree, err := audit.ParseFrontier(size, frontier); err == nil {
		head.Root = tree.Root() // a frontier that cannot be read leaves a root that agrees with nothing
	}
	return head, end, orphans, nil
}

// checkpointsKept is how many checkpoints a verification compares: the newest proves the log, the others only narrow
// down where it was changed.
const checkpointsKept = 1000

// checkpoints reads the newest checkpoint and up to a thousand others, evenly spaced, and checks their signatures.
func (s *Store) checkpoints(ctx context.Context, key audit.PublicKey) (signed []audit.Checkpoint, forged []int64, err error) {
	rows, err := s.reader.QueryContext(ctx, `
		SELECT size, note FROM (SELECT size, note, row_number() OVER (ORDER BY size DESC) AS place, count(*) OVER () AS total FROM audit_checkpoint) c
		WHERE (place - 1) % (total / ? + 1) = 0 ORDER BY size`, checkpointsKept)
	if err != nil {
		return nil, nil, translate(err)
	}
	defer rows.Close()
	for rows.Next() {
		var size int64
		var text string
		if err := rows.Scan(&size, &text); err != nil {
			return nil, nil, translate(err)
		}
		c, err := key.Open([]byte(text))
		if err != nil || c.Size != size {
			forged = append(forged, size)
			continue
		}
		signed = append(signed, c)
	}
	return signed, forged, translate(rows.Err())
}

// AuditBundle writes the log up to its newest checkpoint as a bundle that can be verified offline.
func (s *Store) AuditBundle(ctx context.Context, w io.Writer) error {
	c, err := s.LastCheckpoint(ctx)
	if fault.Is(err, fault.NotFound) {
		return fault.Wrap(fault.Conflict, err, "The audit log is not signed yet.", "Try again in a few seconds.")
	}
	if err != nil {
		return err
	}
	return audit.WriteBundle(w, c, s.records(ctx, c.Size))
}

// withLines reads leaves and the bytes of their lines from one place up to another, in batches.
const withLines = `SELECT f.seq, f.hash, l.bytes FROM audit_leaf f LEFT JOIN audit_line l ON l.seq = f.seq
	WHERE f.seq >= ? AND f.seq < ? ORDER BY f.seq LIMIT ?`

// lines reads every leaf before this place with the hash of its line's bytes, and adds what should be listed of them.
func (s *Store) lines(ctx context.Context, end int64, expected *listSum) iter.Seq2[audit.Leaf, error] {
	return inBatches(ctx, s, withLines, math.MinInt64, end, func(rows *sql.Rows) (leaf audit.Leaf, seq int64, err error) {
		var hash, bytes sql.RawBytes
		if err := rows.Scan(&leaf.Seq, &hash, &bytes); err != nil {
			return leaf, 0, err
		}
		leaf.Gone = bytes == nil
		leaf.Line = audit.LeafHash(bytes)
		expected.addLine(leaf.Seq, bytes)
		copy(leaf.Hash[:], hash)
		return leaf, leaf.Seq, nil
	})
}

// records reads the lines before this place for a bundle.
func (s *Store) records(ctx context.Context, end int64) iter.Seq2[audit.Record, error] {
	return inBatches(ctx, s, withLines, 0, end, func(rows *sql.Rows) (r audit.Record, seq int64, err error) {
		var hash sql.RawBytes
		err = rows.Scan(&r.Seq, &hash, &r.Bytes)
		copy(r.Leaf[:], hash)
		return r, r.Seq, err
	})
}

// leaves reads the hashes from one place up to another.
func (s *Store) leaves(ctx context.Context, from, end int64) iter.Seq2[audit.Hash, error] {
	const query = "SELECT seq, hash FROM audit_leaf WHERE seq >= ? AND seq < ? ORDER BY seq LIMIT ?"
	return inBatches(ctx, s, query, from, end, func(rows *sql.Rows) (leaf audit.Hash, seq int64, err error) {
		var hash sql.RawBytes
		err = rows.Scan(&seq, &hash)
		copy(leaf[:], hash)
		return leaf, seq, err
	})
}

// inBatches answers the rows of a query over (from, end, limit) in batches by place.
func inBatches[T any](ctx context.Context, s *Store, query string, from, end int64, read func(*sql.Rows) (T, int64, error)) iter.Seq2[T, error] {
	behind := func() []any { return []any{from, end, walkBatch} }
	return batches(ctx, s, query, behind, func(rows *sql.Rows) (row T, err error) {
		row, seq, err := read(rows)
		from = seq + 1
		return row, err
	})
}

// batches answers the rows of a query that takes walkBatch of them behind the last that was read: no cursor stays open
// while the caller works, because an open one holds back the write-ahead log.
func batches[T any](ctx context.Context, s *Store, query string, behind func() []any, read func(*sql.Rows) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		batch := make([]T, 0, walkBatch)
		for {
			batch = batch[:0]
			rows, err := s.reader.QueryContext(ctx, query, behind()...)
			if err != nil {
				var none T
				yield(none, translate(err))
				return
			}
			for err == nil && rows.Next() {
				var row T
				if row, err = read(rows); err == nil {
					batch = append(batch, row)
				}
			}
			if err = errors.Join(err, rows.Err(), rows.Close()); err != nil {
				var none T
				yield(none, translate(err))
				return
			}
			for _, row := range batch {
				if !yield(row, nil) {
					return
				}
			}
			if len(batch) < walkBatch {
				return
			}
		}
	}
}
