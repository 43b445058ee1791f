package backup

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// source is a vendor's list of n rows that grants at most most rows a page.
type source struct {
	n, most  int
	unknown  bool // tells no total
	byAsked  bool // counts pages by the size asked for, not by the size granted
	repeats  bool // answers page 1 whatever is asked
	clamps   bool // answers the last page beyond the end
	overTold int  // the total is that much too high
	asked    int
}

func (s *source) page(number, size int) ([]int, int, error) {
	if s.asked++; s.asked > 2*s.n+10 {
		return nil, 0, errors.New("the walk does not end")
	}
	granted := min(size, s.most)
	step := granted
	if s.byAsked {
		step = size
	}
	if s.repeats {
		number = 1
	}
	from := (number - 1) * step
	if s.clamps {
		from = min(from, max(s.n-1, 0)/step*step)
	}
	var rows []int
	for i := from; i < min(from+granted, s.n); i++ {
		rows = append(rows, i)
	}
	if s.unknown {
		return rows, -1, nil
	}
	return rows, s.n + s.overTold, nil
}

func (s *source) list(size int) (rows []int, err error) {
	for row, e := range listAll("GET /test", size, strconv.Itoa, s.page) {
		if e != nil {
			return rows, e
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (s *source) complete(rows []int) bool {
	return len(rows) == s.n && slices.IsSorted(rows) && len(slices.Compact(rows)) == s.n
}

// Whatever is granted and told, a listing holds every row once.
func TestNoPageSizeTruncatesAListing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := &source{
			n: rapid.IntRange(0, 60).Draw(t, "rows"), most: rapid.IntRange(1, 20).Draw(t, "granted"),
			unknown: rapid.Bool().Draw(t, "no total"), byAsked: rapid.Bool().Draw(t, "pages by size asked"), clamps: rapid.Bool().Draw(t, "repeats the last page"),
		}
		if s.unknown {
			s.clamps = false
		}
		rows, err := s.list(rapid.IntRange(0, 25).Draw(t, "asked"))
		if err != nil || !s.complete(rows) {
			t.Fatalf("%d rows of %d, %v", len(rows), s.n, err)
		}
	})
}

func TestAListingThatCannotBeCompleteSaysSo(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		source source
		rows   int
		want   Meaning
	}{
		"the total is too high":                   {source{n: 25, most: 10, overTold: 3}, 25, Incomplete},
		"page 1 for ever":                         {source{n: 25, most: 10, repeats: true}, 10, Incomplete},
		"page 1 for ever, full, no total":         {source{n: 25, most: 10, repeats: true, unknown: true}, 10, Incomplete},
		"all in one page for ever, no total":      {source{n: 7, most: 100, repeats: true, unknown: true}, 7, Incomplete},
		"nothing, but a total":                    {source{n: 0, most: 10, overTold: 3}, 0, Incomplete},
		"nothing":                                 {source{n: 0, most: 10}, 0, Unclassified},
		"the last page for ever, short, no total": {source{n: 25, most: 10, clamps: true, unknown: true}, 25, Unclassified},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows, err := tt.source.list(10)
			if len(rows) != tt.rows || MeaningOf(err) != tt.want || (err == nil) != (tt.want == Unclassified) {
				t.Errorf("%d rows, %v; want %d, %v", len(rows), err, tt.rows, tt.want)
			}
		})
	}
}

func TestAFailedPageEndsTheListing(t *testing.T) {
	t.Parallel()
	v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("pgNum") == "2" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		writeJSON(w, map[string]any{"data": map[string]any{"totalCount": 2, "computers": []any{device("1")}}})
	})
	var seen []string
	for d, err := range newTestClient(t, v.URL, nil).Reader().Devices(t.Context(), DeviceQuery{PageSize: 1}) {
		seen = append(seen, fmt.Sprint(d.GUID, MeaningOf(err) == Forbidden))
	}
	if !slices.Equal(seen, []string{"1false", "true"}) {
		t.Errorf("saw %v", seen)
	}
}

// The look-up goes beyond the first page, and the second time straight to the document.
func TestOrgByUIDFindsAnyOrg(t *testing.T) {
	t.Parallel()
	const total, most = 1234, 100
	v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		if guid, ok := strings.CutPrefix(r.URL.Path, "/api/v3/orgs/guid-"); ok {
			if guid == "77" {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			writeJSON(w, map[string]any{"data": map[string]any{"orgUid": guid, "orgGuid": "guid-" + guid, "orgName": "document " + guid}})
			return
		}
		page, _ := strconv.Atoi(r.URL.Query().Get("pgNum"))
		size, _ := strconv.Atoi(r.URL.Query().Get("pgSize"))
		size = min(size, most)
		var rows []any
		for i := (page - 1) * size; i < min(page*size, total); i++ {
			row := map[string]any{"orgUid": strconv.Itoa(i), "orgName": "row", "orgGuid": fmt.Sprint("guid-", i)}
			if i == 88 {
				delete(row, "orgGuid")
			}
			rows = append(rows, row)
		}
		writeJSON(w, map[string]any{"data": map[string]any{"totalCount": total, "orgs": rows}})
	})
	r := newTestClient(t, v.URL, nil).Reader()
	for _, want := range []int{13, 1} { // 12 pages and the document, then the document alone
		before := v.arrivals()
		org, err := r.OrgByUID(t.Context(), "1150")
		if err != nil || org.Name != "document 1150" || v.arrivals()-before != want {
			t.Errorf("%v, %v after %d requests, want %d", org, err, v.arrivals()-before, want)
		}
	}
	if org, err := r.OrgByUID(t.Context(), "88"); err != nil || org.Name != "row" {
		t.Errorf("an organization without orgGuid: %v, %v", org, err)
	}
	for _, uid := range []string{"none", "77"} {
		if _, err := r.OrgByUID(t.Context(), uid); !IsNotFound(err) {
			t.Errorf("organization %s: %v, want not found", uid, err)
		}
	}
}

func TestAListingWithoutEndIsGivenUp(t *testing.T) {
	t.Parallel()
	for name, total := range map[string]int{"no total": -1, "a total that grows": 1 << 40} {
		next, asked := 0, 0
		var last error
		for row, err := range listUpTo(1000, "GET /test", 100, strconv.Itoa, func(_, size int) ([]int, int, error) {
			if asked++; asked > 50 {
				return nil, 0, errors.New("the walk does not end")
			}
			rows := make([]int, size)
			for i := range rows {
				rows[i] = next
				next++
			}
			return rows, total, nil
		}) {
			if last = err; err == nil && row >= 1000 {
				t.Fatalf("%s: row %d is handed out", name, row)
			}
		}
		if MeaningOf(last) != Unparseable {
			t.Errorf("%s: ends with %v after %d pages", name, last, asked)
		}
	}
}
