package backup

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkDevicePage measures one page of 500 devices without backup usage, first and last, of everything and of one org.
func BenchmarkDevicePage(b *testing.B) {
	for _, devices := range []int{10_000, 1_000_000} {
		s := New(Options{Orgs: devices / 100, Users: devices / 3, Devices: devices, Calm: true, Now: testTime})
		token := s.IssueToken()
		org := s.Snapshot().Orgs[1].UID
		for name, query := range map[string]string{
			"first": "", "last": fmt.Sprintf("&pgNum=%d", devices/500), "org": "&pgNum=3&orgUid=" + org, "active": "&active=True&pgNum=10",
		} {
			b.Run(fmt.Sprintf("%d/%s", devices, name), func(b *testing.B) {
				for b.Loop() {
					r := httptest.NewRequest(http.MethodGet, "/api/v1/Computer?pgSize=500"+query, http.NoBody)
					r.Header.Set("Authorization", "Bearer "+token)
					w := httptest.NewRecorder()
					s.ServeHTTP(w, r)
					if w.Code != http.StatusOK {
						b.Fatalf("status %d: %.200s", w.Code, w.Body)
					}
				}
			})
		}
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		New(Options{Now: testTime})
	}
}
