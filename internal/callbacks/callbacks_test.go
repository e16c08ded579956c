package callbacks

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"anxin/internal/cases"
	"anxin/internal/cases/casestest"
	"anxin/internal/catalog"
	"anxin/internal/entitlement"
	"anxin/internal/orders"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/events"
	"anxin/internal/platform/notify"
	"anxin/internal/platform/problem"
)

// tell hands an order's completion to callbacks, as the bus does: at least once, so twice.
func (f *fixture) tell(o orders.Order, at time.Time) {
	f.T.Helper()
	ev := orders.Completed{Fact: orders.Fact{Head: events.Head{ID: string(o.ID), Version: o.Version, OccurredAt: at}}}
	for range 2 {
		f.Must(f.cb.onCompleted(access.AsSystem(f.Ctx, "events"), ev))
	}
}

// asked finishes an order and returns the question about it.
func (f *fixture) asked() (orders.Order, Callback) {
	f.T.Helper()
	o, _ := f.Completed()
	f.tell(o, f.DB.Now())
	return o, f.only(o.ID)
}

func (f *fixture) only(id orders.ID) Callback {
	f.T.Helper()
	list, err := f.cb.List(f.Ctx, Filter{OrderID: id, Limit: 10})
	f.Must(err)
	if len(list) != 1 {
		f.T.Fatalf("%d callbacks of the order, want 1", len(list))
	}
	return list[0]
}

func (f *fixture) record(id ID, class Class, change ...func(*AnswerInput)) (Callback, error) {
	in := AnswerInput{ID: id, Class: class, Seconds: 60}
	for _, c := range change {
		c(&in)
	}
	return f.cb.Record(f.As(access.RoleAgent, "/"), in)
}

func (f *fixture) order(id orders.ID) orders.Order {
	f.T.Helper()
	o, err := f.Find(f.Ctx, f.DB, id)
	f.Must(err)
	return o
}

// TestTriggers: the table of who is asked after what, how and when.
func TestTriggers(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("UTC+8", 8*3600)
	local := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, zone) }
	no := time.Time{}
	for _, tt := range []struct {
		cause       Cause
		done        time.Time
		call        time.Time // of who is called
		remind      time.Time // of who is called
		ask, giveUp time.Time // of who is asked by link only
		voice       int
	}{
		{Installed, local(23, 10, 0), local(24, 10, 0), local(23, 12, 0), local(23, 12, 0), local(24, 12, 0), 100},
		{Installed, local(23, 19, 0), local(24, 19, 0), local(24, 9, 0), local(24, 9, 0), local(25, 9, 0), 100}, // 21:00 is too late to disturb
		{Repaired, local(23, 15, 30), local(24, 15, 30), no, local(24, 15, 30), local(27, 15, 30), 25},
		{Repaired, local(23, 20, 0), local(25, 9, 0), no, local(25, 9, 0), local(28, 9, 0), 25}, // the hour at which calls end is over
		{PaidRepair, local(23, 15, 30), local(24, 15, 30), no, local(23, 15, 30), local(24, 15, 30), 100},
		{RepeatCheck, local(1, 10, 0), local(32, 10, 0), local(31, 10, 0), local(31, 10, 0), local(38, 10, 0), 25},
		{Exchanged, local(23, 10, 0), local(26, 10, 0), no, local(26, 10, 0), local(29, 10, 0), 0},
		{OtherWork, local(23, 6, 0), local(24, 9, 0), no, local(24, 9, 0), local(27, 9, 0), 25}, // before the hours
		{OrderCancelled, local(23, 11, 0), local(23, 15, 0), no, local(23, 11, 0), local(24, 11, 0), 100},
		{ComplaintEnded, local(23, 9, 0), local(24, 9, 0), no, local(23, 9, 0), local(24, 9, 0), 100},
		{Unhappy, local(23, 9, 30), local(23, 11, 30), no, local(23, 9, 30), local(24, 9, 30), 100},
		{Unhappy, local(23, 23, 0), local(24, 9, 0), no, local(24, 9, 0), local(25, 9, 0), 100},
		{Audit, local(23, 9, 30), local(23, 9, 30), no, local(23, 9, 30), local(24, 9, 30), 100},
	} {
		plan := func(called, linked, lot bool) Callback {
			c := Callback{ID: "c1", Cause: tt.cause}
			c.schedule(tt.done, called, linked, zone, func(_ string, percent int) bool {
				if percent != tt.voice {
					t.Errorf("%s: %d %% are called, want %d", tt.cause, percent, tt.voice)
				}
				return lot
			})
			return c
		}
		same := func(got *time.Time, want time.Time) bool {
			return got == nil && want.IsZero() || got != nil && got.Equal(want)
		}
		if c := plan(true, true, true); !c.ByCall || !c.DueAt.Equal(tt.call) || !same(c.RemindAt, tt.remind) || c.GiveUpAt != nil {
			t.Errorf("%s done at %s: called %v at %s, message %v, given up %v; want %s, %s, never", tt.cause, tt.done, c.ByCall, c.DueAt.In(zone), c.RemindAt, c.GiveUpAt, tt.call, tt.remind)
		}
		if c := plan(true, true, false); c.ByCall || !c.DueAt.Equal(tt.ask) || !same(c.GiveUpAt, tt.giveUp) {
			t.Errorf("%s done at %s, not drawn: called %v, asked %s, given up %v; want no, %s, %s", tt.cause, tt.done, c.ByCall, c.DueAt.In(zone), c.GiveUpAt, tt.ask, tt.giveUp)
		}
		if c := plan(true, false, false); !c.ByCall || c.RemindAt != nil {
			t.Errorf("%s: whom no message reaches is called %v, message %v; want a call", tt.cause, c.ByCall, c.RemindAt)
		}
		if c := plan(false, true, true); c.ByCall || c.GiveUpAt == nil {
			t.Errorf("%s: who may not be called is called %v, given up %v", tt.cause, c.ByCall, c.GiveUpAt)
		}
	}
	n := 0
	for i := range 4000 {
		if sampled(fmt.Sprintf("repaired:S2611-%06d", i), 25) {
			n++
		}
	}
	if n < 880 || n > 1120 || sampled("x", 0) || !sampled("x", 100) {
		t.Errorf("%d of 4000 drawn at 25 %%, want about 1000; never at 0, always at 100", n)
	}
}

