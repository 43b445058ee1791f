package auth

import (
	"testing"
	"time"
)

func TestWhatProvesASignInAnew(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	now := began.Add(3 * time.Minute)
	for _, tt := range []struct {
		name     string
		authTime time.Time
		acr      string
		demanded []string
		want     bool
	}{
		{"while it was asked for", began.Add(time.Minute), "", nil, true},
		{"by a clock that is a minute slow", began.Add(-time.Minute), "", nil, true},
		{"before it was asked for", began.Add(-time.Minute - time.Second), "", nil, false},
		{"by a clock that is a minute fast", now.Add(time.Minute), "", nil, true},
		{"in the future", now.Add(time.Minute + time.Second), "", nil, false},
		{"at no time", time.Time{}, "", nil, false},
		{"in one of the ways", now, "b", []string{"a", "b"}, true},
		{"in another way", now, "c", []string{"a", "b"}, false},
		{"in a way that only looks like one", now, "A", []string{"a", "b"}, false},
		{"in no way that is named", now, "", []string{"a", "b"}, false},
		{"in two at once", now, "a b", []string{"a", "b"}, false},
	} {
		s := &Service{opts: Options{Now: func() time.Time { return now }, ACRValues: tt.demanded}}
		err := s.proven(PendingSignIn{Fresh: true, Began: began}, Claims{AuthTime: tt.authTime, ACR: tt.acr})
		if (err == nil) != tt.want {
			t.Errorf("%s: %v, want proven %v", tt.name, err, tt.want)
		}
	}
}
