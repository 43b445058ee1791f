package audit

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// version is what V says of lines made now. Readers accept older ones: a line is never rewritten.
const version = 1

// timeLayout has a fixed width, so that times sort as text.
const timeLayout = "2006-01-02T15:04:05.000000Z"

// New completes a line that happened at this time: version, salt, the time when the line has none, organizations sorted.
func New(line Line, at time.Time) Line {
	line.V = version
	if line.At.IsZero() {
		line.At = at
	}
	line.At = line.At.UTC().Truncate(time.Microsecond)
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails: it ends the program instead
	line.Salt = hex.EncodeToString(salt)
	orgs := slices.DeleteFunc(slices.Clone(line.OrgUIDs), func(uid string) bool { return uid == "" })
	slices.Sort(orgs)
	line.OrgUIDs = slices.Compact(orgs)
	return line
}

// canonical is a Line with its time as text of fixed width; a test holds its fields against those of Line.
type canonical struct {
	V         int               `json:"v"`
	At        string            `json:"at"`
	Salt      string            `json:"salt"`
	Actor     Actor             `json:"actor"`
	Action    string            `json:"action"`
	Vendor    string            `json:"vendor,omitempty"`
	Target    Target            `json:"target"`
	OrgUIDs   []string          `json:"orgs,omitempty"`
	Outcome   Outcome           `json:"outcome"`
	Reason    string            `json:"reason,omitempty"`
	Detail    string            `json:"detail,omitempty"`
	Request   string            `json:"request,omitempty"`
	Operation string            `json:"operation,omitempty"`
	Under     string            `json:"under,omitempty"`
	Attempts  int               `json:"attempts,omitempty"`
	Before    map[string]string `json:"before,omitempty"`
	After     map[string]string `json:"after,omitempty"`
}

// Encode answers the canonical JSON bytes of a line: fields in the order of Line, maps sorted, UTF-8, no HTML escapes,
// no white space, the time in UTC with six decimals. The same line always has the same bytes.
// NUL characters and bytes that are no UTF-8 become U+FFFD: not every database holds the first in JSON, and the second
// would not be the same after reading it back.
func Encode(line Line) ([]byte, error) {
	if len(line.Salt) != 32 {
		return nil, errors.New("audit: a line without its salt; make it with New")
	}
	if year := line.At.UTC().Year(); year < 1 || year > 9999 {
		return nil, fmt.Errorf("audit: a line cannot be of the year %d", year)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(canonicalOf(cleaned(line))); err != nil {
		return nil, fmt.Errorf("audit: encode a line: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Decode reads a line from its canonical bytes.
func Decode(b []byte) (Line, error) {
	var line Line
	if err := json.Unmarshal(b, &line); err != nil {
		return Line{}, fmt.Errorf("audit: decode a line: %w", err)
	}
	return line, nil
}

// OrgsOf answers the organizations that a line's canonical bytes name, each once, without reading the rest: for walks over
// whole logs. Of other bytes it answers what it can.
func OrgsOf(line []byte) []string {
	// No text can hold these: its quotes are escaped.
	const before, after = `,"orgs":`, `,"outcome":`
	_, rest, found := bytes.Cut(line, []byte(before))
	if !found {
		return nil
	}
	list, _, _ := bytes.Cut(rest, []byte(after))
	var orgs []string
	if inner, found := bytes.CutPrefix(list, []byte(`["`)); found && bytes.HasSuffix(inner, []byte(`"]`)) && !bytes.ContainsRune(list, '\\') {
		// No quote inside a text either: each ends where the next begins.
		orgs = strings.Split(string(inner[:len(inner)-len(`"]`)]), `","`)
	} else if err := json.Unmarshal(list, &orgs); err != nil {
		return nil
	}
	slices.Sort(orgs)
	return slices.Compact(orgs)
}

func canonicalOf(l Line) canonical {
	return canonical{
		V: l.V, At: l.At.UTC().Format(timeLayout), Salt: l.Salt, Actor: l.Actor, Action: l.Action, Vendor: l.Vendor,
		Target: l.Target, OrgUIDs: l.OrgUIDs, Outcome: l.Outcome, Reason: l.Reason, Detail: l.Detail,
		Request: l.Request, Operation: l.Operation, Under: l.Under, Attempts: l.Attempts, Before: l.Before, After: l.After,
	}
}

func cleaned(l Line) Line {
	for _, field := range []*string{
		&l.Actor.Key, &l.Actor.Name, &l.Actor.Email, &l.Actor.Address, &l.Action, &l.Vendor, &l.Target.Kind,
		&l.Target.ID, &l.Target.Name, &l.Target.Org, (*string)(&l.Outcome), &l.Reason, &l.Detail, &l.Request, &l.Operation,
		&l.Under,
	} {
		*field = cleanText(*field)
	}
	l.OrgUIDs = slices.Clone(l.OrgUIDs)
	for i, uid := range l.OrgUIDs {
		l.OrgUIDs[i] = cleanText(uid)
	}
	l.Before, l.After = cleanedMap(l.Before), cleanedMap(l.After)
	return l
}

func cleanedMap(m map[string]string) map[string]string {
	clean := make(map[string]string, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) { // sorted, so that two keys that become one always do so alike
		clean[cleanText(k)] = cleanText(m[k])
	}
	return clean
}

func cleanText(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
