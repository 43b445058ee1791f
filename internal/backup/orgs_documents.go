package backup

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
)

// OrgDocument reads everything that the vendor has about one organization, with settings, device defaults and who provides
// them: the data of the answer, byte for byte (wire: section 3.1). The orgGuid is found as OrgByUID finds it.
//
//api:op GET /api/v1/Org
//api:op GET /api/v3/orgs/{guid}
func (r *Reader) OrgDocument(ctx context.Context, uid string) ([]byte, error) {
	if guid, ok := r.orgs.guid(uid); ok {
		document, err := r.orgDocument(ctx, uid, guid)
		if !IsNotFound(err) {
			return document, err
		}
		r.orgs.forget(uid)
	}
	listed, err := r.listedOrg(ctx, uid)
	if err != nil {
		return nil, err
	}
	return r.orgDocument(ctx, uid, listed.GUID)
}

func (r *Reader) orgDocument(ctx context.Context, uid, guid string) ([]byte, error) {
	parts := url.Values{}
	for _, part := range []string{"incSettings", "incDeviceDefaults", "incInheritedOrgInfo"} {
		parts.Set(part, pythonBool(true))
	}
	document, err := readDocument[kept[orgWire]](ctx, r.calls, target{template: "/api/v3/orgs/{guid}", id: guid, query: parts})
	if err != nil {
		return nil, err
	}
	if _, err := sameOrg(document.row.org(), uid, nil); err != nil {
		return nil, err
	}
	return document.bytes, nil
}

// OrgPackets reads the settings of an organization that travel as packets, each with the organization that provides it: the
// data of the answer, byte for byte (wire: section 3.3).
//
//api:op GET /api/v1/OrgSetting/{id}
func (r *Reader) OrgPackets(ctx context.Context, id OrgID) ([]byte, error) {
	packets, err := readDocument[kept[anything]](ctx, r.calls, target{template: "/api/v1/OrgSetting/{id}", id: id.segment()})
	return packets.bytes, err
}

// PutOrgPackets changes the settings that travel as packets: those in the body and no others (wire: section 3.3).
//
//api:op PUT /api/v1/OrgSetting/{id}
func (w *Writer) PutOrgPackets(ctx context.Context, id OrgID, body []byte) error {
	return w.calls.put(ctx, target{template: "/api/v1/OrgSetting/{id}", id: id.segment(), body: body})
}

// PutOrgDocument replaces an organization's document by one that OrgDocument read and somebody edited. The vendor has no
// conditional write: what others changed in between is overwritten (wire: section 3.1).
//
//api:op PUT /api/v1/Org/{id}
func (w *Writer) PutOrgDocument(ctx context.Context, id OrgID, document []byte) error {
	return w.calls.put(ctx, target{template: "/api/v1/Org/{id}", id: id.segment(), body: document})
}

// kept is a row together with the bytes that it was read from.
type kept[W row] struct {
	bytes []byte
	row   W
}

func (k *kept[W]) UnmarshalJSON(raw []byte) error {
	k.bytes = slices.Clone(raw)
	return json.Unmarshal(raw, &k.row)
}

func (k kept[W]) identified() bool { return k.row.identified() }

// anything is an object that does not say what it is about.
type anything struct{}

func (anything) identified() bool { return true }
