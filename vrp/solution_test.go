package vrp_test

import (
	"testing"

	"anxin/vrp"
)

func TestBetter(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		a, b  vrp.Cost
		m     vrp.Mode
		want  bool
		turns bool // b before a
	}{
		{"priority first", vrp.Cost{PriorityServed: 2, Total: 9}, vrp.Cost{PriorityServed: 1, Served: 5}, vrp.Levels, true, false},
		{"then number", vrp.Cost{Served: 2, Total: 9}, vrp.Cost{Served: 1}, vrp.Levels, true, false},
		{"then the sum", vrp.Cost{Total: 9}, vrp.Cost{Total: 8}, vrp.Levels, false, true},
		{"the same", vrp.Cost{Total: 9}, vrp.Cost{Total: 9}, vrp.Levels, false, false},
		{"all in money", vrp.Cost{PriorityServed: 2, Served: 2, Total: 9}, vrp.Cost{Total: 8}, vrp.Money, false, true},
	} {
		if got, back := tt.a.Better(tt.b, tt.m), tt.b.Better(tt.a, tt.m); got != tt.want || back != tt.turns {
			t.Errorf("%s: %v, the other way %v; want %v, %v", tt.name, got, back, tt.want, tt.turns)
		}
	}
}
