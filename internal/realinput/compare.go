package realinput

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"anxin/internal/cases"
	"anxin/internal/clocks"
	"anxin/internal/platform/calendar"
)

// difference is one thing in which the product and the walk do not agree.
type difference struct {
	Incident, Clock, What string
	Ours, Reference       string
}

// String tells it in a line.
func (d difference) String() string {
	return fmt.Sprintf("incident %s, %s: %s is %s, by the reference %s", d.Incident, d.Clock, d.What, d.Ours, d.Reference)
}

// judge holds the product's clocks against the reference.
type judge struct {
	*world
	r    *ruler
	find clocks.Calendars

	Clocks      int
	Differences []difference
}

// verdict is what the product's own clocks say of an incident: whether none of a record's was broken.
type verdict struct{ resolution, closing bool }

func (j *judge) calendars(ctx context.Context) error {
	list, err := j.world.Clocks.Calendars(ctx)
	if err != nil {
		return err
	}
	built := map[string]*calendar.Calendar{}
	for _, k := range list {
		if k.Spec.Country != "" {
			continue // no policy of the replay counts in one
		}
		if built[k.Spec.ID], err = calendar.New(k.Spec, nil); err != nil {
			return err
		}
	}
	j.find = func(id string) (*calendar.Calendar, error) { return built[id], nil }
	return nil
}

// incident compares all clocks of an incident.
func (j *judge) incident(ctx context.Context, no string, id cases.ID, want []*expected) (verdict, error) {
	v := verdict{true, true}
	list, err := j.world.Clocks.OfJob(ctx, j.DB, clocks.Job{Kind: recordCase, ID: string(id)})
	if err != nil {
		return v, err
	}
	closing, err := j.world.Clocks.OfRecord(ctx, j.DB, recordClosing, string(id))
	if err != nil {
		return v, err
	}
	list = append(list, closing...)
	name := func(record string, m clocks.Milestone, p clocks.Party) string {
		return record + "/" + string(m) + "/" + string(p)
	}
	got := map[string][]clocks.Deadline{}
	for _, d := range list {
		k := name(d.Record.Kind, d.Milestone, d.Party)
		got[k] = append(got[k], d)
		if broken := !d.BreachedAt.IsZero(); broken && d.Record.Kind == recordResolution {
			v.resolution = false
		} else if broken && d.Record.Kind == recordClosing {
			v.closing = false
		}
	}
	for _, ds := range got {
		slices.SortStableFunc(ds, func(a, b clocks.Deadline) int {
			return cmp.Or(a.StartedAt.Compare(b.StartedAt), cmp.Compare(a.ID, b.ID))
		})
	}
	note := func(clock, what string, ours, ref any) {
		if a, b := fmt.Sprint(ours), fmt.Sprint(ref); a != b {
			j.Differences = append(j.Differences, difference{no, clock, what, a, b})
		}
	}
	wanted := map[string][]*expected{}
	for _, e := range want {
		k := name(e.record, e.milestone, e.party)
		wanted[k] = append(wanted[k], e)
	}
	for k, ds := range got {
		if len(wanted[k]) != len(ds) {
			note(k, "number of clocks", len(ds), len(wanted[k]))
		}
	}
	for k, es := range wanted {
		slices.SortStableFunc(es, func(a, b *expected) int { return cmp.Compare(a.start, b.start) })
		if len(got[k]) != len(es) {
			note(k, "number of clocks", len(got[k]), len(es))
			continue
		}
		for i, e := range es {
			if err := j.one(ctx, got[k][i], *e, func(what string, ours, ref any) { note(k, what, ours, ref) }); err != nil {
				return v, err
			}
		}
	}
	return v, nil
}

func (j *judge) one(ctx context.Context, d clocks.Deadline, e expected, note func(what string, ours, ref any)) error {
	j.Clocks++
	want, err := j.r.walk(e)
	if err != nil {
		note("walk", d.Status, err)
		return nil
	}
	_, facts, err := j.world.Clocks.History(ctx, j.DB, d.ID)
	if err != nil {
		return err
	}
	st, err := clocks.Eval(facts, j.find, j.DB.Now())
	if err != nil {
		return err
	}
	at := func(i int) string {
		if i < 0 {
			return "never"
		}
		return j.r.time(i).Format(time.DateTime)
	}
	when := func(t time.Time) string {
		if t.IsZero() {
			return "never"
		}
		return t.Format(time.DateTime)
	}
	note("status", d.Status, want.status)
	note("start", when(d.StartedAt), at(e.start))
	note("due", when(d.Due), at(want.due))
	note("breach", when(d.BreachedAt), at(want.breached))
	note("end", when(d.MetAt), at(e.met))
	note("time used", st.Elapsed, time.Duration(want.elapsed)*time.Minute)
	paused, err := j.paused(facts, st)
	note("time stood still", paused, time.Duration(want.stopped)*time.Minute)
	return err
}

// paused is how much of the clock's own time was not used: what its calendars hold from start to end under
// each target, less what was used.
func (j *judge) paused(facts clocks.Facts, st clocks.State) (time.Duration, error) {
	end := st.MetAt
	if end.IsZero() {
		end = st.VoidAt
	}
	total := time.Duration(0)
	for i, f := range facts {
		if f.Kind != clocks.Started && f.Kind != clocks.Retargeted {
			continue
		}
		until := end
		for _, o := range facts[i+1:] {
			if o.Kind == clocks.Retargeted {
				until = o.OccurredAt
				break
			}
		}
		if until.After(end) {
			until = end
		}
		if !f.OccurredAt.Before(until) {
			continue
		}
		if f.Target.Calendar == "" {
			total += until.Sub(f.OccurredAt)
			continue
		}
		cal, err := j.find(f.Target.Calendar)
		if err != nil || cal == nil {
			return 0, fmt.Errorf("calendar %s: %w", f.Target.Calendar, err)
		}
		total += cal.WorkingBetween(f.OccurredAt, until)
	}
	return total - st.Elapsed, nil
}
