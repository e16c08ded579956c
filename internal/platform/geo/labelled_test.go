package geo

import (
	"testing"
	"time"
)

// TestParseLabelled measures Parse on the odd-indexed sentences, which took no part in fitting the weights or in
// choosing rules. Spans and labels count as right only when exact.
func TestParseLabelled(t *testing.T) {
	sentences := labelled(t, 1)
	score, whole := newTally(), 0
	Parse("浙江省") // unpacks the lists
	start := time.Now()
	for _, s := range sentences {
		if score.add(s.parts, Parse(s.text).Parts) {
			whole++
		}
	}
	t.Logf("%d sentences, %.1f µs each, %.1f %% without a wrong or missing part%s", len(sentences),
		float64(time.Since(start).Microseconds())/float64(len(sentences)), 100*ratio(whole, len(sentences)), score.table())
	for _, floor := range []struct {
		name string
		of   labelSet
		min  float64
	}{
		{"structural labels", structural, 0.92},
		{"all labels", 1<<labelCount - 1, 0.86},
	} {
		if got := score.micro(floor.of); got < floor.min {
			t.Errorf("F1 over %s = %.4f, want at least %.4f", floor.name, got, floor.min)
		}
	}
}
