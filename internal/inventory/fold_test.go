package inventory

import (
	"slices"
	"strings"
	"testing"
	"testing/quick"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestFold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"case", "LapTop", "laptop"},
		{"sharp s", "Straße", "strasse"},
		{"composed", "E\u0301", "é"},
		{"dotted I", "İ", "i\u0307"},
		{"final sigma", "ΟΔΟΣ", "οδοσ"},
		{"right to left stays in its order", "שלום", "שלום"},
		{"emoji", "💾", "💾"},
		{"control characters", "a\x1fb\tc\x00d", "a b c d"},
		{"not UTF-8", "a\xffb", "a\uFFFDb"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := Fold(c.in); got != c.want {
				t.Errorf("Fold(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

// TestFoldOfASCII: what is folded quickly is folded alike.
func TestFoldOfASCII(t *testing.T) {
	t.Parallel()
	for c := range rune(utf8.RuneSelf) {
		if text := "x" + string(c) + "Y"; Fold(text) != foldBeyondASCII(text) {
			t.Errorf("Fold(%q) = %q, want %q", text, Fold(text), foldBeyondASCII(text))
		}
	}
}

// TestFoldedTextIsWellFormed: valid UTF-8 without the separator, whatever a laptop calls itself; sort keys are bounded.
func TestFoldedTextIsWellFormed(t *testing.T) {
	t.Parallel()
	property := func(raw []byte) bool {
		folded, key := Fold(string(raw)), SortKey(string(raw))
		return utf8.ValidString(folded) && !strings.ContainsAny(folded, fieldMark+"\x00") &&
			utf8.ValidString(key) && utf8.RuneCountInString(key) <= sortRunes && strings.HasPrefix(strings.TrimSpace(folded), key)
	}
	if err := quick.Check(property, nil); err != nil {
		t.Error(err)
	}
	if got := SortKey(strings.Repeat("長", 300)); got != strings.Repeat("長", sortRunes) {
		t.Errorf("the sort key of 300 characters has %d", utf8.RuneCountInString(got))
	}
}

// TestOrganizationsAreOrderedByNumbers: people count “Yard 2” before “Yard 10”, whatever zeros stand before a number.
func TestOrganizationsAreOrderedByNumbers(t *testing.T) {
	t.Parallel()
	want := []string{
		"", "10 Downing", "Deck", "Deck 0", "Deck 1", "deck 2", "Deck 02 aft", "Deck 9b", "Deck 10", "Deck 10-2", "Deck 10-11", "Deck 99", "Deck 100",
		"Deck 99999999", "Deck 123456789", "Decks", "Ørsta 3", "Ørsta 12", "長い 2", "長い 10",
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, func(a, b string) int { return strings.Compare(OrgSortKey(a), OrgSortKey(b)) })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if OrgSortKey("Deck 007") != OrgSortKey(" DECK 7 ") {
		t.Errorf("%q and %q", OrgSortKey("Deck 007"), OrgSortKey(" DECK 7 "))
	}
	property := func(raw []byte) bool {
		key := OrgSortKey(string(raw) + "7")
		return utf8.ValidString(key) && utf8.RuneCountInString(key) <= sortRunes
	}
	if err := quick.Check(property, nil); err != nil {
		t.Error(err)
	}
}

func TestSearchNeedle(t *testing.T) {
	t.Parallel()
	for q, want := range map[string]string{
		"": "", "  ": "", "\x1f": "", "A": "\x1f\x1fa", " Ab ": "\x1f\x1fab", "ß": "\x1f\x1fss", "Abc": "abc", "長い": "\x1f\x1f長い", "a b": "a b",
	} {
		if got := SearchNeedle(q); got != want {
			t.Errorf("SearchNeedle(%q) = %q, want %q", q, got, want)
		}
	}
}

func TestScope(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		paths    []string
		roots    []string
		in, outs []string
	}{
		{"none", nil, nil, nil, []string{"/1/", "/", ""}},
		{"one", []string{"/1/12/"}, []string{"/1/12/"}, []string{"/1/12/", "/1/12/3/"}, []string{"/1/", "/1/123/", "/1/1/", "/12/", ""}},
		{"nested and twice", []string{"/1/2/", "/1/", "/1/2/", "/10/"}, []string{"/1/", "/10/"}, []string{"/1/2/", "/10/"}, []string{"/100/"}},
		{"malformed", []string{"", "1", "/1", "1/", "//", "/1//2/"}, nil, nil, []string{"/1/", "//", "/1//2/"}},
		{"everything", Everything().Paths, []string{"/"}, []string{"/1/", "/2/3/"}, []string{"", "/", "1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := Scope{Paths: c.paths}
			if got := s.Roots(); !slices.Equal(got, c.roots) || s.Empty() != (len(c.roots) == 0) {
				t.Errorf("roots %q, empty %v; want %q", got, s.Empty(), c.roots)
			}
			for _, p := range c.in {
				if !s.Contains(p) {
					t.Errorf("%q is not inside", p)
				}
			}
			for _, p := range c.outs {
				if s.Contains(p) {
					t.Errorf("%q is inside", p)
				}
			}
		})
	}
}
