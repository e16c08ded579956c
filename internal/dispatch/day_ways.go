package dispatch

import (
	"context"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/geo"
)

// withWays tells how long each engineer is on the way to each of his visits, from the one before or from where
// his day begins. Work without a place leaves him where he is.
func (s *Service) withWays(ctx context.Context, rows []DayRow) error {
	for i := range rows {
		r := &rows[i]
		r.Ways = make([]time.Duration, len(r.Visits))
		points, at := []geo.Point{}, make([]int, len(r.Visits))
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
		if len(points) < 2 {
			continue
		}
		m, err := s.travel.Matrix(ctx, s.policy.Profile, geo.SliceDay, points, points)
		if err != nil {
			return err
		}
		stands := home
		for k := range r.Visits {
			if at[k] < 0 {
				continue
			}
			if stands >= 0 {
				if seconds, _ := m.At(stands, at[k]); seconds >= 0 && seconds < geo.Unreachable {
					r.Ways[k] = time.Duration(seconds) * time.Second
				}
			}
			stands = at[k]
		}
	}
	return nil
}
