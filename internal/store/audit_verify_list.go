package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"hash/maphash"
	"iter"
	"math"
	"slices"

	"github.com/uptrace/bun"

	"backup-portal/internal/audit"
)

// listedRow is a row of the list of lines per organization.
type listedRow struct {
	org string
	seq int64
}

// listSum adds up rows of the list in any order: those that there should be and those that there are, with the same seed,
// have the same sum. The seed is another for each verification, so that nobody can make changes that cancel each other out.
type listSum struct {
	seed  maphash.Seed
	sum   uint64
	bytes []byte
}

func (l *listSum) add(row listedRow) {
	l.bytes = append(binary.BigEndian.AppendUint64(l.bytes[:0], uint64(row.seq)), row.org...)
	l.sum += maphash.Bytes(l.seed, l.bytes)
}

// addLine adds the rows that a line should have.
func (l *listSum) addLine(seq int64, line []byte) {
	for _, org := range audit.OrgsOf(line) {
		l.add(listedRow{org, seq})
	}
}

// sumListed adds up what is listed of the lines before this place, and tells whether there are rows of others: of lines
// that were written since, or of none.
func (s *Store) sumListed(ctx context.Context, end int64, listed *listSum) (others bool, err error) {
	for row, err := range s.listedRows(ctx) {
		switch {
		case err != nil:
			return false, err
		case row.seq < 0 || row.seq >= end:
			others = true
		default:
			listed.add(row)
		}
	}
	return others, nil
}

// findUnlisted reports what the lines before this place are about and are not listed for.
func (s *Store) findUnlisted(ctx context.Context, v *audit.Verifier, end int64) error {
	var due []listedRow
	for r, err := range s.records(ctx, end) {
		if err != nil {
			return err
		}
		for _, org := range audit.OrgsOf(r.Bytes) {
			due = append(due, listedRow{org, r.Seq})
		}
		if len(due) >= walkBatch {
			if err := s.reportUnlisted(ctx, v, due); err != nil {
				return err
			}
			due = due[:0]
		}
	}
	return s.reportUnlisted(ctx, v, due)
}

// reportUnlisted reports those of these rows, in order of their lines, that are not there.
func (s *Store) reportUnlisted(ctx context.Context, v *audit.Verifier, due []listedRow) error {
	var orgs []string
	for _, row := range due {
		orgs = append(orgs, row.org)
	}
	slices.Sort(orgs)
	there := map[listedRow]bool{}
	for part := range slices.Chunk(slices.Compact(orgs), mirrorChunk) {
		var rows []struct {
			OrgUID string `bun:"org_uid"`
			Seq    int64  `bun:"seq"`
		}
		err := s.reader.NewSelect().Table("audit_line_org").Column("org_uid", "seq").
			Where("org_uid IN (?) AND seq >= ? AND seq <= ?", bun.List(part), due[0].seq, due[len(due)-1].seq).Scan(ctx, &rows)
		if err != nil {
			return translate(err)
		}
		for _, row := range rows {
			there[listedRow{row.OrgUID, row.Seq}] = true
		}
	}
	for _, row := range due {
		if !there[row] {
			v.Unlisted(row.seq, row.org)
		}
	}
	return nil
}

// findMislisted reports rows of lines that are not about their organization, or that do not exist; all of them or, when
// those of the lines before this place are known to be right, the others.
func (s *Store) findMislisted(ctx context.Context, v *audit.Verifier, end int64, others bool) error {
	var due []listedRow
	for row, err := range s.listedRows(ctx) {
		if err != nil {
			return err
		}
		if others && row.seq >= 0 && row.seq < end {
			continue
		}
		if due = append(due, row); len(due) == mirrorChunk {
			if err := s.reportMislisted(ctx, v, end, due); err != nil {
				return err
			}
			due = due[:0]
		}
	}
	return s.reportMislisted(ctx, v, end, due)
}

// reportMislisted reports those of these rows that should not be there. A line before this place that is missing was
// reported as that.
func (s *Store) reportMislisted(ctx context.Context, v *audit.Verifier, end int64, listed []listedRow) error {
	if len(listed) == 0 {
		return nil
	}
	var places []int64
	for _, row := range listed {
		places = append(places, row.seq)
	}
	var lines []struct {
		Seq   int64  `bun:"seq"`
		Bytes string `bun:"bytes"`
	}
	// Read after the list: a line that was written since is there by now.
	err := s.reader.NewSelect().Table("audit_line").Column("seq", "bytes").Where("seq IN (?)", bun.List(places)).Scan(ctx, &lines)
	if err != nil {
		return translate(err)
	}
	orgs := map[int64][]string{}
	for _, line := range lines {
		orgs[line.Seq] = append([]string{}, audit.OrgsOf([]byte(line.Bytes))...)
	}
	for _, row := range listed {
		about, exists := orgs[row.seq]
		missing := !exists && row.seq >= 0 && row.seq < end
		if !missing && !slices.Contains(about, row.org) {
			v.Mislisted(row.seq, row.org)
		}
	}
	return nil
}

// listedRows reads the list in the order of its key.
func (s *Store) listedRows(ctx context.Context) iter.Seq2[listedRow, error] {
	const query = "SELECT org_uid, seq FROM audit_line_org WHERE (org_uid, seq) > (?, ?) ORDER BY org_uid, seq LIMIT ?"
	last := listedRow{seq: math.MinInt64}
	behind := func() []any { return []any{last.org, last.seq, walkBatch} }
	return batches(ctx, s, query, behind, func(rows *sql.Rows) (listedRow, error) {
		err := rows.Scan(&last.org, &last.seq)
		return last, err
	})
}
