package callbacks

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/orders"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/events"
	"anxin/internal/platform/notify"
	"anxin/internal/platform/problem"
)

// tell hands an order's completion to callbacks, as the bus does: at least once, so twice.
func (f *fixture) tell(o orders.Order, at time.Time) {
	f.t.Helper()
	ev := orders.Completed{Fact: orders.Fact{Head: events.Head{ID: string(o.ID), Version: o.Version, OccurredAt: at}}}
	for range 2 {
		f.must(f.cb.onCompleted(access.AsSystem(f.ctx, "events"), ev))
	}
}

// asked finishes an order and returns the question about it.
func (f *fixture) asked() (orders.Order, Callback) {
	f.t.Helper()
	o, _ := f.completed()
	f.tell(o, f.d.Now())
	return o, f.only(o.ID)
}

func (f *fixture) only(id orders.ID) Callback {
	f.t.Helper()
	list, err := f.cb.List(f.ctx, Filter{OrderID: id, Limit: 10})
	f.must(err)
	if len(list) != 1 {
		f.t.Fatalf("%d callbacks of the order, want 1", len(list))
	}
	return list[0]
}

func (f *fixture) record(id ID, class Class, change ...func(*AnswerInput)) (Callback, error) {
	in := AnswerInput{ID: id, Class: class, Seconds: 60}
	for _, c := range change {
		c(&in)
	}
	return f.cb.Record(f.as(access.RoleAgent, "/"), in)
}

func (f *fixture) order(id orders.ID) orders.Order {
	f.t.Helper()
	o, err := f.Find(f.ctx, f.d, id)
	f.must(err)
	return o
}

// TestTriggers: the table of who is asked after what, and when.
func TestTriggers(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("UTC+8", 8*3600)
	local := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, zone) }
	for _, tt := range []struct {
		cause Cause
		done  time.Time
		want  time.Time
	}{
		{Installed, local(23, 10, 0), local(23, 12, 0)},
		{Installed, local(23, 19, 0), local(24, 9, 0)}, // 21:00 is too late to call
		{Repaired, local(23, 15, 30), local(24, 15, 30)},
		{Repaired, local(23, 20, 0), local(25, 9, 0)}, // the hour at which calls end is over
		{Exchanged, local(23, 10, 0), local(26, 10, 0)},
		{OtherWork, local(23, 6, 0), local(24, 9, 0)}, // before the hours
		{OrderCancelled, local(23, 11, 0), local(23, 15, 0)},
		{ComplaintEnded, local(23, 9, 0), local(24, 9, 0)},
		{Unhappy, local(23, 9, 30), local(23, 11, 30)},
		{Unhappy, local(23, 23, 0), local(24, 9, 0)},
	} {
		trigger, ok := Triggers[tt.cause]
		if !ok || trigger.Sample != 100 {
			t.Errorf("%s: trigger %+v, want a sample of 100 %%", tt.cause, trigger)
		}
		if got := inCallHours(tt.done.Add(trigger.After), zone); !got.Equal(tt.want) {
			t.Errorf("%s done at %s: asked at %s, want %s", tt.cause, tt.done, got.In(zone), tt.want)
		}
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
		if c.Cause != Repaired || c.State != Due || c.OutletPath != f.hz.Path || c.BrandID != f.one || c.CaseID != o.CaseID {
			t.Errorf("callback = %+v, want a repair of /hz/ and brand one, due", c)
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
		o2 := f.create()
		for _, origin := range []access.Origin{access.History, access.Replay} {
			a := access.System("events")
			a.Origin = origin
			f.must(f.cb.onCompleted(access.With(t.Context(), a), orders.Completed{Fact: orders.Fact{Head: events.Head{ID: string(o2.ID)}}}))
		}
		if list, err := f.cb.List(f.ctx, Filter{OrderID: o2.ID, Limit: 5}); err != nil || len(list) != 0 {
			t.Errorf("history and replay made %d callbacks (%v)", len(list), err)
		}
	})
}

