package cases

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

// views tries every way of reading a case and says which show it.
func (f *fixture) views(ctx context.Context, c Case, word string) map[string]bool {
	f.t.Helper()
	must := func(err error) {
		f.t.Helper()
		if err != nil && !problem.Match(err, ErrNotFound) {
			f.t.Fatal(err)
		}
	}
	out := map[string]bool{}
	_, err := f.Get(ctx, c.ID)
	must(err)
	out["get"] = err == nil
	_, err = f.Find(ctx, f.d, c.ID)
	must(err)
	out["find"] = err == nil
	found, err := f.ByIDs(ctx, f.d, []ID{c.ID, "none"})
	must(err)
	out["by ids"] = len(found) == 1
	in := func(list []Case) bool { return slices.ContainsFunc(list, func(o Case) bool { return o.ID == c.ID }) }
	for _, q := range []Filter{{Queue: "all"}, {Queue: "recent"}, {Queue: "recent", Number: c.Number}, {Queue: "recent", BrandID: c.BrandID}} {
		q.Limit = 100
		list, err := f.List(ctx, q)
		must(err)
		if q.Queue == "all" && !c.Live() {
			continue
		}
		out[fmt.Sprintf("list %s %s%s", q.Queue, q.Number, q.BrandID)] = in(list)
	}
	for _, text := range []string{word, c.Number} {
		list, total, _, err := f.Search(ctx, text, 10)
		must(err)
		out["search "+text] = in(list)
		if !in(list) && total != len(list) {
			f.t.Errorf("searching %s tells of %d hidden hits", text, total-len(list))
		}
	}
	_, err = f.Notes(ctx, c.ID)
	must(err)
	out["notes"] = err == nil
	_, err = f.Links(ctx, c.ID)
	must(err)
	out["links"] = err == nil
	_, err = f.WorkOf(ctx, c.ID)
	must(err)
	out["work"] = err == nil
	return out
}

func (f *fixture) wantSees(ctx context.Context, who string, c Case, word string, want bool) {
	f.t.Helper()
	for how, sees := range f.views(ctx, c, word) {
		if sees != want {
			f.t.Errorf("%s by %s: sees it %v, want %v", who, how, sees, want)
		}
	}
}

