package settings_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"pgregory.net/rapid"
)

// around is a document without the values at the paths: what has to stay as it is.
func around(t *rapid.T, document []byte, paths [][]string) string {
	var places []place
	for _, path := range paths {
		start, end, ok := span(document, path...)
		if !ok {
			t.Fatalf("nothing at %v of %s", path, document)
		}
		places = append(places, place{start, end})
	}
	slices.SortFunc(places, func(a, b place) int { return a.start - b.start })
	var rest strings.Builder
	end := 0
	for _, p := range places {
		rest.Write(document[end:p.start])
		rest.WriteByte(0)
		end = p.end
	}
	rest.Write(document[end:])
	return rest.String()
}

// span finds where a value stands, by the reader of the standard library.
func span(document []byte, path ...string) (start, end int, ok bool) {
	if len(path) == 0 {
		return 0, len(document), true
	}
	decoder := json.NewDecoder(bytes.NewReader(document))
	opening, err := decoder.Token()
	if err != nil {
		return 0, 0, false
	}
	for i := 0; decoder.More(); i++ {
		name := strconv.Itoa(i)
		if opening == json.Delim('{') {
			key, err := decoder.Token()
			if err != nil {
				return 0, 0, false
			}
			name = key.(string)
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return 0, 0, false
		}
		if name == path[0] {
			from := int(decoder.InputOffset()) - len(value)
			start, end, ok = span(value, path[1:]...)
			return start + from, end + from, ok
		}
	}
	return 0, 0, false
}