func TestAttempts(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o, c := f.asked()
		f.advance(30 * time.Hour)
		began := d.Now()
		c, err := f.record(c.ID, 50)
		f.must(err)
		if c.State != Attempted || c.Attempts != 1 || !c.DueAt.Equal(inCallHours(began.Add(24*time.Hour), f.cb.zone)) {
			t.Errorf("after the first: %s, %d attempts, due %s", c.State, c.Attempts, c.DueAt)
		}
		// Somebody else answered: reached, but not in vain.
		c, err = f.record(c.ID, 70)
		f.must(err)
		if c.State != Attempted || c.Attempts != 1 {
			t.Errorf("another person answered: %s, %d attempts; want attempted, 1", c.State, c.Attempts)
		}
		if h := c.DueAt.In(f.cb.zone).Hour(); h < callFrom || h >= callUntil {
			t.Errorf("the next call is due at %d o'clock", h)
		}
		in := func(op string) func(*AnswerInput) { return func(a *AnswerInput) { a.OperationID = op } }
		c, err = f.record(c.ID, 51, in("op-2"))
		f.must(err)
		again, err := f.record(c.ID, 51, in("op-2"))
		f.must(err)
		if again.Attempts != 2 || again.Version != c.Version {
			t.Errorf("the same operation twice: %d attempts, version %d; want 2, %d", again.Attempts, again.Version, c.Version)
		}
		c, err = f.record(c.ID, 54)
		f.must(err)
		if c.State != Unreachable || c.EndedAt == nil {
			t.Errorf("after the third in vain: %s, want unreachable", c.State)
		}
		if got := f.order(o.ID); got.Callback != orders.CallbackWaived {
			t.Errorf("the order heard %q, want waived", got.Callback)
		}
		if _, err := f.record(c.ID, 50); !problem.Match(err, ErrState) {
			t.Errorf("a fourth attempt: %v, want %v", err, ErrState)
		}
		list, err := f.cb.Attempts(f.ctx, c.ID)
		f.must(err)
		var classes []Class
		for _, a := range list {
			classes = append(classes, a.Class)
		}
		if !slices.Equal(classes, []Class{50, 70, 51, 54}) {
			t.Errorf("attempts %v, want 50, 70, 51, 54", classes)
		}
		want := []string{"callback.due.v1", "callback.attempted.v1", "callback.attempted.v1", "callback.attempted.v1", "callback.unreachable.v1"}
		if got := f.topics("callback", string(c.ID)); !slices.Equal(got, want) {
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
			if s := f.caseState(); s != tt.caseGoes {
				t.Errorf("class %d: the case is %s, want %s", tt.class, s, tt.caseGoes)
			}
		}
		_, c := func() (orders.Order, Callback) { f.newCase(); return f.asked() }()
		for name, in := range map[string]AnswerInput{
			"unknown class": {ID: c.ID, Class: 99}, "score": {ID: c.ID, Class: 10, Score: 6}, "amount": {ID: c.ID, Class: 10, AskedAmount: new(int64(-1))},
			"note": {ID: c.ID, Class: 10, Act: access.Act{Note: strings.Repeat("很", maxNote+1)}},
		} {
			if _, err := f.cb.Record(f.as(access.RoleAgent, "/"), in); problem.CodeOf(err).Kind != problem.Invalid {
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
		f.must(err)
		if got.State != Answered || got.Class != 10 || !got.ByLink || got.Flags != "too_fast" {
			t.Errorf("a score of 5 in two seconds: %+v", got)
		}
		if _, err := f.cb.AnswerByLink(nobody, AnswerInput{ID: c.ID, Score: 1}); !problem.Match(err, ErrNoLink) {
			t.Errorf("the link again: %v, want %v", err, ErrNoLink)
		}
		got, err = f.record(c.ID, 41)
		f.must(err)
		if got.Class != 41 || got.ByLink || got.Result != Negative {
			t.Errorf("the call outranks the link: %+v", got)
		}
		topics := f.topics("callback", string(c.ID))
		if n := len(topics); n < 2 || topics[n-1] != "callback.contradicted.v1" {
			t.Errorf("events %v, want the last to be the contradiction", topics)
		}
		if s := f.caseState(); s != cases.Serving {
			t.Errorf("after 'no visit happened' the case is %s, want serving", s)
		}

		f.newCase()
		o, c := f.asked()
		got, err = f.cb.AnswerByLink(nobody, AnswerInput{ID: c.ID, Score: 2})
		f.must(err)
		list, err := f.cb.List(f.ctx, Filter{OrderID: o.ID, Open: true, Limit: 5})
		f.must(err)
		if got.Class != 31 || len(list) != 1 || list[0].Cause != Unhappy {
			t.Fatalf("unhappy by link: class %d and open %+v; want 31 and a person's call", got.Class, list)
		}
		if want := inCallHours(d.Now().Add(2*time.Hour), f.cb.zone); !list[0].DueAt.Equal(want) {
			t.Errorf("the person calls at %s, want %s", list[0].DueAt, want)
		}
		open, ok, err := f.cb.OpenOf(f.ctx, o.ID)
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
			"centre":        {f.as(access.RoleAgent, "/"), true},
			"own brand":     {f.as(access.RoleAgent, "/", f.one), true},
			"other brand":   {f.as(access.RoleAgent, "/", f.two), false},
			"the outlet":    {f.as(access.RoleOutletManager, f.hz.Path), true},
			"other outlet":  {f.as(access.RoleOutletManager, f.sh.Path), false},
			"outlet, brand": {f.as(access.RoleOutletManager, f.hz.Path, f.two), false},
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
		if _, err := f.cb.Record(f.as(access.RoleAgent, "/", f.two), AnswerInput{ID: c.ID, Class: 10}); !problem.Match(err, ErrNotFound) {
			t.Errorf("another brand's agent records: %v, want %v", err, ErrNotFound)
		}
		if _, err := f.cb.Record(f.as(access.RoleAgent, f.hz.Path), AnswerInput{ID: c.ID, Class: 10}); !problem.Match(err, ErrSameSide) {
			t.Errorf("somebody of the outlet records: %v, want %v", err, ErrSameSide)
		}
		if _, err := f.cb.Record(f.as(access.RoleOutletManager, "/"), AnswerInput{ID: c.ID, Class: 10}); problem.CodeOf(err).Kind != problem.Forbidden {
			t.Errorf("without the permission: %v, want forbidden", err)
		}

		handler := access.From(f.as(access.RoleAgent, "/")).ID
		k, err := f.Cases.Open(f.ctx, cases.OpenInput{Type: cases.Complaint, BrandID: f.one, CustomerID: f.customer.ID, Channel: cases.Phone, Summary: "师傅态度差", AssigneeID: handler})
		f.must(err)
		f.must(db.InTx0(access.AsSystem(f.ctx, "test"), d, func(ctx context.Context, tx *db.Tx) error {
			c, err = f.cb.planTx(ctx, tx, Callback{Cause: ComplaintEnded, CaseID: k.ID, BrandID: k.BrandID, OutletPath: "/", KeyID: k.KeyID}, tx.Now())
			return err
		}))
		if _, err := f.record(c.ID, 10); !problem.Match(err, ErrHandler) {
			t.Errorf("the complaint's handler asks: %v, want %v", err, ErrHandler)
		}
		if _, err := f.cb.Record(f.as(access.RoleQuality, "/"), AnswerInput{ID: c.ID, Class: 10}); err != nil {
			t.Errorf("another person asks about the complaint: %v", err)
		}
	})
}

