package returns

import (
	"slices"
	"testing"
	"time"

	"anxin/internal/clocks"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/problem"
)

// TestFreight: freight that a customer advanced comes back once, with its bill, within the bound, beside what was paid
// for the goods.
func TestFreight(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		r := f.opened(func(in *RequestInput) { in.Reason = "return_defect" })
		line, bill := r.Lines[0].ID, f.upload()
		give := func(change func(*FreightInput)) (Return, error) {
			in := FreightInput{ActInput: in(r), Line: line, Amount: 3500, Bill: bill}
			change(&in)
			return f.Freight(f.ctx, in)
		}
		for want, change := range map[string]func(*FreightInput){
			"bill required": func(in *FreightInput) { in.Bill = "" }, "amount out_of_range": func(in *FreightInput) { in.Amount = 20_001 }, "line_id unknown_reference": func(in *FreightInput) { in.Line = "nobody" },
			"way bad_choice": func(in *FreightInput) { in.Way = "points" },
		} {
			if _, err := give(change); !slices.Contains(fieldsOf(err), want) {
				t.Errorf("%s: %v %v", want, err, fieldsOf(err))
			}
		}
		r, err := give(func(*FreightInput) {})
		if err != nil || len(r.Refunds) != 1 || r.Refunds[0].Amount != 3500 || r.Refunds[0].State != MoneyDue {
			t.Fatalf("refunds %+v, %v", r.Refunds, err)
		}
		if _, err := give(func(*FreightInput) {}); !slices.Contains(fieldsOf(err), "line_id taken") {
			t.Errorf("twice: %v", err)
		}
		r = f.inspected(f.received(r), GradeOpened)
		f.answered(f.paid(), "ok")
		r = f.get(r.ID)
		f.invariant("freight")
		var sum int64
		for _, x := range r.Refunds {
			sum += x.Amount
		}
		if sum != 399_900+3500 || f.balance("returns:freight") != 3500 {
			t.Errorf("%d came back, freight %d", sum, f.balance("returns:freight"))
		}
		f.unit = f.newUnit("SN-OWN", f.one)
		mine := f.opened(func(in *RequestInput) { in.Case = "" })
		if _, err := f.Freight(f.ctx, FreightInput{ActInput: in(mine), Line: mine.Lines[0].ID, Amount: 100, Bill: f.upload()}); !problem.Match(err, ErrNotReady) {
			t.Errorf("freight that is the customer's own: %v", err)
		}
	})
}

// TestMarket: a marketplace's line opens one return however often it is told; its window is a clock.
func TestMarket(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		ask := f.request(func(in *RequestInput) {
			in.Case, in.Brand, in.Channel, in.Lines[0].Photos = "", f.one, ByMarket, nil
		})
		if _, err := f.Request(f.ctx, ask); !slices.Equal(fieldsOf(err), []string{"external_id required", "platform required"}) {
			t.Errorf("without the marketplace's own id: %v", fieldsOf(err))
		}
		ask.ExternalID, ask.Platform = "jd-4711", "jd"
		r, err := f.Request(f.ctx, ask)
		if err != nil || r.Decision != Manual {
			t.Fatalf("%s, %v", r.Decision, err)
		}
		again, err := f.Request(f.ctx, ask)
		if err != nil || again.ID != r.ID {
			t.Errorf("told twice: %s, %v; want %s", again.ID, err, r.ID)
		}
		clock := func() (clocks.Deadline, bool) {
			list, err := f.Clocks.OfRecord(f.ctx, d, recordKind, string(r.ID))
			f.must(err)
			i := slices.IndexFunc(list, func(c clocks.Deadline) bool {
				return c.Party == clocks.Platform && c.Milestone == clocks.ReturnDecision
			})
			if i < 0 {
				return clocks.Deadline{}, false
			}
			return list[i], true
		}
		if c, ok := clock(); !ok || !c.Due.Equal(noon.Add(24*time.Hour)) {
			t.Errorf("the marketplace's clock: %v %+v", ok, c)
		}
		if r.NextDueAt == nil || r.NextDueAt.After(noon.Add(24*time.Hour)) {
			t.Errorf("next due %v", r.NextDueAt)
		}
		if _, err := f.Reject(f.ctx, in(r, "return_too_late")); err != nil {
			t.Fatal(err)
		}
		if c, _ := clock(); c.Status != clocks.StatusMet && c.Status != clocks.StatusVoid {
			t.Errorf("after the answer the clock is %s", c.Status)
		}
	})
}

// TestReports: who sends back much, and why goods come back and what it costs; other brands and outlets count nothing.
func TestReports(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		for range 3 {
			r := f.opened(func(in *RequestInput) { in.Case = "" })
			_, err := f.Withdraw(f.ctx, in(r, "customer_withdrew"))
			f.must(err)
		}
		r := f.inspected(f.received(f.opened()), GradeOpened)
		f.answered(f.paid(), "ok")
		list, err := f.SerialReturners(f.ctx, 30, 4)
		if err != nil || len(list) != 1 || list[0].Returns != 4 || list[0].Withdrawn != 3 || list[0].Customer != f.customer.ID || list[0].Name == "欧阳明月" {
			t.Errorf("%+v, %v", list, err)
		}
		if list, err := f.SerialReturners(f.ctx, 30, 5); err != nil || len(list) != 0 {
			t.Errorf("with five at least: %+v, %v", list, err)
		}
		if _, err := f.SerialReturners(f.as(access.RoleOutletManager, "/hz/"), 30, 2); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("an outlet: %v", err)
		}
		if list, err := f.SerialReturners(f.as(access.RoleFinance, "/", f.two), 30, 2); err != nil || len(list) != 0 {
			t.Errorf("another brand: %+v, %v", list, err)
		}
		causes, err := f.Causes(f.ctx, 30)
		if err != nil || len(causes) != 1 || causes[0].Reason != "return_no_reason" || causes[0].Model != string(f.model) || causes[0].Returns != 4 || causes[0].Refunded != f.get(r.ID).Lines[0].Sum.Amount || causes[0].PerReturn != causes[0].Refunded/4 {
			t.Errorf("%+v, %v", causes, err)
		}
		for name, ctx := range map[string]string{"outlet": "/sh/"} {
			if list, err := f.Causes(f.as(access.RoleHead, ctx), 30); err != nil || len(list) != 0 {
				t.Errorf("another %s: %+v, %v", name, list, err)
			}
		}
	})
}
