package cases

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"anxin/internal/clocks"
	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		c := f.open(func(in *OpenInput) {
			in.UnitID, in.Impact, in.Urgency, in.ExternalID = f.unit, 2, 1, "T-77"
			in.Detail, in.Contact = "早上开始打不着火", Contact{Name: "李姐", Phone: "13900001111"}
		})
		got := f.get(c.ID)
		if got.State != Open || got.Type != Request || got.Priority != P2 || got.CustomerID != f.customer || got.UnitID != f.unit || got.Category != "GWH" ||
			got.OutletPath != "/" || got.OpenedBy != "user:u1" || got.Origin != "live" || got.Version != 1 || !got.OccurredAt.Equal(noon) {
			t.Errorf("opened %+v", got)
		}
		if !regexp.MustCompile(`^C2611-\d{6,}$`).MatchString(got.Number) {
			t.Errorf("number %s", got.Number)
		}
		texts, err := f.TextsOf(f.ctx, got)
		if err != nil || texts.Summary != "热水器打不着火" || texts.Detail != "早上开始打不着火" || texts.Contact.Phone != "13900001111" {
			t.Errorf("texts %+v, %v", texts, err)
		}
		if d := f.clock(c.ID, clocks.FirstResponse); d.Status != clocks.StatusRunning || !d.Due.Equal(noon.Add(30*time.Minute)) || got.NextDueAt == nil || !got.NextDueAt.Equal(d.Due) {
			t.Errorf("first answer %s due %s, the queue sorts by %v", d.Status, d.Due, got.NextDueAt)
		}
		if d := f.clock(c.ID, clocks.Diagnosis); d.Status != clocks.StatusRunning || d.Policy != "diagnosis.p2" {
			t.Errorf("diagnosis %s by %s", d.Status, d.Policy)
		}
		f.wantTopics(c.ID, "case.opened.v1")
		trail, err := audit.New(d).Of(f.ctx, "case", string(c.ID))
		if err != nil || len(trail) != 1 || trail[0].Act != "open" || !strings.Contains(trail[0].After, `"priority":"P2"`) {
			t.Errorf("trail %+v, %v", trail, err)
		}
		if found, ok, err := f.ByExternal(f.ctx, d, "T-77"); err != nil || !ok || found.ID != c.ID {
			t.Errorf("by external id: %s %v, %v", found.ID, ok, err)
		}
		if list, err := f.List(f.ctx, Filter{Queue: "recent", Phone: f.keys.Lookup("phone", "139 0000 1111"), Limit: 5}); err != nil || len(list) != 1 || list[0].ID != c.ID {
			t.Errorf("by the caller's phone: %d, %v", len(list), err)
		}

		complaint := f.open(asComplaint, func(in *OpenInput) { in.Channel = Regulator })
		if complaint.Stage != StageReceived || complaint.Severity != "" {
			t.Errorf("a complaint begins as %s, class %q", complaint.Stage, complaint.Severity)
		}
		for m, due := range map[clocks.Milestone]time.Duration{clocks.ComplaintPlan: 48 * time.Hour, clocks.ComplaintClosed: 120 * time.Hour, clocks.FifteenDayAction: 360 * time.Hour} {
			if c := f.clock(complaint.ID, m); !c.Due.Equal(noon.Add(due)) {
				t.Errorf("%s of a complaint is due %s, want %s", m, c.Due, noon.Add(due))
			}
		}
		place, err := customers.PlaceOf(customers.AddressInput{Text: street + door})
		if err != nil {
			t.Fatal(err)
		}
		placed := f.open(func(in *OpenInput) { in.Place = &place })
		if !strings.HasPrefix(placed.Division, "330110") || placed.Lat == nil || !placed.OwnKey {
			t.Errorf("place: division %q, point %v, own key %v", placed.Division, placed.Lat, placed.OwnKey)
		}
		if p, err := f.PlaceOf(f.ctx, d, f.get(placed.ID)); err != nil || p.Text != street+door {
			t.Errorf("place came back as %q, %v", p.Text, err)
		}
	})
}