func TestWaived(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o, c := f.asked()
		sys := access.AsSystem(f.ctx, "events")
		for range 2 {
			f.must(f.cb.onIncomplete(sys, orders.Incomplete{Fact: orders.Fact{Head: events.Head{ID: string(o.ID)}}}))
		}
		if got := f.only(o.ID); got.State != Waived || got.EndedAt == nil {
			t.Errorf("the order goes on: callback %s, want waived", got.State)
		}
		if got := f.topics("callback", string(c.ID)); !slices.Equal(got, []string{"callback.due.v1", "callback.waived.v1"}) {
			t.Errorf("events %v, want due and waived once", got)
		}
		if _, err := f.record(c.ID, 10); !problem.Match(err, ErrState) {
			t.Errorf("an answer to a waived question: %v, want %v", err, ErrState)
		}
	})
}

// TestReminded: T07 goes with the work, T13 once when the question is due and the link stayed unused.
func TestReminded(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		_, c := f.asked()
		count := func() (n int) {
			list, err := f.Notify.OfRecord(t.Context(), d, "callback", string(c.ID))
			f.must(err)
			return len(list)
		}
		if n := count(); n != 1 {
			t.Errorf("%d messages after the work, want T07 once", n)
		}
		f.must(f.cb.Remind(access.AsSystem(f.ctx, "jobs")))
		if n := count(); n != 1 {
			t.Errorf("%d messages before the question is due, want 1", n)
		}
		f.advance(48 * time.Hour)
		for range 2 {
			f.must(f.cb.Remind(access.AsSystem(f.ctx, "jobs")))
		}
		if n := count(); n != 2 {
			t.Errorf("%d messages after two reminders, want T07 and T13 once each", n)
		}
	})
}

// newCase starts over with a new unit and case of the same customer.
func (f *fixture) newCase() {
	f.t.Helper()
	f.advance(time.Hour)
	f.seedUnit()
	f.caseID = f.openCase(f.one, f.customer.ID, f.unit.ID)
}

// TestRules: the service type's rule in the catalogue decides what is asked, and whether.
func TestRules(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		snap, err := f.Catalog.Current(f.ctx, d)
		f.must(err)
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
		_, err = f.Catalog.EditServiceType(f.ctx, catalog.EditServiceTypeInput{Code: "REP", Version: st.Version, CallbackRule: &rule})
		f.must(err)
		o, _ := f.completed()
		f.tell(o, d.Now())
		list, err := f.cb.List(f.ctx, Filter{OrderID: o.ID, Limit: 5})
		f.must(err)
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
		_, c := f.asked()
		got, err := f.record(c.ID, 61)
		f.must(err)
		if got.State != Refused {
			t.Errorf("asked not to be called: %s, want refused", got.State)
		}
		queued := func(template string) notify.Logged {
			t.Helper()
			id, err := db.InTx(f.ctx, d, func(ctx context.Context, tx *db.Tx) (notify.ID, error) {
				return f.Notify.QueueTx(ctx, tx, notify.Message{
					Template: template, Phone: seededPhone, RecordKind: "test", RecordID: template, KeyID: f.customer.KeyID, Lang: "zh-CN",
					Params: map[string]any{"brand": "安然", "url": "https://anxin.test/l/x", "no": "C1", "service": "维修", "minutes": 30, "hotline": "400"},
				})
			})
			f.must(err)
			list, err := f.Notify.OfRecord(t.Context(), d, "test", template)
			f.must(err)
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
