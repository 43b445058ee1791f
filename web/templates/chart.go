package templates

import "strconv"

// chartWidth is the width of a chart in its own units; chartGap is the space between parts of a stacked bar. Both scale
// with the page, so that no chart needs a style attribute.
const (
	chartWidth = 1000
	chartGap   = 3
)

// length is how long a bar is drawn: the longest fills the width, and what is not zero stays visible.
func (c Chart) length(b Bar) string {
	longest := 0
	for _, bar := range c.Bars {
		longest = max(longest, bar.Count)
	}
	if longest == 0 || b.Count <= 0 {
		return "0"
	}
	return strconv.Itoa(max(b.Count*chartWidth/longest, 4))
}

// segment is one part of a stacked bar.
type segment struct{ class, x, width string }

// segments lays the bars side by side; empty ones are left out.
func (c Chart) segments() []segment {
	total, parts := 0, 0
	for _, bar := range c.Bars {
		if bar.Count > 0 {
			total += bar.Count
			parts++
		}
	}
	if total == 0 {
		return nil
	}
	room := float64(chartWidth - chartGap*(parts-1))
	x := 0.0
	var laid []segment
	for _, bar := range c.Bars {
		if bar.Count <= 0 {
			continue
		}
		width := room * float64(bar.Count) / float64(total)
		laid = append(laid, segment{bar.Class, decimal(x), decimal(width)})
		x += width + chartGap
	}
	return laid
}

// summary tells all figures in one sentence, for those who do not see the bars.
func (c Chart) summary() string {
	text := c.Label
	separator := ": "
	for _, bar := range c.Bars {
		text += separator + bar.Label + " " + bar.Figure
		separator = "; "
	}
	return text
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }
