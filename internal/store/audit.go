package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"backup-portal/internal/audit"
	"backup-portal/internal/fault"
)

// appendLine writes one line of the audit log, as the last thing in the transaction of what it tells of: the head row
// is locked from here to the commit, and its size is the line's place, so places have no gaps however many write.
func (s *Store) appendLine(ctx context.Context, tx bun.Tx, line audit.Line) (seq int64, err error) {
	tree, err := readHead(ctx, tx, s.dialect.forUpdate())
	if err != nil {
		return 0, err
	}
	// Asked behind the lock, so that times rise with places whichever portal writes.
	at, err := s.databaseTime(ctx, tx)
	if err != nil {
		return 0, err
	}
	bytes, err := audit.Encode(audit.New(line, at))
	if err != nil {
		return 0, err
	}
	seq = tree.Size()
	leaf := audit.LeafHash(bytes)
	tree.Append(leaf)
	for _, statement := range []struct {
		query string
		args  []any
	}{
		{"INSERT INTO audit_leaf (seq, hash) VALUES (?, ?)", []any{seq, leaf[:]}},
		{"INSERT INTO audit_line (seq, bytes) VALUES (?, ?)", []any{seq, string(bytes)}},
		{"UPDATE audit_head SET size = ?, frontier = ? WHERE id = 1", []any{tree.Size(), tree.Text()}},
	} {
		if _, err := tx.ExecContext(ctx, statement.query, statement.args...); err != nil {
			return 0, fmt.Errorf("append to the audit log: %w", err)
		}
	}
	return seq, nil
}

// readHead reads the right edge of the log's tree; the lock is what ends the query.
func readHead(ctx context.Context, db bun.IDB, lock string) (audit.Frontier, error) {
	var size int64
	var text string
	if err := db.QueryRowContext(ctx, "SELECT size, frontier FROM audit_head WHERE id = 1"+lock).Scan(&size, &text); err != nil {
		return audit.Frontier{}, fmt.Errorf("read the head of the audit log: %w", err)
	}
	return audit.ParseFrontier(size, text)
}

// Record appends one audit line by itself (a refusal, a sign-in) and answers its place.
func (s *Store) Record(ctx context.Context, line audit.Line) (seq int64, err error) {
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		seq, err = s.appendLine(ctx, tx, line)
		return err
	})
	return seq, err
}

// Checkpoint signs the log as it is now, when it grew since the newest checkpoint, and answers the newest one.
// It signs only a log that continues what was signed before: a history that was rewritten is an error, not a new root.
func (s *Store) Checkpoint(ctx context.Context, key *audit.Key) (audit.Checkpoint, error) {
	last, err := s.LastCheckpoint(ctx)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return audit.Checkpoint{}, err
	}
	tree, err := readHead(ctx, s.reader, "")
	if err != nil {
		return audit.Checkpoint{}, translate(err)
	}
	if last.Note != nil && last.Size == tree.Size() {
		return last, nil
	}
	if err := s.continues(ctx, last, tree); err != nil {
		return audit.Checkpoint{}, err
	}
	next, err := key.Sign(tree, s.now())
	if err != nil {
		return audit.Checkpoint{}, err
	}
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		// Two replicas may sign the same size; the first one stands.
		_, err := tx.ExecContext(ctx, "INSERT INTO audit_checkpoint (size, note, at) VALUES (?, ?, ?) ON CONFLICT (size) DO NOTHING",
			next.Size, string(next.Note), stamp(next.At))
		return err
	})
	return next, err
}

// continues checks that the leaves lead from the checkpoint signed last to this tree. What this process has walked
// already it keeps, so each leaf is read once.
func (s *Store) continues(ctx context.Context, last audit.Checkpoint, head audit.Frontier) error {
	s.walkedMu.Lock()
	defer s.walkedMu.Unlock()
	tree := s.walked.Clone()
	if tree.Size() > head.Size() || tree.Size() > last.Size {
		tree = audit.Frontier{}
	}
	rewritten := fault.New(fault.Internal, "The audit log is not the one that was signed before. It is not signed again.",
		"Run portal audit verify, and compare with a backup.")
	differs := func() bool { return last.Note != nil && tree.Size() == last.Size && tree.Root() != last.Root }
	if differs() {
		return rewritten
	}
	for leaf, err := range s.leaves(ctx, tree.Size(), head.Size()) {
		if err != nil {
			return err
		}
		tree.Append(leaf)
		if differs() {
			return rewritten
		}
	}
	if tree.Size() != head.Size() || tree.Root() != head.Root() || head.Size() < last.Size {
		return rewritten
	}
	s.walked = tree
	return nil
}

// LastCheckpoint answers the newest checkpoint; before the first it is a fault.NotFound. Its signature is not checked
// here: pages show it, AuditVerify trusts none.
func (s *Store) LastCheckpoint(ctx context.Context) (audit.Checkpoint, error) {
	var text string
	err := s.reader.QueryRowContext(ctx, "SELECT note FROM audit_checkpoint ORDER BY size DESC LIMIT 1").Scan(&text)
	if err != nil {
		return audit.Checkpoint{}, translate(err)
	}
	return audit.Peek([]byte(text))
}