// TestClasses: the table of results of the trade.
func TestClasses(t *testing.T) {
	t.Parallel()
	want := map[Result][]Class{
		Positive: {10, 11, 20, 80}, Negative: {30, 31, 32, 33, 34, 35, 36, 37, 40, 41}, Declined: {60, 61}, NoResult: {50, 51, 52, 53, 54, 70, 90},
	}
	got := map[Result][]Class{}
	for _, c := range Classes {
		got[c.Result] = append(got[c.Result], c.Class)
		if valid := c.Class < 50 || c.Class == 80; c.Valid != valid {
			t.Errorf("class %d valid %v, want %v", c.Class, c.Valid, valid)
		}
		if counts := c.Class >= 50 && c.Class <= 54; c.Counts != counts {
			t.Errorf("class %d counts as an attempt in vain %v, want %v", c.Class, c.Counts, counts)
		}
		if c.Suspic != (c.Class == 40 || c.Class == 41) || c.Class.Satisfied() != (c.Class == 10 || c.Class == 11) {
			t.Errorf("class %d: suspicious %v, satisfied %v", c.Class, c.Suspic, c.Class.Satisfied())
		}
	}
	for r, list := range want {
		slices.Sort(got[r])
		if !slices.Equal(got[r], list) {
			t.Errorf("result %q has classes %v, want %v", r, got[r], list)
		}
	}
	for score, class := range map[int64]Class{5: 10, 4: 11, 3: 20, 2: 31, 1: 31, 0: 0} {
		if got := classOfScore(score); got != class {
			t.Errorf("a score of %d is class %d, want %d", score, got, class)
		}
	}
}

func TestAskedOnceAfterTheWork(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o, c := f.asked()
		if c.Cause != PaidRepair || !c.ByCall || c.State != Due || c.OutletPath != f.Hz.Path || c.BrandID != f.One || c.CaseID != o.CaseID {
			t.Errorf("callback = %+v, want a paid repair of /hz/ and brand one, due for a call", c)
		}
		if want := inCallHours(d.Now().Add(24*time.Hour), f.cb.zone); !c.DueAt.Equal(want) {
			t.Errorf("due at %s, want %s", c.DueAt, want)
		}
		if _, err := f.record(c.ID, 10); err != nil {
			t.Fatal(err)
		}
		f.tell(o, *o.CompletedAt) // the event comes once more after the answer
		if got := f.only(o.ID); got.State != Answered {
			t.Errorf("after the event came again: %s, want answered and no second question", got.State)
		}
		if got := f.order(o.ID); got.Callback != orders.CallbackPositive {
			t.Errorf("the order heard %q, want positive", got.Callback)
		}
		// History and replays are never asked about.
		f.newCase()
		o2 := f.Open()
		for _, origin := range []access.Origin{access.History, access.Replay} {
			a := access.System("events")
			a.Origin = origin
			f.Must(f.cb.onCompleted(access.With(t.Context(), a), orders.Completed{Fact: orders.Fact{Head: events.Head{ID: string(o2.ID)}}}))
		}
		if list, err := f.cb.List(f.Ctx, Filter{OrderID: o2.ID, Limit: 5}); err != nil || len(list) != 0 {
			t.Errorf("history and replay made %d callbacks (%v)", len(list), err)
		}
	})
}

