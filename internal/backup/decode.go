package backup

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The scalars below read what servers of different age send: numbers as strings, strings as numbers, nulls, absent
// fields, dates with Z or an offset. What cannot be read is the zero value; identity is checked by the row types.

type text string

func (t *text) UnmarshalJSON(raw []byte) error {
	s, _ := scalar(raw)
	*t = text(s)
	return nil
}

type whole int64

func (n *whole) UnmarshalJSON(raw []byte) error {
	s, _ := scalar(raw)
	s = strings.TrimSpace(s)
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		*n = whole(i)
		return nil
	}
	*n = 0
	if f, err := strconv.ParseFloat(s, 64); err == nil && math.Abs(f) < math.MaxInt64 {
		*n = whole(f)
	}
	return nil
}

type decimal float64

func (d *decimal) UnmarshalJSON(raw []byte) error {
	s, _ := scalar(raw)
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		f = 0
	}
	*d = decimal(f)
	return nil
}

type flag bool

func (b *flag) UnmarshalJSON(raw []byte) error {
	s, _ := scalar(raw)
	*b = flag(strings.EqualFold(s, "true") || s == "1")
	return nil
}

type moment time.Time

func (m *moment) UnmarshalJSON(raw []byte) error {
	s, _ := scalar(raw)
	*m = moment(parseTime(s))
	return nil
}

func (m moment) time() time.Time { return time.Time(m) }

// texts is a list of strings; a bare string is a list of one, an element may be an object with a name.
type texts []string

func (l *texts) UnmarshalJSON(raw []byte) error {
	*l = nil
	var many []json.RawMessage
	if json.Unmarshal(raw, &many) != nil {
		many = []json.RawMessage{raw}
	}
	for _, one := range many {
		if s, ok := scalar(one); ok && s != "" {
			*l = append(*l, s)
		}
	}
	return nil
}

// scalar gives the text of a JSON string, number or boolean; of an object marked as locked the text inside it.
func scalar(raw []byte) (string, bool) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return "", false
	}
	switch raw[0] {
	case '"':
		if plain := raw[1 : len(raw)-1]; bytes.IndexByte(plain, '\\') < 0 && utf8.Valid(plain) {
			return string(plain), true // nearly all are, and a listing of a large fleet holds fifty million
		}
		var s string
		if json.Unmarshal(raw, &s) != nil {
			return "", false
		}
		return s, true
	case '{':
		var locked struct {
			Text *text `json:"#text"`
		}
		if json.Unmarshal(raw, &locked) != nil || locked.Text == nil {
			return "", false
		}
		return string(*locked.Text), true
	case '[':
		return "", false
	default:
		return string(raw), true
	}
}

// parseTime reads the vendor's date forms; the zero time stands for none (wire: section 1.7).
func parseTime(s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	if ms, err := strconv.ParseInt(s, 10, 64); err == nil && ms > 0 && ms < 1<<48 {
		return time.UnixMilli(ms).UTC()
	}
	return time.Time{}
}

// unwrap takes the success envelope off: of an object with "data" only that counts (wire: section 0.3).
func unwrap(body []byte) (json.RawMessage, error) {
	body = bytes.TrimSpace(body)
	if len(body) == 0 || body[0] != '{' {
		return nil, errors.New("the answer is not a JSON object")
	}
	var envelope map[string]json.RawMessage
	if err := json.Unmarshal(body, &envelope); err != nil {
		return nil, err
	}
	data, wrapped := envelope["data"]
	if !wrapped {
		return body, nil
	}
	if len(data) == 0 || data[0] != '{' {
		return nil, errors.New("the answer's data is not an object")
	}
	return data, nil
}

// row is a wire type that knows whether it names the thing it describes.
type row interface{ identified() bool }

func decodeDocument[W row](body []byte) (W, error) {
	var w W
	data, err := unwrap(body)
	if err != nil {
		return w, err
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return w, err
	}
	if !w.identified() {
		return w, errors.New("the answer names nothing")
	}
	return w, nil
}

// decodePage reads the rows under key and the total, -1 when absent. Pages are large, so they are read in one go, row by
// row; what is not asked for is skipped.
func decodePage[W row](body []byte, key string) ([]W, int, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	var bare, wrapped page[W]
	enveloped := false
	err := members(d, func(name string) error {
		if name == "data" {
			enveloped = true
			wrapped = page[W]{}
			return members(d, func(name string) error { return wrapped.member(d, name, key) })
		}
		return bare.member(d, name, key)
	})
	if err == nil {
		err = ended(d)
	}
	if err != nil {
		return nil, 0, err
	}
	p := bare
	if enveloped { // of an object with "data" only that counts (wire: section 0.3)
		p = wrapped
	}
	if !p.listed {
		return nil, 0, fmt.Errorf("the answer has no %q", key)
	}
	total := -1
	if s, ok := scalar(p.total); ok {
		if n, err := strconv.Atoi(s); err == nil && n >= 0 {
			total = n
		}
	}
	return p.rows, total, nil
}

// decodeList is decodePage for lists that are bare arrays in some dialects, within the envelope or without (wire: section 5.2).
func decodeList[W row](body []byte, key string) ([]W, int, error) {
	rows := bytes.TrimSpace(body)
	var envelope struct {
		Data json.RawMessage `json:"data"`
	}
	if json.Unmarshal(body, &envelope) == nil && envelope.Data != nil {
		rows = envelope.Data
	}
	if len(rows) == 0 || rows[0] != '[' {
		return decodePage[W](body, key)
	}
	return decodePage[W](fmt.Appendf(nil, "{%q:%s}", key, rows), key)
}

// page is what a listing answers, as far as it has been read.
type page[W row] struct {
	rows   []W
	listed bool
	total  json.RawMessage
}

// member reads one member of the page's object.
func (p *page[W]) member(d *json.Decoder, name, key string) error {
	switch name {
	case key:
		p.listed, p.rows = true, nil
		return elements(d, func() error {
			var w W
			if err := d.Decode(&w); err != nil {
				return err
			}
			if !w.identified() {
				return errors.New("a row names nothing")
			}
			p.rows = append(p.rows, w)
			return nil
		})
	case "totalCount":
		return d.Decode(&p.total)
	default:
		var skipped json.RawMessage
		return d.Decode(&skipped)
	}
}

// members reads an object; member reads the value behind each name.
func members(d *json.Decoder, member func(name string) error) error {
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.Join(errors.New("the answer is not a JSON object"), err)
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := t.(string) // the decoder takes nothing else here
		if err := member(name); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

// elements reads an array, or null, which is an empty one; element reads each value.
func elements(d *json.Decoder, element func() error) error {
	switch t, err := d.Token(); {
	case err != nil:
		return err
	case t == nil:
		return nil
	case t != json.Delim('['):
		return errors.New("the answer's rows are not a list")
	}
	for d.More() {
		if err := element(); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

// ended demands that nothing follows.
func ended(d *json.Decoder) error {
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.Join(errors.New("something follows the answer"), err)
	}
	return nil
}
