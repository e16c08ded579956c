package hybrid

import "testing"

// TestForbid: a pair is taken away only if the client alone, or behind any
// one other, breaks something; and a client far from all shifts always is.
func TestForbid(t *testing.T) {
	t.Parallel()
	rnd := newRandom(3)
	taken := 0
	for range 40 {
		pr := randomProblem(rnd, shapes["all"])
		d, err := compile(pr, nil)
		if err != nil {
			t.Fatal(err)
		}
		for c := range pr.Clients {
			for k := range d.kinds {
				v := d.kinds[k].vehicle
				if d.may(int32(c), int32(k)) {
					continue
				}
				taken++
				if a := pr.Clients[c].Allowed; a != nil && a[0]>>v&1 == 0 {
					continue
				}
				for other := range pr.Clients {
					r := Route{Vehicle: v, Clients: []int{c}}
					if other != c {
						r.Clients = []int{other, c}
					}
					free := *pr
					free.Clients = append([]Client(nil), pr.Clients...)
					free.Clients[other].Allowed = nil
					if _, fault := judgeRoute(&free, r); fault == "" {
						t.Fatalf("client %d and vehicle %d were parted, but %v is right", c, v, r)
					}
				}
			}
		}
	}
	if taken == 0 {
		t.Error("no pair was ever taken away")
	}
}

func TestForbidImpossible(t *testing.T) {
	t.Parallel()
	pr := randomProblem(newRandom(3), shapes["plain"])
	pr.Vehicles[0].Count, pr.Vehicles[0].ShiftClose = len(pr.Clients), 1000
	pr.Clients[4].Open, pr.Clients[4].Close = 5000, 6000
	got, err := Solve(pr, Options{Iterations: 100})
	if err != nil {
		t.Fatal(err)
	}
	if got.Complete || len(got.Unserved) != 1 || got.Unserved[0] != 4 {
		t.Errorf("client 4 alone should stay out: %+v", got)
	}
}
