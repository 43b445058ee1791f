package operation_test

import "context"

// The plant has no mirror of settings to renew.
func (*plant) OrgSettingsChanged(context.Context, string) error    { return nil }
func (*plant) DeviceSettingsChanged(context.Context, string) error { return nil }
