//go:build production

package main

// development holds nothing: the demo and the emulators are not part of a production build.
type development struct{}
