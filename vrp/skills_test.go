package vrp

import (
	"fmt"
	"testing"
)

// TestMany asks for skills in both ways, each with each and by a table.
func TestMany(t *testing.T) {
	t.Parallel()
	e := &Engineer{Shifts: []Shift{{}}}
	for i := range 300 {
		e.Skills = append(e.Skills, Skill{fmt.Sprint(i % 200), 1 + i/200})
		e.Shifts[0].Certificates = append(e.Shifts[0].Certificates, fmt.Sprint(2*i))
	}
	for _, needs := range []int{1, 300} {
		level, certified := e.levels(needs), e.Shifts[0].certified(needs)
		if level("7") != 2 || level("150") != 1 || level("200") != 0 {
			t.Errorf("%d needs: levels %d, %d, %d; want 2, 1, 0", needs, level("7"), level("150"), level("200"))
		}
		if !certified("14") || certified("15") {
			t.Errorf("%d needs: certified %v, %v; want true, false", needs, certified("14"), certified("15"))
		}
	}
}
