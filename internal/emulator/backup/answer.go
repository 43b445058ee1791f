package backup

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// call is one request after its path was understood.
type call struct {
	method  string
	path    string
	ids     []string // what stood in the placeholders of the route
	query   url.Values
	body    []byte
	header  http.Header
	baseURL string // as the caller addressed this server
	token   *token // nil on open routes
}

// answer is a complete response.
type answer struct {
	status      int
	contentType string
	header      map[string]string
	body        []byte
}

const (
	typeJSON = "application/json;charset=UTF-8"
	typeText = "text/plain;charset=UTF-8"
	// typeErrors is what the real server says about the JSON arrays that its v1 errors are (wire: section 2.4).
	typeErrors = "text/html;charset=ISO-8859-1"
)

func jsonAnswer(body []byte) answer {
	return answer{status: http.StatusOK, contentType: typeJSON, body: body}
}

func empty() answer { return answer{status: http.StatusNoContent} }

// problem answers a v1 request that failed: a list with one named error.
func problem(status int, name, description string) answer {
	var w document
	w.open('[')
	w.open('{')
	w.text("name", name)
	w.text("description", description)
	w.raw("objects", "[]")
	w.close('}')
	w.close(']')
	return answer{status: status, contentType: typeErrors, body: w.b}
}

// marker answers a failed request of the later versions; clients look for the marker in the raw text.
func marker(status int, name, description string) answer {
	var w document
	w.open('{')
	w.raw("error", "[]")
	w.text("problem", name)
	w.text("description", description)
	w.close('}')
	return answer{status: status, contentType: typeJSON, body: w.b}
}

// data wraps what the function writes as {"data":…}.
func data(write func(*document)) answer {
	w := document{}
	w.open('{')
	w.key("data")
	write(&w)
	w.close('}')
	return jsonAnswer(w.b)
}

// v1 wraps what the function writes in the older envelope, which repeats the query parameters as they came.
// The size hint, in bytes, saves growing the buffer for long pages.
func (s *Server) v1(c *call, size int, write func(*document)) answer {
	w := document{b: make([]byte, 0, size+512)}
	w.open('{')
	w.key("metadata")
	w.open('{')
	w.date("timestamp", s.now())
	w.key("params")
	w.open('{')
	for _, name := range slices.Sorted(maps.Keys(c.query)) {
		w.separate()
		w.b = append(appendQuoted(w.b, name), ':')
		w.b = appendQuoted(w.b, c.query.Get(name))
	}
	w.close('}')
	w.close('}')
	w.key("data")
	write(&w)
	w.close('}')
	return jsonAnswer(w.b)
}

// boolean reads a query parameter such as True or false; nil when it is missing or anything else.
func (c *call) boolean(name string) *bool {
	switch strings.ToLower(c.query.Get(name)) {
	case "true":
		return new(true)
	case "false":
		return new(false)
	default:
		return nil
	}
}

func (c *call) isTrue(name string) bool {
	v := c.boolean(name)
	return v != nil && *v
}

// page reads pgNum and pgSize; what cannot be read means page 1 and 100 rows.
func (c *call) page(maxSize int) (skip, limit int64) {
	const usual, lastPage = 100, 1 << 31
	number, size := int64(1), int64(usual)
	if n, err := strconv.ParseInt(c.query.Get("pgSize"), 10, 32); err == nil && n > 0 {
		size = min(n, int64(maxSize))
	}
	if n, err := strconv.ParseInt(c.query.Get("pgNum"), 10, 64); err == nil && n > 1 {
		number = min(n, lastPage)
	}
	return (number - 1) * size, size
}

// decode reads the JSON body into v; an absent body leaves v alone.
func (c *call) decode(v any) error {
	if len(c.body) == 0 {
		return nil
	}
	if err := json.Unmarshal(c.body, v); err != nil {
		return fmt.Errorf("reading the body of %s %s: %w", c.method, c.path, err)
	}
	return nil
}

func badBody() answer {
	return problem(http.StatusBadRequest, "SYSTEM", "Unable to read the request body")
}

// rowNumber is a vendor id in a JSON body, which callers send as a number or as a string.
type rowNumber int64

// UnmarshalJSON accepts 42 and "42".
func (n *rowNumber) UnmarshalJSON(b []byte) error {
	v, err := strconv.ParseInt(strings.Trim(string(b), `"`), 10, 64)
	if err != nil {
		return fmt.Errorf("reading an id: %w", err)
	}
	*n = rowNumber(v)
	return nil
}
