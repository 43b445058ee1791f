package backup

import (
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

// document writes JSON by appending: a page of 500 devices has 15,000 fields, too many for reflection on every request.
type document struct{ b []byte }

func (w *document) separate() {
	if n := len(w.b); n > 0 && w.b[n-1] != '{' && w.b[n-1] != '[' && w.b[n-1] != ':' {
		w.b = append(w.b, ',')
	}
}

func (w *document) key(k string) {
	w.separate()
	w.b = append(w.b, '"')
	w.b = append(w.b, k...)
	w.b = append(w.b, '"', ':')
}

func (w *document) open(bracket byte)  { w.separate(); w.b = append(w.b, bracket) }
func (w *document) close(bracket byte) { w.b = append(w.b, bracket) }

// raw adds a field whose value is JSON already.
func (w *document) raw(k, v string) {
	w.key(k)
	w.b = append(w.b, v...)
}

func (w *document) null(k string) { w.raw(k, "null") }

func (w *document) text(k, v string) {
	w.key(k)
	w.b = appendQuoted(w.b, v)
}

func (w *document) textOrNull(k string, v *string) {
	if v == nil {
		w.null(k)
		return
	}
	w.text(k, *v)
}

// digits writes an identifier, which is a string on the wire because it exceeds 2^53.
func (w *document) digits(k string, v uint64) {
	w.key(k)
	w.b = append(w.b, '"')
	w.b = strconv.AppendUint(w.b, v, 10)
	w.b = append(w.b, '"')
}

func (w *document) number(k string, v int64) {
	w.key(k)
	w.b = strconv.AppendInt(w.b, v, 10)
}

func (w *document) percent(k string, v float64) {
	w.key(k)
	w.b = strconv.AppendFloat(w.b, math.Round(v*10)/10, 'f', 1, 64)
}

func (w *document) boolean(k string, v bool) {
	w.key(k)
	w.b = strconv.AppendBool(w.b, v)
}

// date writes milliseconds since 1970 in the one form that is used throughout; 0 is null.
func (w *document) date(k string, millis int64) {
	if millis == 0 {
		w.null(k)
		return
	}
	w.key(k)
	w.b = append(w.b, '"')
	w.b = appendDate(w.b, millis)
	w.b = append(w.b, '"')
}

// element adds a string to a list.
func (w *document) element(v string) {
	w.separate()
	w.b = appendQuoted(w.b, v)
}

func appendDate(b []byte, millis int64) []byte {
	return time.UnixMilli(millis).UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
}

func appendQuoted(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, r)
			i += size
			continue
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < 0x20 || c == 0x7f:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
		i++
	}
	return append(b, '"')
}