func TestScope(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		c := f.open(func(in *OpenInput) { in.Summary = "冰箱不停机"; in.CustomerID = f.customer })
		theirs := f.open(func(in *OpenInput) { in.BrandID, in.Summary = f.other, "冰箱不停机" })
		f.attach(c.ID, "o1", "/hz/west/")
		f.must(f.AddNote(f.ctx, NoteInput{f.act(c.ID), "internal", "只给中心看"}))
		f.must(f.AddNote(f.ctx, NoteInput{f.act(c.ID), "shared", "请带四通阀"}))

		west := f.as("w", access.Scope{OutletPath: "/hz/west/"})
		for _, tt := range []struct {
			who        string
			ctx        context.Context
			ours, them bool
		}{
			{"the centre", f.ctx, true, true},
			{"the centre of the brand", f.as("b", access.Scope{OutletPath: "/", Brands: []string{string(f.brand)}}), true, false},
			{"the centre of another brand", f.as("o", access.Scope{OutletPath: "/", Brands: []string{string(f.other)}}), false, true},
			{"the outlet at work", west, true, false},
			{"the outlet above it", f.as("h", access.Scope{OutletPath: "/hz/"}), true, false},
			{"a second outlet", f.as("e", access.Scope{OutletPath: "/hz/east/"}), false, false},
			{"an outlet whose name begins alike", f.as("x", access.Scope{OutletPath: "/hz/west/north/"}), false, false},
			{"the outlet at work, for another brand", f.as("y", access.Scope{OutletPath: "/hz/west/", Brands: []string{string(f.other)}}), false, false},
			{"somebody without a scope", f.as("z", access.Scope{}), false, false},
		} {
			f.wantSees(tt.ctx, tt.who, c, "冰箱", tt.ours)
			f.wantSees(tt.ctx, tt.who+" (the other brand's case)", theirs, "冰箱", tt.them)
		}

		notes, err := f.Notes(west, c.ID)
		if err != nil || len(notes) != 1 || notes[0].Clear != "请带四通阀" {
			t.Errorf("the outlet reads notes %+v, %v", notes, err)
		}
		f.must(f.AddNote(west, NoteInput{f.act(c.ID), "internal", "师傅请假"}))
		if notes, err = f.Notes(west, c.ID); err != nil || len(notes) != 2 {
			t.Errorf("the outlet reads %d notes with its own, %v", len(notes), err)
		}
		if work, err := f.WorkOf(west, c.ID); err != nil || len(work) != 1 || work[0].OutletPath != "/hz/west/" {
			t.Errorf("the outlet sees work %+v, %v", work, err)
		}
		f.attach(c.ID, "o2", "/sh/")
		if work, err := f.WorkOf(west, c.ID); err != nil || len(work) != 1 {
			t.Errorf("the outlet sees another's work: %+v, %v", work, err)
		}

		// Links show only what the reader sees.
		f.must(f.Link(f.ctx, LinkInput{f.act(c.ID), theirs.ID, "related"}))
		for who, ctx := range map[string]context.Context{"centre": f.ctx, "outlet": west} {
			links, err := f.Links(ctx, c.ID)
			if err != nil || len(links) == 1 != (who == "centre") {
				t.Errorf("the %s sees %d links, %v", who, len(links), err)
			}
		}

		// Acts on what one does not see are acts on nothing, also through another record.
		east := f.as("e", access.Scope{OutletPath: "/hz/east/"})
		brandB := f.as("o", access.Scope{OutletPath: "/", Brands: []string{string(f.other)}})
		for name, err := range map[string]error{
			"chase":       second(f.Chase(east, f.act(c.ID))),
			"note":        second(f.AddNote(brandB, NoteInput{f.act(c.ID), "shared", "x"})),
			"close":       second(f.Close(brandB, CloseInput{ActInput: f.act(c.ID)})),
			"watch":       f.Watch(east, c.ID, true),
			"wait":        second(f.Wait(brandB, WaitInput{f.act(c.ID, because("x")), "customer", ""})),
			"stage":       second(f.MoveStage(brandB, StageInput{ActInput: f.act(c.ID), Stage: StageProposal})),
			"classify":    second(f.Classify(east, ClassifyInput{ActInput: f.act(c.ID)})),
			"set safety":  second(f.SetSafety(brandB, SafetyInput{f.act(c.ID), Gas})),
			"reassign":    second(f.Assign(brandB, AssignInput{ActInput: f.act(c.ID), AssigneeID: "o"})),
			"merge":       second(f.Merge(brandB, MergeInput{f.act(c.ID), theirs.ID})),
			"link (from)": second(f.Link(brandB, LinkInput{f.act(c.ID), theirs.ID, "related"})),
		} {
			if !problem.Match(err, ErrNotFound) {
				t.Errorf("%s on a case out of sight = %v, want not found", name, err)
			}
		}
		for name, err := range map[string]error{
			"merge into":                   second(f.Merge(brandB, MergeInput{f.act(theirs.ID), c.ID})),
			"link to":                      second(f.Link(brandB, LinkInput{f.act(theirs.ID), c.ID, "related"})),
			"child of":                     second(f.Open(brandB, f.input(func(in *OpenInput) { in.BrandID, in.ParentID = f.other, c.ID }))),
			"their brand":                  second(f.Open(brandB, f.input())),
			"a person out of sight":        second(f.Open(east, f.input(func(in *OpenInput) { in.CustomerID = f.customer }))),
			"a unit out of sight":          second(f.Open(east, f.input(func(in *OpenInput) { in.UnitID = f.unit }))),
			"a person out of sight, later": second(f.Classify(brandB, ClassifyInput{ActInput: f.act(theirs.ID), CustomerID: f.customer})),
		} {
			if !problem.Match(err, problem.ErrInvalid) {
				t.Errorf("%s = %v, want a refused field", name, err)
			}
		}
	})
}

