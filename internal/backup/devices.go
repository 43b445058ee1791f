package backup

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strconv"
)

// DeviceQuery selects and pages devices. Zero values do not filter; OrgUID includes child organizations.
type DeviceQuery struct {
	Active, Blocked *bool
	OrgUID          string
	UserUID         string
	DestinationGUID string
	Text            string // the vendor's own partial match
	WithBackups     bool   // fill Device.Backups
	WithoutCounts   bool
	Page            int // from 1; 0 is 1
	PageSize        int // 0 is 500
}

// DevicePage is one page of a listing. Total counts all matching devices, -1 when the vendor does not tell.
type DevicePage struct {
	Devices []Device
	Total   int
}

func (q DeviceQuery) values() url.Values {
	v := url.Values{}
	setFlag(v, "active", q.Active)
	setFlag(v, "blocked", q.Blocked)
	setText(v, "orgUid", q.OrgUID)
	setText(v, "userUid", q.UserUID)
	setText(v, "targetComputerGuid", q.DestinationGUID)
	if q.WithBackups {
		v.Set("incBackupUsage", pythonBool(true))
	}
	v.Set("incCounts", pythonBool(!q.WithoutCounts))
	setPage(v, q.Page, q.PageSize)
	setText(v, "q", q.Text)
	return v
}

// DevicePage reads one page of devices; OrgNotFound when OrgUID is unknown (wire: section 2.1).
//
//api:op GET /api/v1/Computer
func (r *Reader) DevicePage(ctx context.Context, q DeviceQuery) (DevicePage, error) {
	rows, total, err := readPage[deviceWire](ctx, r.calls, "/api/v1/Computer", "computers", q.values())
	if err != nil {
		return DevicePage{}, err
	}
	return DevicePage{Devices: convert(rows, deviceWire.device), Total: total}, nil
}

// Devices reads all matching devices page by page, each once, whatever page size the vendor grants; Page is ignored.
// A listing that ends before the vendor's own count yields an error with meaning Incomplete last.
//
//api:op GET /api/v1/Computer
func (r *Reader) Devices(ctx context.Context, q DeviceQuery) iter.Seq2[Device, error] {
	return listAll("GET /api/v1/Computer", q.PageSize, func(d Device) string { return d.GUID },
		func(page, size int) ([]Device, int, error) {
			q := q
			q.Page, q.PageSize = page, size
			p, err := r.DevicePage(ctx, q)
			return p.Devices, p.Total, err
		})
}

// segment is the row number as a path segment; "", which no request is made with, for a number that names no device.
func (id DeviceID) segment() string {
	if id <= 0 {
		return ""
	}
	return strconv.FormatInt(int64(id), 10)
}

// Device reads one device by its row number; NotFound when there is none.
//
//api:op GET /api/v1/Computer/{id}
func (r *Reader) Device(ctx context.Context, id DeviceID, withBackups bool) (Device, error) {
	v := url.Values{}
	if withBackups {
		v.Set("incBackupUsage", pythonBool(true))
	}
	return r.device(ctx, target{template: "/api/v1/Computer/{id}", id: id.segment(), query: v})
}

// DeviceByGUID reads one device by its GUID; NotFound when there is none.
//
//api:op GET /api/v1/Computer/{guid}
func (r *Reader) DeviceByGUID(ctx context.Context, guid string, withBackups bool) (Device, error) {
	v := url.Values{"idType": {"guid"}}
	if withBackups {
		v.Set("incBackupUsage", pythonBool(true))
	}
	d, err := r.device(ctx, target{template: "/api/v1/Computer/{guid}", id: guid, query: v})
	if err == nil && d.GUID != guid {
		return Device{}, anotherDevice("GET /api/v1/Computer/{guid}")
	}
	return d, err
}

// anotherDevice turns down an answer about another device than was asked for.
func anotherDevice(op string) error {
	return &Error{
		Status: http.StatusOK, Op: op, Meaning: Unparseable, Sent: true, Attempts: 1,
		Cause: errors.New("the answer is about another device"),
	}
}

func (r *Reader) device(ctx context.Context, t target) (Device, error) {
	row, err := readDocument[deviceWire](ctx, r.calls, t)
	if err != nil {
		return Device{}, err
	}
	return row.device(), nil
}

// BlockDevice stops sign-in and restore on a device; blocking a blocked one succeeds (wire: section 2.1).
//
//api:op PUT /api/v1/ComputerBlock/{id}
func (w *Writer) BlockDevice(ctx context.Context, id DeviceID) error {
	return w.calls.change(ctx, "PUT", target{template: "/api/v1/ComputerBlock/{id}", id: id.segment()})
}

// UnblockDevice undoes BlockDevice (wire: section 2.1).
//
//api:op DELETE /api/v1/ComputerBlock/{id}
func (w *Writer) UnblockDevice(ctx context.Context, id DeviceID) error {
	return w.calls.change(ctx, "DELETE", target{template: "/api/v1/ComputerBlock/{id}", id: id.segment()})
}

// DeauthorizeDevice signs a device out until its user signs in again (wire: section 2.1).
//
//api:op PUT /api/v1/ComputerDeauthorization/{id}
func (w *Writer) DeauthorizeDevice(ctx context.Context, id DeviceID) error {
	return w.calls.change(ctx, "PUT", target{template: "/api/v1/ComputerDeauthorization/{id}", id: id.segment()})
}

// DeactivateDevice ends a device's backups and moves its archives to cold storage; ActiveLegalHold when its owner is on
// legal hold (wire: section 2.1).
//
//api:op POST /api/v38/computer-deactivation/update
//api:op POST /api/v4/computer-deactivation/update
func (w *Writer) DeactivateDevice(ctx context.Context, id DeviceID) error {
	return w.deactivation(ctx, "/computer-deactivation/update", id)
}

// ReactivateDevice lets a deactivated device back up again, when its user has signed in (wire: section 2.1).
//
//api:op POST /api/v38/computer-deactivation/remove
//api:op POST /api/v4/computer-deactivation/remove
func (w *Writer) ReactivateDevice(ctx context.Context, id DeviceID) error {
	return w.deactivation(ctx, "/computer-deactivation/remove", id)
}

// deactivation names the device in the body: the two SDKs differ in the version only (wire: section 8).
func (w *Writer) deactivation(ctx context.Context, resource string, id DeviceID) error {
	version := map[Dialect]string{CrashPlan: "/api/v38", Code42: "/api/v4"}[w.calls.options.Dialect]
	if id <= 0 {
		return &Error{Op: "POST " + version + resource, Meaning: NotSent, Cause: errors.New("the number names no device")}
	}
	return w.calls.change(ctx, "POST", target{template: version + resource, body: []byte(`{"id":` + id.segment() + `}`)})
}
