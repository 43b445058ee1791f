package templates

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestChartGeometry(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		counts   []int
		lengths  []string
		segments []segment
	}{
		"nothing at all":              {counts: []int{0, 0}, lengths: []string{"0", "0"}},
		"one of two":                  {counts: []int{5, 0}, lengths: []string{"1000", "0"}, segments: []segment{{"v1", "0.0", "1000.0"}}},
		"a gap between neighbours":    {counts: []int{3, 1}, lengths: []string{"1000", "333"}, segments: []segment{{"v1", "0.0", "747.8"}, {"v1", "750.8", "249.2"}}},
		"the smallest stays visible":  {counts: []int{100000, 1}, lengths: []string{"1000", "4"}, segments: []segment{{"v1", "0.0", "997.0"}, {"v1", "1000.0", "0.0"}}},
		"a negative count is nothing": {counts: []int{-1, 2}, lengths: []string{"0", "1000"}, segments: []segment{{"v1", "0.0", "1000.0"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var c Chart
			for _, count := range test.counts {
				c.Bars = append(c.Bars, Bar{Count: count, Class: "v1"})
			}
			var lengths []string
			for _, bar := range c.Bars {
				lengths = append(lengths, c.length(bar))
			}
			if diff := cmp.Diff(test.lengths, lengths); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.segments, c.segments(), cmp.AllowUnexported(segment{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestChartSummaryTellsEveryFigure(t *testing.T) {
	t.Parallel()
	c := Chart{Label: "2 devices", Bars: []Bar{{Label: "Never", Figure: "1"}, {Label: "Today", Figure: "1"}}}
	if got, want := c.summary(), "2 devices: Never 1; Today 1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
