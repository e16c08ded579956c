package vroom_test

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// form is a problem as a file has it, as far as odd days and their judge need it.
type form struct {
	Vehicles  []formVehicle         `json:"vehicles"`
	Jobs      []formJob             `json:"jobs,omitempty"`
	Shipments []formShipment        `json:"shipments,omitempty"`
	Matrices  map[string]formMatrix `json:"matrices,omitempty"`
}

type formMatrix struct {
	Durations [][]int64 `json:"durations"`
	Distances [][]int64 `json:"distances,omitempty"`
	Costs     [][]int64 `json:"costs,omitempty"`
}

type formPlace struct {
	Location []float64 `json:"location,omitempty"`
	Index    *int      `json:"location_index,omitempty"`
}

type formJob struct {
	ID uint64 `json:"id"`
	formPlace
	Description string           `json:"description,omitempty"`
	Setup       int64            `json:"setup,omitempty"`
	Service     int64            `json:"service,omitempty"`
	Setups      map[string]int64 `json:"setup_per_type,omitempty"`
	Services    map[string]int64 `json:"service_per_type,omitempty"`
	Delivery    []int64          `json:"delivery,omitempty"`
	Pickup      []int64          `json:"pickup,omitempty"`
	Skills      []int            `json:"skills,omitempty"`
	Priority    int64            `json:"priority,omitempty"`
	Windows     [][2]int64       `json:"time_windows,omitempty"`
}

type formShipment struct {
	Pickup   formJob `json:"pickup"`
	Delivery formJob `json:"delivery"`
	Amount   []int64 `json:"amount,omitempty"`
	Skills   []int   `json:"skills,omitempty"`
	Priority int64   `json:"priority,omitempty"`
}

type formBreak struct {
	ID      uint64     `json:"id"`
	Windows [][2]int64 `json:"time_windows,omitempty"`
	Service int64      `json:"service,omitempty"`
	MaxLoad []int64    `json:"max_load,omitempty"`
}

type formStep struct {
	Type string `json:"type"`
	ID   uint64 `json:"id,omitempty"`
}

type formVehicle struct {
	ID          uint64           `json:"id"`
	Profile     string           `json:"profile,omitempty"`
	Type        string           `json:"type,omitempty"`
	Start       []float64        `json:"start,omitempty"`
	End         []float64        `json:"end,omitempty"`
	StartIndex  *int             `json:"start_index,omitempty"`
	EndIndex    *int             `json:"end_index,omitempty"`
	Capacity    []int64          `json:"capacity,omitempty"`
	Skills      []int            `json:"skills,omitempty"`
	Window      []int64          `json:"time_window,omitempty"`
	Breaks      []formBreak      `json:"breaks,omitempty"`
	Speed       float64          `json:"speed_factor,omitempty"`
	MaxTasks    *int             `json:"max_tasks,omitempty"`
	MaxTravel   *int64           `json:"max_travel_time,omitempty"`
	MaxDistance *int64           `json:"max_distance,omitempty"`
	Costs       map[string]int64 `json:"costs,omitempty"`
	Steps       []formStep       `json:"steps,omitempty"`
}

// noWay is how a matrix says that there is no way, the largest number that VROOM reads.
const noWay = math.MaxUint32

// odd draws a day that is unlike the published ones: another kind of land, clock and work with each seed, each of the
// form's keys in some of them.
func odd(seed uint64, jobs, vehicles int) form {
	g := &oddMaker{Rand: rand.New(rand.NewPCG(seed, 5))}
	g.from = []int64{0, 8 * 3600, 20 * 3600, 1_795_392_000}[g.IntN(4)] // twenty is a night shift
	g.hours = 3600 * (4 + g.Int64N(12))
	g.dims = max(0, g.IntN(5)-1)
	g.types, g.priced, g.open, g.bound = g.one(3), g.one(3), g.one(3), g.one(3)
	g.tight, g.skills, g.setup = g.one(2), g.IntN(5), g.one(3)
	g.profiles = []string{"car"}
	if g.one(3) {
		g.profiles = append(g.profiles, "bike")
	}
	g.land(jobs + jobs/8 + vehicles/2 + 2)
	for i := range jobs {
		g.Jobs = append(g.Jobs, g.job(uint64(i), true))
	}
	for i := range jobs / 8 * g.IntN(2) {
		g.Shipments = append(g.Shipments, formShipment{
			Pickup: g.job(uint64(i), false), Delivery: g.job(uint64(i), false), Amount: g.amount(2), Skills: g.some(g.skills, 9), Priority: g.Int64N(101),
		})
	}
	for i := range vehicles {
		g.Vehicles = append(g.Vehicles, g.vehicle(uint64(i)))
	}
	if g.one(3) {
		g.begin()
	}
	return g.form
}

type oddMaker struct {
	*rand.Rand
	form
	from, hours                              int64
	dims, skills                             int
	types, priced, open, bound, tight, setup bool
	profiles                                 []string
	places                                   [][]float64
	matrices                                 bool
}

func (g *oddMaker) one(of int) bool { return g.IntN(of) == 0 }

