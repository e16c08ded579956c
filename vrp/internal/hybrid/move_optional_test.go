package hybrid

import (
	"math"
	"slices"
	"testing"
)

// TestAdded compares the price of every slot with the plan after insertion.
func TestAdded(t *testing.T) {
	t.Parallel()
	fuzz(t, 15, func(t *testing.T, pr *Problem, s *search, rnd random) {
		p := s.plan
		for range 8 {
			c := int32(rnd.n(s.d.clients))
			if p.spots[c].route != none {
				p.remove(c)
			}
			r := p.routes[rnd.n(len(p.routes))]
			pos := int32(rnd.n(int(r.n) + 1))
			want := slowPrice(pr, p, r.kind, splice(clientsOf(r), pos, 0, c)) - r.price
			if !s.d.may(c, r.kind) {
				want = forbidden
			}
			if got := p.added(c, r, pos, math.MaxInt64); got != want {
				t.Fatalf("added = %d, want %d", got, want)
			}
			limit := want - int64(rnd.n(30)) + 15
			if got := p.added(c, r, pos, limit); (got < limit) != (want < limit) {
				t.Fatalf("added with limit %d = %d, want as %d", limit, got, want)
			}
			if want < forbidden {
				p.insert(c, r, pos)
			}
			audit(t, pr, p)
		}
	})
}

func TestDropAndServe(t *testing.T) {
	t.Parallel()
	fuzz(t, 15, func(t *testing.T, pr *Problem, s *search, rnd random) {
		p := s.plan
		for range 20 {
			c := int32(rnd.n(s.d.clients))
			before := p.price
			if p.spots[c].route == none {
				if s.serve(c) != (p.price < before) {
					t.Fatalf("serve went from %d to %d", before, p.price)
				}
			} else if !s.d.must[c] {
				r, pos := p.at(c)
				gain := r.price - slowPrice(pr, p, r.kind, slices.Delete(clientsOf(r), int(pos-1), int(pos))) - p.missing(c)
				if took := s.drop(c); took != (gain > 0) || (took && p.price != before-gain) {
					t.Fatalf("drop: %t, %d to %d, gain %d", took, before, p.price, gain)
				}
			}
			audit(t, pr, p)
		}
	})
}