func TestDangerComesFirst(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	f := newFixture(t, d)
	for _, tt := range []struct {
		name   string
		change func(*OpenInput)
		want   Safety
	}{
		{"in the summary", func(in *OpenInput) { in.Summary = "厨房有燃气味" }, Gas},
		{"in the detail", func(in *OpenInput) { in.Detail = "昨晚插座冒烟了"; in.Impact, in.Urgency = 3, 3 }, Fire},
		{"by the symptom", func(in *OpenInput) { in.Symptom = "GWH-S05" }, Gas},
		{"said so", func(in *OpenInput) { in.Safety = Shock }, Shock},
		{"denied", func(in *OpenInput) { in.Summary = "打不着火,没有燃气味" }, ""},
	} {
		c := f.open(tt.change)
		if c.Safety != tt.want || (c.Priority == P1) != (tt.want != "") || c.PriorityWhy.Has("cases.priority.safety") != (tt.want != "") {
			t.Errorf("%s: danger %q, %s because %v; want %q", tt.name, c.Safety, c.Priority, c.PriorityWhy.Codes(), tt.want)
		}
	}
	c := f.open()
	c = f.must(f.Classify(f.ctx, ClassifyInput{ActInput: f.act(c.ID), Symptom: "GWH-S05"}))
	if c.Safety != Gas || c.Priority != P1 || c.Category != "GWH" {
		t.Errorf("classified as a gas leak: danger %q, %s, %s", c.Safety, c.Priority, c.Category)
	}
	if d := f.clock(c.ID, clocks.Diagnosis); d.Policy != "diagnosis.p1" {
		t.Errorf("the diagnosis counts by %s", d.Policy)
	}
	if _, err := f.SetPriority(f.ctx, PriorityInput{f.act(c.ID, because("x")), P3}); !problem.Match(err, problem.ErrInvalid) {
		t.Errorf("a danger was made P3: %v", err)
	}
	if _, err := f.SetSafety(f.ctx, SafetyInput{ActInput: f.act(c.ID)}); !problem.Match(err, problem.ErrInvalid) {
		t.Errorf("a danger was cleared without a reason: %v", err)
	}
	c = f.must(f.SetSafety(f.ctx, SafetyInput{ActInput: f.act(c.ID, because("false_alarm"))}))
	if c.Safety != "" || c.Priority != P3 {
		t.Errorf("cleared: danger %q, %s", c.Safety, c.Priority)
	}
	c = f.must(f.SetPriority(f.ctx, PriorityInput{f.act(c.ID, because("vip")), P2}))
	if c.Priority != P2 || !c.PriorityWhy.Has("cases.priority.override") || !c.PriorityWhy.Has("cases.priority.matrix") {
		t.Errorf("by hand: %s because %v", c.Priority, c.PriorityWhy.Codes())
	}
	if _, err := f.SetPriority(f.ctx, PriorityInput{f.act(c.ID), "P9"}); !problem.Match(err, problem.ErrInvalid) {
		t.Errorf("priority P9 without reason = %v", err)
	}
	c = f.must(f.Advise(f.ctx, f.act(c.ID)))
	if c.AdvisedAt == nil || c.RespondedAt == nil {
		t.Error("telling the safety script is no answer")
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		first := f.open(func(in *OpenInput) { in.ExternalID = "X1" })
		for _, tt := range []struct {
			field  string
			change func(*OpenInput)
		}{
			{"summary", func(in *OpenInput) { in.Summary = "  " }},
			{"summary", func(in *OpenInput) { in.Summary = strings.Repeat("长", 201) }},
			{"detail", func(in *OpenInput) { in.Detail = strings.Repeat("长", 8001) }},
			{"type", func(in *OpenInput) { in.Type = "wish" }},
			{"channel", func(in *OpenInput) { in.Channel = "pigeon" }},
			{"safety", func(in *OpenInput) { in.Safety = "flood" }},
			{"brand_id", func(in *OpenInput) { in.BrandID = "" }},
			{"brand_id", func(in *OpenInput) { in.BrandID = "none" }},
			{"category", func(in *OpenInput) { in.Category = "ZZ" }},
			{"symptom", func(in *OpenInput) { in.Symptom = "ZZ-S01" }},
			{"service_type", func(in *OpenInput) { in.ServiceType = "ZZ" }},
			{"impact", func(in *OpenInput) { in.Impact = 4 }},
			{"urgency", func(in *OpenInput) { in.Urgency = -1 }},
			{"customer_id", func(in *OpenInput) { in.CustomerID = "none" }},
			{"unit_id", func(in *OpenInput) { in.UnitID = "none" }},
			{"unit_id", func(in *OpenInput) { in.UnitID, in.BrandID = f.unit, f.other }},
			{"parent_id", func(in *OpenInput) { in.ParentID = "none" }},
			{"parent_id", func(in *OpenInput) { in.ParentID, in.BrandID = first.ID, f.other }},
			{"external_id", func(in *OpenInput) { in.ExternalID = "X1" }},
			{"occurred_at", func(in *OpenInput) { in.OccurredAt = noon.Add(-91 * 24 * time.Hour) }},
			{"occurred_at", func(in *OpenInput) { in.OccurredAt = noon.Add(6 * time.Minute) }},
		} {
			if _, err := f.Open(f.ctx, f.input(tt.change)); !problem.Match(err, problem.ErrInvalid) || fieldOf(err) != tt.field {
				t.Errorf("want a refusal of %s, got %v", tt.field, err)
			}
		}
		if n, err := db.Get(f.ctx, d, db.ScanInt, `SELECT COUNT(*) FROM cases_case`); err != nil || n != 1 {
			t.Errorf("refused input left %d cases, %v", n, err)
		}
		reader := f.as("u2", access.Everything, permRead)
		if _, err := f.Open(reader, f.input()); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("opening without permission = %v", err)
		}
	})
}

