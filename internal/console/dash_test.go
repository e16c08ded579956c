package console

import (
	"context"
	"testing"
	"time"

	"anxin/internal/clocks"
	"anxin/internal/orders"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/problem"
)

// TestBehind: a number's list is as long as the number says, for whoever sees the number, page by page.
func TestBehind(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.world()
		for name, ctx := range map[string]context.Context{
			"the centre":     f.As(access.RoleHead, "/"),
			"the outlet":     f.As(access.RoleOutletManager, f.Hz.Path),
			"brand two":      f.As(access.RoleHead, "/", f.Two),
			"another outlet": f.As(access.RoleOutletManager, f.Sh.Path),
		} {
			all := func(in BehindInput) []Behind {
				t.Helper()
				var out []Behind
				in.Limit = 2
				for {
					page, err := f.con.Behind(ctx, in)
					f.Must(err)
					out = append(out, page...)
					if len(page) < in.Limit {
						return out
					}
					last := page[len(page)-1]
					in.Before, in.BeforeKey = last.At, last.Key
				}
			}
			k, err := f.con.KPIs(ctx, KPIInput{})
			f.Must(err)
			for _, m := range k.Measures {
				for hit, want := range map[bool]int64{true: m.Numerator, false: m.Denominator - m.Numerator} {
					got := all(BehindInput{KPI: m.KPI, Hit: &hit})
					if int64(len(got)) != want {
						t.Errorf("%s: behind %s (%v) stand %d records, want %d", name, m.KPI, hit, len(got), want)
					}
					for _, b := range got {
						if b.Hit != hit || b.Number == "" || b.State == "" || b.RecordID == "" {
							t.Errorf("%s: behind %s (%v) stands %+v", name, m.KPI, hit, b)
						}
					}
				}
			}
			// The same of each outlet's row: what stands at its path, not what stands below it.
			rows := map[string]bool{}
			for _, row := range k.Outlets {
				rows[row.Path] = true
				if row.Name == "" {
					t.Errorf("%s: the row of %s has no name", name, row.Path)
				}
				for _, m := range row.Measures {
					hit := true
					if got := all(BehindInput{KPI: m.KPI, Path: row.Path}); int64(len(got)) != m.Denominator {
						t.Errorf("%s: behind %s of %s stand %d records, want %d", name, m.KPI, row.Path, len(got), m.Denominator)
					}
					if got := all(BehindInput{KPI: m.KPI, Path: row.Path, Hit: &hit}); int64(len(got)) != m.Numerator {
						t.Errorf("%s: %s counts %d records of %s, want %d", name, m.KPI, len(got), row.Path, m.Numerator)
					}
				}
			}
			if name == "the centre" && (!rows["/"] || !rows[f.Hz.Path]) {
				t.Errorf("rows %v, want the centre's own beside the outlet's", rows)
			}
			kept, err := f.con.ClocksKept(ctx, KPIInput{})
			f.Must(err)
			for _, p := range kept.Parties {
				var met, breached int64
				for _, m := range p.Milestones {
					met, breached = met+m.Met, breached+m.Breached
					if got := all(BehindInput{Party: p.Party, Milestone: m.Milestone}); int64(len(got)) != m.Met+m.Breached {
						t.Errorf("%s: %s of %s has %d records, want %d and %d", name, m.Milestone, p.Party, len(got), m.Met, m.Breached)
					}
				}
				if met != p.Met || breached != p.Breached || met+breached == 0 {
					t.Errorf("%s: %s kept %d and broke %d, its milestones %d and %d", name, p.Party, p.Met, p.Breached, met, breached)
				}
			}
			if name == "another outlet" && len(kept.Parties) != 0 {
				t.Errorf("%s sees deadlines: %+v", name, kept.Parties)
			}
		}
		head := f.As(access.RoleHead, "/")
		for name, in := range map[string]BehindInput{"nothing": {}, "no such measure": {KPI: "luck"}} {
			in.Limit = 5
			if _, err := f.con.Behind(head, in); problem.CodeOf(err).Kind != problem.Invalid {
				t.Errorf("the records of %s: %v, want refused", name, err)
			}
		}
		for name, read := range map[string]func() error{
			"behind": func() error {
				_, err := f.con.Behind(f.As(access.RoleAgent, "/"), BehindInput{KPI: FirstTimeFix})
				return err
			},
			"clocks": func() error { _, err := f.con.ClocksKept(f.As(access.RoleAgent, "/"), KPIInput{}); return err },
			"load":   func() error { _, err := f.con.Load(f.As(access.RoleAgent, "/"), LoadInput{}); return err },
		} {
			if err := read(); problem.CodeOf(err).Kind != problem.Forbidden {
				t.Errorf("an agent reads %s: %v, want forbidden", name, err)
			}
		}
	})
}