func TestAttempts(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o, c := f.asked()
		f.Advance(30 * time.Hour)
		began := d.Now()
		c, err := f.record(c.ID, 50)
		f.Must(err)
		if c.State != Attempted || c.Attempts != 1 || !c.DueAt.Equal(inCallHours(began.Add(24*time.Hour), f.cb.zone)) {
			t.Errorf("after the first: %s, %d attempts, due %s", c.State, c.Attempts, c.DueAt)
		}
		// Somebody else answered: reached, but not in vain.
		c, err = f.record(c.ID, 70)
		f.Must(err)
		if c.State != Attempted || c.Attempts != 1 {
			t.Errorf("another person answered: %s, %d attempts; want attempted, 1", c.State, c.Attempts)
		}
		if h := c.DueAt.In(f.cb.zone).Hour(); h < callFrom || h >= callUntil {
			t.Errorf("the next call is due at %d o'clock", h)
		}
		in := func(op string) func(*AnswerInput) { return func(a *AnswerInput) { a.OperationID = op } }
		c, err = f.record(c.ID, 51, in("op-2"))
		f.Must(err)
		again, err := f.record(c.ID, 51, in("op-2"))
		f.Must(err)
		if again.Attempts != 2 || again.Version != c.Version {
			t.Errorf("the same operation twice: %d attempts, version %d; want 2, %d", again.Attempts, again.Version, c.Version)
		}
		c, err = f.record(c.ID, 54)
		f.Must(err)
		if c.State != Unreachable || c.EndedAt == nil {
			t.Errorf("after the third in vain: %s, want unreachable", c.State)
		}
		if got := f.order(o.ID); got.Callback != orders.CallbackWaived {
			t.Errorf("the order heard %q, want waived", got.Callback)
		}
		if _, err := f.record(c.ID, 50); !problem.Match(err, ErrState) {
			t.Errorf("a fourth attempt: %v, want %v", err, ErrState)
		}
		list, err := f.cb.Attempts(f.Ctx, c.ID)
		f.Must(err)
		var classes []Class
		for _, a := range list {
			classes = append(classes, a.Class)
		}
		if !slices.Equal(classes, []Class{50, 70, 51, 54}) {
			t.Errorf("attempts %v, want 50, 70, 51, 54", classes)
		}
		want := []string{"callback.due.v1", "callback.attempted.v1", "callback.attempted.v1", "callback.attempted.v1", "callback.unreachable.v1"}
		if got := f.Topics("callback", string(c.ID)); !slices.Equal(got, want) {
			t.Errorf("events %v, want %v", got, want)
		}
	})
}

