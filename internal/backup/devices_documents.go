package backup

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
)

// DeviceDocument reads everything that the vendor has about one device, with its settings: the data of the answer, byte for
// byte (wire: section 2.1).
//
//api:op GET /api/v1/Computer/{guid}
func (r *Reader) DeviceDocument(ctx context.Context, guid string) ([]byte, error) {
	const resource = "/api/v1/Computer/{guid}"
	v := url.Values{"idType": {"guid"}, "incSettings": {pythonBool(true)}}
	document, err := readDocument[kept[deviceWire]](ctx, r.calls, target{template: resource, id: guid, query: v})
	if err != nil {
		return nil, err
	}
	if string(document.row.GUID) != guid {
		return nil, anotherDevice("GET " + resource)
	}
	return document.bytes, nil
}

// DeviceSettingView reads settings of a device in the form that the vendor's SDK had before documents: packets by key, all of
// them when no key is named (wire: section 2.1). Newer servers may not know it.
//
//api:op GET /api/v4/device-setting/view
func (r *Reader) DeviceSettingView(ctx context.Context, guid string, keys []string) ([]byte, error) {
	v := url.Values{"guid": {guid}}
	setText(v, "keys", strings.Join(keys, ","))
	packets, err := readDocument[kept[anything]](ctx, r.calls, target{template: "/api/v4/device-setting/view", query: v})
	return packets.bytes, err
}

// PutDevice replaces a device's document by one that DeviceDocument read and somebody edited; see PutOrgDocument.
//
//api:op PUT /api/v1/Computer/{id}
func (w *Writer) PutDevice(ctx context.Context, id DeviceID, document []byte) error {
	return w.calls.put(ctx, target{template: "/api/v1/Computer/{id}", id: id.segment(), body: document})
}

// UpgradeDevice tells the backup client of a device to bring itself up to date (wire: section 2.1).
//
//api:op POST /api/v38/device-upgrade/upgrade-device
//api:op POST /api/v4/device-upgrade/upgrade-device
func (w *Writer) UpgradeDevice(ctx context.Context, guid string) error {
	resource := map[Dialect]string{CrashPlan: "/api/v38", Code42: "/api/v4"}[w.calls.options.Dialect] + "/device-upgrade/upgrade-device"
	body, err := json.Marshal(map[string]string{"deviceGuid": guid})
	if guid == "" {
		err = errors.New("no device is named")
	}
	if err != nil {
		return &Error{Op: "POST " + resource, Meaning: NotSent, Cause: err}
	}
	return w.calls.change(ctx, "POST", target{template: resource, body: body})
}
