package backup

import (
	"context"
	"net/url"
	"strconv"
)

// FullDiskAccess is the agent state that tells whether a Mac lets the backup client read all files.
const FullDiskAccess = "fullDiskAccess"

// AgentState is one property that the backup client on a device reports of itself.
type AgentState struct {
	DeviceGUID string
	Property   string
	Value      string // "true", "false"; "" when it is not reported
	Reported   bool   // false: the device has no such state, as those that are not Macs
}

// On tells whether the state is reported, and so.
func (s AgentState) On() bool { return s.Reported && s.Value == "true" }

type agentStateWire struct {
	DeviceGUID   text `json:"deviceGuid"`
	PropertyName text `json:"propertyName"`
	Value        text `json:"value"`
}

// identified is for rows of a list; the answer about one device may leave out what was asked.
func (w agentStateWire) identified() bool { return w.DeviceGUID != "" }

func (w agentStateWire) state() AgentState {
	return AgentState{DeviceGUID: string(w.DeviceGUID), Property: string(w.PropertyName), Value: string(w.Value), Reported: w.Value != ""}
}

// soleAgentStateWire is the state of the device that was asked for.
type soleAgentStateWire struct{ agentStateWire }

func (soleAgentStateWire) identified() bool { return true }

// DeviceAgentState reads one agent state of a device. That the vendor has none, which it says with 404, is an answer and no
// error (wire: section 2.1).
//
//api:op GET /api/v38/agent-state/view-by-device-guid
//api:op GET /api/v14/agent-state/view-by-device-guid
func (r *Reader) DeviceAgentState(ctx context.Context, guid, property string) (AgentState, error) {
	none := AgentState{DeviceGUID: guid, Property: property}
	t := target{template: r.agentStates("/view-by-device-guid"), query: url.Values{"deviceGuid": {guid}, "propertyName": {property}}}
	row, err := readDocument[soleAgentStateWire](ctx, r.calls, t)
	switch {
	case IsNotFound(err):
		return none, nil
	case err != nil:
		return AgentState{}, err
	case row.DeviceGUID != "" && string(row.DeviceGUID) != guid:
		return AgentState{}, anotherDevice("GET " + t.template)
	}
	none.Value, none.Reported = string(row.Value), row.Value != ""
	return none, nil
}

// OrgAgentStates reads one agent state of the devices in an organization that have it (wire: section 3.1).
//
//api:op GET /api/v38/agent-state/view-by-organization-id
//api:op GET /api/v14/agent-state/view-by-organization-id
func (r *Reader) OrgAgentStates(ctx context.Context, id OrgID, property string) ([]AgentState, error) {
	v := url.Values{"orgId": {strconv.FormatInt(int64(id), 10)}, "propertyName": {property}}
	rows, _, err := readList[agentStateWire](ctx, r.calls, r.agentStates("/view-by-organization-id"), "agentStates", v)
	if err != nil {
		return nil, err
	}
	return convert(rows, agentStateWire.state), nil
}

func (r *Reader) agentStates(view string) string {
	return map[Dialect]string{CrashPlan: "/api/v38", Code42: "/api/v14"}[r.calls.options.Dialect] + "/agent-state" + view
}