func TestResults(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		for _, tt := range []struct {
			class    Class
			state    State
			order    orders.State
			heard    orders.Opinion
			caseGoes cases.State
			flags    string
		}{
			{10, Answered, orders.StatePosted, orders.CallbackPositive, cases.Closed, ""},
			{20, Answered, orders.StatePosted, orders.CallbackPositive, cases.Closed, ""},
			{33, Answered, orders.StatePosted, orders.CallbackNegative, cases.Diagnosing, ""},
			{40, Answered, orders.StateIncomplete, orders.CallbackNone, cases.Serving, "false_report"},
			{41, Answered, orders.StateIncomplete, orders.CallbackNone, cases.Serving, "false_report"},
			{60, Refused, orders.StatePosted, orders.CallbackWaived, cases.Verifying, ""},
		} {
			f.newCase()
			o, c := f.asked()
			got, err := f.record(c.ID, tt.class)
			if err != nil {
				t.Fatalf("class %d: %v", tt.class, err)
			}
			if got.State != tt.state || got.Flags != tt.flags {
				t.Errorf("class %d: %s, flags %q; want %s, %q", tt.class, got.State, got.Flags, tt.state, tt.flags)
			}
			if o := f.order(o.ID); o.State != tt.order || o.Callback != tt.heard {
				t.Errorf("class %d: the order is %s and heard %q; want %s, %q", tt.class, o.State, o.Callback, tt.order, tt.heard)
			}
			if s := f.CaseState(); s != tt.caseGoes {
				t.Errorf("class %d: the case is %s, want %s", tt.class, s, tt.caseGoes)
			}
		}
		_, c := func() (orders.Order, Callback) { f.newCase(); return f.asked() }()
		for name, in := range map[string]AnswerInput{
			"unknown class": {ID: c.ID, Class: 99}, "score": {ID: c.ID, Class: 10, Score: 6}, "amount": {ID: c.ID, Class: 10, AskedAmount: new(int64(-1))},
			"note": {ID: c.ID, Class: 10, Act: access.Act{Note: strings.Repeat("很", maxNote+1)}},
		} {
			if _, err := f.cb.Record(f.As(access.RoleAgent, "/"), in); problem.CodeOf(err).Kind != problem.Invalid {
				t.Errorf("%s: %v, want a refused field", name, err)
			}
		}
		if got := f.only(c.OrderID); got.State != Due || got.Version != c.Version {
			t.Errorf("refused input changed the callback: %s, version %d", got.State, got.Version)
		}
	})
}

// TestLink: the customer's own answer, what a call makes of it, and when the two contradict each other.
func TestLink(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		_, c := f.asked()
		nobody := access.With(t.Context(), access.Actor{Kind: access.Link, ID: "l1"})
		if _, err := f.cb.AnswerByLink(nobody, AnswerInput{ID: c.ID, Class: 50}); problem.CodeOf(err).Kind != problem.Invalid {
			t.Errorf("an attempt by link: %v, want a refused class", err)
		}
		got, err := f.cb.AnswerByLink(nobody, AnswerInput{ID: c.ID, Score: 5, Seconds: 2})
		f.Must(err)
		if got.State != Answered || got.Class != 10 || !got.ByLink || got.Flags != "too_fast" {
			t.Errorf("a score of 5 in two seconds: %+v", got)
		}
		if _, err := f.cb.AnswerByLink(nobody, AnswerInput{ID: c.ID, Score: 1}); !problem.Match(err, ErrNoLink) {
			t.Errorf("the link again: %v, want %v", err, ErrNoLink)
		}
		got, err = f.record(c.ID, 41)
		f.Must(err)
		if got.Class != 41 || got.ByLink || got.Result != Negative {
			t.Errorf("the call outranks the link: %+v", got)
		}
		topics := f.Topics("callback", string(c.ID))
		if n := len(topics); n < 2 || topics[n-1] != "callback.contradicted.v1" {
			t.Errorf("events %v, want the last to be the contradiction", topics)
		}
		if s := f.CaseState(); s != cases.Serving {
			t.Errorf("after 'no visit happened' the case is %s, want serving", s)
		}

		f.newCase()
		o, c := f.asked()
		got, err = f.cb.AnswerByLink(nobody, AnswerInput{ID: c.ID, Score: 2})
		f.Must(err)
		list, err := f.cb.List(f.Ctx, Filter{OrderID: o.ID, Open: true, Limit: 5})
		f.Must(err)
		if got.Class != 31 || len(list) != 1 || list[0].Cause != Unhappy {
			t.Fatalf("unhappy by link: class %d and open %+v; want 31 and a person's call", got.Class, list)
		}
		if want := inCallHours(d.Now().Add(2*time.Hour), f.cb.zone); !list[0].DueAt.Equal(want) {
			t.Errorf("the person calls at %s, want %s", list[0].DueAt, want)
		}
		open, ok, err := f.cb.OpenOf(f.Ctx, o.ID)
		if err != nil || !ok || open.ID != c.ID {
			t.Errorf("the link asks about %s (%v, %v), want the customer's own question %s", open.ID, ok, err, c.ID)
		}
	})
}