// TestOutletSight follows what an outlet sees of a case through offer, decline, work and the time after.
func TestOutletSight(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		c := f.open(func(in *OpenInput) { in.Summary = "油烟机异响"; in.UnitID = f.unit })
		outlet := func(path string) context.Context { return f.as("m", access.Scope{OutletPath: path}) }
		knows := func(path string) bool { // the customer and the unit come with the case
			t.Helper()
			ctx := outlet(path)
			people, err := f.cust.Visible(ctx, d, []customers.ID{f.customer})
			if err != nil {
				t.Fatal(err)
			}
			list, err := f.things.List(ctx, units.Filter{Limit: 10})
			if err != nil {
				t.Fatal(err)
			}
			if people[f.customer] != (len(list) == 1) {
				t.Errorf("%s sees the person: %v, the unit: %v", path, people[f.customer], len(list) == 1)
			}
			return people[f.customer]
		}
		sees := func(when, path string, want bool) {
			t.Helper()
			f.wantSees(outlet(path), when+" "+path, f.get(c.ID), "油烟机", want)
			if got := knows(path); got != want {
				t.Errorf("%s %s knows person and unit: %v, want %v", when, path, got, want)
			}
		}
		sees("before the offer", "/hz/a/", false)
		f.attach(c.ID, "o1", "/")
		sees("while nobody has it", "/hz/a/", false)
		f.attach(c.ID, "o1", "/hz/a/")
		sees("offered", "/hz/a/", true)
		sees("offered to another", "/hz/b/", false)
		f.detach(c.ID, "o1", "/hz/a/")
		sees("declined", "/hz/a/", false)
		f.want(c.ID, Serving) // the order goes on to the next
		f.attach(c.ID, "o1", "/hz/b/")
		sees("offered next", "/hz/b/", true)
		f.attach(c.ID, "o2", "/hz/b/")
		f.detach(c.ID, "o2", "/hz/b/")
		sees("one of two given back", "/hz/b/", true)
		if w, _, err := summary(f.ctx, d, c.ID); err != nil || w != (work{live: 2, unended: 2}) {
			t.Errorf("two orders, offered five times, count as %+v, %v", w, err)
		}
		f.done(c.ID, "o2", false)
		f.end(c.ID, "o2")
		f.done(c.ID, "o1", true)
		f.end(c.ID, "o1")
		f.want(c.ID, Verifying)
		sees("after the work", "/hz/b/", true)
		sees("after the work of another", "/hz/a/", false)
		f.must(f.Close(f.ctx, CloseInput{ActInput: f.act(c.ID)}))
		f.advance(OutletKeeps - time.Minute)
		sees("on the last day", "/hz/b/", true)
		f.advance(2 * time.Minute)
		sees("after 180 days", "/hz/b/", false)
		f.wantSees(f.ctx, "the centre", f.get(c.ID), "油烟机", true)

		// What an outlet opened it sees without any work on it.
		own := f.must(f.Open(outlet("/hz/c/"), f.input(func(in *OpenInput) { in.Summary = "门店报修" })))
		if own.OutletPath != "/hz/c/" {
			t.Errorf("opened by %s", own.OutletPath)
		}
		f.wantSees(outlet("/hz/c/"), "who opened it", own, "门店", true)
		f.wantSees(outlet("/hz/a/"), "another", own, "门店", false)
		if w, _, err := summary(f.ctx, d, own.ID); err != nil || w != (work{}) {
			t.Errorf("an opening counts as work: %+v, %v", w, err)
		}

		// A person who becomes known later is shown to those at work.
		late := f.open(func(in *OpenInput) { in.Summary = "不知道是谁" })
		f.attach(late.ID, "o7", "/hz/d/")
		if knows("/hz/d/") {
			t.Error("the outlet knows a person nobody named")
		}
		f.must(f.Classify(f.ctx, ClassifyInput{ActInput: f.act(late.ID), UnitID: f.unit}))
		if !knows("/hz/d/") {
			t.Error("the outlet at work does not know who it is")
		}
		again := f.open(func(in *OpenInput) { in.Summary = "还是不知道" })
		f.attach(again.ID, "o8", "/hz/e/")
		f.tx(func(ctx context.Context, tx *db.Tx) error {
			for range 2 {
				if err := f.SetUnitTx(ctx, tx, again.ID, f.unit, f.customer); err != nil {
					return err
				}
			}
			return nil
		})
		if got := f.get(again.ID); got.UnitID != f.unit || got.CustomerID != f.customer || !knows("/hz/e/") {
			t.Errorf("found on site: unit %q, customer %q, known to the outlet %v", got.UnitID, got.CustomerID, knows("/hz/e/"))
		}
		err := db.InTx0(f.ctx, d, func(ctx context.Context, tx *db.Tx) error {
			return f.WorkDoneTx(ctx, tx, again.ID, "order", "none", true, tx.Now())
		})
		if !problem.Match(err, ErrWork) {
			t.Errorf("done with work that is none = %v", err)
		}
	})
}