func TestLife(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		c := f.open()
		f.advance(10 * time.Minute)
		f.must(f.Assign(f.ctx, AssignInput{ActInput: f.act(c.ID), AssigneeID: "u7"}))
		f.must(f.Classify(f.ctx, ClassifyInput{ActInput: f.act(c.ID), UnitID: f.unit, ServiceType: "REP", Symptom: "GWH-S01"}))
		f.want(c.ID, Diagnosing)
		if d := f.clock(c.ID, clocks.FirstResponse); d.Status != clocks.StatusMet || !d.MetAt.Equal(noon.Add(10*time.Minute)) {
			t.Errorf("the first answer is %s at %s", d.Status, d.MetAt)
		}
		f.attach(c.ID, "o1", "/")
		f.attach(c.ID, "o1", "/hz/west/")
		got := f.want(c.ID, Serving)
		if got.CustomerID != f.customer || f.clock(c.ID, clocks.Diagnosis).Status != clocks.StatusMet {
			t.Errorf("serving %+v", got)
		}
		if _, err := f.Cancel(f.ctx, CancelInput{ActInput: f.act(c.ID, because("duplicate"))}); !problem.Match(err, ErrLiveWork) {
			t.Errorf("cancel with live work = %v", err)
		}
		f.done(c.ID, "o1", true)
		f.want(c.ID, Verifying)
		if _, err := f.Close(f.ctx, CloseInput{ActInput: f.act(c.ID)}); !problem.Match(err, ErrWorkNotEnded) {
			t.Errorf("close before the order was posted = %v", err)
		}
		f.tx(func(ctx context.Context, tx *db.Tx) error {
			return f.WorkBackTx(ctx, tx, c.ID, "order", "o1", tx.Now())
		})
		f.want(c.ID, Serving)
		f.done(c.ID, "o1", true)
		f.end(c.ID, "o1")
		f.end(c.ID, "o1") // told twice
		f.want(c.ID, Verifying)
		f.advance(time.Hour)
		f.must(f.Close(f.ctx, CloseInput{ActInput: f.act(c.ID)}))
		got = f.want(c.ID, Closed)
		if got.NextDueAt != nil || got.Reason != "solved" || got.ClosedAt == nil {
			t.Errorf("closed %+v", got)
		}
		f.advance(24 * time.Hour)
		f.must(f.Reopen(f.ctx, f.act(c.ID, because("not_repaired"))))
		got = f.want(c.ID, Serving)
		again := f.clock(c.ID, clocks.FirstResponse)
		if got.Reopened != 1 || again.Status != clocks.StatusRunning || got.NextDueAt == nil || !got.NextDueAt.Equal(again.Due) {
			t.Errorf("reopened %d times, answer %s, due %v", got.Reopened, again.Status, got.NextDueAt)
		}
		f.must(f.AddNote(f.ctx, NoteInput{ActInput: f.act(c.ID), Kind: "contact", Text: "已联系,明天上门"}))
		if d := f.clock(c.ID, clocks.FirstResponse); d.Status != clocks.StatusMet {
			t.Errorf("after the call the answer of the reopening is %s", d.Status)
		}
		f.must(f.SolveRemotely(f.ctx, f.act(c.ID, because("solved_by_guidance"))))
		f.must(f.NotSolved(f.ctx, f.act(c.ID, because("same_fault_again"))))
		f.want(c.ID, Diagnosing)
		f.must(f.Chase(f.ctx, f.act(c.ID)))
		f.wantTopics(c.ID, "case.opened.v1", "case.assigned.v1", "case.classified.v1", "case.serving.v1", "case.verifying.v1", "case.not_solved.v1",
			"case.verifying.v1", "case.closed.v1", "case.reopened.v1", "case.solved_remotely.v1", "case.not_solved.v1", "case.chased.v1")
		list, err := events.OfRecord(f.ctx, d, "case", string(c.ID))
		if err != nil {
			t.Fatal(err)
		}
		var last Fact
		if err := json.Unmarshal(list[len(list)-1].Body, &last); err != nil || last.Version != f.get(c.ID).Version || last.State != Diagnosing || last.Number != c.Number {
			t.Errorf("the last event tells %+v, %v", last, err)
		}
		if rep, err := audit.New(d).Verify(f.ctx, nil); err != nil || len(rep.Faults) > 0 {
			t.Errorf("audit: %+v, %v", rep.Faults, err)
		}
	})
}

