package outlets

import (
	"context"
	"fmt"
	"slices"

	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
)

// Workdays are the days on which most people go to work where outlets stand: Monday to Friday, without the public holidays of the
// country whose holidays the outlet follows, and with the days that make up for them. When the outlet itself is open is another
// matter: see [Service.Calendar].
func (s *Service) Workdays(ctx context.Context, q db.Querier, list []Outlet) (map[ID]*calendar.Calendar, error) {
	out := make(map[ID]*calendar.Calendar, len(list))
	var above []string
	for _, o := range list {
		above = append(above, pathsAbove(o.Path)...)
	}
	if above = slices.Compact(slices.Sorted(slices.Values(above))); len(above) == 0 {
		return out, nil
	}
	var w db.Where
	w.In("path", above)
	rows, err := db.List(ctx, q, func(sc db.Scanner) (lineage, error) {
		var l lineage
		return l, sc.Scan(&l.path, &l.hours)
	}, `SELECT path, hours FROM outlets_outlet`+w.String(), w.Args()...)
	if err != nil {
		return nil, err
	}
	of := make(map[string]lineage, len(rows))
	for _, l := range rows {
		of[l.path] = l
	}
	for _, o := range list {
		var way []lineage
		for _, p := range slices.Backward(pathsAbove(o.Path)) {
			if l, ok := of[p]; ok {
				way = append(way, l)
			}
		}
		hours, err := s.hoursOf(way)
		if err != nil {
			return nil, err
		}
		if out[o.ID], err = s.workdays(ctx, q, hours.Country, o.Location().String()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// workdays is made once a country and zone, and again when holidays change.
func (s *Service) workdays(ctx context.Context, q db.Querier, country, zone string) (*calendar.Calendar, error) {
	holidays, rev, err := s.holidays(ctx, q, country)
	if err != nil {
		return nil, err
	}
	if holidays == nil {
		country = ""
	}
	id, key := ID("workdays "+country+" "+zone), fmt.Sprint(rev)
	if c := s.calendars.get(id, key); c != nil {
		return c, nil
	}
	c, err := calendar.New(calendar.Spec{
		Schema: calendar.Schema, ID: "workdays", Version: 1, Zone: zone, Country: country, Weekly: calendar.MondayToFriday(calendar.Hours(9, 0, 18, 0)),
	}, holidays)
	if err != nil {
		return nil, fmt.Errorf("working days of %q in %s: %w", country, zone, err)
	}
	s.calendars.put(id, key, c)
	return c, nil
}
