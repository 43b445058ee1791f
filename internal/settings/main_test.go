package settings_test

import (
	"flag"
	"runtime/debug"
	"testing"
)

// TestMain lets each property be held against 1,700 documents or pairs of them, more than 10,000 in all, unless the command
// line says how many.
func TestMain(m *testing.M) {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
	usual := map[string]string{"rapid.nofailfile": "true"}
	if !asked {
		usual["rapid.checks"] = "1700"
	}
	for name, value := range usual {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	debug.SetGCPercent(800) // many small documents that live for a moment
	m.Run()
}
