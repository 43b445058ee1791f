package inventory

import "context"

// Facets counts the values beside the list of devices that a query answers.
func (s *Service) Facets(ctx context.Context, q DeviceQuery) (Facets, error) {
	return s.Store.Facets(ctx, q, s.Now())
}

// Summary sums up the devices of a scope.
func (s *Service) Summary(ctx context.Context, scope Scope) (DeviceSummary, error) {
	return s.Store.DeviceSummary(ctx, scope, s.Now())
}
