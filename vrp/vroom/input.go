package vroom

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"anxin/vrp"
)

// Input is a problem in VROOM's form. Problem is what a search plans: its jobs, shipments and engineers have the
// indices of jobs, shipments and vehicles here.
type Input struct {
	Problem *vrp.Problem
	Start   *vrp.Solution // the steps of the vehicles in their order, for Options.Start; nil where no vehicle has any

	vehicles  []vehicle
	jobs      []job
	shipments []shipment
	matrices  map[string]*matrix
	unit      int64 // of cost in the problem for one of VROOM's
	measured  bool  // distances are known
	loaded    bool  // amounts are known
}

// place is where something is: by index into the matrices, by coordinates, or both.
type place struct {
	index    int // -1 where there is none
	lon, lat float64
	located  bool
	at       int // in the problem
}

type job struct {
	id               uint64
	description      string
	place            place
	setup, service   int64
	setups, services map[string]int64 // by type of vehicle
	delivery, pickup []int64
	skills           []uint64
	priority         int64
	windows          []vrp.Window
}

type shipment struct {
	pickup, delivery job
	amount           []int64
	skills           []uint64
	priority         int64
}

type vehicle struct {
	id                   uint64
	description, profile string
	kind                 string
	start, end           place
	hasStart, hasEnd     bool
	capacity             []int64
	skills               []uint64
	window               *vrp.Window
	breaks               []rest
	speed                float64
	maxTasks             *uint64
	fixed, perHour, perK int64
	perWork              int64
	maxTravel, maxMetres int64 // 0: no bound
	never                bool  // may not move at all
	steps                []planned
}

// planned is a step of a vehicle to begin the search with.
type planned struct {
	kind string
	id   uint64
}

type rest struct {
	id          uint64
	description string
	windows     []vrp.Window
	service     int64
	load        []int64 // at most; nil: any
}

// matrix is what is known of the ways of a profile, row by row.
type matrix struct {
	size                        int
	durations, distances, costs []int32
}

// Limits of numbers: VROOM's own are 32 bits for times and amounts, 64 for ids.
const (
	maxNumber   = math.MaxUint32
	maxID       = math.MaxUint64
	maxPriority = 100
)