// TestScope: another brand's agent and another outlet see nothing; nobody of an outlet asks about its work;
// who handled a complaint does not ask about it.
func TestScope(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		_, c := f.asked()
		for name, tt := range map[string]struct {
			ctx  context.Context
			sees bool
		}{
			"centre":        {f.As(access.RoleAgent, "/"), true},
			"own brand":     {f.As(access.RoleAgent, "/", f.One), true},
			"other brand":   {f.As(access.RoleAgent, "/", f.Two), false},
			"the outlet":    {f.As(access.RoleOutletManager, f.Hz.Path), true},
			"other outlet":  {f.As(access.RoleOutletManager, f.Sh.Path), false},
			"outlet, brand": {f.As(access.RoleOutletManager, f.Hz.Path, f.Two), false},
		} {
			_, err := f.cb.Get(tt.ctx, c.ID)
			if tt.sees && err != nil || !tt.sees && !problem.Match(err, ErrNotFound) {
				t.Errorf("%s: Get = %v, sees %v", name, err, tt.sees)
			}
			list, err := f.cb.List(tt.ctx, Filter{Limit: 10})
			if err != nil || (len(list) == 1) != tt.sees {
				t.Errorf("%s: list of %d (%v), sees %v", name, len(list), err, tt.sees)
			}
			if _, err := f.cb.Attempts(tt.ctx, c.ID); (err == nil) != tt.sees {
				t.Errorf("%s: Attempts = %v, sees %v", name, err, tt.sees)
			}
		}
		if _, err := f.cb.Record(f.As(access.RoleAgent, "/", f.Two), AnswerInput{ID: c.ID, Class: 10}); !problem.Match(err, ErrNotFound) {
			t.Errorf("another brand's agent records: %v, want %v", err, ErrNotFound)
		}
		if _, err := f.cb.Record(f.As(access.RoleAgent, f.Hz.Path), AnswerInput{ID: c.ID, Class: 10}); !problem.Match(err, ErrSameSide) {
			t.Errorf("somebody of the outlet records: %v, want %v", err, ErrSameSide)
		}
		if _, err := f.cb.Record(f.As(access.RoleOutletManager, "/"), AnswerInput{ID: c.ID, Class: 10}); problem.CodeOf(err).Kind != problem.Forbidden {
			t.Errorf("without the permission: %v, want forbidden", err)
		}

		handler := access.From(f.As(access.RoleAgent, "/")).ID
		k, err := f.Cases.Open(f.Ctx, cases.OpenInput{Type: cases.Complaint, BrandID: f.One, CustomerID: f.Customer.ID, Channel: cases.Phone, Summary: "师傅态度差", AssigneeID: handler})
		f.Must(err)
		f.Must(db.InTx0(access.AsSystem(f.Ctx, "test"), d, func(ctx context.Context, tx *db.Tx) error {
			c, err = f.cb.planTx(ctx, tx, Callback{Cause: ComplaintEnded, CaseID: k.ID, BrandID: k.BrandID, OutletPath: "/", KeyID: k.KeyID}, tx.Now())
			return err
		}))
		if _, err := f.record(c.ID, 10); !problem.Match(err, ErrHandler) {
			t.Errorf("the complaint's handler asks: %v, want %v", err, ErrHandler)
		}
		if _, err := f.cb.Record(f.As(access.RoleQuality, "/"), AnswerInput{ID: c.ID, Class: 10}); err != nil {
			t.Errorf("another person asks about the complaint: %v", err)
		}
	})
}

func TestWaived(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o, c := f.asked()
		sys := access.AsSystem(f.Ctx, "events")
		for range 2 {
			f.Must(f.cb.onIncomplete(sys, orders.Incomplete{Fact: orders.Fact{Head: events.Head{ID: string(o.ID)}}}))
		}
		if got := f.only(o.ID); got.State != Waived || got.EndedAt == nil {
			t.Errorf("the order goes on: callback %s, want waived", got.State)
		}
		if got := f.Topics("callback", string(c.ID)); !slices.Equal(got, []string{"callback.due.v1", "callback.waived.v1"}) {
			t.Errorf("events %v, want due and waived once", got)
		}
		if _, err := f.record(c.ID, 10); !problem.Match(err, ErrState) {
			t.Errorf("an answer to a waived question: %v, want %v", err, ErrState)
		}
	})
}

// free makes the unit's repairs free of charge.
func (f *fixture) free() {
	f.T.Helper()
	_, err := f.Entitlement.Grant(f.Ctx, entitlement.GrantInput{
		Unit: f.Unit.ID, Kind: entitlement.ContractKind, Name: "全保", Lines: entitlement.LineKinds, Payer: catalog.PayBrand, Share: 100,
		Starts: calendar.NewDate(2026, 1, 1), Ends: calendar.NewDate(2028, 12, 31),
	})
	f.Must(err)
}

