package core

import (
	"reflect"
	"testing"
)

// TestPartHasAll fills every list of a problem and looks for one that a part forgets.
func TestPartHasAll(t *testing.T) {
	t.Parallel()
	p := &Problem{
		Places: 3, Levels: true, Site: []int32{1, 1, 0, 0}, Visit: 4, Dims: 1,
		Metrics: []Metric{{Seconds: make([]int32, 9), SecondsT: make([]int32, 9), Weight: 1, Cost: make([]int64, 9)}},
		Shifts:  []Shift{{To: 100, Capacity: []int64{9}}, {To: 100, Capacity: []int64{9}}},
		Place:   []int32{1, 2, 2, 1}, Task: []int32{0, 1, 1, -1}, Setup: [][]int32{{5, 0, 0, 0}}, Floating: []bool{false, false, true, false}, Windows: [][]Window{{{0, 90}}, {{0, 90}}, {{50, 50}}, {{0, 90}}},
		Service: [][]int32{{1, 2, 2, 1}}, Due: []*Due{{At: 4}, nil, nil, nil},
		First: []int32{0, 1}, Second: []int32{-1, -1}, Priority: []int64{3, 4}, Drop: []int64{5, 6}, Able: [][]int32{{0, 1}, {1}},
		Takes: []int64{1, 1, 1, 0}, Brings: []int64{0, 1, 1, 0}, Amount: make([]int64, 4),
		Alt: []int32{-1, 2}, AltShift: []int32{0, 1}, AltSaves: []int64{0, 7}, Assign: []int64{1, 2, 3, 4},
		Share: &Share{Group: []int32{-1, 0}, Wish: []int64{500}, Base: []int64{0}}, Items: 1, Uses: [][]Use{{{Item: 0, Amount: 1}}, nil, nil, nil}, Counters: []Counter{{Node: 3, Has: []bool{true}}},
	}
	for i := range p.Shifts {
		p.Shifts[i].Stock = []int64{1}
	}
	for v, i := reflect.ValueOf(p).Elem(), 0; i < v.NumField(); i++ {
		if f := v.Type().Field(i); f.IsExported() && f.Name != "AbleBits" && f.Name != "Words" && v.Field(i).IsZero() {
			t.Errorf("this test does not fill %s", f.Name)
		}
	}
	p.Frame()
	part := newPart(p, []int32{1}, []int32{1}, nil)
	for v, i := reflect.ValueOf(part.Problem).Elem(), 0; i < v.NumField(); i++ {
		if f := v.Type().Field(i); f.IsExported() && v.Field(i).IsZero() {
			t.Errorf("a part has no %s", f.Name)
		}
	}
	if part.Alt[0] != 1 || part.AltShift[0] != 0 || part.AltSaves[0] != 7 || part.Assign[0] != 4 || part.Windows[1][0].From != 50 || part.Places != 3 {
		t.Errorf("part %+v", part.Problem)
	}
	if got := part.orders([][]int32{nil, {2}}); got[0][0] != 1 {
		t.Errorf("orders %v", got)
	}
}