// land draws places in clusters, in the country, along a road or all in one, and the ways between them: straight ones
// that the reader makes, or matrices of ways that differ by direction and partly do not exist.
func (g *oddMaker) land(n int) {
	kind, wide := g.IntN(4), 0.02+g.Float64()*0.8
	for i := range n {
		x, y := g.Float64()*wide, g.Float64()*wide
		switch {
		case kind == 0:
			x, y = float64(i%5)*wide/5+g.NormFloat64()*0.01, float64(i%3)*wide/3+g.NormFloat64()*0.01
		case kind == 1 && i%2 == 0:
			y = 0
		case kind == 2 && g.one(4):
			x, y = 0, 0
		}
		g.places = append(g.places, []float64{math.Round(1e6*(120+x)) / 1e6, math.Round(1e6*(30+y)) / 1e6})
	}
	if g.matrices = !g.one(4); !g.matrices {
		return
	}
	g.Matrices = map[string]formMatrix{}
	measured, priced, gaps := g.one(2), !g.priced && g.one(4), g.one(3)
	for _, profile := range g.profiles {
		var m formMatrix
		for i := range n {
			var seconds, metres, costs []int64
			for k := range n {
				d := math.Hypot(g.places[i][0]-g.places[k][0], g.places[i][1]-g.places[k][1]) * 110_000 * (1 + 0.3*g.Float64())
				s := int64(d / 10)
				if profile == "bike" {
					s *= 2
				}
				if gaps && i != k && g.one(30) {
					s = noWay
				}
				seconds, metres, costs = append(seconds, s), append(metres, int64(d)), append(costs, int64(d/5)+g.Int64N(9))
			}
			m.Durations = append(m.Durations, seconds)
			if measured {
				m.Distances = append(m.Distances, metres)
			}
			if priced {
				m.Costs = append(m.Costs, costs)
			}
		}
		g.Matrices[profile] = m
	}
}

func (g *oddMaker) at() (place []float64, index *int) {
	n := g.IntN(len(g.places))
	if g.matrices {
		index = &n
	}
	if !g.matrices || g.one(2) {
		place = g.places[n]
	}
	return place, index
}

func (g *oddMaker) some(n, rare int) []int {
	var out []int
	for i := range n {
		if g.one(rare) {
			out = append(out, i+1)
		}
	}
	return out
}

func (g *oddMaker) amount(most int64) []int64 {
	var out []int64
	for range g.dims {
		out = append(out, g.Int64N(most+1))
	}
	return out
}

// windows draws up to three windows of the day, one after the other.
func (g *oddMaker) windows(length int64) [][2]int64 {
	var out [][2]int64
	at := g.from + g.Int64N(g.hours)
	for range 1 + g.IntN(3) {
		out = append(out, [2]int64{at, at + g.Int64N(length)})
		at = out[len(out)-1][1] + 1 + g.Int64N(7200)
	}
	return out
}

func (g *oddMaker) job(id uint64, whole bool) formJob {
	j := formJob{ID: math.MaxUint64 - 3*id, Service: 60 * g.Int64N(60)}
	j.Location, j.Index = g.at()
	if g.one(20) {
		j.Service = []int64{0, 1, 6 * 3600, math.MaxUint32}[g.IntN(4)]
	}
	if g.setup {
		j.Setup = g.Int64N(900)
	}
	if g.types && g.one(2) {
		j.Services = map[string]int64{"van": g.Int64N(3600), "moped": g.Int64N(7200)}
		j.Setups = map[string]int64{"van": g.Int64N(600)}
	}
	if g.tight && !g.one(3) {
		j.Windows = g.windows(7200)
	}
	if !whole {
		return j
	}
	j.Description, j.Priority, j.Skills = fmt.Sprintf("空调 \"%d\"\n", id), g.Int64N(101), g.some(g.skills, 6)
	if g.one(2) {
		j.Delivery = g.amount(2)
	}
	if g.one(3) {
		j.Pickup = g.amount(2)
	}
	return j
}

func (g *oddMaker) vehicle(id uint64) formVehicle {
	v := formVehicle{ID: 1 + id<<33, Capacity: g.amount(20), Skills: g.some(g.skills, 2), Profile: g.profiles[g.IntN(len(g.profiles))]}
	if v.Start, v.StartIndex = g.at(); !g.open || g.one(3) {
		v.End, v.EndIndex = v.Start, v.StartIndex
	} else if g.one(2) {
		v.End, v.EndIndex = g.at()
		v.Start, v.StartIndex = nil, nil
	}
	if !g.one(6) {
		from := g.from + g.Int64N(3600)
		v.Window = []int64{from, from + g.hours}
	}
	for b := range g.IntN(3) {
		rest := formBreak{ID: uint64(b), Service: 60 * g.Int64N(60)}
		if !g.one(4) {
			rest.Windows = g.windows(9000)
		}
		if g.dims > 0 && g.one(8) {
			rest.MaxLoad = g.amount(12)
		}
		v.Breaks = append(v.Breaks, rest)
	}
	if g.one(4) {
		v.Speed = math.Round(10*(0.5+g.Float64()*1.5)) / 10
	}
	if g.types {
		v.Type = []string{"", "van", "moped"}[g.IntN(3)]
	}
	_, measured := v, g.Matrices["car"].Distances != nil || !g.matrices
	if g.bound {
		tasks, travel := g.IntN(12), 1800+g.Int64N(10_000)
		v.MaxTasks, v.MaxTravel = &tasks, &travel
		if measured {
			metres := 10_000 + g.Int64N(90_000)
			v.MaxDistance = &metres
		}
	}
	if g.priced {
		v.Costs = map[string]int64{"fixed": g.Int64N(5000), "per_hour": g.Int64N(7200), "per_task_hour": g.Int64N(100)}
		if measured {
			v.Costs["per_km"] = g.Int64N(200)
		}
	}
	return v
}

// begin gives the first vehicles steps to begin with, whether they can be kept or not.
func (g *oddMaker) begin() {
	for i := range min(len(g.Vehicles), len(g.Jobs)/3) {
		for _, j := range g.Jobs[3*i : 3*i+3] {
			g.Vehicles[i].Steps = append(g.Vehicles[i].Steps, formStep{"job", j.ID})
		}
	}
}
