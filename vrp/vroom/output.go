package vroom

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"anxin/vrp"
)

// Times are how long reading and planning took.
type Times struct{ Loading, Solving time.Duration }

// solution is what vroom prints.
type solution struct {
	Code       int                 `json:"code"`
	Summary    summary             `json:"summary"`
	Unassigned []unassigned        `json:"unassigned"`
	Routes     []route             `json:"routes"`
	Reasons    map[string][]reason `json:"reasons"`
}

// totals are the sums that the summary and each route have.
type totals struct {
	Cost     int64   `json:"cost"`
	Delivery []int64 `json:"delivery,omitempty"`
	Amount   []int64 `json:"amount,omitempty"` // the old name of delivery
	Pickup   []int64 `json:"pickup,omitempty"`
	Setup    int64   `json:"setup"`
	Service  int64   `json:"service"`
	Duration int64   `json:"duration"` // on the way
	Waiting  int64   `json:"waiting_time"`
	Priority int64   `json:"priority"`
	Distance *int64  `json:"distance,omitempty"`
	void
}

type summary struct {
	totals
	Routes     int   `json:"routes"`
	Unassigned int   `json:"unassigned"`
	Times      times `json:"computing_times"`
}

type times struct {
	Loading int64 `json:"loading"` // milliseconds
	Solving int64 `json:"solving"`
}

type route struct {
	Vehicle     uint64 `json:"vehicle"`
	Description string `json:"description,omitempty"`
	totals
	Steps []step `json:"steps"`
}

type step struct {
	Type        string `json:"type"`
	Description string `json:"description,omitempty"`
	where
	ID       *uint64 `json:"id,omitempty"`
	Job      *uint64 `json:"job,omitempty"` // the old name of id
	Setup    int64   `json:"setup"`
	Service  int64   `json:"service"`
	Waiting  int64   `json:"waiting_time"`
	Load     []int64 `json:"load,omitempty"`
	Arrival  int64   `json:"arrival"`
	Duration int64   `json:"duration"`
	Distance *int64  `json:"distance,omitempty"`
	void
}

// where is a place as the input told it.
type where struct {
	Location      []float64 `json:"location,omitempty"`
	LocationIndex *int      `json:"location_index,omitempty"`
}

// void is the list of violations, of which a plan has none.
type void struct {
	Violations []struct{} `json:"violations"`
}

type unassigned struct {
	ID uint64 `json:"id"`
	where
	Type        string `json:"type"`
	Description string `json:"description,omitempty"`
}

// reason is why a task is unassigned.
type reason struct {
	Rule     string  `json:"rule"`
	Vehicle  *uint64 `json:"vehicle,omitempty"` // where it is about one
	Vehicles int     `json:"vehicles,omitempty"`
	Skill    string  `json:"skill,omitempty"`
	Value    int64   `json:"value"`
	Limit    int64   `json:"limit"`
}

// Write prints a plan of the input's problem as vroom does, on one line.
func (in *Input) Write(w io.Writer, s *vrp.Solution, took Times) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(in.solution(s, took)); err != nil {
		return fmt.Errorf("write the plan: %w", err)
	}
	return nil
}

// The codes of a failure, as vroom's.
const (
	CodeInternal = 1
	CodeInput    = 2
)

// WriteError prints what vroom prints instead of a plan.
func WriteError(w io.Writer, code int, what error) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(struct {
		Code  int    `json:"code"`
		Error string `json:"error"`
	}{code, what.Error()}); err != nil {
		return fmt.Errorf("write the error: %w", err)
	}
	return nil
}

func (in *Input) solution(s *vrp.Solution, took Times) solution {
	out := solution{Unassigned: []unassigned{}, Routes: []route{}, Reasons: map[string][]reason{}}
	out.Summary.totals = in.noTotals()
	out.Summary.Times = times{took.Loading.Milliseconds(), took.Solving.Milliseconds()}
	for _, r := range s.Routes {
		o := in.route(r)
		out.Summary.add(o.totals)
		out.Routes = append(out.Routes, o)
	}
	out.Summary.Routes = len(out.Routes)
	for _, u := range s.Unserved {
		if u.Shipment {
			sh := in.shipments[u.Index]
			out.Unassigned = append(out.Unassigned, in.left(sh.pickup, "pickup"), in.left(sh.delivery, "delivery"))
			out.Reasons["delivery:"+strconv.FormatUint(sh.delivery.id, 10)] = in.reasons(u.Reasons)
			continue
		}
		j := in.jobs[u.Index]
		out.Unassigned = append(out.Unassigned, in.left(j, "job"))
		out.Reasons["job:"+strconv.FormatUint(j.id, 10)] = in.reasons(u.Reasons)
	}
	out.Summary.Unassigned = len(out.Unassigned)
	return out
}

func (in *Input) noTotals() totals {
	t := totals{void: void{[]struct{}{}}}
	if in.loaded {
		n := in.dims()
		t.Delivery, t.Amount, t.Pickup = make([]int64, n), make([]int64, n), make([]int64, n)
	}
	if in.measured {
		t.Distance = new(int64)
	}
	return t
}

func (in *Input) dims() int {
	n := 0
	for _, v := range in.vehicles {
		n = max(n, len(v.capacity))
	}
	for _, j := range in.jobs {
		n = max(n, len(j.delivery), len(j.pickup))
	}
	for _, s := range in.shipments {
		n = max(n, len(s.amount))
	}
	return n
}

