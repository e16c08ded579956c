package realinput

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/outlets"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/geo"
	"anxin/internal/workforce"
)

// The firm that serves the city is invented: outlets in the middle of the requests, engineers among them.

// trades are what engineers can do; they go round within an outlet.
var trades = [][]catalog.SkillCode{
	{"GAS", "LVE", "BASIC"},          // heating and hot water
	{"PLUMB", "LVE", "BASIC"},        // pipes
	{"GAS", "LVE", "PLUMB", "BASIC"}, // both
	{"REFR", "LVE", "ELEC", "BASIC"}, // electricity and appliances
	{"BASIC", "PLUMB", "DRILL"},      // buildings
}

// hours are the shifts; they go round too.
var hours = []calendar.Window{calendar.Hours(8, 0, 17, 0), calendar.Hours(7, 0, 15, 30), calendar.Hours(11, 0, 20, 0)}

// firm is what was placed.
type firm struct {
	Outlets, Engineers int
	OnDuty             int // with a shift on the planned day
	Shift              int // their minutes of shift
}

// settle places outlets and engineers among the requests' points.
func (w *world) settle(ctx context.Context, o Options, zone string, brand catalog.BrandID, list []cases.Case, day calendar.Date) (firm, error) {
	var points []geo.Point
	var divisions []string
	for _, c := range list {
		if c.Lat != nil && c.Lon != nil {
			points = append(points, geo.Point{Lat: *c.Lat, Lon: *c.Lon, Datum: geo.WGS84, Precision: geo.PrecisionStreet, Source: "realinput"})
			divisions = append(divisions, c.Division)
		}
	}
	chance := rand.New(rand.NewPCG(o.Seed, 60))
	groups := clusters(points, o.Outlets, o.Seed)
	crews := share(o.Engineers, groups)
	f := firm{}
	for i, g := range groups {
		out, err := w.Outlets.Create(ctx, outlets.CreateInput{
			Code: fmt.Sprintf("city-%02d", i+1), Name: fmt.Sprintf("City outlet %d", i+1), Kind: outlets.KindOwn, Brands: []catalog.BrandID{brand},
			Zone: zone, Point: g.Middle,
		})
		if err != nil {
			return f, fmt.Errorf("outlet %d: %w", i+1, err)
		}
		if out, err = w.Outlets.SetAreas(ctx, outlets.SetAreasInput{ID: out.ID, Version: out.Version, Areas: areas(g, divisions)}); err != nil {
			return f, fmt.Errorf("areas of outlet %d: %w", i+1, err)
		}
		f.Outlets++
		for k := range crews[i] {
			start := points[g.Points[chance.IntN(len(g.Points))]]
			start.Lat += (chance.Float64() - 0.5) * 0.01 // within half a kilometre or so of a request
			start.Lon += (chance.Float64() - 0.5) * 0.01
			shift, err := w.hire(ctx, out.ID, f.Engineers, k, start, day)
			if err != nil {
				return f, fmt.Errorf("engineer %d: %w", f.Engineers+1, err)
			}
			f.Engineers++
			if shift > 0 {
				f.OnDuty++
				f.Shift += shift
			}
		}
	}
	return f, nil
}

// areas are the divisions that an outlet's requests lie in, its main one first.
func areas(g cluster, divisions []string) []outlets.Area {
	count := map[string]int{}
	for _, p := range g.Points {
		count[divisions[p]]++
	}
	main := ""
	for _, d := range slices.Sorted(maps.Keys(count)) {
		if main == "" || count[d] > count[main] {
			main = d
		}
	}
	out := []outlets.Area{}
	for _, d := range slices.Sorted(maps.Keys(count)) {
		rank := 2
		if d == main {
			rank = 1
		}
		out = append(out, outlets.Area{Division: d, Rank: rank})
	}
	return append(out, outlets.Area{Rank: 3}) // the rest of the city, when the others are full
}

// hire adds an engineer with papers and shifts, and tells how many minutes he works on a day.
func (w *world) hire(ctx context.Context, out outlets.ID, n, k int, start geo.Point, day calendar.Date) (int, error) {
	in := workforce.CreateInput{
		Number: fmt.Sprintf("E%03d", n+1), OutletID: out, Name: fmt.Sprintf("Engineer %d", n+1), Job: workforce.JobEngineer, StartPoint: start, MaxVisits: 10,
	}
	codes := trades[k%len(trades)]
	for _, c := range codes {
		in.Skills = append(in.Skills, workforce.Skill{Code: c, Level: 3})
	}
	e, err := w.Workforce.Create(ctx, in)
	if err != nil {
		return 0, err
	}
	snap, err := w.Catalog.Current(ctx, w.DB)
	if err != nil {
		return 0, err
	}
	for _, c := range codes {
		if skill, ok := snap.Skill(c); !ok || !skill.Certificate {
			continue
		}
		e, err = w.Workforce.AddCertificate(ctx, workforce.AddCertificateInput{
			ID: e.ID, Version: e.Version, Code: c, Number: fmt.Sprintf("%s%05d", c, n+1), IssuedOn: day - 400, ValidTo: day + 1500, RecheckBy: day + 600,
		})
		if err != nil {
			return 0, err
		}
	}
	var week workforce.Week
	minutes := 0
	for d := range week {
		if d == n%7 || d == (n+3)%7 { // two days off, which go round
			continue
		}
		h := hours[n%len(hours)]
		week[d] = workforce.DayPlan{h}
		if d == int(day.Weekday()) {
			minutes = h.To - h.From
		}
	}
	_, err = w.Workforce.SetWeek(ctx, workforce.SetWeekInput{ID: e.ID, Version: e.Version, Week: &week})
	return minutes, err
}