// TestRefusedActsChangeNothing does every act on a case in a state that refuses it.
func TestRefusedActsChangeNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		open, closed, cancelled := f.open(), f.verifying(), f.open()
		f.must(f.Close(f.ctx, CloseInput{ActInput: f.act(closed.ID)}))
		f.must(f.Cancel(f.ctx, CancelInput{ActInput: f.act(cancelled.ID, because("duplicate"))}))
		if c := f.get(cancelled.ID); c.Blame != "centre" || f.clock(c.ID, clocks.FirstResponse).Status != clocks.StatusVoid {
			t.Errorf("cancelled by %s, answer %s", c.Blame, f.clock(c.ID, clocks.FirstResponse).Status)
		}
		late := f.verifying()
		f.must(f.Close(f.ctx, CloseInput{ActInput: f.act(late.ID)}))
		parent := f.verifying()
		f.open(func(in *OpenInput) { in.ParentID = parent.ID })
		f.advance(31 * 24 * time.Hour)
		for _, tt := range []struct {
			name string
			id   ID
			run  func(ActInput) (Case, error)
			want *problem.Code
		}{
			{"solve an open one", open.ID, func(in ActInput) (Case, error) { return f.SolveRemotely(f.ctx, in) }, ErrState},
			{"not solved while open", open.ID, func(in ActInput) (Case, error) { return f.NotSolved(f.ctx, in) }, ErrState},
			{"close an open one", open.ID, func(in ActInput) (Case, error) { return f.Close(f.ctx, CloseInput{ActInput: in}) }, ErrState},
			{"close for a reason that fits another act", open.ID, func(in ActInput) (Case, error) {
				in.Reason = "same_fault_again"
				return f.Close(f.ctx, CloseInput{ActInput: in})
			}, problem.ErrInvalid},
			{"close with an open child", parent.ID, func(in ActInput) (Case, error) { return f.Close(f.ctx, CloseInput{ActInput: in}) }, ErrOpenChildren},
			{"reopen an open one", open.ID, func(in ActInput) (Case, error) { return f.Reopen(f.ctx, in) }, ErrState},
			{"reopen after 31 days", late.ID, func(in ActInput) (Case, error) { return f.Reopen(f.ctx, in) }, ErrTooLate},
			{"cancel without a reason", open.ID, func(in ActInput) (Case, error) { return f.Cancel(f.ctx, CancelInput{ActInput: in}) }, problem.ErrInvalid},
			{"cancel a closed one", closed.ID, func(in ActInput) (Case, error) {
				in.Reason = "duplicate"
				return f.Cancel(f.ctx, CancelInput{ActInput: in})
			}, ErrState},
			{"cancel what was done", parent.ID, func(in ActInput) (Case, error) {
				in.Reason = "duplicate"
				return f.Cancel(f.ctx, CancelInput{ActInput: in})
			}, ErrWorkDone},
			{"classify a closed one", closed.ID, func(in ActInput) (Case, error) { return f.Classify(f.ctx, ClassifyInput{ActInput: in}) }, ErrState},
			{"classify a cancelled one", cancelled.ID, func(in ActInput) (Case, error) { return f.Classify(f.ctx, ClassifyInput{ActInput: in}) }, ErrState},
			{"classify as nonsense", open.ID, func(in ActInput) (Case, error) {
				return f.Classify(f.ctx, ClassifyInput{ActInput: in, Category: "RF", Symptom: "AC-S01"})
			}, problem.ErrInvalid},
			{"merge into itself", open.ID, func(in ActInput) (Case, error) { return f.Merge(f.ctx, MergeInput{in, open.ID}) }, problem.ErrInvalid},
			{"merge into a closed one", open.ID, func(in ActInput) (Case, error) { return f.Merge(f.ctx, MergeInput{in, closed.ID}) }, ErrMergeTarget},
			{"merge into nothing", open.ID, func(in ActInput) (Case, error) { return f.Merge(f.ctx, MergeInput{in, "none"}) }, problem.ErrInvalid},
			{"assign a closed one", closed.ID, func(in ActInput) (Case, error) { return f.Assign(f.ctx, AssignInput{ActInput: in}) }, ErrState},
			{"chase a closed one", closed.ID, func(in ActInput) (Case, error) { return f.Chase(f.ctx, in) }, ErrState},
			{"danger on a closed one", closed.ID, func(in ActInput) (Case, error) { return f.SetSafety(f.ctx, SafetyInput{in, Gas}) }, ErrState},
			{"priority of a closed one", closed.ID, func(in ActInput) (Case, error) {
				in.Reason = "x"
				return f.SetPriority(f.ctx, PriorityInput{in, P1})
			}, ErrState},
			{"wait on a closed one", closed.ID, func(in ActInput) (Case, error) {
				in.Reason = "x"
				return f.Wait(f.ctx, WaitInput{in, clocks.ForCustomer, ""})
			}, ErrState},
			{"wait for the weather", open.ID, func(in ActInput) (Case, error) {
				in.Reason = "x"
				return f.Wait(f.ctx, WaitInput{in, "weather", ""})
			}, clocks.ErrUnknownWait},
			{"stage of a request", open.ID, func(in ActInput) (Case, error) {
				return f.MoveStage(f.ctx, StageInput{ActInput: in, Stage: StageAcknowledged})
			}, ErrNoComplaint},
			{"unknown label", open.ID, func(in ActInput) (Case, error) { return f.SetSubState(f.ctx, SubStateInput{in, "lunch"}) }, problem.ErrInvalid},
			{"label of another state", open.ID, func(in ActInput) (Case, error) { return f.SetSubState(f.ctx, SubStateInput{in, "waiting_part"}) }, problem.ErrInvalid},
			{"empty note", open.ID, func(in ActInput) (Case, error) { return f.AddNote(f.ctx, NoteInput{in, "internal", " "}) }, problem.ErrInvalid},
			{"note of no kind", open.ID, func(in ActInput) (Case, error) { return f.AddNote(f.ctx, NoteInput{in, "secret", "x"}) }, problem.ErrInvalid},
			{"link to itself", open.ID, func(in ActInput) (Case, error) { return f.Link(f.ctx, LinkInput{in, open.ID, "related"}) }, problem.ErrInvalid},
			{"link to nothing", open.ID, func(in ActInput) (Case, error) { return f.Link(f.ctx, LinkInput{in, "none", "related"}) }, problem.ErrInvalid},
			{"link of no kind", open.ID, func(in ActInput) (Case, error) { return f.Link(f.ctx, LinkInput{in, closed.ID, "cousin"}) }, problem.ErrInvalid},
			{"no such case", "none", func(in ActInput) (Case, error) { return f.Chase(f.ctx, in) }, ErrNotFound},
		} {
			var before Case
			if tt.id != "none" {
				before = f.get(tt.id)
			}
			topics := f.topics(tt.id)
			if _, err := tt.run(ActInput{ID: tt.id}); !problem.Match(err, tt.want) {
				t.Errorf("%s = %v, want %v", tt.name, err, tt.want)
			}
			if tt.id == "none" {
				continue
			}
			if after := f.get(tt.id); after.Version != before.Version || after.State != before.State || !slices.Equal(f.topics(tt.id), topics) {
				t.Errorf("%s was refused and changed the case", tt.name)
			}
		}
		// Permissions of acts.
		reader := f.as("u2", access.Everything, permRead)
		for name, err := range map[string]error{
			"chase":  second(f.Chase(reader, f.act(open.ID))),
			"assign": second(f.Assign(reader, AssignInput{ActInput: f.act(open.ID)})),
			"close":  second(f.Close(reader, CloseInput{ActInput: f.act(open.ID)})),
			"note":   second(f.AddNote(reader, NoteInput{f.act(open.ID), "internal", "x"})),
		} {
			if !problem.Match(err, problem.ErrForbidden) {
				t.Errorf("%s without permission = %v", name, err)
			}
		}
	})
}

