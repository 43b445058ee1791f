package backup

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
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

// decodePage reads the rows under key and the total, -1 when absent.
func decodePage[W row](body []byte, key string) ([]W, int, error) {
	data, err := unwrap(body)
	if err != nil {
		return nil, 0, err
	}
	var page map[string]json.RawMessage
	if err := json.Unmarshal(data, &page); err != nil {
		return nil, 0, err
	}
	list, ok := page[key]
	if !ok {
		return nil, 0, fmt.Errorf("the answer has no %q", key)
	}
	var rows []W
	if err := json.Unmarshal(list, &rows); err != nil {
		return nil, 0, err
	}
	for _, w := range rows {
		if !w.identified() {
			return nil, 0, errors.New("a row names nothing")
		}
	}
	total := -1
	if s, ok := scalar(page["totalCount"]); ok {
		if n, err := strconv.Atoi(s); err == nil && n >= 0 {
			total = n
		}
	}
	return rows, total, nil
}