// TestReminded: T07 goes with the work, T13 once when the question is due and the link stayed unused; who stays
// silent and is not called ends by itself, and the order posts.
func TestReminded(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.cb.drawn = func(_ string, percent int) bool { return percent == 100 } // who is called anyway
		f.free()
		o, c := f.asked()
		if c.Cause != Repaired || c.ByCall || c.GiveUpAt == nil {
			t.Fatalf("%s, called %v, given up %v; want a repair asked about by link only", c.Cause, c.ByCall, c.GiveUpAt)
		}
		sys := access.AsSystem(f.Ctx, "jobs")
		duties := func() (messages, calls int) {
			t.Helper()
			for range 2 {
				f.Must(f.cb.Remind(sys))
				f.Must(f.cb.EndSilent(sys))
			}
			list, err := f.Notify.OfRecord(t.Context(), d, "callback", string(c.ID))
			f.Must(err)
			open, err := f.cb.List(f.Ctx, Filter{Calls: true, Limit: 10})
			f.Must(err)
			links, err := f.cb.List(f.Ctx, Filter{Links: true, Limit: 10})
			f.Must(err)
			if still := f.only(o.ID).EndedAt == nil; (len(links) == 1) != still {
				t.Errorf("%d asked by link only, still asked %v", len(links), still)
			}
			return len(list), len(open)
		}
		for _, tt := range []struct {
			after    time.Duration
			messages int
			state    State
		}{
			{0, 1, Due}, {23 * time.Hour, 1, Due}, {2 * time.Hour, 2, Due}, {70 * time.Hour, 2, Due}, {3 * time.Hour, 2, Waived},
		} {
			f.Advance(tt.after)
			if n, calls := duties(); n != tt.messages || calls != 0 || f.only(o.ID).State != tt.state {
				t.Errorf("%s after the work: %d messages, %d to call, %s; want %d, none, %s", d.Now().Sub(*o.CompletedAt), n, calls, f.only(o.ID).State, tt.messages, tt.state)
			}
		}
		if got := f.order(o.ID); got.Callback != orders.CallbackWaived || got.State != orders.StatePosted {
			t.Errorf("after silence the order is %s and heard %q, want posted, waived", got.State, got.Callback)
		}
		if _, err := f.cb.AnswerByLink(f.Ctx, AnswerInput{ID: c.ID, Score: 5}); !problem.Match(err, ErrState) {
			t.Errorf("an answer after all: %v, want %v", err, ErrState)
		}
	})
}

// TestLasts: thirty days after a repair the customer is asked by link whether it still works. The posted order stays
// as it is; after a bad answer a person calls, even where it is too late to open the case again.
func TestLasts(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.cb.drawn = func(_ string, percent int) bool { return percent == 100 } // who is called anyway
		f.free()
		o, first := f.asked()
		_, err := f.cb.AnswerByLink(f.Ctx, AnswerInput{ID: first.ID, Score: 5})
		f.Must(err)
		sys := access.AsSystem(f.Ctx, "events")
		for range 2 {
			f.Must(f.cb.onPosted(sys, orders.Posted{Fact: orders.Fact{Head: events.Head{ID: string(o.ID), OccurredAt: d.Now()}}}))
		}
		of := func(cause Cause) (found []Callback) {
			t.Helper()
			list, err := f.cb.List(f.Ctx, Filter{OrderID: o.ID, Limit: 10})
			f.Must(err)
			for _, c := range list {
				if c.Cause == cause {
					found = append(found, c)
				}
			}
			return found
		}
		again := of(RepeatCheck)
		if len(again) != 1 || again[0].ByCall || !again[0].DueAt.Equal(inCallHours(o.CompletedAt.Add(30*24*time.Hour), f.cb.zone)) {
			t.Fatalf("repeat checks %+v, want one by link thirty days after the work", again)
		}
		if c, ok, err := f.cb.OpenOf(f.Ctx, o.ID); err != nil || !ok || c.ID != first.ID {
			t.Errorf("the order's page asks %s (%v), want the first question", c.ID, err)
		}
		f.Advance(30*24*time.Hour + time.Hour)
		f.Must(f.cb.Remind(sys))
		sent, err := f.Notify.OfRecord(t.Context(), d, "callback", string(again[0].ID))
		f.Must(err)
		if len(sent) != 1 || sent[0].Template != "T13" {
			t.Errorf("messages %+v, want T13", sent)
		}
		_, err = f.cb.AnswerByLink(f.Ctx, AnswerInput{ID: again[0].ID, Score: 1, Class: 31})
		f.Must(err)
		got := f.order(o.ID)
		if got.State != orders.StatePosted || got.Callback != orders.CallbackPositive {
			t.Errorf("the order is %s and heard %q, want posted and positive as before", got.State, got.Callback)
		}
		if s := f.CaseState(); s != cases.Closed {
			t.Errorf("too late to reopen, and the case is %s", s)
		}
		if calls := of(Unhappy); len(calls) != 1 || !calls[0].ByCall {
			t.Errorf("calls %+v, want one person's call", calls)
		}
	})
}

