package clocks_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"anxin/internal/clocks"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
)

// stored is a clock's copy as the table has it.
type stored struct {
	id                                clocks.ID
	status                            clocks.Status
	slot                              string
	due, rev                          int64
	warned                            int
	next, breached, met, void, amends *int64
}

func (f *fixture) stored(run int) []stored {
	f.t.Helper()
	list, err := db.List(f.ctx, f.d, func(s db.Scanner) (r stored, err error) {
		return r, s.Scan(&r.id, &r.status, &r.slot, &r.due, &r.rev, &r.warned, &r.next, &r.breached, &r.met, &r.void, &r.amends)
	}, `SELECT id, status, slot, due_at, calendar_rev, warned, next_at, breached_at, met_at, void_at, amended_at FROM clocks_clock
		WHERE job_id IN ($1, $2) ORDER BY id`, fmt.Sprintf("r%da", run), fmt.Sprintf("r%db", run))
	if err != nil {
		f.t.Fatal(err)
	}
	return list
}

// weeks are the centre's, by revision of the calendars; the seed is the first.
type weeks map[int64]calendar.Weekly

func (h weeks) find(rev int64) clocks.Calendars {
	return func(id string) (*calendar.Calendar, error) {
		spec := calendar.Spec{Schema: calendar.Schema, ID: id, Version: 1, Zone: "Asia/Shanghai"}
		switch id {
		case clocks.CentreCalendar:
			spec.Weekly = h[rev]
		case clocks.ChinaWorkdays:
			spec.Country, spec.Weekly = "CN", calendar.MondayToFriday(calendar.Hours(9, 0, 18, 0))
		default:
			return nil, nil
		}
		return calendar.New(spec, calendar.China())
	}
}

// TestServiceFollowsFacts does acts at random and compares what is stored and what was told with what
// the facts come to.
func TestServiceFollowsFacts(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		runs, steps := 4, 50
		if testing.Short() {
			runs = 1
		}
		f := newFixture(t, d)
		open := weeks{1: calendar.EveryDay(calendar.Hours(8, 30, 18, 0))}
		rev := int64(1)
		for run := range runs {
			rng := rand.New(rand.NewPCG(7, uint64(run)))
			for step := range steps {
				f.advance(time.Duration(rng.IntN(200)) * time.Minute)
				label := f.random(rng, run, open, &rev)
				if rng.IntN(3) == 0 {
					f.Service = clocks.New(d) // another node
				}
				f.tick()
				f.compare(open, run, fmt.Sprintf("run %d step %d after %s", run, step, label))
				if t.Failed() {
					return
				}
			}
			f.compareTold(run)
		}
	})
}

func (f *fixture) random(rng *rand.Rand, run int, open weeks, rev *int64) string {
	f.t.Helper()
	pick := func(list ...string) string { return list[rng.IntN(len(list))] }
	job := clocks.Job{Kind: "case", ID: fmt.Sprintf("r%d%s", run, pick("a", "b"))}
	rec := clocks.Record(job)
	if rng.IntN(2) == 0 {
		rec = clocks.Record{Kind: "order", ID: job.ID + pick("1", "2")}
	}
	back := time.Duration(rng.IntN(90)) * time.Minute
	milestone := clocks.Milestone(pick("first_response", "diagnosis", "completion", "complaint_closed", "arrival"))
	waits := clocks.WaitedFor(pick("customer", "part", "approval", "product_owner", "force_majeure"))
	attrs := clocks.Attributes{Priority: pick("P1", "P2", "P3", "P4")}
	act := pick("start", "start", "start", "met", "met", "pause", "pause", "resume", "resume", "one", "cancel", "retarget", "due", "publish")
	if act == "publish" {
		if rng.IntN(3) > 0 {
			return "nothing"
		}
		k, err := f.Calendar(f.ctx, clocks.CentreCalendar)
		if err != nil {
			f.t.Fatal(err)
		}
		spec := k.Spec
		spec.Weekly = calendar.EveryDay(calendar.Hours(7+rng.IntN(3), 0, 12, 0), calendar.Hours(13, 0, 17+rng.IntN(4), 0))
		if _, err := f.PublishCalendar(f.ctx, spec, int64(spec.Version)); err != nil {
			f.t.Fatal(err)
		}
		*rev++
		open[*rev] = spec.Weekly
		if err := f.Recount(f.ctx, clocks.RecountArgs{Revision: *rev}); err != nil {
			f.t.Fatal(err)
		}
		return act
	}
	err := db.InTx0(f.ctx, f.d, func(ctx context.Context, tx *db.Tx) error {
		at := tx.Now().Add(-back)
		switch act {
		case "start":
			in := clocks.Start{Job: job, RecordKind: rec.Kind, RecordID: rec.ID, Milestone: milestone, Attrs: attrs, At: at}
			if milestone == clocks.Arrival {
				due := tx.Now().Add(time.Duration(rng.IntN(600)) * time.Minute)
				in.Due = &due
			}
			_, _, err := f.StartTx(ctx, tx, in)
			return err
		case "met":
			return f.MetTx(ctx, tx, rec.Kind, rec.ID, milestone, at)
		case "pause":
			return f.PauseTx(ctx, tx, job, waits, "why", pick("e1", "e2"), at)
		case "resume":
			return f.ResumeTx(ctx, tx, job, waits, at)
		case "one":
			return f.ResumeOneTx(ctx, tx, job, waits, pick("e1", "e2"), at)
		case "cancel":
			return f.CancelAtTx(ctx, tx, rec.Kind, rec.ID, clocks.Milestone(pick("", "diagnosis", "arrival")), at)
		case "retarget":
			return f.RetargetTx(ctx, tx, job, attrs, at)
		default:
			return f.SetDueTx(ctx, tx, rec.Kind, rec.ID, clocks.Arrival, tx.Now().Add(time.Duration(rng.IntN(600))*time.Minute), at)
		}
	})
	if err != nil && !problem.Match(err, clocks.ErrResumedBefore) {
		f.t.Fatalf("%s: %v", act, err)
	}
	return fmt.Sprintf("%s of %s %s %s", act, rec.ID, milestone, waits)
}