func second(_ Case, err error) error { return err }

func TestOperationOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		c := f.open()
		op := func(in *ActInput) { in.OperationID = "op-1" }
		first := f.must(f.Chase(f.ctx, f.act(c.ID, op)))
		again := f.must(f.Chase(f.ctx, f.act(c.ID, op)))
		if first.Chased != 1 || again.Chased != 1 || again.Version != first.Version {
			t.Errorf("the same act twice counted %d, then %d", first.Chased, again.Chased)
		}
		f.wantTopics(c.ID, "case.opened.v1", "case.chased.v1")
		if f.must(f.Chase(f.ctx, f.act(c.ID, func(in *ActInput) { in.OperationID = "op-2" }))).Chased != 2 {
			t.Error("another act was taken for the same")
		}
		other := f.open()
		if f.must(f.Chase(f.ctx, f.act(other.ID, op))).Chased != 1 {
			t.Error("the same id on another case was taken for the same act")
		}
		var wg sync.WaitGroup
		for i := range 12 { // six acts, each sent twice at once
			wg.Go(func() {
				in := f.act(other.ID, func(in *ActInput) { in.OperationID = fmt.Sprint("many-", i/2) })
				if _, err := f.Chase(f.ctx, in); err != nil {
					t.Errorf("chase at once: %v", err)
				}
			})
		}
		wg.Wait()
		if n := f.get(other.ID).Chased; n != 7 {
			t.Errorf("seven chases counted %d", n)
		}
		for _, tt := range []struct {
			name string
			at   time.Time
			off  time.Duration
			want *problem.Code
			got  time.Time
		}{
			{"90 days back", noon.Add(-90 * 24 * time.Hour), 0, nil, noon.Add(-90 * 24 * time.Hour)},
			{"more", noon.Add(-90*24*time.Hour - time.Second), 0, problem.ErrInvalid, time.Time{}},
			{"5 minutes ahead counts as now", noon.Add(5 * time.Minute), 0, nil, noon},
			{"more", noon.Add(5*time.Minute + time.Second), 0, problem.ErrInvalid, time.Time{}},
			{"a device whose clock runs an hour ahead", noon.Add(time.Hour - time.Minute), time.Hour, nil, noon.Add(-time.Minute)},
		} {
			n := f.open()
			got, err := f.Advise(f.ctx, f.act(n.ID, func(in *ActInput) { in.OccurredAt, in.DeviceOffset = tt.at, tt.off }))
			if !problem.Match(err, tt.want) || err == nil && !got.AdvisedAt.Equal(tt.got) {
				t.Errorf("%s = %v, %v; want %s, %v", tt.name, got.AdvisedAt, err, tt.got, tt.want)
			}
		}
		// An answer without signal, told after the clock ran out, is in time.
		late := f.open(func(in *OpenInput) { in.Safety = Gas })
		f.advance(time.Hour)
		if err := f.clocks.Tick(f.ctx); err != nil {
			t.Fatal(err)
		}
		f.must(f.Advise(f.ctx, f.act(late.ID, func(in *ActInput) { in.OccurredAt = noon.Add(5 * time.Minute) })))
		if d := f.clock(late.ID, clocks.FirstResponse); d.Status != clocks.StatusMet || d.AmendedFrom == nil {
			t.Errorf("an answer told late leaves %s, amended from %v", d.Status, d.AmendedFrom)
		}
	})
}

func TestNumbersNeverRepeat(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		nodes := []*Service{f.Service, New(d, db.NewNumbers(d, time.UTC), f.keys, f.search, f.cat, f.cust, f.things, f.clocks)}
		var mu sync.Mutex
		seen := map[string]bool{}
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				for range 20 {
					c, err := nodes[i%2].Open(f.ctx, f.input())
					if err != nil {
						t.Errorf("open: %v", err)
						return
					}
					mu.Lock()
					if seen[c.Number] {
						t.Errorf("number %s twice", c.Number)
					}
					seen[c.Number] = true
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if len(seen) != 160 {
			t.Errorf("%d numbers for 160 cases", len(seen))
		}
	})
}

