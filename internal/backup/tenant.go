package backup

import "context"

// Tenant is the vendor's customer that the account belongs to.
type Tenant struct {
	UID string
}

// Tenant reads whose data this is (wire: section 1.6).
//
//api:op GET /api/v3/customer/my
func (r *Reader) Tenant(ctx context.Context) (Tenant, error) {
	row, err := readDocument[tenantWire](ctx, r.calls, target{template: "/api/v3/customer/my"})
	if err != nil {
		return Tenant{}, err
	}
	return Tenant{UID: string(row.TenantUID)}, nil
}

// Ping asks for the cheapest document that needs a token: nil means that the vendor answers this account.
//
//api:op GET /api/v3/customer/my
func (r *Reader) Ping(ctx context.Context) error {
	_, err := r.Tenant(ctx)
	return err
}
