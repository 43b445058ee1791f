package store

import (
	"cmp"
	"context"
	"iter"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"backup-portal/internal/inventory"
)

// facetTime ends the counting of facets: they are drawn after the rows, and without them the list is still whole.
const facetTime = 2 * time.Second

// Facets counts the values beside the list that a query answers.
func (s *Store) Facets(ctx context.Context, q inventory.DeviceQuery, now time.Time) (inventory.Facets, error) {
	base := inventory.DeviceQuery{
		Scope: q.Scope, Text: q.Text, OrgUID: q.OrgUID, Directly: q.Directly, UserUID: q.UserUID, OnHold: q.OnHold, Connected: q.Connected, Created: q.Created,
		KeepNewest: q.KeepNewest, // of all a person's devices: whom it leaves out, no active state asked for brings back
	}
	var rows []cellRow
	counting, cancel := context.WithTimeout(ctx, facetTime)
	defer cancel()
	err := s.readMirror(counting, func(ctx context.Context, tx bun.Tx) error {
		sel, ok, err := s.selectionOf(ctx, tx, base)
		if err != nil || !ok {
			return err
		}
		sel.covered = false
		sm, err := s.sampled(ctx, tx)
		if err != nil {
			return err
		}
		sel.groups, sel.keys = sm.rarest(sel.needle, s.dialect.textKey)
		e := sm.estimateOf(sel, deviceOrder{}, nil, defaultPage)
		p := e.choose(s.dialect.costs(), sel.covered, q.Sort).count
		if err := s.prefer(ctx, tx, p); err != nil {
			return err
		}
		cells := s.from(tx, sel, p, deviceOrder{}, e.rows(p)).
			ColumnExpr("d.active, d.blocked, d.deauthorized, d.alert, d.os_name, d.client_version, d.destinations").
			ColumnExpr("d.last_completed, 1 AS devices").Limit(inventory.CountLimit + 1)
		if q.KeepNewest > 0 {
			cells = cells.ColumnExpr("? AS older_alike", olderThanNewest(q.Scope.Roots(), q.KeepNewest, true))
		}
		return cells.Scan(ctx, &rows)
	})
	known := len(rows) <= inventory.CountLimit
	if err != nil && counting.Err() != nil && ctx.Err() == nil {
		known, err = false, nil
	}
	return inventory.FacetsOf(q, cellsOf(rows, q, now), known), err
}

// DeviceSummary sums up the devices of a scope.
func (s *Store) DeviceSummary(ctx context.Context, scope inventory.Scope, now time.Time) (inventory.DeviceSummary, error) {
	var rows []cellRow
	var orgs []inventory.OrgUse
	err := s.readMirror(ctx, func(ctx context.Context, tx bun.Tx) error {
		sel, ok, err := s.selectionOf(ctx, tx, inventory.DeviceQuery{Scope: scope})
		if err != nil || !ok {
			return err
		}
		ends := inventory.AgesAt(now)
		cells := s.from(tx, sel, planFact, deviceOrder{}, math.Inf(1)).
			ColumnExpr("d.active, d.blocked, d.deauthorized, d.alert, d.os_name, d.client_version, d.destinations").
			ColumnExpr("? AS last_connected", ageColumn("d.last_connected", ends)).
			ColumnExpr("? AS last_completed", ageColumn("d.last_completed", ends)).
			ColumnExpr("count(*) AS devices, sum(d.stored_bytes) AS stored_bytes").
			GroupExpr("1, 2, 3, 4, 5, 6, 7, 8, 9")
		if err := cells.Scan(ctx, &rows); err != nil {
			return err
		}
		orgs, err = orgUses(ctx, tx, scope.Roots())
		return err
	})
	summary := inventory.SummaryOf(cellsOf(rows, inventory.DeviceQuery{}, now))
	summary.Orgs, summary.CountedAt = orgs, now
	summary.Cells = slices.Collect(cellsOf(rows, inventory.DeviceQuery{}, now))
	return summary, err
}

