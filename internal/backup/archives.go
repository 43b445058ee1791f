package backup

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// ColdArchive is an archive in cold storage, where it waits for its deletion.
type ColdArchive struct {
	GUID    string
	Bytes   int64
	Expires time.Time // deleted for good after this day; zero when the vendor tells none
}

// ColdStorage reads the archives in cold storage of an organization and of those below it, those that expire first before
// the others, each once; see Devices for how it ends (wire: section 6).
//
//api:op GET /api/v1/ColdStorage
func (r *Reader) ColdStorage(ctx context.Context, org OrgID) iter.Seq2[ColdArchive, error] {
	return listAll("GET /api/v1/ColdStorage", 0, func(a ColdArchive) string { return a.GUID },
		func(page, size int) ([]ColdArchive, int, error) {
			v := url.Values{
				"orgId": {strconv.FormatInt(int64(org), 10)}, "incChildOrgs": {pythonBool(true)},
				"srtKey": {"archiveHoldExpireDate"}, "srtDir": {"asc"},
			}
			setPage(v, page, size)
			rows, total, err := readPage[coldArchiveWire](ctx, r.calls, "/api/v1/ColdStorage", "coldStorageRows", v)
			return convert(rows, coldArchiveWire.archive), total, err
		})
}

// ArchiveHoldDays reads for how many days archives of an organization stay in cold storage before they are deleted for
// good. As for OrgByUID, its orgGuid has to be learnt from the list when nobody has listed it before.
//
//api:op GET /api/v1/Org
//api:op GET /api/v3/orgs/{guid}
func (r *Reader) ArchiveHoldDays(ctx context.Context, uid string) (int, error) {
	guid, ok := r.orgs.guid(uid)
	if !ok {
		org, err := r.OrgByUID(ctx, uid)
		if err != nil {
			return 0, err
		}
		guid = org.GUID
	}
	t := target{template: "/api/v3/orgs/{guid}", id: guid, query: url.Values{"incSettings": {pythonBool(true)}}}
	row, err := readDocument[orgSettingsWire](ctx, r.calls, t)
	if err != nil {
		return 0, err
	}
	days, err := strconv.Atoi(row.archiveHoldDays())
	if err != nil || days < 0 || string(row.OrgUID) != uid {
		return 0, &Error{
			Status: http.StatusOK, Op: "GET " + t.template, Meaning: Unparseable, Sent: true, Attempts: 1,
			Cause: errors.New("the answer does not tell for how many days archives are kept"),
		}
	}
	return days, nil
}
