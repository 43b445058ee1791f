package static_test

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestChartsCanBeToldFromTheirBackground holds the colours of bars to 3:1 against the panel and against the track that
// they are drawn on, in both themes (WCAG 2.2, 1.4.11).
func TestChartsCanBeToldFromTheirBackground(t *testing.T) {
	t.Parallel()
	css, err := os.ReadFile("app.css")
	if err != nil {
		t.Fatal(err)
	}
	themes := strings.Split(string(css), `@plugin "daisyui/theme"`)[1:]
	if len(themes) != 2 {
		t.Fatalf("%d themes, want 2", len(themes))
	}
	variable := regexp.MustCompile(`--([a-z0-9-]+): #([0-9a-f]{6});`)
	for _, theme := range themes {
		colours := map[string]float64{}
		for _, m := range variable.FindAllStringSubmatch(theme, -1) {
			colours[m[1]] = luminance(t, m[2])
		}
		for _, bar := range []string{"chart-1", "chart-2", "chart-3", "chart-4", "chart-5", "chart-one"} {
			for _, ground := range []string{"color-base-100", "color-base-300"} {
				light, dark := max(colours[bar], colours[ground]), min(colours[bar], colours[ground])
				if ratio := (light + 0.05) / (dark + 0.05); ratio < 3 {
					t.Errorf("%s on %s has a contrast of %.2f", bar, ground, ratio)
				}
			}
		}
	}
}

// luminance is the relative luminance of a colour as WCAG defines it.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	linear := func(part string) float64 {
		n, err := strconv.ParseUint(part, 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(hex[0:2]) + 0.7152*linear(hex[2:4]) + 0.0722*linear(hex[4:6])
}