// cellRow is one device, or several alike: then its times are rounded down to the ends of their ages.
type cellRow struct {
	Active        bool   `bun:"active"`
	Blocked       bool   `bun:"blocked"`
	Deauthorized  bool   `bun:"deauthorized"`
	Alert         bool   `bun:"alert"`
	OSName        string `bun:"os_name"`
	ClientVersion string `bun:"client_version"`
	Destinations  string `bun:"destinations"`
	LastConnected string `bun:"last_connected"`
	LastCompleted string `bun:"last_completed"`
	Devices       int    `bun:"devices"`
	StoredBytes   int64  `bun:"stored_bytes"`
	OlderAlike    bool   `bun:"older_alike"`
}

// cellsOf turns rows into cells under a query's filters.
func cellsOf(rows []cellRow, q inventory.DeviceQuery, now time.Time) iter.Seq[inventory.DeviceCell] {
	ends := inventory.AgesAt(now)
	day, week, month := stamp(ends.Day), stamp(ends.Week), stamp(ends.Month)
	age := func(at string) inventory.BackupAge {
		switch {
		case at == "":
			return inventory.AgeNever
		case at >= day:
			return inventory.AgeDay
		case at >= week:
			return inventory.AgeWeek
		case at >= month:
			return inventory.AgeMonth
		default:
			return inventory.AgeOlder
		}
	}
	destinations := map[string][]inventory.Destination{} // few combinations over many rows
	return func(yield func(inventory.DeviceCell) bool) {
		for _, r := range rows {
			list, known := destinations[r.Destinations]
			if !known {
				list = splitDestinations(r.Destinations)
				destinations[r.Destinations] = list
			}
			c := inventory.DeviceCell{
				Active: r.Active, Blocked: r.Blocked, Deauthorized: r.Deauthorized, Alert: r.Alert,
				OS: r.OSName, Client: r.ClientVersion, Destinations: list,
				Connected: age(r.LastConnected), Completed: age(r.LastCompleted), Devices: r.Devices, StoredBytes: r.StoredBytes,
				OutsideCompleted: !inside(r.LastCompleted, q.Completed), NewestAlike: q.KeepNewest > 0 && !r.OlderAlike,
			}
			if !yield(c) {
				return
			}
		}
	}
}

// inside is timeFilters without SQL.
func inside(at string, r inventory.TimeRange) bool {
	return (!r.Never || at == "") && (r.After.IsZero() || at >= stamp(r.After)) && (r.Before.IsZero() || at != "" && at < stamp(r.Before))
}

// ageColumn rounds a time down to the end of its age.
func ageColumn(column string, ends inventory.Ages) condition {
	day, week, month := stamp(ends.Day), stamp(ends.Week), stamp(ends.Month)
	name := bun.Ident(column)
	return bun.SafeQuery("CASE WHEN ? >= ? THEN ? WHEN ? >= ? THEN ? WHEN ? >= ? THEN ? WHEN ? > '' THEN '0' ELSE '' END",
		name, day, day, name, week, week, name, month, month, name)
}

// orgUses sums up the devices of each organization directly below the one root, or of each of several roots.
func orgUses(ctx context.Context, tx bun.Tx, roots []string) ([]inventory.OrgUse, error) {
	inScope, _ := under("o.path", roots)
	var orgs []struct {
		UID         string `bun:"uid"`
		Name        string `bun:"name"`
		Path        string `bun:"path"`
		Devices     int    `bun:"devices"`
		StoredBytes int64  `bun:"stored_bytes"`
	}
	err := tx.NewSelect().TableExpr("org AS o").Join("LEFT JOIN org_count AS c ON c.org_uid = o.uid").
		ColumnExpr("o.uid, o.name, o.path, coalesce(c.devices, 0) AS devices, coalesce(c.stored_bytes, 0) AS stored_bytes").
		Where("?", inScope).OrderExpr("o.path").Scan(ctx, &orgs)
	if err != nil {
		return nil, err
	}
	var uses []inventory.OrgUse
	top := "" // the path of the newest of uses: in order of path, what lies below it follows it
	for _, o := range orgs {
		if len(roots) == 1 && o.Path == roots[0] {
			continue
		}
		if top == "" || !strings.HasPrefix(o.Path, top) {
			uses, top = append(uses, inventory.OrgUse{UID: o.UID, Name: o.Name}), o.Path
		}
		uses[len(uses)-1].Devices += o.Devices
		uses[len(uses)-1].StoredBytes += o.StoredBytes
	}
	slices.SortStableFunc(uses, func(a, b inventory.OrgUse) int { return cmp.Compare(b.StoredBytes, a.StoredBytes) })
	return uses, nil
}