// TestPaid: what the customer says they paid is compared with what the system knows.
func TestPaid(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		_, c := f.asked()
		paid, err := f.cb.paidFor(f.Ctx, c)
		f.Must(err)
		if *paid <= 0 {
			t.Fatal("the repair costs nothing")
		}
		for amount, want := range map[int64]string{*paid: "", *paid + 5000: "paid_otherwise", 0: "paid_otherwise"} {
			f.newCase()
			_, c := f.asked()
			got, err := f.record(c.ID, 11, func(a *AnswerInput) { a.AskedAmount = &amount })
			f.Must(err)
			if got.Flags != want {
				t.Errorf("paid %d of %d: flags %q, want %q", amount, *paid, got.Flags, want)
			}
		}
	})
}

// TestAudit: of each outlet's work of last week so many are called that they are thirty, or all; the lot is drawn once.
func TestAudit(t *testing.T) {
	t.Parallel()
	monday := time.Date(2026, 11, 23, 0, 0, 0, 0, time.FixedZone("UTC+8", 8*3600))
	for _, now := range []time.Time{monday, monday.Add(time.Hour), monday.AddDate(0, 0, 7).Add(-time.Second)} {
		if from, to := lastWeek(now, monday.Location()); !to.Equal(monday) || !from.Equal(monday.AddDate(0, 0, -7)) {
			t.Errorf("at %s last week is %s to %s", now, from, to)
		}
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.cb.drawn = func(_ string, percent int) bool { return percent == 100 } // who is called anyway
		var done []orders.Order
		for range 3 {
			f.newCase()
			f.free()
			o, c := f.asked()
			if c.ByCall {
				t.Fatal("called anyway")
			}
			done = append(done, o)
		}
		f.cb.drawn = sampled
		f.newCase()
		f.asked() // a paid repair is called anyway
		sys := access.AsSystem(f.Ctx, "jobs")
		drawn := func() (ids []orders.ID) {
			t.Helper()
			for range 2 {
				f.Must(f.cb.Audit(sys))
			}
			list, err := f.cb.List(f.Ctx, Filter{Calls: true, Limit: 100})
			f.Must(err)
			for _, c := range list {
				if c.Cause == Audit {
					ids = append(ids, c.OrderID)
				}
			}
			slices.Sort(ids)
			return ids
		}
		if got := drawn(); len(got) != 0 {
			t.Errorf("%d drawn before the week is over", len(got))
		}
		f.Advance(7 * 24 * time.Hour)
		want := []orders.ID{}
		for _, o := range done {
			want = append(want, o.ID)
		}
		slices.Sort(want)
		if got := drawn(); !slices.Equal(got, want) {
			t.Errorf("drawn %v, want all that were not called: %v", got, want)
		}
		list, err := f.cb.List(f.Ctx, Filter{OrderID: want[0], Open: true, Calls: true, Limit: 5})
		f.Must(err)
		_, err = f.record(list[0].ID, 33)
		f.Must(err)
		if got := f.order(want[0]); got.Callback == orders.CallbackNegative {
			t.Error("a spot check changed what the order heard")
		}
		// Of many, thirty.
		many := make([]orders.Done, 40)
		for i := range many {
			many[i] = orders.Done{ID: orders.ID(fmt.Sprint("o", i)), OutletPath: "/none/"}
		}
		if err := f.cb.auditOutlet(sys, many, d.Now()); strings.Count(err.Error(), "\n") != auditPerOutlet-1 {
			t.Errorf("of 40 unknown orders %d were looked up, want %d", strings.Count(err.Error(), "\n")+1, auditPerOutlet)
		}
	})
}

// newCase starts over with a new unit and case of the same customer.
func (f *fixture) newCase() {
	f.T.Helper()
	f.Advance(time.Hour)
	f.NewUnit(f.One)
	f.CaseID = f.OpenCase(f.One, f.Customer.ID, f.Unit.ID)
}