func TestNothingInTheClear(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		place, err := customers.PlaceOf(customers.AddressInput{Text: street + door, Access: "门禁2580"})
		if err != nil {
			t.Fatal(err)
		}
		c := f.open(func(in *OpenInput) {
			in.Summary, in.Detail = "打13900001111联系,身份证11010519491231002X", "住"+door
			in.Contact, in.Place = Contact{Name: "李姐姐", Phone: "13900001111", Email: "li@example.com"}, &place
		})
		f.must(f.AddNote(f.ctx, NoteInput{f.act(c.ID), "shared", "用户电话13711112222,住1704室"}))
		f.must(f.Chase(f.ctx, f.act(c.ID, func(in *ActInput) { in.Note = "又打来13722223333" })))
		if _, err := f.search.Flush(f.ctx); err != nil {
			t.Fatal(err)
		}
		tables := []string{
			"cases_case", "cases_note", "cases_work", "cases_operation", "audit_entry", "audit_head", "events_event", "search_pending", "search_doc",
			"clocks_clock", "clocks_wait", "crypt_key", "river_job",
		}
		all := dbtest.Dump(t, d, tables...)
		if !strings.Contains(all, string(c.ID)) {
			t.Fatal("the dump does not hold the case's id: it proves nothing")
		}
		for _, secret := range []string{"13900001111", "13711112222", "13722223333", "11010519491231002X", "1704室", "门禁2580", "李姐姐", "example.com", "打不着", "969号"} {
			if strings.Contains(all, secret) || strings.Contains(all, hex.EncodeToString([]byte(secret))) {
				t.Errorf("%s stands in the clear", secret)
			}
		}
		notes, err := f.Notes(f.ctx, c.ID)
		if err != nil || len(notes) != 2 || notes[0].Clear != "用户电话13711112222,住1704室" || notes[1].Kind != "internal" {
			t.Errorf("notes %+v, %v", notes, err)
		}

		// Erasing the person takes the texts of the case along, also those under the case's own key.
		f.must(f.Classify(f.ctx, ClassifyInput{ActInput: f.act(c.ID), CustomerID: f.customer}))
		if err := f.OnCustomerErased(f.ctx, customers.Erased{IDs: []customers.ID{f.customer}}); err != nil {
			t.Fatal(err)
		}
		texts, err := f.TextsOf(f.ctx, f.get(c.ID))
		if err != nil || !texts.Erased || texts.Summary != "" || texts.Contact != (Contact{}) {
			t.Errorf("after erasing: %+v, %v", texts, err)
		}
		if notes, err := f.Notes(f.ctx, c.ID); err != nil || !notes[0].Erased || notes[0].Clear != "" {
			t.Errorf("notes after erasing: %+v, %v", notes, err)
		}
	})
}

func TestComplaintByService(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		c := f.open(asComplaint)
		stage := func(s Stage, facts *ComplaintFacts) (Case, error) {
			return f.MoveStage(f.ctx, StageInput{ActInput: f.act(c.ID), Stage: s, Facts: facts})
		}
		f.must(stage(StageAcknowledged, nil))
		if f.clock(c.ID, clocks.FirstResponse).Status != clocks.StatusMet {
			t.Error("acknowledging is no answer")
		}
		got := f.must(f.Classify(f.ctx, ClassifyInput{ActInput: f.act(c.ID), Complaint: &ComplaintFacts{FailedRepairs: 2}}))
		if got.Stage != StageClassified || got.State != Diagnosing || got.Severity != ClassB {
			t.Errorf("classified as %s, %s, %s", got.Stage, got.State, got.Severity)
		}
		if d := f.clock(c.ID, clocks.ComplaintPlan); d.Policy != "complaint_plan.b" || !d.Due.Equal(noon.Add(24*time.Hour)) {
			t.Errorf("the plan is due %s by %s, want 24 hours", d.Due, d.Policy)
		}
		got = f.must(stage(StageInvestigating, &ComplaintFacts{Injury: true}))
		if d := f.clock(c.ID, clocks.ComplaintPlan); got.Severity != ClassS || !d.Due.Equal(noon.Add(2*time.Hour)) || !got.NextDueAt.Equal(d.Due) {
			t.Errorf("class %s, plan due %s, queue %v", got.Severity, d.Due, got.NextDueAt)
		}
		if _, err := f.Classify(f.ctx, ClassifyInput{ActInput: f.act(c.ID), Complaint: &ComplaintFacts{}}); !problem.Match(err, problem.ErrInvalid) || fieldOf(err) != "approver" {
			t.Errorf("the class fell by classifying: %v", err)
		}
		if _, err := stage(StageVerified, nil); !problem.Match(err, ErrStage) {
			t.Errorf("investigating to verified = %v", err)
		}
		got = f.must(stage(StageProposal, nil))
		for _, m := range []clocks.Milestone{clocks.ComplaintPlan, clocks.FifteenDayAction} {
			if d := f.clock(c.ID, m); d.Status != clocks.StatusMet {
				t.Errorf("with a proposal %s is %s", m, d.Status)
			}
		}
		f.must(stage(StageAgreed, nil))
		f.want(c.ID, Serving)
		f.must(stage(StageExecuting, nil))
		f.attach(c.ID, "o1", "/")
		if _, err := stage(StageVerified, nil); !problem.Match(err, ErrLiveWork) {
			t.Errorf("verified while work is live = %v", err)
		}
		f.done(c.ID, "o1", true)
		got = f.want(c.ID, Verifying)
		if got.Stage != StageVerified || got.VerifyingAt == nil {
			t.Errorf("finished at stage %s", got.Stage)
		}
		f.end(c.ID, "o1")
		f.tx(func(ctx context.Context, tx *db.Tx) error {
			return f.CustomerAgreesTx(ctx, tx, c.ID, "customer_confirmed", tx.Now())
		})
		f.want(c.ID, Verifying) // nobody answers for it yet
		f.must(f.Close(f.ctx, CloseInput{f.act(c.ID), "outlet"}))
		if d := f.clock(c.ID, clocks.ComplaintClosed); d.Status != clocks.StatusMet {
			t.Errorf("the end of the complaint is %s", d.Status)
		}
		if _, err := stage(StageInvestigating, nil); !problem.Match(err, ErrState) {
			t.Errorf("a closed complaint moved on: %v", err)
		}
		got = f.must(f.MoveStage(f.ctx, StageInput{ActInput: f.act(c.ID), Flag: "legal_hold", FlagSet: true}))
		if !got.LegalHold || got.State != Closed {
			t.Errorf("flag on a closed complaint: %v, %s", got.LegalHold, got.State)
		}
		cancelled := f.open(asComplaint)
		f.must(f.Cancel(f.ctx, CancelInput{ActInput: f.act(cancelled.ID, because("duplicate"))}))
		if _, err := f.MoveStage(f.ctx, StageInput{ActInput: f.act(cancelled.ID), Stage: StageAcknowledged}); !problem.Match(err, ErrState) {
			t.Errorf("a stage brought a cancelled complaint back: %v", err)
		}
		topics := f.topics(c.ID)
		if n := len(slices.DeleteFunc(slices.Clone(topics), func(s string) bool { return s != "complaint.staged.v1" })); n != 6 {
			t.Errorf("%d stages were told in %v, want 6", n, topics)
		}
	})
}

