// Package laws owns the rules that hold for the whole tree: who may import whom, who may change the vendor's data, what
// every action, template and file must have. It holds tests only and nothing imports it.
//
// Each law is a function from sources to violations, so that the same function that finds the tree sound is shown to
// find a broken example broken. Imports are parsed here rather than asked of `go list`: go test would cache the answer.
package laws