// TestClocksKept: whose deadline it was, and which outlet's.
func TestClocksKept(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		begun := calendar.DateOf(d.Now(), f.con.Zone)
		f.done(job{}) // in time at /hz/
		f.newCase(f.One)
		f.Accepted() // never done
		f.Advance(20 * 24 * time.Hour)
		f.Must(f.Services.Clocks.Tick(access.With(t.Context(), access.System("test"))))
		for name, tt := range map[string]struct {
			ctx           context.Context
			met, breached int64 // completion, which outlets owe
		}{
			"the centre":     {f.As(access.RoleHead, "/"), 1, 1},
			"the outlet":     {f.As(access.RoleOutletManager, f.Hz.Path), 1, 1},
			"another outlet": {f.As(access.RoleOutletManager, f.Sh.Path), 0, 0},
			"brand two":      {f.As(access.RoleHead, "/", f.Two), 0, 0},
		} {
			kept, err := f.con.ClocksKept(tt.ctx, KPIInput{From: begun})
			f.Must(err)
			var met, breached int64
			for _, p := range kept.Parties {
				for _, m := range p.Milestones {
					if p.Party == clocks.Outlet && m.Milestone == clocks.Completion {
						met, breached = m.Met, m.Breached
					}
				}
			}
			if met != tt.met || breached != tt.breached {
				t.Errorf("%s: outlets completed %d in time and %d not, want %d and %d", name, met, breached, tt.met, tt.breached)
			}
		}
		before, err := f.con.ClocksKept(f.As(access.RoleHead, "/"), KPIInput{From: begun - 9, To: begun - 1})
		f.Must(err)
		if len(before.Parties) != 0 {
			t.Errorf("before the first day deadlines were %+v, want none", before.Parties)
		}
	})
}

// TestLoad: hours of engineers, what is booked of them, and what waits; of the outlets that the actor sees.
func TestLoad(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		before, err := f.con.Load(f.As(access.RoleHead, "/"), LoadInput{})
		f.Must(err)
		planned := f.Accepted()
		v := f.Planned(planned.ID)
		f.newCase(f.One)
		waits := f.Accepted()
		f.newCase(f.One)
		nobody := f.Open()
		for name, tt := range map[string]struct {
			ctx     context.Context
			in      LoadInput
			outlets int
			hz      bool
			nobody  int
		}{
			"the centre":     {f.As(access.RoleHead, "/"), LoadInput{}, 4, true, 1},
			"the outlet":     {f.As(access.RoleOutletManager, f.Hz.Path), LoadInput{}, 1, true, 0},
			"asked for":      {f.As(access.RoleHead, "/"), LoadInput{Outlet: f.Hz.ID}, 1, true, 0},
			"another outlet": {f.As(access.RoleOutletManager, f.Sh.Path), LoadInput{}, 1, false, 0},
		} {
			l, err := f.con.Load(tt.ctx, tt.in)
			f.Must(err)
			if len(l.Outlets) != tt.outlets || len(l.Nobody) != tt.nobody {
				t.Errorf("%s: %d outlets and %d areas of nobody, want %d and %d", name, len(l.Outlets), len(l.Nobody), tt.outlets, tt.nobody)
			}
			var seen bool
			for _, o := range l.Outlets {
				if o.ID != f.Hz.ID {
					if o.Booked != 0 || o.Orders != 0 {
						t.Errorf("%s: %s has %+v booked", name, o.Name, o)
					}
					continue
				}
				seen = true
				if want := int64(v.End.Sub(v.Start) / time.Minute); o.Booked != want || want == 0 {
					t.Errorf("%s: %d min are booked, want %d", name, o.Booked, want)
				}
				if o.Orders != 1 || o.Waiting != int64(waits.Minutes*waits.Crew) {
					t.Errorf("%s: %d orders of %d min wait, want 1 of %d", name, o.Orders, o.Waiting, waits.Minutes*waits.Crew)
				}
				if o.Engineers != 2 || o.Available == 0 || o.Unit != "minutes" || len(o.Days) != 7 {
					t.Errorf("%s: %d engineers with %d %s on %d days", name, o.Engineers, o.Available, o.Unit, len(o.Days))
				}
				var booked, available int64
				for _, day := range o.Days {
					booked, available = booked+day.Booked, available+day.Available
				}
				if booked != o.Booked || available != o.Available {
					t.Errorf("%s: days add up to %d of %d, want %d of %d", name, booked, available, o.Booked, o.Available)
				}
			}
			if seen != tt.hz {
				t.Errorf("%s: sees /hz/ is %v, want %v", name, seen, tt.hz)
			}
			for _, a := range l.Nobody {
				if a.Orders != 1 || a.Minutes != int64(nobody.Minutes*nobody.Crew) || a.Area == "" {
					t.Errorf("%s: nobody's work is %+v", name, a)
				}
			}
		}
		two, err := f.con.Load(f.As(access.RoleHead, "/", f.Two), LoadInput{})
		f.Must(err)
		if len(two.Nobody) != 0 {
			t.Errorf("brand two sees work of brand one: %+v", two.Nobody)
		}
		for _, o := range two.Outlets {
			if o.Orders != 0 {
				t.Errorf("brand two sees orders of brand one at %s", o.Name)
			}
		}
		for _, o := range before.Outlets {
			if o.Booked != 0 {
				t.Errorf("%s had %d min booked on an empty board", o.Name, o.Booked)
			}
		}
		if _, err := f.con.Load(f.As(access.RoleHead, "/"), LoadInput{Days: 90}); problem.CodeOf(err).Kind != problem.Invalid {
			t.Errorf("90 days: %v, want refused", err)
		}
		if _, err := f.con.Load(f.As(access.RoleOutletManager, f.Sh.Path), LoadInput{Outlet: f.Hz.ID}); problem.CodeOf(err).Kind != problem.NotFound {
			t.Errorf("another outlet's load: %v, want not found", err)
		}
		list, err := f.List(f.As(access.RoleHead, "/"), orders.Filter{Nobody: true, Limit: 10})
		f.Must(err)
		if len(list) != 1 || list[0].ID != nobody.ID {
			t.Errorf("orders of nobody: %d, want the one", len(list))
		}
	})
}
