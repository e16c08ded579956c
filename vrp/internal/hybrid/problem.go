package hybrid

import (
	"errors"
	"fmt"
)

// OpenEnd as the End of a vehicle: its route ends at its last client.
const OpenEnd = -1

// A Problem is what Solve plans. Nothing in it is changed by the search.
// Money is in whole units of the caller's choice, time in whole seconds (or
// any other unit used throughout).
type Problem struct {
	Places   int      // rows and columns of every matrix
	Matrices []Matrix // ways of travelling, at least one
	Clients  []Client
	Vehicles []Vehicle
}

// A Matrix tells what it takes to go from place i to place j, at index
// i*Places+j. It may be asymmetric; nothing in it may be negative.
type Matrix struct {
	Duration []int32 // seconds
	Cost     []int32 // distance units, priced by Vehicle.PerUnit
}

// A Client asks for one visit.
type Client struct {
	Place   int
	Service int64 // seconds
	Open    int64 // earliest start of service
	Close   int64 // latest start of service
	Release int64 // service starts no earlier, whatever Open says
	Demand  []int64

	// Required clients must be served; Prize is then ignored. The others may
	// be left out for their Prize.
	Required bool
	Prize    int64

	// Allowed has bit v%64 of word v/64 set when Vehicles[v] may serve the
	// client; nil allows all.
	Allowed []uint64
}

// A Vehicle stands for Count vehicles that are alike, each with at most one route.
type Vehicle struct {
	Count  int
	Matrix int // index of Problem.Matrices
	Start  int // place
	End    int // place, or OpenEnd

	ShiftOpen  int64 // it leaves Start no earlier
	ShiftClose int64 // it is at End (with OpenEnd: done with its last client) no later
	Capacity   []int64
	MaxStops   int // clients per route; 0 sets no limit

	Fixed     int64 // cost of a route that serves anybody
	PerUnit   int64 // cost of a unit of Matrix.Cost
	PerSecond int64 // cost of a second from leaving Start to arriving at End, waiting and service included
}

// A Route is the work of one vehicle, in order.
type Route struct {
	Vehicle int   // index of Problem.Vehicles
	Clients []int // indices of Problem.Clients
}

// A Solution keeps every window, shift, capacity and eligibility.
type Solution struct {
	Routes   []Route // only those that serve somebody
	Unserved []int   // clients in no route, ascending
	Cost     int64   // of the routes, with the prizes of the optional clients left out

	// Complete is false when a required client is unserved.
	Complete bool
}

// What a problem may hold; the flat arrays of the search count on it.
const (
	maxDims  = 8
	maxPrice = 1 << 30 // of one leg
	maxMoney = 1 << 50
)

// errInput heads every error about a malformed problem.
var errInput = errors.New("hybrid: input")

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errInput, fmt.Sprintf(format, args...))
}

// check finds what the search could not hold without reading or computing
// out of bounds. Impossible wishes (a window after every shift) are no error.
func (p *Problem) check() error {
	if p.Places < 0 || p.Places > 1<<15 {
		return refuse("%d places", p.Places)
	}
	if len(p.Vehicles) == 0 || len(p.Matrices) == 0 {
		return refuse("no vehicle or no matrix")
	}
	for i, m := range p.Matrices {
		if len(m.Duration) != p.Places*p.Places || len(m.Cost) != p.Places*p.Places {
			return refuse("matrix %d has not %d x %d entries", i, p.Places, p.Places)
		}
		for k := range m.Duration {
			if m.Duration[k] < 0 || m.Cost[k] < 0 {
				return refuse("matrix %d is negative from %d to %d", i, k/p.Places, k%p.Places)
			}
		}
	}
	dims := len(p.Vehicles[0].Capacity)
	if dims >= maxDims {
		return refuse("%d capacity dimensions, at most %d", dims, maxDims-1)
	}
	for i, v := range p.Vehicles {
		switch {
		case v.Count < 0 || v.MaxStops < 0:
			return refuse("vehicle %d has a negative count", i)
		case v.Matrix < 0 || v.Matrix >= len(p.Matrices):
			return refuse("vehicle %d uses matrix %d", i, v.Matrix)
		case v.Start < 0 || v.Start >= p.Places || v.End < OpenEnd || v.End >= p.Places:
			return refuse("vehicle %d starts or ends nowhere", i)
		case v.ShiftOpen > v.ShiftClose:
			return refuse("vehicle %d has a shift that closes before it opens", i)
		case len(v.Capacity) != dims:
			return refuse("vehicle %d has %d capacity dimensions, not %d", i, len(v.Capacity), dims)
		case v.Fixed < 0 || v.Fixed > maxMoney || v.PerUnit < 0 || v.PerSecond < 0:
			return refuse("vehicle %d has an absurd cost", i)
		}
		for _, c := range v.Capacity {
			if c < 0 || c > 1<<40 {
				return refuse("vehicle %d has an absurd capacity", i)
			}
		}
	}
	for i, c := range p.Clients {
		switch {
		case c.Place < 0 || c.Place >= p.Places:
			return refuse("client %d is at no place", i)
		case c.Service < 0:
			return refuse("client %d has a negative service time", i)
		case c.Open > c.Close:
			return refuse("client %d has a window that closes before it opens", i)
		case len(c.Demand) != dims:
			return refuse("client %d has %d demand dimensions, not %d", i, len(c.Demand), dims)
		case c.Prize < 0 || c.Prize > maxMoney:
			return refuse("client %d has an absurd prize", i)
		case c.Allowed != nil && len(c.Allowed)*64 < len(p.Vehicles):
			return refuse("client %d says nothing about some vehicles", i)
		}
		for _, q := range c.Demand {
			if q < 0 || q > 1<<40 {
				return refuse("client %d has an absurd demand", i)
			}
		}
	}
	return nil
}
