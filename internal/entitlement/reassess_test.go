package entitlement

import (
	"context"
	"slices"
	"testing"

	"anxin/internal/entitlement/rules"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/jobs"
	"anxin/internal/units"
)

// TestReassessMany: when packs change, every open assessment is decided anew in one run; those that stay say so without a
// new version, the one that a day has changed gets one, with what changed.
func TestReassessMany(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		dbtest.Clock(d, at(day(2026, 9, 1)))
		const many = batch + 20
		var ids []AssessmentID
		for i := range many {
			u := f.unit
			if i > 0 {
				ref, err := f.units.Create(f.ctx, units.CreateInput{Brand: f.brand, Category: "AC", Dates: units.Dates{units.Installed: {Day: day(2026, 1, 5), By: "invoice"}}})
				if err != nil {
					t.Fatal(err)
				}
				u = ref.ID
			}
			in := AssessInput{Unit: u, Question: Question{Fault: &rules.FaultFacts{Reported: day(2026, 9, 1), Performance: true}}}
			if i == 7 { // under repair since then: something new on the thirty-first day
				in.Question.Repairs = []rules.RepairEvent{{In: at(day(2026, 9, 1)), Delay: "repairer"}}
			}
			a, err := f.Assess(f.ctx, in)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, a.ID)
		}
		if _, err := db.InTx(f.ctx, d, func(ctx context.Context, tx *db.Tx) (int64, error) {
			return tx.Exec(ctx, `UPDATE entitlement_assessment SET packs = 'older'`)
		}); err != nil {
			t.Fatal(err)
		}
		dbtest.Clock(d, at(day(2026, 10, 2)))
		tasks := jobs.NewTasks(d)
		f.UseTasks(tasks)
		if err := f.ReassessDue(access.With(t.Context(), access.System("test"))); err != nil {
			t.Fatal(err)
		}
		if seen, err := tasks.All(f.ctx, 10); err != nil || len(seen) != 1 || seen[0].State != jobs.TaskDone || seen[0].Done != many-1 || seen[0].Total != many-1 { // one was due by its day already
			t.Errorf("tasks %+v, %v", seen, err)
		}
		left, err := db.Get(t.Context(), d, db.ScanInt, `SELECT COUNT(*) FROM entitlement_assessment WHERE packs = 'older'`)
		if err != nil || left != 0 {
			t.Errorf("%d assessments are still by older packs, %v", left, err)
		}
		for i, id := range ids {
			a, err := f.GetAssessment(f.ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			want := int64(1)
			if i == 7 {
				want = 2
			}
			if a.Version != want || a.DecidedOn != day(2026, 10, 2) || slices.Contains(optionsOf(a.Decision), rules.Exchange) != (i == 7) {
				t.Fatalf("assessment %d: version %d, decided on %s, options %v", i, a.Version, a.DecidedOn, optionsOf(a.Decision))
			}
		}
	})
}

// BenchmarkReassess decides open assessments anew under other packs, on SQLite: a million of them have ten minutes.
func BenchmarkReassess(b *testing.B) {
	d := dbtest.SQLite(b)
	f := newFixture(b, d)
	dbtest.Clock(d, at(day(2026, 9, 1)))
	const many = 2000
	for range many {
		ref, err := f.units.Create(f.ctx, units.CreateInput{Brand: f.brand, Category: "AC", Dates: units.Dates{units.Installed: {Day: day(2026, 1, 5), By: "invoice"}}})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := f.Assess(f.ctx, AssessInput{Unit: ref.ID, Question: Question{Fault: &rules.FaultFacts{Reported: day(2026, 9, 1), Performance: true}}}); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		b.StopTimer()
		if _, err := db.InTx(f.ctx, d, func(ctx context.Context, tx *db.Tx) (int64, error) {
			return tx.Exec(ctx, `UPDATE entitlement_assessment SET packs = 'older'`)
		}); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if err := f.ReassessDue(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N)/many*1e6/1000, "s/million")
}
