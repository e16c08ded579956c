package core

import "testing"

// TestInRange leaves a stop out over which it is shorter than straight.
func TestInRange(t *testing.T) {
	t.Parallel()
	metres := []int32{
		0, 2, 9,
		2, 0, 2,
		9, 2, 0,
	}
	p := &Problem{
		Places: 3, Metrics: []Metric{{Seconds: make([]int32, 9), Metres: metres}}, Place: []int32{1, 2},
		Shifts: []Shift{{MaxMetres: 13, MaxTravel: 60}},
	}
	for _, c := range []struct {
		nodes   []int32
		seconds int32
		want    bool
	}{
		{nil, 0, true},
		{[]int32{0, 1}, 60, true},  // 2 + 2 + 9
		{[]int32{0, 1}, 61, false}, // too long on the way
		{[]int32{1}, 0, false},     // 9 + 9
		{[]int32{0}, 0, true},
	} {
		if got := p.InRange(0, c.nodes, []Event{{}, {Travelled: c.seconds}}); got != c.want {
			t.Errorf("%v with %d s on the way: %t", c.nodes, c.seconds, got)
		}
	}
}
