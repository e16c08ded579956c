package dispatch

import (
	"context"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/geo"
)

// withWays tells how long each engineer is on the way to each of his visits, from the one before or from where
// his day begins, at that hour. Work without a place leaves him where he is.
func (s *Service) withWays(ctx context.Context, rows []DayRow) error {
	for i := range rows {
		r := &rows[i]
		r.Ways = make([]time.Duration, len(r.Visits))
		points, at, stops := []geo.Point{}, make([]int, len(r.Visits)), make([]int, len(r.Fetches))
		home := -1
		if p := r.Engineer.Start(r.Outlet); p.Check() == nil {
			home, points = 0, append(points, p)
		}
		for k, v := range r.Visits {
			at[k] = -1
			if p, ok := v.Point(); ok && v.Mode != catalog.ModeRemote {
				at[k], points = len(points), append(points, p)
			}
		}
		for k := range r.Fetches {
			if r.Fetches[k].Stop() {
				stops[k], points = len(points), append(points, r.Fetches[k].Point)
			}
		}
		if len(points) < 2 {
			continue
		}
		m, err := s.travel.Matrix(ctx, s.policy.Profile, geo.SliceDay, points, points)
		if err != nil {
			return err
		}
		stands, next := home, 0
		leg := func(to int, by time.Time) time.Duration {
			if stands >= 0 {
				if seconds, _ := m.At(stands, to); seconds >= 0 && seconds < geo.Unreachable {
					return r.Day.Takes(time.Duration(seconds)*time.Second, by)
				}
			}
			return 0
		}
		for k := range r.Visits {
			for ; next < len(r.Fetches) && !r.Fetches[next].Start.After(r.Visits[k].Start); next++ {
				if f := &r.Fetches[next]; f.Stop() {
					f.Way = leg(stops[next], f.Start)
					stands = stops[next]
				}
			}
			if at[k] < 0 {
				continue
			}
			r.Ways[k] = leg(at[k], r.Visits[k].Start)
			stands = at[k]
		}
	}
	return nil
}
