package workforce

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"anxin/internal/outlets"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// Whether and when a person works on a date, the first that says something decides:
//
//  1. the date's own windows (none is a day off),
//  2. the outlet's calendar: on a day that it is closed nobody works,
//  3. the person's template of the weekday; on a make-up working day that the template has off, its first
//     working weekday from Monday on (调休: the day stands in for one),
//  4. without a template, the outlet's hours.

// windows is that rule for one date.
func windows(date calendar.Date, own map[string]DayPlan, week *Week, cal *calendar.Calendar) DayPlan {
	if p, ok := own[date.String()]; ok {
		return p
	}
	day := cal.Day(date)
	if len(day.Windows) == 0 && !cal.AllDay() {
		return nil
	}
	if week == nil {
		if cal.AllDay() {
			return DayPlan{{From: 0, To: calendar.DayMinutes}}
		}
		return DayPlan(day.Windows)
	}
	plan := week[date.Weekday()]
	if len(plan) == 0 && day.Layer == calendar.LayerNational {
		for d := time.Monday; d <= time.Saturday && len(plan) == 0; d++ {
			plan = week[d]
		}
	}
	return plan
}

// instants turns the windows of a date into instants; around a clock change a window may be longer or
// shorter than it reads.
func instants(id EngineerID, date calendar.Date, plan DayPlan, loc *time.Location) []Shift {
	y, m, d := date.Civil()
	out := make([]Shift, 0, len(plan))
	for _, w := range plan {
		from := time.Date(y, m, d, 0, w.From, 0, 0, loc).UTC()
		to := time.Date(y, m, d, 0, w.To, 0, 0, loc).UTC()
		if to.After(from) {
			out = append(out, Shift{Engineer: id, Date: date, Start: from, End: to})
		}
	}
	return out
}

// roster is what decides about the shifts of some people over some dates.
type roster struct {
	outlet map[EngineerID]outlets.ID
	week   map[EngineerID]*Week
	own    map[EngineerID]map[string]DayPlan
	cal    map[outlets.ID]*calendar.Calendar
}

func (s *Service) readRoster(ctx context.Context, q db.Querier, ids []EngineerID, from, to calendar.Date) (roster, error) {
	r := roster{
		outlet: map[EngineerID]outlets.ID{}, week: map[EngineerID]*Week{},
		own: map[EngineerID]map[string]DayPlan{}, cal: map[outlets.ID]*calendar.Calendar{},
	}
	for part := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(ids))), 1000) {
		if err := r.readPeople(ctx, q, part); err != nil {
			return r, err
		}
		if err := r.readDays(ctx, q, part, from, to); err != nil {
			return r, err
		}
	}
	for _, o := range slices.Compact(slices.Sorted(maps.Values(r.outlet))) {
		cal, err := s.outlets.Calendar(ctx, q, o)
		if err != nil {
			return r, err
		}
		r.cal[o] = cal
	}
	return r, nil
}

func (r roster) readPeople(ctx context.Context, q db.Querier, ids []EngineerID) error {
	var w db.Where
	w.In("id", db.Strings(ids))
	w.And("state = ?", string(StateActive))
	rows, err := q.Query(ctx, `SELECT id, outlet_id, week FROM workforce_staff`+w.String(), w.Args()...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id EngineerID
		var outlet outlets.ID
		var text *string
		if err := rows.Scan(&id, &outlet, &text); err != nil {
			return err
		}
		r.outlet[id] = outlet
		if r.week[id], err = parseWeek(text); err != nil {
			return fmt.Errorf("shifts of %s: %w", id, err)
		}
	}
	return rows.Err()
}

func (r roster) readDays(ctx context.Context, q db.Querier, ids []EngineerID, from, to calendar.Date) error {
	var w db.Where
	w.In("staff_id", db.Strings(ids))
	w.And("date >= ? AND date <= ?", from.String(), to.String())
	rows, err := q.Query(ctx, `SELECT staff_id, date, windows FROM workforce_shift_day`+w.String(), w.Args()...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id EngineerID
		var date, text string
		if err := rows.Scan(&id, &date, &text); err != nil {
			return err
		}
		plan, err := parsePlan(text)
		if err != nil {
			return fmt.Errorf("shift of %s on %s: %w", id, date, err)
		}
		if r.own[id] == nil {
			r.own[id] = map[string]DayPlan{}
		}
		r.own[id][date] = plan
	}
	return rows.Err()
}

func parseWeek(text *string) (*Week, error) {
	if text == nil {
		return nil, nil
	}
	var w Week
	return &w, json.Unmarshal([]byte(*text), &w)
}