func TestQueuePages(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		past := access.From(f.ctx)
		past.Origin = access.History
		for i := range 25 {
			ctx := f.ctx
			if i%5 == 0 {
				ctx = access.With(f.ctx, past) // history has no deadline and sorts last
			}
			in := f.input(func(in *OpenInput) { in.Impact, in.Urgency = Level(1+i%3), Level(1+i%2) })
			if i%4 == 0 {
				in.AssigneeID = "u1"
			}
			f.must(f.Open(ctx, in))
		}
		closed := f.verifying()
		f.must(f.Close(f.ctx, CloseInput{ActInput: f.act(closed.ID)}))
		for _, tt := range []struct {
			queue string
			want  int
		}{{"all", 25}, {"mine", 7}, {"unassigned", 18}, {"recent", 26}} {
			var got []Case
			flt := Filter{Queue: tt.queue, Limit: 4}
			for range 20 {
				page, err := f.List(f.ctx, flt)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, page...)
				if len(page) < flt.Limit {
					break
				}
				last := page[len(page)-1]
				flt.HasAfter, flt.AfterID, flt.AfterDue = true, last.ID, noDue
				if tt.queue == "recent" {
					flt.AfterDue = last.CreatedAt.UnixMicro()
				} else if last.NextDueAt != nil {
					flt.AfterDue = last.NextDueAt.UnixMicro()
				}
			}
			ids := map[ID]bool{}
			for i, c := range got {
				ids[c.ID] = true
				if i == 0 || tt.queue == "recent" {
					continue
				}
				a, b := got[i-1].NextDueAt, c.NextDueAt
				if a == nil && b != nil || a != nil && b != nil && b.Before(*a) {
					t.Errorf("%s: %v stands before %v", tt.queue, a, b)
				}
			}
			if len(got) != tt.want || len(ids) != tt.want {
				t.Errorf("%s: %d rows, %d different, want %d", tt.queue, len(got), len(ids), tt.want)
			}
			if tt.queue == "all" && got[len(got)-1].NextDueAt != nil {
				t.Error("cases without a deadline do not stand last")
			}
		}
		for name, flt := range map[string]Filter{
			"state":    {Queue: "recent", States: []State{Closed}},
			"number":   {Queue: "recent", Number: closed.Number},
			"customer": {Queue: "recent", CustomerID: "none"},
			"type":     {Queue: "recent", Type: Complaint},
		} {
			flt.Limit = 50
			list, err := f.List(f.ctx, flt)
			if want := map[string]int{"state": 1, "number": 1}[name]; err != nil || len(list) != want {
				t.Errorf("filtered by %s: %d, %v; want %d", name, len(list), err, want)
			}
		}
	})
}

func TestSearch(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		a := f.open(func(in *OpenInput) {
			in.Summary, in.Detail = "燃气热水器忽冷忽热", "电话13900001111,型号JSQ-16"
		})
		b := f.open(func(in *OpenInput) { in.Summary, in.ExternalID = "洗衣机不排水", "TMALL-889900" })
		for text, want := range map[string][]ID{
			"热水": {a.ID}, "冷忽": {a.ID}, "忽冷忽热": {a.ID}, "排水": {b.ID}, "jsq": {a.ID}, "JSQ-16": {a.ID}, a.Number: {a.ID},
			"TMALL-889900": {b.ID}, "13900001111": {}, "1111": {}, "空调": {}, "": {},
		} {
			list, total, more, err := f.Search(f.ctx, text, 10)
			got := []ID{}
			for _, c := range list {
				got = append(got, c.ID)
			}
			if err != nil || !slices.Equal(got, want) || total != len(want) || more {
				t.Errorf("search %q = %d of %d, %v; want %d", text, len(got), total, err, len(want))
			}
		}
	})
}
