package outlets

import (
	"context"
	"maps"
	"slices"

	"anxin/internal/catalog"
	"anxin/internal/platform/db"
	"anxin/internal/platform/geo"
)

// servingEach is [Service.Serving] for many pieces of work at once, in two queries.
func (s *Service) servingEach(ctx context.Context, q db.Querier, list []ServingInput) ([][]Serving, error) {
	divisions := map[string]bool{}
	for _, in := range list {
		for _, p := range prefixes(in.Division) {
			divisions[p] = true
		}
	}
	type row struct {
		outlet ID
		area   Area
	}
	var rows []row
	for part := range slices.Chunk(slices.Sorted(maps.Keys(divisions)), 500) {
		var w db.Where
		w.In("a.division", part)
		w.And("o.state = ?", string(StateActive))
		found, err := db.List(ctx, q, func(sc db.Scanner) (r row, err error) {
			var cats, types string
			err = sc.Scan(&r.outlet, &r.area.ID, &r.area.Division, &cats, &types, &r.area.Rank)
			r.area.Categories, r.area.ServiceTypes = split[catalog.CategoryCode](cats), split[catalog.ServiceTypeCode](types)
			return r, err
		}, `SELECT a.outlet_id, a.id, a.division, a.categories, a.service_types, a.rank FROM outlets_area a
			JOIN outlets_outlet o ON o.id = a.outlet_id`+w.String()+` ORDER BY length(a.division) DESC, a.rank, o.path, a.id`, w.Args()...)
		if err != nil {
			return nil, err
		}
		rows = append(rows, found...)
	}
	byDivision := map[string][]row{}
	ids := map[ID]bool{}
	for _, r := range rows {
		byDivision[r.area.Division] = append(byDivision[r.area.Division], r)
		ids[r.outlet] = true
	}
	found, err := s.ByIDs(ctx, q, slices.Collect(maps.Keys(ids)))
	if err != nil {
		return nil, err
	}
	out := make([][]Serving, len(list))
	for i, in := range list {
		out[i] = []Serving{}
		seen := map[ID]bool{}
		for _, division := range slices.Backward(prefixes(in.Division)) { // the nearest area first
			for _, r := range byDivision[division] {
				if seen[r.outlet] || !r.area.covers(in.Category, in.ServiceType) {
					continue
				}
				seen[r.outlet] = true
				if o := found[r.outlet]; o.Serves(in.Brand) {
					out[i] = append(out[i], Serving{Outlet: o, Rank: r.area.Rank, Division: division})
				}
			}
		}
	}
	return out, nil
}

// Work is what has a place and perhaps an outlet.
type Work struct {
	ServingInput
	Outlet ID         // "" while nobody has it
	Point  *geo.Point // nil where it is not known
}

// china is the one clock of all divisions of China.
const china = "Asia/Shanghai"

// Zones are the time zones on whose clocks pieces of work take place, in their order: each that of its outlet; before
// it has one, that of the outlet which would be asked first for it ([Service.Serving]). Where nobody serves the place,
// China has one clock, elsewhere the nearest active outlet of the brand has the same; without a place it is the centre's.
func (s *Service) Zones(ctx context.Context, q db.Querier, list []Work) ([]string, error) {
	ids := []ID{Centre}
	var asked []ServingInput // each once: a list of orders has few places
	at := map[ServingInput]int{}
	for _, w := range list {
		if w.Outlet != "" {
			ids = append(ids, w.Outlet)
		} else if _, ok := at[w.ServingInput]; !ok {
			at[w.ServingInput] = len(asked)
			asked = append(asked, w.ServingInput)
		}
	}
	known, err := s.ByIDs(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	var serving [][]Serving
	if len(asked) > 0 {
		if serving, err = s.servingEach(ctx, q, asked); err != nil {
			return nil, err
		}
	}
	out := make([]string, len(list))
	var all []Outlet // read when the first place needs a neighbour
	for i, w := range list {
		if o, ok := known[w.Outlet]; ok {
			out[i] = o.Zone
			continue
		}
		if w.Outlet == "" {
			if first := serving[at[w.ServingInput]]; len(first) > 0 {
				out[i] = first[0].Outlet.Zone
				continue
			}
		}
		if inChina(w.Division) {
			out[i] = china
			continue
		}
		out[i] = known[Centre].Zone
		if w.Point == nil {
			continue
		}
		if all == nil {
			if all, err = s.Under(ctx, q, CentrePath); err != nil {
				return nil, err
			}
		}
		if o, ok := nearest(all, w); ok {
			out[i] = o.Zone
		}
	}
	return out, nil
}

// inChina tells whether a division is one of China: those of other countries begin with letters.
func inChina(division string) bool {
	return len(division) >= 2 && division[0] >= '1' && division[0] <= '8'
}

// nearest finds the active outlet of the work's brand whose place is the nearest.
func nearest(list []Outlet, w Work) (best Outlet, ok bool) {
	var least float64
	for _, o := range list {
		if o.State != StateActive || !o.Serves(w.Brand) || o.Point.Check() != nil {
			continue
		}
		if far := geo.Distance(*w.Point, o.Point); !ok || far < least {
			best, least, ok = o, far, true
		}
	}
	return best, ok
}