func parsePlan(s string) (DayPlan, error) {
	plan := DayPlan{}
	for _, part := range strings.Fields(s) {
		var w calendar.Window
		if err := w.UnmarshalText([]byte(part)); err != nil {
			return nil, err
		}
		plan = append(plan, w)
	}
	return plan, nil
}

func formatPlan(p DayPlan) string {
	parts := make([]string, len(p))
	for i, w := range p {
		parts[i] = w.String()
	}
	return strings.Join(parts, " ")
}

// Shifts are the windows in which active people are to work on the local dates from … to (both included),
// before absences, in their order.
func (s *Service) Shifts(ctx context.Context, q db.Querier, engineers []EngineerID, from, to calendar.Date) (map[EngineerID][]Shift, error) {
	out := make(map[EngineerID][]Shift, len(engineers))
	if len(engineers) == 0 || to < from {
		return out, nil
	}
	r, err := s.readRoster(ctx, q, engineers, from, to)
	if err != nil {
		return nil, err
	}
	for id, outlet := range r.outlet {
		cal := r.cal[outlet]
		list := []Shift{}
		for d := from; d <= to; d++ {
			list = append(list, instants(id, d, windows(d, r.own[id], r.week[id], cal), cal.Location())...)
		}
		out[id] = list
	}
	return out, nil
}

// Absences lists the times away that touch the instants from … to, by start; cancelled ones are left out.
func (s *Service) Absences(ctx context.Context, q db.Querier, engineers []EngineerID, from, to time.Time) (map[EngineerID][]Absence, error) {
	out := make(map[EngineerID][]Absence, len(engineers))
	for part := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(engineers))), 1000) {
		var w db.Where
		w.In("staff_id", db.Strings(part))
		w.And("cancelled = ? AND ends_at > ? AND starts_at < ?", false, db.Micros(from), db.Micros(to))
		list, err := db.List(ctx, q, scanAbsence, `SELECT `+absenceColumns+` FROM workforce_absence`+w.String()+` ORDER BY starts_at, id`, w.Args()...)
		if err != nil {
			return nil, err
		}
		for _, a := range list {
			out[a.Engineer] = append(out[a.Engineer], a)
		}
	}
	return out, nil
}

// Working is [Service.Shifts] less the absences: when people can be sent.
func (s *Service) Working(ctx context.Context, q db.Querier, engineers []EngineerID, from, to calendar.Date) (map[EngineerID][]Shift, error) {
	shifts, err := s.Shifts(ctx, q, engineers, from, to)
	if err != nil {
		return nil, err
	}
	// Zones reach 14 hours to either side of UTC; a day more on both sides covers every local date.
	away, err := s.Absences(ctx, q, engineers, (from - 1).UTC(), (to + 2).UTC())
	if err != nil {
		return nil, err
	}
	for id, list := range shifts {
		if len(away[id]) > 0 {
			shifts[id] = without(list, away[id])
		}
	}
	return shifts, nil
}

// without cuts absences, ordered by start, out of shifts.
func without(shifts []Shift, away []Absence) []Shift {
	out := make([]Shift, 0, len(shifts))
	for _, s := range shifts {
		for _, a := range away {
			if !a.End.After(s.Start) || !a.Start.Before(s.End) {
				continue
			}
			if a.Start.After(s.Start) {
				head := s
				head.End = a.Start
				out = append(out, head)
			}
			s.Start = a.End
			if !s.Start.Before(s.End) {
				break
			}
		}
		if s.Start.Before(s.End) {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b Shift) int { return cmp.Or(a.Start.Compare(b.Start), a.End.Compare(b.End)) })
	return out
}

const absenceColumns = `id, staff_id, kind, starts_at, ends_at, cancelled, created_at, version`

func scanAbsence(s db.Scanner) (Absence, error) {
	var a Absence
	var start, end, created int64
	err := s.Scan(&a.ID, &a.Engineer, &a.Kind, &start, &end, &a.Cancelled, &created, &a.Version)
	a.Start, a.End, a.CreatedAt = db.FromMicros(start), db.FromMicros(end), db.FromMicros(created)
	return a, err
}

func findAbsence(ctx context.Context, q db.Querier, id AbsenceID) (Absence, error) {
	a, err := db.Get(ctx, q, scanAbsence, `SELECT `+absenceColumns+` FROM workforce_absence WHERE id = $1`, string(id))
	if errors.Is(err, db.ErrNoRows) {
		return a, problem.ErrNotFound
	}
	return a, err
}
