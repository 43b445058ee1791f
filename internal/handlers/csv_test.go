package handlers

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSafeCell(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"empty":                     {"", ""},
		"plain":                     {"OSL-SHP-0412", "OSL-SHP-0412"},
		"a sign inside":             {"a=b+c-d@e", "a=b+c-d@e"},
		"equals":                    {"=1+1", "'=1+1"},
		"plus":                      {"+47 22", "'+47 22"},
		"minus":                     {"-1", "'-1"},
		"at":                        {"@SUM(A1)", "'@SUM(A1)"},
		"tab":                       {"\tx", "'\tx"},
		"carriage return":           {"\rx", "'\rx"},
		"line feed":                 {"\nx", "'\nx"},
		"tab and formula":           {"\t=1", "'\t'=1"},
		"behind a space":            {" =1", "' =1"},
		"behind a no-break space":   {"\u00a0=1", "'\u00a0=1"},
		"behind a zero-width space": {"\u200b=1", "'\u200b=1"},
		"behind a byte order mark":  {"\ufeff=1", "'\ufeff=1"},
		"behind a word joiner":      {"\u2060@x", "'\u2060@x"},
		"behind a soft hyphen":      {"\u00ad-x", "'\u00ad-x"},
		"behind a direction mark":   {"\u202e=1", "'\u202e=1"},
		"behind a Hangul filler":    {"\u3164=1", "'\u3164=1"},
		"behind a selector":         {"\ufe0f=1", "'\ufe0f=1"},
		"behind NUL":                {"\x00=1", "'\x00=1"},
		"full width":                {"＝1", "'＝1"},
		"full width plus":           {"＋1", "'＋1"},
		"full width minus":          {"－1", "'－1"},
		"full width at":             {"＠x", "'＠x"},
		"behind a semicolon":        {"x;=1", "x;'=1"},
		"behind a line feed":        {"x\n =1", "x\n' =1"},
		"a semicolon":               {"a; b", "a; b"},
		"broken text":               {"=\xff;\xff", "'=\xff;\xff"},
		"quoted already":            {"'=1", "'=1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := safeCell(c.text); got != c.want {
				t.Errorf("safeCell(%q) = %q, want %q", c.text, got, c.want)
			}
		})
	}
}

func TestCSVWriterKeepsHeadersAndCellsFromBeingFormulas(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	w := newCSVWriter(&out)
	for _, row := range [][]string{{"name", "=header"}, {"a,\"b\"", "@c"}} {
		if err := w.write(row...); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.flush(); err != nil {
		t.Fatal(err)
	}
	got, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]string{{"name", "'=header"}, {"a,\"b\"", "'@c"}}, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// FuzzSafeCell: whatever the text, no cell begins a formula, and nothing but single quotes is added.
func FuzzSafeCell(f *testing.F) {
	f.Add("\u200b;=1")
	f.Fuzz(func(t *testing.T, text string) {
		got := safeCell(text)
		if startsFormula(got) {
			t.Errorf("%q begins a formula", got)
		}
		if strings.ReplaceAll(got, "'", "") != strings.ReplaceAll(text, "'", "") {
			t.Errorf("%q became %q", text, got)
		}
	})
}