func (t *totals) add(o totals) {
	t.Cost += o.Cost
	for d := range t.Delivery {
		t.Delivery[d] += o.Delivery[d]
		t.Amount[d] += o.Amount[d]
		t.Pickup[d] += o.Pickup[d]
	}
	t.Setup += o.Setup
	t.Service += o.Service
	t.Duration += o.Duration
	t.Waiting += o.Waiting
	t.Priority += o.Priority
	if t.Distance != nil {
		*t.Distance += *o.Distance
	}
}

// carried adds what a task brings out and takes along.
func (t *totals) carried(delivery, pickup []int64) {
	for d := range t.Delivery {
		if d < len(delivery) {
			t.Delivery[d] += delivery[d]
			t.Amount[d] += delivery[d]
		}
		if d < len(pickup) {
			t.Pickup[d] += pickup[d]
		}
	}
}

// route tells a route step by step; metres and costs are summed anew along the way, whatever unit the search counts in.
func (in *Input) route(r vrp.Route) route {
	v, e := in.vehicles[r.Engineer], &in.Problem.Engineers[r.Engineer]
	out := route{Vehicle: v.id, Description: v.description, totals: in.noTotals()}
	m := in.Problem.Travel[e.Profile]
	at, told, cost := vrp.NoPlace, in.matrices[v.profile].costs, float64(v.fixed)
	var work, seconds, metres int64
	begin, end := in.ends(r, &v)
	for _, s := range r.Steps {
		o := step{Waiting: s.Wait, Service: s.Length, Arrival: s.Arrival, Duration: s.Travel, void: void{[]struct{}{}}}
		to := vrp.NoPlace
		if s.Kind == vrp.Start && v.hasStart {
			at = v.start.at
		}
		switch s.Kind {
		case vrp.Start:
			o.Type, o.where = "start", in.where(begin, true)
		case vrp.End:
			o.Type, o.where = "end", in.where(end, true)
			if v.hasEnd {
				to = v.end.at
			}
			out.Duration = s.Travel
		case vrp.Rest:
			b := v.breaks[s.Index]
			o.Type, o.ID, o.Description = "break", &b.id, b.description
		default:
			j := in.task(&o, &out.totals, s)
			o.ID, o.Job, o.Description, o.where = &j.id, &j.id, j.description, in.where(j.place, true)
			o.Service = j.takes(v.kind).Service
			o.Setup = s.Length - o.Service
			to = j.place.at
			work += s.Length
		}
		if to != vrp.NoPlace {
			if at != vrp.NoPlace {
				k := at*in.Problem.Places + to
				seconds += int64(m.Seconds[k])
				if m.Metres != nil {
					metres += int64(m.Metres[k])
				}
				if told != nil {
					cost += float64(told[k])
				}
			}
			at = to
		}
		if out.Distance != nil {
			*out.Distance = metres
			d := metres
			o.Distance = &d
		}
		if in.loaded {
			o.Load = make([]int64, len(out.Delivery))
			copy(o.Load, s.Load)
		}
		out.Setup += o.Setup
		out.Service += o.Service
		out.Waiting += o.Waiting
		out.Steps = append(out.Steps, o)
	}
	if told == nil {
		cost += float64(v.perHour)*float64(seconds)/3600 + float64(v.perK)*float64(metres)/1000
	}
	cost += float64(v.perWork) * float64(work) / 3600
	out.Cost = int64(math.Round(cost))
	return out
}

// ends are where a route begins and ends: of a vehicle without a place to begin or end at, that of its first or last task.
func (in *Input) ends(r vrp.Route, v *vehicle) (begin, end place) {
	begin, end = v.start, v.end
	first := !v.hasStart
	for _, s := range r.Steps {
		var j *job
		switch s.Kind {
		case vrp.Work:
			j = &in.jobs[s.Index]
		case vrp.Pickup:
			j = &in.shipments[s.Index].pickup
		case vrp.Delivery:
			j = &in.shipments[s.Index].delivery
		default:
			continue
		}
		if first {
			begin, first = j.place, false
		}
		if !v.hasEnd {
			end = j.place
		}
	}
	return begin, end
}

// task names the work of a step and counts what it carries.
func (in *Input) task(o *step, t *totals, s vrp.Step) *job {
	switch s.Kind {
	case vrp.Pickup:
		o.Type = "pickup"
		sh := &in.shipments[s.Index]
		t.carried(nil, sh.amount)
		t.Priority += sh.priority
		return &sh.pickup
	case vrp.Delivery:
		o.Type = "delivery"
		sh := &in.shipments[s.Index]
		t.carried(sh.amount, nil)
		t.Priority += sh.priority
		return &sh.delivery
	}
	o.Type = "job"
	j := &in.jobs[s.Index]
	t.carried(j.delivery, j.pickup)
	t.Priority += j.priority
	return j
}

func (in *Input) where(p place, there bool) where {
	var w where
	if !there {
		return w
	}
	if p.located {
		w.Location = []float64{p.lon, p.lat}
	}
	if p.index >= 0 {
		w.LocationIndex = &p.index
	}
	return w
}

func (in *Input) left(j job, kind string) unassigned {
	return unassigned{ID: j.id, where: in.where(j.place, true), Type: kind, Description: j.description}
}

func (in *Input) reasons(list []vrp.Reason) []reason {
	out := []reason{}
	for _, r := range list {
		o := reason{Rule: string(r.Rule), Vehicles: r.Engineers, Skill: r.Skill, Value: r.Value, Limit: r.Limit}
		if r.Engineer >= 0 && r.Engineer < len(in.vehicles) {
			o.Vehicle = &in.vehicles[r.Engineer].id
		}
		out = append(out, o)
	}
	return out
}
