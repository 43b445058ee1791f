package settings

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/tidwall/gjson"
)

// node is a value of a document together with where it stands there, so that one value can be replaced and everything
// around it stays. The vendor writes the same thing in several ways (a tree that was XML once): a scalar plain, as an
// object with #text, or as @nil; a list of one as its only element. The methods read all of them; a nil node is one that
// is not there.
type node struct {
	gjson.Result
	fields map[string]*node // of an object; of a name that comes twice the last, as in the readers of the vendor's SDKs
	names  []string         // of the fields, in the document's order
	items  []*node          // of an array
}

// deepest is how far documents nest at most; the vendor's are about ten deep.
const deepest = 200

var (
	errNotJSON = errors.New("settings: the document is not JSON")
	errTooDeep = errors.New("settings: the document is nested too deeply")
)

func parse(document []byte) (*node, error) {
	// gjson reads anything as something, so what is not JSON is turned away first.
	if !json.Valid(document) {
		return nil, errNotJSON
	}
	text := string(document)
	root := gjson.Parse(text)
	n, err := grow(root, deepest)
	if err != nil {
		return nil, err
	}
	// What stands around the outermost value is part of the document too.
	n.Raw, n.Index = text, 0
	return n, nil
}

func grow(r gjson.Result, depth int) (*node, error) {
	if depth == 0 {
		return nil, errTooDeep
	}
	n := &node{Result: r}
	if r.Type != gjson.JSON {
		return n, nil
	}
	object := r.IsObject()
	if object {
		n.fields = map[string]*node{}
	}
	var failed error
	r.ForEach(func(key, value gjson.Result) bool {
		var child *node
		if child, failed = grow(value, depth-1); failed != nil {
			return false
		}
		if !object {
			n.items = append(n.items, child)
			return true
		}
		name := key.String()
		if n.fields[name] == nil {
			n.names = append(n.names, name)
		}
		n.fields[name] = child
		return true
	})
	return n, failed
}

// at follows names of fields; nil when one is missing on the way.
func (n *node) at(names ...string) *node {
	for _, name := range names {
		if n == nil {
			return nil
		}
		n = n.fields[name]
	}
	return n
}

func (n *node) isObject() bool { return n != nil && n.fields != nil }

func (n *node) isArray() bool { return n != nil && n.Type == gjson.JSON && n.fields == nil }

// isNil tells whether there is no value: nothing, null, or the tree's @nil.
func (n *node) isNil() bool {
	return n == nil || n.Type == gjson.Null || n.isObject() && n.at("#text") == nil && n.at("@nil").is("true")
}

// text answers a scalar in any of its forms.
func (n *node) text() (string, bool) {
	switch {
	case n.isNil():
		return "", false
	case n.isObject():
		if inner := n.at("#text"); inner != nil && !inner.isObject() {
			return inner.text()
		}
		return "", false
	case n.isArray():
		return "", false
	case n.Type == gjson.Number:
		return n.Raw, true // as written: a float would lose digits of what is large
	}
	return strings.ToValidUTF8(n.String(), "\uFFFD"), true
}

func (n *node) is(text string) bool {
	got, ok := n.text()
	return ok && got == text
}

// locked tells whether the node carries the vendor's lock.
func (n *node) locked() bool { return n.at("@locked").is("true") }

// many answers the elements of a list: an array's, or the one value that stands in place of an array.
func (n *node) many() []*node {
	switch {
	case n == nil || n.Type == gjson.Null:
		return nil
	case n.isArray():
		return n.items
	}
	return []*node{n}
}

// texts answers a list of scalars; false when it holds anything else.
func (n *node) texts() ([]string, bool) {
	texts := []string{}
	for _, item := range n.many() {
		text, ok := item.text()
		if !ok {
			return nil, false
		}
		texts = append(texts, text)
	}
	return texts, true
}

// unwrapped answers what the vendor's envelope {"metadata", "data"} holds, or the node itself when it is not one.
func (n *node) unwrapped() *node {
	data := n.at("data")
	if !data.isObject() {
		return n
	}
	for _, name := range n.names {
		if name != "data" && name != "metadata" {
			return n
		}
	}
	return data
}
