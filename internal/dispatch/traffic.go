package dispatch

import (
	"context"
	"fmt"
	"time"

	"anxin/internal/dispatch/planner"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/problem"
)

// noteTraffic is why a repair moves what a jam makes late.
const noteTraffic = "dispatch.traffic"

// Traffic is a part of a city where ways take longer for a while: a closed road, a flood, a match.
type Traffic struct {
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Centre  Spot      `json:"centre"`
	Radius  int       `json:"radius_m" minimum:"100" maximum:"100000" doc:"metres around the centre"`
	Percent int       `json:"percent" minimum:"10" maximum:"400" doc:"how much longer ways from or to there take: 50 is half as long again"`
}

// Spot is a place on the map.
type Spot struct {
	Lat   float64   `json:"lat" minimum:"-90" maximum:"90"`
	Lon   float64   `json:"lon" minimum:"-180" maximum:"180"`
	Datum geo.Datum `json:"datum,omitempty" enum:"WGS84,GCJ02,BD09" doc:"default: WGS84"`
}

func (p Spot) point() geo.Point {
	datum := p.Datum
	if datum == "" {
		datum = geo.WGS84
	}
	return geo.Point{Lat: p.Lat, Lon: p.Lon, Datum: datum}.WGS84()
}

const (
	longestJam = 24 * time.Hour
	// nearJam is how far around a jam the outlets lie whose engineers a repair may move, in metres.
	nearJam = 30_000
)

func (e RepairEvent) checkTraffic(f *problem.Fields, now time.Time) {
	for i, t := range e.Traffic {
		at := fmt.Sprintf("event.traffic.%d.", i)
		f.Check(!t.From.IsZero(), at+"from", problem.Required)
		f.Check(t.From.IsZero() || t.To.After(t.From) && t.To.After(now) && t.To.Sub(t.From) <= longestJam, at+"to", problem.BadTime)
		f.Check(t.Radius >= 100 && t.Radius <= 100_000, at+"radius_m", problem.OutOfRange, "limit", "100–100000")
		f.Check(t.Percent >= 10 && t.Percent <= 400, at+"percent", problem.OutOfRange, "limit", "10–400")
		f.Check(t.Centre.point().Check() == nil, at+"centre", problem.BadFormat)
	}
}

// nearTraffic are the paths of the outlets around the jams, as far as the plan reaches and its maker sees.
func (s *Service) nearTraffic(ctx context.Context, q db.Querier, p DayPlan) ([]string, error) {
	if p.Event == nil || len(p.Event.Traffic) == 0 {
		return nil, nil
	}
	list, err := s.outlets.Under(ctx, q, p.OutletPath)
	if err != nil {
		return nil, err
	}
	var out []string
	scope := access.From(ctx).Scope
	for _, o := range list {
		if !scope.Sees("", o.Path) {
			continue
		}
		for _, t := range p.Event.Traffic {
			if geo.Distance(o.Point.WGS84(), t.Centre.point()) <= float64(t.Radius+nearJam) {
				out = append(out, o.Path)
				break
			}
		}
	}
	return out, nil
}

// jams tells the planner where ways take longer.
func (r *repair) jams() {
	for _, t := range r.event.Traffic {
		centre := t.Centre.point()
		r.change.Jams = append(r.change.Jams, planner.Jam{
			Span: planner.Span{From: t.From, To: t.To}, Percent: t.Percent,
			In: func(place int) bool {
				return place >= 0 && place < len(r.w.points) && geo.Distance(r.w.points[place], centre) <= float64(t.Radius)
			},
		})
	}
}
