package store

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"backup-portal/internal/inventory"
)

type holdRecord struct {
	bun.BaseModel `bun:"table:hold,alias:h"`

	UserUID string `bun:"user_uid,pk"`
	Matters int    `bun:"matters"`
}

// heldUser tells of a row, by the column with the uid of its user, whether that user is on hold.
func heldUser(column string) condition {
	return bun.SafeQuery("EXISTS (SELECT 1 FROM hold AS h WHERE h.user_uid = ?)", bun.Ident(column))
}

// holdFilter is the condition on the user behind a row.
func holdFilter(column string, want *bool) []condition {
	switch {
	case want == nil:
		return nil
	case *want:
		return []condition{heldUser(column)}
	default:
		return []condition{bun.SafeQuery("NOT ?", heldUser(column))}
	}
}

// SyncHolds replaces who is on hold; see inventory.HoldStore.
func (s *Store) SyncHolds(ctx context.Context, generation int64, held map[string]int) error {
	var stored []*holdRecord
	if err := s.reader.NewSelect().Model(&stored).Scan(ctx); err != nil {
		return translate(err)
	}
	changed := maps.Clone(held)
	var gone []string
	for _, h := range stored {
		switch matters, still := held[h.UserUID]; {
		case !still:
			gone = append(gone, h.UserUID)
		case matters == h.Matters:
			delete(changed, h.UserUID)
		}
	}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(changed)), syncRows) {
		rows := make([]*holdRecord, len(part))
		for i, uid := range part {
			rows[i] = &holdRecord{UserUID: uid, Matters: changed[uid]}
		}
		err := s.writeHolds(ctx, generation, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewInsert().Model(&rows).On("CONFLICT (user_uid) DO UPDATE").Exec(ctx)
			return err
		})
		if err != nil {
			return err
		}
	}
	for part := range slices.Chunk(gone, syncRows) {
		err := s.writeHolds(ctx, generation, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewDelete().Model((*holdRecord)(nil)).Where("user_uid IN (?)", bun.List(part)).Exec(ctx)
			return err
		})
		if err != nil {
			return err
		}
	}
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		st, err := s.lockSyncState(ctx, tx)
		if err != nil {
			return err
		}
		if err := st.holds(generation); err != nil {
			return err
		}
		st.HoldsAt = ""
		if held != nil {
			st.HoldsAt = st.StartedAt // what was read since is at least that fresh
		}
		return st.save(ctx, tx)
	})
}

func (s *Store) writeHolds(ctx context.Context, generation int64, change func(context.Context, bun.Tx) error) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := s.keepLease(ctx, tx, generation); err != nil {
			return err
		}
		return change(ctx, tx)
	})
}

// Held answers the people of a scope who are on hold, by user name; at most limit of them, and the count of all.
func (s *Store) Held(ctx context.Context, scope inventory.Scope, limit int) (inventory.Held, error) {
	var held inventory.Held
	err := s.readMirror(ctx, func(ctx context.Context, tx bun.Tx) error {
		state, err := readSyncState(ctx, tx)
		if err != nil {
			return err
		}
		held = inventory.Held{Known: state.HoldsAt != "", At: unstamp(state.HoldsAt)}
		inScope, ok := under("o.path", scope.Roots())
		if !ok || !held.Known {
			return nil
		}
		var people []*personRecord
		count, err := tx.NewSelect().Model(&people).Join("JOIN hold AS h ON h.user_uid = p.uid").
			Join("JOIN org AS o ON o.uid = p.org_uid").Where("?", inScope).
			Order("p.sort_key", "p.uid").Limit(int64(limit)).ScanAndCount(ctx)
		held.Users, held.Count = usersOf(people), int(count)
		return err
	})
	return held, err
}

// UsersAmong answers those of these users who belong to a scope, by user name.
func (s *Store) UsersAmong(ctx context.Context, scope inventory.Scope, uids []string) ([]inventory.User, error) {
	inScope, ok := under("o.path", scope.Roots())
	if !ok {
		return nil, nil
	}
	var all []*personRecord
	for part := range slices.Chunk(uids, mirrorChunk) {
		var people []*personRecord
		err := s.reader.NewSelect().Model(&people).Join("JOIN org AS o ON o.uid = p.org_uid").
			Where("p.uid IN (?)", bun.List(part)).Where("?", inScope).Scan(ctx)
		if err != nil {
			return nil, translate(err)
		}
		all = append(all, people...)
	}
	slices.SortFunc(all, func(a, b *personRecord) int {
		return cmp.Or(cmp.Compare(a.SortKey, b.SortKey), cmp.Compare(a.UID, b.UID))
	})
	return usersOf(all), nil
}

// OnHold tells whether a user is on hold; false when nobody knows.
func (s *Store) OnHold(ctx context.Context, uid string) (bool, error) {
	held, err := s.reader.NewSelect().Model((*holdRecord)(nil)).Where("user_uid = ?", uid).Exists(ctx)
	return held, translate(err)
}

func usersOf(people []*personRecord) []inventory.User {
	users := make([]inventory.User, len(people))
	for i, p := range people {
		users[i] = p.user()
	}
	return users
}
