package store

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/preference"
)

func TestPreferences(t *testing.T) {
	t.Parallel()
	onEvery(t, conformPreferences)
}

func conformPreferences(t *testing.T, open opener) {
	t.Run("choices are kept by person", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		for _, value := range []string{"a", "b'\"%", "\u200bü", ""} {
			if err := s.Choose(t.Context(), "x", "columns", value); err != nil {
				t.Fatal(err)
			}
			if got, err := s.Choice(t.Context(), "x", "columns"); err != nil || got != value {
				t.Errorf("kept %q, %v; want %q", got, err, value)
			}
		}
		if err := s.Choose(t.Context(), "x", "columns", "mine"); err != nil {
			t.Fatal(err)
		}
		for _, other := range [][2]string{{"y", "columns"}, {"x", "Columns"}, {"", ""}} {
			if got, err := s.Choice(t.Context(), other[0], other[1]); err != nil || got != "" {
				t.Errorf("%v: %q, %v", other, got, err)
			}
		}
	})
	t.Run("views reach who may see their organization", func(t *testing.T) {
		t.Parallel()
		c := newClock()
		s := open(t, c)
		for _, path := range []string{"/1/", "/1/12/", "/1/12/3/", "/1/123/"} {
			uids := inventory.AncestorUIDs(path)
			org := inventory.Org{UID: uids[len(uids)-1], Name: path, Path: path}
			if len(uids) > 1 {
				org.ParentUID = uids[len(uids)-2]
			}
			if err := s.OrgSeen(t.Context(), org); err != nil {
				t.Fatal(err)
			}
		}
		want := map[string]preference.View{}
		for i, share := range []string{"", "1", "12", "3", "123", "gone"} {
			v := preference.View{ID: fmt.Sprint(i), Owner: "owner", OwnerName: "Öwner <b>", Name: "on " + share, Query: "q=%27&x", ShareOrgUID: share, Created: c.Now()}
			if err := s.AddView(t.Context(), v, 6); err != nil {
				t.Fatal(err)
			}
			v.ShareOrgPath = map[string]string{"1": "/1/", "12": "/1/12/", "3": "/1/12/3/", "123": "/1/123/"}[share]
			want[v.Name] = v
		}
		for _, tt := range []struct {
			key   string
			roots []string
			sees  []string
		}{
			{"owner", nil, []string{"on ", "on 1", "on 12", "on 123", "on 3", "on gone"}},
			{"stranger", nil, nil},
			{"stranger", []string{"/1/12/"}, []string{"on 1", "on 12", "on 3"}},
			{"stranger", []string{"/1/12/3/"}, []string{"on 1", "on 12", "on 3"}},
			{"stranger", []string{"/1/"}, []string{"on 1", "on 12", "on 123", "on 3"}},
			{"stranger", []string{"/1/12/3/", "/1/123/"}, []string{"on 1", "on 12", "on 123", "on 3"}},
			{"stranger", []string{"", "//", "/2/"}, nil},
		} {
			r := preference.Reader{Key: tt.key, Roots: tt.roots}
			views, err := s.Views(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			var expected []preference.View
			for _, name := range tt.sees {
				expected = append(expected, want[name])
			}
			if diff := cmp.Diff(expected, append([]preference.View(nil), views...)); diff != "" {
				t.Errorf("%s at %v (-want +got):\n%s", tt.key, tt.roots, diff)
			}
			for name, v := range want {
				_, err := s.View(t.Context(), r, v.ID)
				seen := false
				for _, n := range tt.sees {
					seen = seen || n == name
				}
				if seen != (err == nil) || err != nil && !fault.Is(err, fault.NotFound) {
					t.Errorf("%s at %v, %s: %v", tt.key, tt.roots, name, err)
				}
			}
		}
		if err := s.AddView(t.Context(), preference.View{ID: "x", Owner: "owner", Name: "seventh"}, 6); !fault.Is(err, fault.Conflict) {
			t.Errorf("a view more than there may be: %v", err)
		}
		if err := s.AddView(t.Context(), preference.View{ID: "x", Owner: "owner", Name: "on 1"}, 100); !fault.Is(err, fault.Conflict) || fault.Of(err).Message != "You have a view of that name already." {
			t.Errorf("a name twice: %v", err)
		}
		if err := s.AddView(t.Context(), preference.View{ID: "x", Owner: "another", Name: "on 1"}, 100); err != nil {
			t.Errorf("another person's view of that name: %v", err)
		}
		renamed := want["on 1"]
		renamed.Name, renamed.ShareOrgUID, renamed.ShareOrgPath = "renamed", "", ""
		if err := s.ChangeView(t.Context(), renamed); err != nil {
			t.Fatal(err)
		}
		got, err := s.View(t.Context(), preference.Reader{Key: "owner"}, renamed.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(renamed, got); diff != "" {
			t.Errorf("changed (-want +got):\n%s", diff)
		}
		renamed.Name = "on 12"
		if err := s.ChangeView(t.Context(), renamed); !fault.Is(err, fault.Conflict) {
			t.Errorf("renamed to a name that is taken: %v", err)
		}
		if err := s.RemoveView(t.Context(), renamed.ID); err != nil {
			t.Fatal(err)
		}
		if err := s.RemoveView(t.Context(), renamed.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("removed a second time: %v", err)
		}
		if err := s.ChangeView(t.Context(), renamed); !fault.Is(err, fault.NotFound) {
			t.Errorf("changed when it is gone: %v", err)
		}
		if _, err := s.View(t.Context(), preference.Reader{Key: "owner"}, renamed.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("removed: %v", err)
		}
	})
	t.Run("the last view that there may be, from many windows", func(t *testing.T) {
		t.Parallel()
		c := newClock()
		s := open(t, c)
		const most, windows = 20, 8
		add := func(id string) error {
			return s.AddView(t.Context(), preference.View{ID: id, Owner: "owner", Name: id, Created: c.Now()}, most)
		}
		for i := range most - 1 {
			if err := add(fmt.Sprint(i)); err != nil {
				t.Fatal(err)
			}
		}
		for round := range 5 {
			var kept, refused atomic.Int32
			var all sync.WaitGroup
			for i := range windows {
				all.Go(func() {
					switch err := add(fmt.Sprint("window ", i)); {
					case err == nil:
						kept.Add(1)
					case fault.Is(err, fault.Conflict):
						refused.Add(1)
					default:
						t.Error(err)
					}
				})
			}
			all.Wait()
			if kept.Load() != 1 || refused.Load() != windows-1 {
				t.Fatalf("round %d: %d were kept and %d refused", round, kept.Load(), refused.Load())
			}
			for i := range windows {
				if err := s.RemoveView(t.Context(), fmt.Sprint("window ", i)); err != nil && !fault.Is(err, fault.NotFound) {
					t.Fatal(err)
				}
			}
		}
	})
	t.Run("the same choice from two windows", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		var both sync.WaitGroup
		for i := range 8 {
			both.Go(func() {
				if err := s.Choose(t.Context(), "x", "columns", fmt.Sprint(i)); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		if got, err := s.Choice(t.Context(), "x", "columns"); err != nil || got == "" {
			t.Errorf("%q, %v", got, err)
		}
	})
}
