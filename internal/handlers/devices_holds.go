package handlers

import (
	"context"
	"slices"

	"backup-portal/internal/inventory"
)

const (
	holdColumn   = "legalHold"
	holdsUnknown = "Nobody knows who is on legal hold: the backup service has not told it to the portal."
)

// holdsKnown tells whether the portal knows who is on legal hold. Before the first sync it does not, nor where the vendor
// does not tell it to the portal's account.
func (h *Handlers) holdsKnown(ctx context.Context) (bool, error) {
	fresh, err := h.Inventory.Freshness(ctx)
	return !fresh.HoldsAt.IsZero(), err
}

// tellHolds keeps a list from telling what nobody knows: a filter by legal hold cannot be answered then, and the column says
// so. Who is taken for free may be deactivated.
func (h *Handlers) tellHolds(ctx context.Context, f *deviceFilter, columns []deviceColumn) ([]deviceColumn, error) {
	at := slices.IndexFunc(columns, func(c deviceColumn) bool { return c.key == holdColumn })
	if at < 0 && f.get("hold") == "" {
		return columns, nil
	}
	known, err := h.holdsKnown(ctx)
	if err != nil || known {
		return columns, err
	}
	if f.get("hold") != "" && f.problemOf("hold") == "" {
		f.wrong("hold", holdsUnknown)
	}
	if at >= 0 {
		c := columns[at]
		columns = slices.Clone(columns)
		columns[at] = textColumn(c.key, c.label, c.class, func(inventory.Device) string { return "not known" })
	}
	return columns, nil
}