func (f *fixture) compare(open weeks, run int, when string) {
	f.t.Helper()
	now := f.d.Now()
	for _, r := range f.stored(run) {
		_, facts, err := f.History(f.ctx, f.d, r.id)
		if err != nil {
			f.t.Fatal(err)
		}
		want, err := clocks.Eval(facts, open.find(r.rev), now)
		if err != nil {
			f.t.Fatalf("%s: clock %s: %v", when, r.id, err)
		}
		same := r.status == want.Status && r.warned == want.Warned &&
			db.TimeOrZero(r.breached).Equal(want.BreachedAt) && db.TimeOrZero(r.met).Equal(want.MetAt) && db.TimeOrZero(r.void).Equal(want.VoidAt) &&
			db.TimeOrZero(r.amends).Equal(want.AmendedAt) && db.TimeOrZero(r.next).Equal(want.NextAt)
		if r.status != clocks.StatusPaused { // a paused clock's due date moves with the time
			same = same && db.FromMicros(r.due).Equal(want.Due)
		}
		ended := !want.MetAt.IsZero() || !want.VoidAt.IsZero()
		if !same || ended && r.slot == "" {
			f.t.Errorf("%s: clock %s is stored as\n%+v due %s next %v\nits facts come to\n%s due %s next %s warned %d breached %s met %s void %s\n%s",
				when, r.id, r, db.FromMicros(r.due), db.TimeOrZero(r.next), want.Status, want.Due, want.NextAt, want.Warned, want.BreachedAt, want.MetAt, want.VoidAt, text(facts))
			return
		}
	}
}

func text(v any) string {
	b, _ := json.MarshalIndent(v, "", " ")
	return string(b)
}

// compareTold checks that whoever only heard the events knows how each clock ended, and heard nothing
// twice.
func (f *fixture) compareTold(run int) {
	f.t.Helper()
	for _, r := range f.stored(run) {
		list, err := events.OfRecord(f.ctx, f.d, "clock", string(r.id))
		if err != nil {
			f.t.Fatal(err)
		}
		var breached, met time.Time
		heard := map[string]bool{}
		for _, e := range list {
			var told clocks.Told
			if err := json.Unmarshal(e.Body, &told); err != nil {
				f.t.Fatal(err)
			}
			key := fmt.Sprint(e.Topic, told.Version)
			if heard[key] {
				f.t.Errorf("clock %s told %s twice for version %d", r.id, e.Topic, told.Version)
			}
			heard[key] = true
			switch e.Topic {
			case clocks.ClockBreached{}.Topic():
				breached = told.BreachedAt
			case clocks.ClockMet{}.Topic():
				met = told.MetAt
			}
		}
		if r.breached != nil && !breached.Equal(db.FromMicros(*r.breached)) || r.met != nil && !met.Equal(db.FromMicros(*r.met)) {
			f.t.Errorf("clock %s: told breached %s met %s, stored %v %v", r.id, breached, met, db.TimeOrZero(r.breached), db.TimeOrZero(r.met))
		}
	}
}
