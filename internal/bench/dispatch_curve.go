package bench

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"anxin/vrp"
)

// curve is how a plan of one instance became better: at each point the processor time that had passed, and what the plan
// was above the reference, in per cent.
type curve struct {
	set, instance string
	seconds       float64
	found         []found
	points        []point
}

// found is what the search told of a best plan.
type found struct {
	at float64
	vrp.Progress
}

type point struct{ at, above float64 }

// end turns what was found into points, when it is known how much there was to reach: the best known, or where there is none
// the last plan. Priority that was not served yet counts as much as its share of all.
func (c *curve) end(r DispatchResult, total int64) {
	last := r.Value
	if r.Best > 0 {
		last = r.Best
	}
	scale := r.Value / math.Max(float64(total), 1)
	for _, f := range c.found {
		if f.Served == 0 {
			continue
		}
		above := 100 * (float64(f.Cost)*scale - last) / last
		if r.Priority > 0 {
			above += 100 * float64(r.Priority-f.PriorityServed) / float64(r.Priority)
		} else {
			above += 100 * float64(r.Tasks-r.Unserved-f.Served) / float64(r.Tasks)
		}
		c.points = append(c.points, point{f.at, above})
	}
	c.found = nil
}

// at is what the plan was above the reference at an instant; false before the first.
func (c *curve) at(t float64) (float64, bool) {
	i, _ := slices.BinarySearchFunc(c.points, t, func(p point, t float64) int {
		if p.at <= t {
			return -1
		}
		return 1
	})
	if i == 0 {
		return 0, false
	}
	return c.points[i-1].above, true
}

// Sizes of a panel, in pixels.
const (
	panelWide, panelHigh = 300, 200
	panelLeft, panelTop  = 52, 34
	panelRight, panelLow = 12, 30
	panelColumns         = 3
)

// drawCurves is a picture of all curves as SVG: a panel for each set and time, thin lines for instances, a thick one for their
// mean.
func drawCurves(curves []*curve) string {
	var panels [][]*curve
	for _, c := range curves {
		i := slices.IndexFunc(panels, func(p []*curve) bool { return p[0].set == c.set && p[0].seconds == c.seconds })
		if i < 0 {
			i = len(panels)
			panels = append(panels, nil)
		}
		panels[i] = append(panels[i], c)
	}
	rows := (len(panels) + panelColumns - 1) / panelColumns
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="11">`+"\n", panelWide*panelColumns, panelHigh*rows)
	b.WriteString(`<rect width="100%" height="100%" fill="#fff"/>` + "\n")
	for i, p := range panels {
		fmt.Fprintf(&b, `<g transform="translate(%d,%d)">`+"\n", i%panelColumns*panelWide, i/panelColumns*panelHigh)
		drawPanel(&b, p)
		b.WriteString("</g>\n")
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func drawPanel(b *strings.Builder, curves []*curve) {
	seconds := curves[0].seconds
	first := seconds / 100
	low, high := 0.0, 1.0
	for _, c := range curves {
		for _, p := range c.points {
			if p.at >= first { // what is before is off the picture
				low, high = min(low, p.above), max(high, p.above)
			}
		}
	}
	high = min(high, 50)
	x := func(t float64) float64 {
		return panelLeft + (panelWide-panelLeft-panelRight)*math.Log(max(t, first)/first)/math.Log(seconds/first)
	}
	y := func(v float64) float64 {
		return panelTop + (panelHigh-panelTop-panelLow)*(high-min(v, high))/(high-low)
	}
	fmt.Fprintf(b, `<text x="%d" y="18" font-size="13" font-weight="bold">%s, %g s</text>`+"\n", panelLeft, curves[0].set, seconds)
	for k := range 5 {
		v := low + (high-low)*float64(k)/4
		fmt.Fprintf(b, `<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%.1f %%</text>`+"\n", panelLeft, panelWide-panelRight, y(v), y(v), panelLeft-4, y(v)+4, v)
	}
	for _, share := range []float64{0.01, 0.1, 1} {
		fmt.Fprintf(b, `<text x="%.1f" y="%d" text-anchor="middle">%.3g s</text>`+"\n", x(seconds*share), panelHigh-panelLow+16, seconds*share)
	}
	const steps = 120
	line := func(style string, value func(t float64) (float64, bool)) {
		var path []string
		for k := range steps + 1 {
			t := first * math.Pow(seconds/first, float64(k)/steps)
			if v, ok := value(t); ok {
				path = append(path, fmt.Sprintf("%.1f,%.1f", x(t), y(v)))
			}
		}
		if len(path) > 1 {
			fmt.Fprintf(b, `<polyline fill="none" %s points="%s"/>`+"\n", style, strings.Join(path, " "))
		}
	}
	if len(curves) > 1 {
		for _, c := range curves {
			line(`stroke="#bbb"`, c.at)
		}
	}
	line(`stroke="#1668dc" stroke-width="2"`, func(t float64) (float64, bool) {
		var sum float64
		for _, c := range curves {
			v, ok := c.at(t)
			if !ok {
				return 0, false
			}
			sum += v
		}
		return sum / float64(len(curves)), true
	})
}