// TestRules: the service type's rule in the catalogue decides what is asked, and whether.
func TestRules(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		snap, err := f.Catalog.Current(f.Ctx, d)
		f.Must(err)
		for service, want := range map[catalog.ServiceTypeCode]Cause{
			"INST": Installed, "DELINST": Installed, "MOVE": Installed, "REP": Repaired, "REREP": Repaired, "MAINT": Repaired, "EXCH": Exchanged, "RETPICK": Exchanged,
			"CARE": OtherWork, "SURVEY": "", "INSPECT": "", "NOPE": OtherWork,
		} {
			if got := causeOf(snap, orders.Order{ServiceType: service}); got != want {
				t.Errorf("%s: %q, want %q", service, got, want)
			}
		}
		// A firm that asks nobody about repairs: the order posts at once.
		rule := catalog.CallbackNone
		st, ok := snap.ServiceType("REP")
		if !ok {
			t.Fatal("no repairs in the catalogue")
		}
		_, err = f.Catalog.EditServiceType(f.Ctx, catalog.EditServiceTypeInput{Code: "REP", Version: st.Version, CallbackRule: &rule})
		f.Must(err)
		o, _ := f.Completed()
		f.tell(o, d.Now())
		list, err := f.cb.List(f.Ctx, Filter{OrderID: o.ID, Limit: 5})
		f.Must(err)
		if got := f.order(o.ID); len(list) != 0 || got.Callback != orders.CallbackWaived || got.State != orders.StatePosted {
			t.Errorf("%d questions, the order is %s and heard %q; want none, posted, waived", len(list), got.State, got.Callback)
		}
	})
}

// TestNeverCall: who asks not to be called gets no survey any more, and is told about work all the same.
func TestNeverCall(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		waits, other := f.asked()
		f.newCase()
		_, c := f.asked()
		got, err := f.record(c.ID, 61)
		f.Must(err)
		if got := f.only(waits.ID); got.State != Waived || f.order(waits.ID).Callback != orders.CallbackWaived {
			t.Errorf("another question to the same customer is %s, its order heard %q; want both waived", got.State, f.order(waits.ID).Callback)
		}
		f.newCase()
		if _, c := f.asked(); c.ByCall || c.ID == other.ID {
			t.Error("who asked not to be called is on the list of calls again")
		}
		if got.State != Refused {
			t.Errorf("asked not to be called: %s, want refused", got.State)
		}
		queued := func(template string) notify.Logged {
			t.Helper()
			id, err := db.InTx(f.Ctx, d, func(ctx context.Context, tx *db.Tx) (notify.ID, error) {
				return f.Notify.QueueTx(ctx, tx, notify.Message{
					Template: template, Phone: casestest.Phone, RecordKind: "test", RecordID: template, KeyID: f.Customer.KeyID, Lang: "zh-CN",
					Params: map[string]any{"brand": "安然", "url": "https://anxin.test/l/x", "no": "C1", "service": "维修", "minutes": 30, "hotline": "400"},
				})
			})
			f.Must(err)
			list, err := f.Notify.OfRecord(t.Context(), d, "test", template)
			f.Must(err)
			if len(list) != 1 || list[0].ID != id {
				t.Fatalf("%d messages of %s", len(list), template)
			}
			return list[0]
		}
		if m := queued("T13"); m.State != notify.Suppressed {
			t.Errorf("a survey to who wants none is %s (%s), want it suppressed", m.State, m.Reason)
		}
		if m := queued("T01"); m.State == notify.Suppressed {
			t.Errorf("a message about work is suppressed: %s", m.Reason)
		}
	})
}

// TestNamed: rows of a list carry the case's number and the masked name, and only what the reader may see.
func TestNamed(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		_, c := f.asked()
		k, err := f.Cases.Find(f.Ctx, d, c.CaseID)
		f.Must(err)
		for name, tt := range map[string]struct {
			ctx              context.Context
			number, customer string
		}{
			"agent":           {f.As(access.RoleAgent, "/"), k.Number, f.Customer.MaskedName()},
			"other brand":     {f.As(access.RoleAgent, "/", f.Two), "", ""},
			"without reading": {access.With(t.Context(), access.Actor{Kind: access.User, ID: "u", Permissions: access.Set{permRead: true}, Scope: access.Everything}), k.Number, ""},
		} {
			rows := []callbackBody{bodyOf(c)}
			f.Must(f.cb.name(tt.ctx, rows))
			if rows[0].Number != tt.number || rows[0].Customer != tt.customer || strings.Contains(rows[0].Customer, casestest.Name) {
				t.Errorf("%s: %q %q, want %q %q", name, rows[0].Number, rows[0].Customer, tt.number, tt.customer)
			}
		}
	})
}
