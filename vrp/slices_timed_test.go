package vrp_test

import (
	"reflect"
	"testing"

	"anxin/vrp"
	"anxin/vrp/vrptest"
)

// told are the ways of a matrix, told one by one.
type told struct {
	places  int
	seconds []int32
}

func (told) Region(int) int { return 0 }

func (w told) Way(from, to int) (seconds, metres, cost int32) {
	s := w.seconds[from*w.places+to]
	return s, 0, s
}

// TestSlicesTimed: ways that are told one by one and have no cost of their own cost what those of a matrix do: how long they take
// when they are travelled.
func TestSlicesTimed(t *testing.T) {
	t.Parallel()
	full := vrptest.City(7, 40, 8, 1)
	vrptest.Rush(full, 1)
	for i := range full.Travel {
		full.Travel[i].Metres, full.Travel[i].Cost = nil, nil
	}
	timed := *full
	timed.Travel = nil
	for _, m := range full.Travel {
		timed.Travel = append(timed.Travel, vrp.Matrix{Ways: told{full.Places, m.Seconds}, Timed: true, Slices: m.Slices})
	}
	a, err := vrp.Solve(full, vrp.Options{Seed: 1, Iterations: 200})
	if err != nil {
		t.Fatal(err)
	}
	b, err := vrp.Solve(&timed, vrp.Options{Seed: 1, Iterations: 200})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a.Cost, b.Cost) || !reflect.DeepEqual(a.Routes, b.Routes) {
		t.Errorf("with a matrix %+v, told one by one %+v", a.Cost, b.Cost)
	}
	if err := vrptest.Sound(&timed, b); err != nil {
		t.Error(err)
	}
	job := full.Jobs[0]
	job.ID = "asked"
	var offers [2][]vrp.Offer
	for i, p := range []*vrp.Problem{full, &timed} {
		board, err := vrp.NewBoard(p, a)
		if err != nil {
			t.Fatal(err)
		}
		if offers[i], err = board.Offers(vrp.Ask{Job: job, Windows: job.Windows}); err != nil {
			t.Fatal(err)
		}
	}
	for i, o := range offers[0] {
		if x := offers[1][i]; x.OK != o.OK || x.At != o.At || x.Cost != o.Cost {
			t.Errorf("a matrix offers %+v, ways told one by one %+v", o, x)
		}
	}
}
