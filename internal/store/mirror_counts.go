package store

import (
	"context"
	"math"
	"time"

	"github.com/uptrace/bun"

	"backup-portal/internal/inventory"
)

// DeviceCounts answers the counts by state of the devices in scope under the query's text and organization, in one query.
func (s *Store) DeviceCounts(ctx context.Context, q inventory.DeviceQuery, now time.Time) (inventory.DeviceCounts, error) {
	var c inventory.DeviceCounts
	err := s.readMirror(ctx, func(ctx context.Context, tx bun.Tx) error {
		sel, ok, err := s.selectionOf(ctx, tx, inventory.DeviceQuery{Scope: q.Scope, Text: q.Text, OrgUID: q.OrgUID})
		if err != nil || !ok {
			return err
		}
		counts := s.from(tx, sel, planScan, deviceOrder{}, math.Inf(1)).ColumnExpr(countColumns, ages{
			Day: stamp(now.Add(-day)), Week: stamp(now.Add(-7 * day)), Month: stamp(now.Add(-30 * day)),
		})
		err = counts.Scan(ctx, &c.Total, &c.Active, &c.ActiveBlocked, &c.Deauthorized, &c.Deactivated, &c.Alert,
			&c.Stale30Days, &c.NeverCompleted, &c.Under1Day, &c.Under7Days, &c.Under30Days, &c.Over30Days)
		c.Never = c.NeverCompleted
		return err
	})
	return c, err
}

// countColumns are the fields of inventory.DeviceCounts in order. The empty text of "never" sorts before every time.
const countColumns = `count(*),
	count(*) FILTER (WHERE d.active AND NOT d.blocked AND NOT d.deauthorized),
	count(*) FILTER (WHERE d.active AND d.blocked),
	count(*) FILTER (WHERE d.active AND NOT d.blocked AND d.deauthorized),
	count(*) FILTER (WHERE NOT d.active),
	count(*) FILTER (WHERE d.alert),
	count(*) FILTER (WHERE d.active AND d.last_connected < ?month),
	count(*) FILTER (WHERE d.active AND d.last_completed = ''),
	count(*) FILTER (WHERE d.active AND d.last_completed > ?day),
	count(*) FILTER (WHERE d.active AND d.last_completed > ?week AND d.last_completed <= ?day),
	count(*) FILTER (WHERE d.active AND d.last_completed > ?month AND d.last_completed <= ?week),
	count(*) FILTER (WHERE d.active AND d.last_completed > '' AND d.last_completed <= ?month)`

// ages are the named arguments of countColumns.
type ages struct{ Day, Week, Month string }
