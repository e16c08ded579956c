package core

import "testing"

// TestRoundabout plans a task to which there is only a way from the place of another.
func TestRoundabout(t *testing.T) {
	t.Parallel()
	const no = Horizon
	p := &Problem{
		Places: 4, Levels: true,
		Metrics: []Metric{{Weight: 1, Seconds: []int32{
			0, 5, no, no,
			5, 0, 5, no,
			5, no, 0, no,
			no, no, no, 0,
		}, SecondsT: make([]int32, 16)}},
		Shifts: []Shift{{To: 100}},
		Place:  []int32{1, 2, 3}, Task: []int32{0, 1, 2}, Windows: [][]Window{{{0, 90}}, {{0, 90}}, {{0, 90}}}, Service: [][]int32{{1, 1, 1}},
		First: []int32{0, 1, 2}, Second: []int32{-1, -1, -1}, Priority: make([]int64, 3), Drop: make([]int64, 3), Able: [][]int32{{0}, {0}, {0}},
	}
	for i := range 16 {
		p.Metrics[0].SecondsT[i/4+i%4*4] = p.Metrics[0].Seconds[i]
	}
	p.Seal()
	q := NewSearch(p, 1, Budget{Iterations: 200})
	q.Run()
	if got := q.Routes()[0]; len(got) != 2 || got[0] != 0 || got[1] != 1 {
		t.Errorf("route %v, want the second task behind the first", got)
	}
	if len(p.Able[2]) > 0 {
		t.Error("somebody is able to do what is on an island")
	}
}