func TestMergeLinkWatch(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		a, b := f.open(), f.open()
		child := f.open(func(in *OpenInput) { in.ParentID = b.ID })
		for range 2 {
			f.must(f.Link(f.ctx, LinkInput{f.act(a.ID), child.ID, "related"}))
		}
		got := f.must(f.Merge(f.ctx, MergeInput{f.act(a.ID), b.ID}))
		if got.State != Cancelled || got.MergedInto != b.ID || got.Reason != "merged" {
			t.Errorf("merged: %s into %s for %s", got.State, got.MergedInto, got.Reason)
		}
		kinds := func(id ID) []string {
			links, err := f.Links(f.ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			out := []string{}
			for _, l := range links {
				out = append(out, l.Kind+" "+l.Case.Number)
			}
			slices.Sort(out)
			return out
		}
		for id, want := range map[ID][]string{
			a.ID:     {"merged_into " + b.Number, "related " + child.Number},
			b.ID:     {"child " + child.Number},
			child.ID: {"parent " + b.Number, "related " + a.Number},
		} {
			if got := kinds(id); !slices.Equal(got, want) {
				t.Errorf("links %v, want %v", got, want)
			}
		}
		for _, on := range []bool{true, true, false, true} {
			if err := f.Watch(f.ctx, b.ID, on); err != nil {
				t.Fatal(err)
			}
		}
		if list, err := f.Watchers(f.ctx, d, b.ID); err != nil || !slices.Equal(list, []string{"u1"}) {
			t.Errorf("watchers %v, %v", list, err)
		}
	})
}

func TestAgreedCasesClose(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		agree := func(id ID) {
			f.tx(func(ctx context.Context, tx *db.Tx) error { return f.CustomerAgreesTx(ctx, tx, id, "solved", tx.Now()) })
		}
		// Agreed before the order was posted: closes when it is.
		c := f.open()
		f.attach(c.ID, "o1", "/")
		f.attach(c.ID, "o2", "/")
		agree(c.ID) // means nothing yet
		f.done(c.ID, "o1", true)
		f.want(c.ID, Serving)
		f.done(c.ID, "o2", false)
		f.want(c.ID, Verifying)
		agree(c.ID)
		f.end(c.ID, "o2")
		f.want(c.ID, Verifying)
		f.end(c.ID, "o1")
		f.want(c.ID, Closed)

		// A parent waits for its children.
		parent := f.verifying()
		child := f.open(func(in *OpenInput) { in.ParentID = parent.ID })
		agree(parent.ID)
		f.want(parent.ID, Verifying)
		f.must(f.Cancel(f.ctx, CancelInput{ActInput: f.act(child.ID, because("duplicate"))}))
		f.want(parent.ID, Closed)

		// Silence closes after a week, what is still open does not.
		silent, busy, complaint := f.verifying(), f.open(), f.verifying(asComplaint)
		f.attach(busy.ID, "o9", "/")
		f.done(busy.ID, "o9", true)
		f.advance(SilentFor - time.Minute)
		if err := f.CloseSilent(f.ctx); err != nil {
			t.Fatal(err)
		}
		f.want(silent.ID, Verifying)
		f.advance(2 * time.Minute)
		if err := f.CloseSilent(access.AsSystem(f.ctx, "duty")); err != nil {
			t.Fatal(err)
		}
		if got := f.want(silent.ID, Closed); got.Reason != "unreachable" || got.AgreedAt != nil {
			t.Errorf("closed in silence for %s, agreed %v", got.Reason, got.AgreedAt)
		}
		f.want(busy.ID, Verifying)
		f.want(complaint.ID, Verifying)

		// The customer disagrees: back, or opened again.
		f.tx(func(ctx context.Context, tx *db.Tx) error {
			return f.CustomerDisagreesTx(ctx, tx, busy.ID, "bad_callback", tx.Now())
		})
		f.want(busy.ID, Diagnosing)
		f.tx(func(ctx context.Context, tx *db.Tx) error {
			return f.CustomerDisagreesTx(ctx, tx, silent.ID, "bad_callback", tx.Now())
		})
		if got := f.want(silent.ID, Serving); got.Reopened != 1 || got.Reason != "bad_callback" {
			t.Errorf("reopened %d times for %s", got.Reopened, got.Reason)
		}
	})
}

