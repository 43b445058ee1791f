package backup

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// nodeKind is what a node of a settings document is in JSON.
type nodeKind uint8

const (
	scalarNode nodeKind = iota
	objectNode
	arrayNode
)

// node is a part of a settings document. It is never changed: an edited document shares everything else with the one that it
// came from, so that a thousand devices that differ in one value from their organization cost little more than one.
type node struct {
	kind  nodeKind
	raw   string   // of a scalar: its JSON
	keys  []string // of an object, in document order
	items []*node  // of an object or an array
}

func parseTree(raw []byte) (*node, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	n, err := readNode(d)
	if err != nil {
		return nil, fmt.Errorf("reading a document: %w", err)
	}
	return n, nil
}

func readNode(d *json.Decoder) (*node, error) {
	token, err := d.Token()
	if err != nil {
		return nil, fmt.Errorf("reading a value: %w", err)
	}
	switch v := token.(type) {
	case json.Delim:
		return readContainer(d, v)
	case string:
		return textNode(v), nil
	case json.Number:
		return &node{raw: v.String()}, nil
	case bool:
		return &node{raw: strconv.FormatBool(v)}, nil
	default:
		return &node{raw: "null"}, nil
	}
}

func readContainer(d *json.Decoder, open json.Delim) (*node, error) {
	n := &node{kind: arrayNode}
	if open == '{' {
		n.kind = objectNode
	}
	for d.More() {
		if n.kind == objectNode {
			token, err := d.Token()
			if err != nil {
				return nil, fmt.Errorf("reading a key: %w", err)
			}
			key, _ := token.(string)
			n.keys = append(n.keys, key)
		}
		item, err := readNode(d)
		if err != nil {
			return nil, err
		}
		n.items = append(n.items, item)
	}
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("reading the end: %w", err)
	}
	return n, nil
}

func textNode(s string) *node     { return &node{raw: string(appendQuoted(nil, s))} }
func list(items ...*node) *node   { return &node{kind: arrayNode, items: items} }
func rawNode(raw string) *node    { return &node{raw: raw} }
func (n *node) isObject() bool    { return n != nil && n.kind == objectNode }
func (n *node) isArray() bool     { return n != nil && n.kind == arrayNode }
func (n *node) isNull() bool      { return n != nil && n.kind == scalarNode && n.raw == "null" }
func (n *node) has(k string) bool { return n.get(k) != nil }
func (n *node) isTrue() bool      { return n.text() == "true" }
func (n *node) locked() bool      { return n.get("@locked").isTrue() }
func (n *node) isNil() bool       { return n.get("@nil").isTrue() }
func (n *node) String() string    { return string(n.append(nil)) }

// object builds a node from keys and values in turn.
func object(pairs ...any) *node {
	n := &node{kind: objectNode}
	for i := 0; i+1 < len(pairs); i += 2 {
		n.keys = append(n.keys, pairs[i].(string))
		switch v := pairs[i+1].(type) {
		case string:
			n.items = append(n.items, textNode(v))
		case *node:
			n.items = append(n.items, v)
		}
	}
	return n
}

// lockedText is a scalar that the server keeps (wire: section 3.4).
func lockedText(s string) *node { return object("@locked", "true", "#text", s) }

func (n *node) append(b []byte) []byte {
	switch n.kind {
	case objectNode:
		b = append(b, '{')
		for i, item := range n.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendQuoted(b, n.keys[i]), ':')
			b = item.append(b)
		}
		return append(b, '}')
	case arrayNode:
		b = append(b, '[')
		for i, item := range n.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = item.append(b)
		}
		return append(b, ']')
	default:
		return append(b, n.raw...)
	}
}

// get walks down objects; nil where the path ends early.
func (n *node) get(path ...string) *node {
	for _, key := range path {
		if n == nil || n.kind != objectNode {
			return nil
		}
		i := slices.Index(n.keys, key)
		if i < 0 {
			return nil
		}
		n = n.items[i]
	}
	return n
}

// with returns the object with another value at a path; nil takes the key away, and a path that is not there is added.
func (n *node) with(value *node, path ...string) *node {
	if len(path) == 0 {
		return value
	}
	if n == nil || n.kind != objectNode {
		n = &node{kind: objectNode}
	}
	i := slices.Index(n.keys, path[0])
	var below *node
	if i >= 0 {
		below = n.items[i]
	}
	changed := below.with(value, path[1:]...)
	switch {
	case changed == below:
		return n
	case changed == nil:
		return &node{kind: objectNode, keys: slices.Delete(slices.Clone(n.keys), i, i+1), items: slices.Delete(slices.Clone(n.items), i, i+1)}
	case i < 0:
		return &node{kind: objectNode, keys: append(slices.Clip(n.keys), path[0]), items: append(slices.Clip(n.items), changed)}
	default:
		items := slices.Clone(n.items)
		items[i] = changed
		return &node{kind: objectNode, keys: n.keys, items: items}
	}
}

// text is the value of a scalar, locked or not; "" for anything else.
func (n *node) text() string {
	if n.isObject() {
		n = n.get("#text")
	}
	if n == nil || n.kind != scalarNode || n.raw == "null" {
		return ""
	}
	var s string
	if json.Unmarshal([]byte(n.raw), &s) == nil {
		return s
	}
	return n.raw
}

// same compares documents; the order of keys does not matter.
func same(a, b *node) bool {
	if a == b {
		return true
	}
	if a == nil || b == nil || a.kind != b.kind || len(a.items) != len(b.items) {
		return false
	}
	switch a.kind {
	case objectNode:
		for i, key := range a.keys {
			if !same(a.items[i], b.get(key)) {
				return false
			}
		}
		return true
	case arrayNode:
		return slices.EqualFunc(a.items, b.items, same)
	default:
		return a.raw == b.raw
	}
}

// node adds a field that is a document already.
func (w *document) node(k string, n *node) {
	w.key(k)
	w.b = n.append(w.b)
}
