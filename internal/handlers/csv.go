package handlers

import (
	"encoding/csv"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// csvWriter writes a table for spreadsheets (RFC 4180) in which no cell, header or not, is a formula.
type csvWriter struct{ rows *csv.Writer }

func newCSVWriter(w io.Writer) csvWriter {
	rows := csv.NewWriter(w)
	rows.UseCRLF = true
	return csvWriter{rows}
}

// write adds one row. It is sent with flush, or when the buffer is full.
func (w csvWriter) write(cells ...string) error {
	safe := make([]string, len(cells))
	for i, cell := range cells {
		safe[i] = safeCell(cell)
	}
	return w.rows.Write(safe)
}

// flush sends what was written so far.
func (w csvWriter) flush() error {
	w.rows.Flush()
	return w.rows.Error()
}

// cellBreaks are where a program that expects another separator, or does not know quotes, begins a new cell. The comma
// is not among them: it is this table's own, and every reader knows it.
const cellBreaks = ";\t\r\n"

// safeCell puts a single quote before text that a spreadsheet would take for a formula: at the start of the cell, and
// wherever another separator would begin one. White space and characters without width in front do not hide a formula.
func safeCell(text string) string {
	if !strings.ContainsAny(text, formulaStarts+cellBreaks) {
		return text
	}
	var b strings.Builder
	if startsFormula(text) || strings.ContainsRune("\t\r\n", rune(text[0])) {
		b.WriteByte('\'')
	}
	for rest := text; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		b.WriteString(rest[:size])
		rest = rest[size:]
		if strings.ContainsRune(cellBreaks, r) && startsFormula(rest) {
			b.WriteByte('\'')
		}
	}
	return b.String()
}

// formulaStarts are the characters that begin a formula, with the wide, small and typographic forms that some
// spreadsheets read as the same.
const formulaStarts = "=+-@" + "＝＋－＠" + "﹦﹢﹣﹫" + "−"

// startsFormula tells whether the first visible character begins a formula.
func startsFormula(text string) bool {
	text = strings.TrimLeftFunc(text, invisible)
	first, _ := utf8.DecodeRuneInString(text)
	return text != "" && strings.ContainsRune(formulaStarts, first)
}

// invisible is white space, a control character or one without width (zero-width spaces and joiners, byte order marks,
// marks of direction).
func invisible(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.C, r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || unicode.Is(unicode.Variation_Selector, r)
}