func TestDeadlinesReachTheQueue(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		c := f.open()
		f.attach(c.ID, "o1", "/")
		soon := noon.Add(time.Minute)
		f.tx(func(ctx context.Context, tx *db.Tx) error { return f.SetDueTx(ctx, tx, c.ID, "order", "o1", &soon) })
		if got := f.get(c.ID).NextDueAt; got == nil || !got.Equal(soon) {
			t.Errorf("the order's deadline gives %v, want %s", got, soon)
		}
		f.tx(func(ctx context.Context, tx *db.Tx) error { return f.SetDueTx(ctx, tx, c.ID, "order", "o1", nil) })
		answer := f.clock(c.ID, clocks.FirstResponse)
		if got := f.get(c.ID).NextDueAt; got == nil || !got.Equal(answer.Due) {
			t.Errorf("without it the queue sorts by %v, want %s", got, answer.Due)
		}

		// Waiting for the customer: the case is due when the customer is.
		waiting := f.must(f.Wait(f.ctx, WaitInput{f.act(c.ID, because("no_answer")), clocks.ForCustomer, ""}))
		if !waiting.NextDueAt.Equal(noon.Add(7 * 24 * time.Hour)) {
			t.Errorf("waiting for the customer the case is due %s", waiting.NextDueAt)
		}
		if f.clock(c.ID, clocks.FirstResponse).Status != clocks.StatusPaused {
			t.Error("the clock did not stop")
		}
		f.advance(time.Hour)
		on := f.must(f.GoOn(f.ctx, WaitInput{f.act(c.ID), clocks.ForCustomer, ""}))
		if !on.NextDueAt.Equal(answer.Due.Add(time.Hour)) {
			t.Errorf("going on the case is due %s, want an hour later than %s", on.NextDueAt, answer.Due)
		}

		// Somebody else's act moves the clocks: the event brings the queue up to date.
		f.tx(func(ctx context.Context, tx *db.Tx) error {
			return f.clocks.PauseTx(ctx, tx, jobOf(c.ID), clocks.ForForceMajeure, "storm", "order:o1", tx.Now())
		})
		f.due(c.ID, time.Time{})
		f.tx(func(ctx context.Context, tx *db.Tx) error {
			return f.clocks.ResumeTx(ctx, tx, jobOf(c.ID), clocks.ForForceMajeure, tx.Now())
		})
		f.due(c.ID, answer.Due.Add(time.Hour))
		f.advance(24 * time.Hour)
		if err := f.clocks.Tick(f.ctx); err != nil {
			t.Fatal(err)
		}
		f.due(c.ID, answer.Due.Add(time.Hour)) // a breached answer is still owed
		late := noon.Add(25 * time.Hour)
		if list, err := f.List(f.ctx, Filter{Queue: "all", Late: &late, Limit: 10}); err != nil || len(list) != 1 || list[0].ID != c.ID {
			t.Errorf("late cases: %d, %v", len(list), err)
		}
	})
}

func TestHistoryAndReplay(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	f := newFixture(t, d)
	past := func(origin access.Origin) context.Context {
		a := access.From(f.ctx)
		a.Origin = origin
		return access.With(f.ctx, a)
	}
	at := noon.Add(-400 * 24 * time.Hour)
	c := f.must(f.Open(past(access.History), f.input(func(in *OpenInput) { in.OccurredAt = at })))
	if !c.OccurredAt.Equal(at) || c.NextDueAt != nil || f.clock(c.ID, clocks.FirstResponse).ID != "" {
		t.Errorf("history: occurred %s, due %v", c.OccurredAt, c.NextDueAt)
	}
	if !strings.HasPrefix(string(c.ID), db.NewIDAt(at)[:8]) {
		t.Errorf("history sorts by its own time: %s", c.ID)
	}
	if r := f.must(f.Open(past(access.Replay), f.input(func(in *OpenInput) { in.OccurredAt = at }))); f.clock(r.ID, clocks.FirstResponse).ID == "" {
		t.Error("a replay starts no clock")
	}
}

// What a complaint was about is why it ends, and says who answers for it.
func TestCloseComplaint(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		solved := func(change ...func(*OpenInput)) Case {
			c := f.open(change...)
			f.must(f.Classify(f.ctx, ClassifyInput{ActInput: f.act(c.ID), Category: "GWH"}))
			return f.must(f.SolveRemotely(f.ctx, f.act(c.ID, because("solved_by_guidance"))))
		}
		complaint, request := solved(asComplaint), solved()
		got := f.must(f.Close(f.ctx, CloseInput{ActInput: f.act(complaint.ID, because("complaint_late"))}))
		if got.State != Closed || got.Blame != "outlet" || got.Reason != "complaint_late" {
			t.Errorf("the complaint is %s, %q answers for it because of %q", got.State, got.Blame, got.Reason)
		}
		if _, err := f.Close(f.ctx, CloseInput{ActInput: f.act(request.ID, because("complaint_late"))}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("a request closed as a complaint: %v", err)
		}
		f.must(f.Close(f.ctx, CloseInput{ActInput: f.act(request.ID)}))

		f.must(f.Assign(f.ctx, AssignInput{ActInput: f.act(f.open().ID), AssigneeID: "u7"}))
		for who, want := range map[string]int{"u7": 1, "u8": 0, "": 3} {
			list, err := f.List(f.ctx, Filter{Queue: "recent", AssigneeID: who, Limit: 10})
			if err != nil || len(list) != want {
				t.Errorf("the newest of %q are %d (%v), want %d", who, len(list), err, want)
			}
		}
	})
}
