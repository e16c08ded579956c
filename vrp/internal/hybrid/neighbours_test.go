package hybrid

import "testing"

// TestNear compares the lists with asking every pair.
func TestNear(t *testing.T) {
	t.Parallel()
	d, err := compile(randomProblem(newRandom(4), shape{clients: 50, kinds: 1, asymmetric: true}), nil)
	if err != nil {
		t.Fatal(err)
	}
	short, long := near(d, 7), near(d, 100)
	for c := range short {
		if len(short[c]) != 7 || len(long[c]) != 49 {
			t.Fatalf("client %d has %d and %d neighbours, want 7 and 49", c, len(short[c]), len(long[c]))
		}
		seen := map[int32]bool{int32(c): true}
		for i, v := range long[c] {
			if seen[v] {
				t.Fatalf("client %d has neighbour %d twice", c, v)
			}
			seen[v] = true
			if i < 7 && short[c][i] != v {
				t.Errorf("neighbour %d of %d is %d in the short list, %d in the long", i, c, short[c][i], v)
			}
		}
	}
}

// TestNearInTime: of two clients at one place the one at a fitting hour is nearer.
func TestNearInTime(t *testing.T) {
	t.Parallel()
	p := &Problem{
		Places:   2,
		Matrices: []Matrix{{Duration: []int32{0, 5, 5, 0}, Cost: []int32{0, 5, 5, 0}}},
		Vehicles: []Vehicle{{Count: 1, ShiftClose: 1000, PerUnit: 1}},
		Clients: []Client{
			{Place: 1, Open: 100, Close: 110, Service: 10},
			{Place: 1, Open: 800, Close: 810, Service: 10},
			{Place: 1, Open: 120, Close: 130, Service: 10},
		},
	}
	d, err := compile(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := near(d, 2)[0]; got[0] != 2 || got[1] != 1 {
		t.Errorf("neighbours of client 0 are %v, want 2 before 1", got)
	}
}
