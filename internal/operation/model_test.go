package operation_test

import (
	"flag"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"
)

// How far the models walk: enough to find what was broken yesterday; `make model` walks much further.
var (
	decisionSteps = flag.Int64("model.decisions", 16_000/shorter, "steps of the model of decisions")
	roadSteps     = flag.Int64("model.road", 4_000/shorter, "steps of the model of the road")
	modelSeed     = flag.String("model.seed", "4", "where the models' random walks begin; 0 takes another beginning each time")
)

// TestMain hands the models' settings to the library that draws the walks.
func TestMain(m *testing.M) {
	flag.Parse()
	for name, value := range map[string]string{
		"rapid.seed": *modelSeed, "rapid.steps": "100", "rapid.checks": "100000", "rapid.nofailfile": "true",
	} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	m.Run()
}

// modelled walks so many steps in as many walks as that takes, and says how many they were. A walk asks step before each
// of its steps; it answers false when they are used up.
func modelled(t *testing.T, steps int64, walk func(t *rapid.T, step func() bool)) {
	t.Helper()
	var taken atomic.Int64
	var failing atomic.Bool // then follows the search for the smallest example, which is not counted
	step := func() bool { return failing.Load() || taken.Add(1) <= steps }
	defer func() { t.Logf("model: %d steps from seed %s", min(taken.Load(), steps), *modelSeed) }()
	rapid.Check(t, func(t *rapid.T) {
		if !failing.Load() && taken.Load() >= steps {
			return
		}
		defer func() {
			if t.Failed() {
				failing.Store(true)
			}
		}()
		walk(t, step)
	})
	if n := taken.Load(); n < steps {
		t.Errorf("only %d of %d steps were taken", n, steps)
	}
}