// Read reads an input. Every fault is an *Error that names its place.
func Read(text []byte) (*Input, error) {
	r, err := newReader(text)
	if err != nil {
		return nil, err
	}
	in := &Input{unit: 1}
	hasVehicles := false
	r.object(func(key string) {
		switch key {
		case "vehicles":
			hasVehicles = true
			r.array(func(int) { in.vehicles = append(in.vehicles, r.vehicle()) })
		case "jobs":
			r.array(func(int) { in.jobs = append(in.jobs, r.job(true)) })
		case "shipments":
			r.array(func(int) { in.shipments = append(in.shipments, r.shipment()) })
		case "matrices":
			in.matrices = map[string]*matrix{}
			r.object(func(profile string) { in.matrices[profile] = r.matrices() })
		case "matrix":
			if in.matrices == nil {
				m := &matrix{}
				m.durations = r.square(m, vrp.Unreachable)
				in.matrices = map[string]*matrix{"car": m}
				return
			}
			r.skip()
		default:
			r.skip()
		}
	})
	if r.err != nil {
		return nil, r.err
	}
	if !hasVehicles {
		return nil, &Error{Where: "vehicles", What: "missing"}
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	if err := in.build(); err != nil {
		return nil, err
	}
	return in, nil
}

// job reads a job or, without amounts, skills and priority, an end of a shipment.
func (r *reader) job(whole bool) job {
	j := job{place: place{index: -1}}
	var amount []int64 // the old name of delivery, which counts where there is neither
	hasID := false
	r.object(func(key string) {
		switch {
		case key == "id":
			j.id, hasID = r.whole(maxID), true
		case key == "description":
			j.description = r.string()
		case key == "location":
			r.location(&j.place)
		case key == "location_index":
			j.place.index = int(r.whole(math.MaxInt32))
		case key == "setup":
			j.setup = r.seconds()
		case key == "service":
			j.service = r.seconds()
		case key == "setup_per_type":
			j.setups = r.times()
		case key == "service_per_type":
			j.services = r.times()
		case key == "time_windows":
			j.windows = r.windows()
		case whole && key == "delivery":
			j.delivery = r.amounts()
		case whole && key == "amount":
			amount = r.amounts()
		case whole && key == "pickup":
			j.pickup = r.amounts()
		case whole && key == "skills":
			j.skills = r.skills()
		case whole && key == "priority":
			j.priority = int64(r.whole(maxPriority))
		default:
			r.skip()
		}
	})
	if !hasID {
		r.fail("has no id")
	}
	if j.delivery == nil && j.pickup == nil {
		j.delivery = amount
	}
	return j
}

func (r *reader) shipment() shipment {
	var s shipment
	up, down := false, false
	r.object(func(key string) {
		switch key {
		case "pickup":
			s.pickup, up = r.job(false), true
		case "delivery":
			s.delivery, down = r.job(false), true
		case "amount":
			s.amount = r.amounts()
		case "skills":
			s.skills = r.skills()
		case "priority":
			s.priority = int64(r.whole(maxPriority))
		default:
			r.skip()
		}
	})
	if !up || !down {
		r.fail("a shipment has a pickup and a delivery")
	}
	return s
}

func (r *reader) vehicle() vehicle {
	v := vehicle{profile: "car", speed: 1, perHour: 3600, start: place{index: -1}, end: place{index: -1}}
	hasID := false
	r.object(func(key string) {
		switch key {
		case "id":
			v.id, hasID = r.whole(maxID), true
		case "description":
			v.description = r.string()
		case "profile":
			if profile := r.string(); profile != "" {
				v.profile = profile
			}
		case "start":
			v.hasStart = true
			r.location(&v.start)
		case "start_index":
			v.hasStart = true
			v.start.index = int(r.whole(math.MaxInt32))
		case "end":
			v.hasEnd = true
			r.location(&v.end)
		case "end_index":
			v.hasEnd = true
			v.end.index = int(r.whole(math.MaxInt32))
		case "capacity":
			v.capacity = r.amounts()
		case "skills":
			v.skills = r.skills()
		case "time_window":
			w := r.window()
			v.window = &w
		case "breaks":
			r.array(func(int) { v.breaks = append(v.breaks, r.rest()) })
		case "speed_factor":
			if v.speed = r.real(); !(v.speed > 0 && v.speed <= 5) {
				r.fail("is not above 0 and at most 5")
			}
		case "max_tasks":
			n := r.whole(maxNumber)
			v.maxTasks = &n
		case "costs":
			r.costs(&v)
		case "max_travel_time":
			v.maxTravel = r.seconds()
			v.never = v.never || v.maxTravel == 0
		case "max_distance":
			v.maxMetres = r.seconds()
			v.never = v.never || v.maxMetres == 0
		case "steps":
			r.array(func(int) { v.steps = append(v.steps, r.planned()) })
		case "type":
			v.kind = r.string()
		default:
			r.skip()
		}
	})
	if !hasID {
		r.fail("has no id")
	}
	return v
}

func (r *reader) costs(v *vehicle) {
	r.object(func(key string) {
		switch key {
		case "fixed":
			v.fixed = r.seconds()
		case "per_hour":
			v.perHour = r.seconds()
		case "per_km":
			v.perK = r.seconds()
		case "per_task_hour":
			v.perWork = r.seconds()
		default:
			r.skip()
		}
	})
}

// planned reads a step; when it happens is found again.
func (r *reader) planned() planned {
	var s planned
	hasID := false
	r.object(func(key string) {
		switch key {
		case "type":
			s.kind = r.string()
		case "id":
			s.id, hasID = r.whole(maxID), true
		case "service_at", "service_after", "service_before": // of steps that are only timed, which is VROOM's other mode
			r.seconds()
		default:
			r.skip()
		}
	})
	switch s.kind {
	case "start", "end":
	case "job", "pickup", "delivery", "break":
		if !hasID {
			r.fail("has no id")
		}
	default:
		r.fail("is of no known type: %q", s.kind)
	}
	return s
}

func (r *reader) rest() rest {
	var b rest
	hasID := false
	r.object(func(key string) {
		switch key {
		case "id":
			b.id, hasID = r.whole(maxID), true
		case "description":
			b.description = r.string()
		case "time_windows":
			b.windows = r.windows()
		case "service":
			b.service = r.seconds()
		case "max_load":
			b.load = r.amounts()
		default:
			r.skip()
		}
	})
	if !hasID {
		r.fail("has no id")
	}
	return b
}

// times reads seconds by type of vehicle.
func (r *reader) times() map[string]int64 {
	out := map[string]int64{}
	r.object(func(kind string) { out[kind] = r.seconds() })
	return out
}

// takes are a job's times for a type of vehicle.
func (j *job) takes(kind string) vrp.Times {
	t := vrp.Times{Service: j.service, Setup: j.setup}
	if s, ok := j.services[kind]; ok {
		t.Service = s
	}
	if s, ok := j.setups[kind]; ok {
		t.Setup = s
	}
	return t
}

// seconds reads a time, or another number of 32 bits.
func (r *reader) seconds() int64 { return int64(r.whole(maxNumber)) }

func (r *reader) location(p *place) {
	n := 0
	r.array(func(i int) {
		f := r.real()
		switch i {
		case 0:
			p.lon = f
		case 1:
			p.lat = f
		}
		n++
	})
	p.located = true
	switch {
	case n < 2: // a height is passed over
		r.fail("has %d numbers; write [longitude, latitude]", n)
	case math.Abs(p.lon) > 180 || math.Abs(p.lat) > 90:
		r.fail("is nowhere on the globe; write [longitude, latitude]")
	}
}

func (r *reader) window() vrp.Window {
	var w vrp.Window
	n := 0
	r.array(func(i int) {
		switch s := r.seconds(); i {
		case 0:
			w.From = s
		case 1:
			w.To = s
		}
		n++
	})
	switch {
	case n < 2:
		r.fail("has %d numbers; write [from, to]", n)
	case w.From > w.To:
		r.fail("ends before it begins")
	}
	return w
}

// windows reads windows and puts them in order; none may reach into another.
func (r *reader) windows() []vrp.Window {
	var out []vrp.Window
	r.array(func(int) { out = append(out, r.window()) })
	slices.SortFunc(out, func(a, b vrp.Window) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	for i := 1; i < len(out); i++ {
		if out[i].From <= out[i-1].To {
			r.fail("[%d, %d] and [%d, %d] overlap", out[i-1].From, out[i-1].To, out[i].From, out[i].To)
		}
	}
	if len(out) == 0 {
		r.fail("is empty; leave it out where every time will do")
	}
	return out
}

func (r *reader) amounts() []int64 {
	out := []int64{}
	r.array(func(int) { out = append(out, r.seconds()) })
	return out
}

func (r *reader) skills() []uint64 {
	var out []uint64
	r.array(func(int) { out = append(out, r.whole(maxNumber)) })
	slices.Sort(out)
	return slices.Compact(out)
}

// matrices reads the matrices of a profile.
func (r *reader) matrices() *matrix {
	m := &matrix{}
	r.object(func(key string) {
		switch key {
		case "durations":
			m.durations = r.square(m, vrp.Unreachable)
		case "distances":
			m.distances = r.square(m, math.MaxInt32)
		case "costs":
			m.costs = r.square(m, math.MaxInt32)
		default:
			r.skip()
		}
	})
	if m.durations == nil {
		r.fail("has no durations")
	}
	return m
}

// square reads a matrix as large as m's others; larger numbers than limit are limit.
func (r *reader) square(m *matrix, limit uint64) []int32 {
	out, rows := []int32{}, 0
	r.array(func(i int) {
		before := len(out)
		r.array(func(int) { out = append(out, int32(min(r.whole(maxNumber), limit))) })
		if i == 0 && m.size == 0 {
			m.size = len(out)
			out = slices.Grow(out, min(len(out)*len(out), len(r.text)))
		}
		if n := len(out) - before; n != m.size {
			r.fail("has %d numbers, not %d", n, m.size)
		}
		rows++
	})
	switch {
	case rows == 0:
		r.fail("is empty")
	case rows != m.size:
		r.fail("has %d rows of %d numbers", rows, m.size)
	}
	return out
}

// check finds what no single value shows: ids that stand twice, amounts of different lengths.
func (in *Input) check() error {
	ids := map[string]string{}
	once := func(what string, id uint64, where string) error {
		key := what + ":" + strconv.FormatUint(id, 10)
		if first, ok := ids[key]; ok {
			return &Error{Where: where + ".id", What: fmt.Sprintf("%d is the id of %s", id, first)}
		}
		ids[key] = where
		return nil
	}
	dims, first := -1, ""
	long := func(amount []int64, where string) error {
		switch {
		case amount == nil:
		case dims < 0:
			dims, first = len(amount), where
		case len(amount) != dims:
			return &Error{Where: where, What: fmt.Sprintf("has %d numbers, %s has %d", len(amount), first, dims)}
		}
		return nil
	}
	for i, v := range in.vehicles {
		where := fmt.Sprintf("vehicles[%d]", i)
		if err := cmp.Or(once("vehicle", v.id, where), long(v.capacity, where+".capacity")); err != nil {
			return err
		}
		if !v.hasStart && !v.hasEnd {
			return &Error{Where: where, What: "has neither start nor end"}
		}
		for k, b := range v.breaks {
			at := fmt.Sprintf("%s.breaks[%d]", where, k)
			if err := cmp.Or(once(where+" break", b.id, at), long(b.load, at+".max_load")); err != nil {
				return err
			}
		}
	}
	for i, j := range in.jobs {
		where := fmt.Sprintf("jobs[%d]", i)
		if err := cmp.Or(once("job", j.id, where), long(j.delivery, where+".delivery"), long(j.pickup, where+".pickup")); err != nil {
			return err
		}
	}
	for i, s := range in.shipments {
		where := fmt.Sprintf("shipments[%d]", i)
		if err := cmp.Or(once("pickup", s.pickup.id, where+".pickup"), once("delivery", s.delivery.id, where+".delivery"), long(s.amount, where+".amount")); err != nil {
			return err
		}
	}
	in.loaded = dims > 0
	return nil
}
