package backup

import (
	"context"
	"encoding/json"
)

// documented are the requests that the SDKs of the recordings no longer send, as their documentation has them.
var documented = map[string]string{
	"DeviceSettingView": "GET /api/v4/device-setting/view?guid=1222906893738553990&keys=a%2Cb",
}

// settingsContracts are the documents of settings, what is edited of organizations, and what backup clients report.
// Documents go back as they were recorded: what edits make of them is no matter of this package.
func settingsContracts(d Dialect, orgGUID string, recorded []wireRequest) []contract {
	const guid = "1222906893738553990"
	states := map[Dialect]string{CrashPlan: "GET /api/v38/agent-state", Code42: "GET /api/v14/agent-state"}[d]
	upgrade := map[Dialect]string{CrashPlan: "POST /api/v38", Code42: "POST /api/v4"}[d] + "/device-upgrade/upgrade-device"
	name := "N2"
	body := func(operation string) []byte {
		for _, r := range recorded {
			if r.Method+" "+r.Path == operation {
				return []byte(r.Body)
			}
		}
		return nil
	}
	parent := func() string {
		var made struct{ ParentOrgGUID string }
		_ = json.Unmarshal(body("POST /api/v3/orgs"), &made) // without it nothing is sent, and the test fails
		return made.ParentOrgGUID
	}
	return []contract{
		{name: "OrgDocument", call: func(ctx context.Context, c *Client) error {
			_, err := c.Reader().OrgDocument(ctx, "42")
			return err
		}, ops: []string{"GET /api/v1/Org", "GET /api/v3/orgs/{guid}"}},
		{name: "OrgPackets", call: func(ctx context.Context, c *Client) error {
			_, err := c.Reader().OrgPackets(ctx, 9002)
			return err
		}, ops: []string{"GET /api/v1/OrgSetting/{id}"}},
		{name: "PutOrgPackets", call: func(ctx context.Context, c *Client) error {
			return c.Writer().PutOrgPackets(ctx, 9002, body("PUT /api/v1/OrgSetting/9002"))
		}, ops: []string{"PUT /api/v1/OrgSetting/{id}"}},
		{name: "PutOrgDocument", call: func(ctx context.Context, c *Client) error {
			return c.Writer().PutOrgDocument(ctx, 9002, body("PUT /api/v1/Org/9002"))
		}, ops: []string{"PUT /api/v1/Org/{id}"}},
		{name: "CreateOrg", call: func(ctx context.Context, c *Client) error {
			return c.Writer().CreateOrg(ctx, NewOrg{ParentGUID: parent(), Name: "New Org", ExternalReference: "ref", Notes: "notes"})
		}, ops: []string{"POST /api/v3/orgs"}},
		{name: "UpdateOrg", call: func(ctx context.Context, c *Client) error {
			return c.Writer().UpdateOrg(ctx, orgGUID, OrgEdit{Name: &name})
		}, ops: []string{"PUT /api/v3/orgs/{guid}"}},
		{name: "DeviceDocument", call: func(ctx context.Context, c *Client) error {
			_, err := c.Reader().DeviceDocument(ctx, guid)
			return err
		}, ops: []string{"GET /api/v1/Computer/{guid}"}},
		{name: "PutDevice", call: func(ctx context.Context, c *Client) error {
			return c.Writer().PutDevice(ctx, 2682772, body("PUT /api/v1/Computer/2682772"))
		}, ops: []string{"PUT /api/v1/Computer/{id}"}},
		{name: "UpgradeDevice", call: func(ctx context.Context, c *Client) error {
			return c.Writer().UpgradeDevice(ctx, guid)
		}, ops: []string{upgrade}},
		{name: "DeviceAgentState", call: func(ctx context.Context, c *Client) error {
			_, err := c.Reader().DeviceAgentState(ctx, guid, FullDiskAccess)
			return err
		}, ops: []string{states + "/view-by-device-guid"}},
		{name: "OrgAgentStates", call: func(ctx context.Context, c *Client) error {
			_, err := c.Reader().OrgAgentStates(ctx, 9002, FullDiskAccess)
			return err
		}, ops: []string{states + "/view-by-organization-id"}},
		{name: "DeviceSettingView", call: func(ctx context.Context, c *Client) error {
			_, err := c.Reader().DeviceSettingView(ctx, guid, []string{"a", "b"})
			return err
		}, ops: []string{"GET /api/v4/device-setting/view"}},
	}
}
