package returns

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/clocks"
	"anxin/internal/entitlement/rules"
	"anxin/internal/parts"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/money"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

// TestSevenDays: a fridge bought online goes back on the seventh day at 23:50, the box opened. It is approved by rule;
// the depot finds a scratch, so the right is gone and a part refund is offered, explained and accepted, paid and
// confirmed. The case, the clocks, the ledger and the messages follow.
func TestSevenDays(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.advance(11*time.Hour + 50*time.Minute) // 23:50 on the seventh day after delivery
		r := f.opened()
		if r.Decision != Approved || r.DecidedBy != "rule" || r.Lines[0].Goods != GoodsAwaited || r.Estimate != 399_900 {
			t.Fatalf("return = %s by %s, goods %s, estimate %d, why %v; want approved by rule, awaited, 399900", r.Decision, r.DecidedBy, r.Lines[0].Goods, r.Estimate, r.Why.Codes())
		}
		if _, ok := r.Lines[0].Rights.Rule("cn-seven-days", "R2"); !ok || r.Freight != "customer" || r.Lines[0].RightsFacts.Price != 399_900 {
			t.Errorf("freight %q, facts %+v; want the customer's way back by rule R2, the facts kept", r.Freight, r.Lines[0].RightsFacts)
		}
		if want := day(2026, 11, 30); r.ShipBy != want || f.caseState() != cases.Serving {
			t.Errorf("ship by %s, case %s; want %s, serving", r.ShipBy, f.caseState(), want)
		}
		f.advance(48 * time.Hour)
		r, err := f.Ship(f.ctx, lines(r))
		f.must(err)
		r = f.received(r)
		if r.NextDueAt == nil {
			t.Error("nothing is due after the goods came, want inspection and refund")
		}
		r, err = f.Inspect(f.ctx, InspectInput{ActInput: in(r), Line: r.Lines[0].ID, Grade: GradeUsed, Spoilt: []string{"lasting_marks"}, Missing: []string{"说明书"}, Blame: catalog.ByCustomer})
		f.must(err)
		if !r.Why.Has("returns.right_lost") || r.Lines[0].Consent != ConsentAsked || len(r.Refunds) != 0 {
			t.Fatalf("after the scratch: why %v, consent %q, %d refunds; want the right lost, the customer asked, no money", r.Why.Codes(), r.Lines[0].Consent, len(r.Refunds))
		}
		r, err = f.Deduct(f.ctx, DeductInput{ActInput: in(r), Line: r.Lines[0].ID, Deductions: []Deduction{{Code: "damage", Amount: 20_000, Reason: "门板划痕"}, {Code: "missing", Amount: 500}}})
		f.must(err)
		r, err = f.Consent(f.ctx, ConsentInput{ActInput: in(r), Line: r.Lines[0].ID, Accept: true})
		f.must(err)
		if len(r.Refunds) != 1 || r.Refunds[0].Amount != 379_400 || r.Refunds[0].State != MoneyDue || f.balance(payable(&r)) != -379_400 {
			t.Fatalf("refunds %+v, owed %d; want 379400 due", r.Refunds, f.balance(payable(&r)))
		}
		if got := fmt.Sprint(codes(r.Lines[0].Sum)); got != "[paid deduct_damage deduct_missing]" {
			t.Errorf("steps %s", got)
		}
		b := f.paid()
		if c := f.answered(b, "ok"); c.Made != 1 {
			t.Fatalf("confirmed %+v, want one made", c)
		}
		r, err = f.Dispose(f.ctx, DisposeInput{LineAct: lines(r), How: "refurbish"})
		f.must(err)
		r, err = f.Dispose(f.ctx, DisposeInput{LineAct: lines(r), How: "restock"})
		f.must(err)
		if r.EndedAt == nil || r.MoneyState() != MoneyRefunded || f.caseState() != cases.Verifying || f.balance(payable(&r)) != 0 || f.balance("clearing:bank_file") != 0 || f.balance("cash:original") != -379_400 {
			t.Errorf("ended %v, money %s, case %s, owed %d, clearing %d, cash %d", r.EndedAt, r.MoneyState(), f.caseState(), f.balance(payable(&r)), f.balance("clearing:bank_file"), f.balance("cash:original"))
		}
		want := "return.requested.v1 return.decided.v1 goods.received.v1 return.inspected.v1 refund.sent.v1 refund.made.v1"
		if got := strings.Join(f.topics(r.ID), " "); got != want {
			t.Errorf("events %s, want %s", got, want)
		}
		told, err := f.Notify.OfRecord(f.ctx, d, recordKind, string(r.ID))
		f.must(err)
		templates := []string{}
		for _, m := range told {
			templates = append(templates, m.Template)
		}
		slices.Sort(templates)
		if !slices.Equal(templates, []string{"T08", "T09", "T10", "T30"}) {
			t.Errorf("messages %v, want T08, T09, T10 and T30 about the deduction", templates)
		}
		list, err := f.Clocks.OfRecord(f.ctx, d, recordKind, string(r.ID))
		f.must(err)
		got := map[clocks.Milestone]clocks.Status{}
		for _, c := range list {
			got[c.Milestone] = c.Status
		}
		for _, m := range []clocks.Milestone{clocks.Inspection, clocks.Refund} {
			if got[m] != clocks.StatusMet {
				t.Errorf("clock %s is %q, want met", m, got[m])
			}
		}
		u, err := f.Units.Get(f.ctx, d, f.unit.ID)
		if err != nil || u.State != units.Retired {
			t.Errorf("unit %s, %v; want retired: it is ours now", u.State, err)
		}
		if got := f.get(r.ID); len(got.Lines[0].Photos) != 1 {
			t.Errorf("photos %v", got.Lines[0].Photos)
		}
	})
}

func codes(s rules.Sum) []string {
	out := make([]string, len(s.Steps))
	for i, x := range s.Steps {
		out[i] = x.Code
	}
	return out
}

// TestJudge: each thing that speaks against an approval by rule leaves the request to a person, and says why.
func TestJudge(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		for _, tt := range []struct {
			name   string
			change func(*RequestInput)
			want   Decision
			why    string
		}{
			{"no photo", func(in *RequestInput) { in.Lines[0].Photos = nil }, Manual, "returns.no_photo"},
			{"too late", func(in *RequestInput) {
				in.Lines[0].Return.Noticed = day(2026, 11, 23)
				f.advance(24 * time.Hour)
				in.Lines[0].Return.Noticed = day(2026, 11, 24)
			}, Manual, "returns.not_granted"},
			{"elsewhere", func(in *RequestInput) {
				in.Lines[0] = LineInput{Currency: "CNY", LineFacts: LineFacts{Elsewhere: true, Item: "电水壶", Seller: "某超市", OrderNo: "88-1", Price: 9900, Channel: "jd", Category: "RC", Dates: map[units.DateKind]calendar.Date{units.Delivered: day(2026, 11, 20)}}}
			}, Manual, "returns.bought_elsewhere"},
		} {
			r := f.opened(tt.change)
			if r.Decision != tt.want || !r.Why.Has(tt.why) {
				t.Errorf("%s: %s, %v; want %s for %s", tt.name, r.Decision, r.Why.Codes(), tt.want, tt.why)
			}
			_, err := f.Withdraw(f.ctx, in(r, "customer_withdrew"))
			f.must(err)
		}
		_, err := f.SetPolicy(f.ctx, SetPolicyInput{Brand: f.one, Policy: Policy{Limits: []Limit{{Auto: 100_000, Person: 200_000}, {Reason: "return_defect", Person: 500_000}}}, Version: 1})
		f.must(err)
		f.unit = f.newUnit("SN-0009", f.one)
		r := f.opened(func(in *RequestInput) {
			in.Case = ""
			in.Lines[0].Return.Noticed = day(2026, 11, 23)
			in.Address = "仓库"
		})
		if r.Decision != Manual || !r.Why.Has("returns.above_auto") {
			t.Errorf("above the limit: %s, %v", r.Decision, r.Why.Codes())
		}
		if _, err := f.Approve(f.as(access.RoleAgent, "/"), ApproveInput{ActInput: in(r)}); !problem.Match(err, ErrLimit) {
			t.Errorf("an agent above the limit: %v, want refused", err)
		}
		if _, err := f.Approve(f.as(access.RoleQuality, "/"), ApproveInput{ActInput: in(r)}); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("somebody who may not decide: %v", err)
		}
		if r, err = f.Approve(f.as(access.RoleFinance, "/"), ApproveInput{ActInput: in(r)}); err != nil || r.Decision != Approved {
			t.Errorf("finance: %s, %v", r.Decision, err)
		}
		if _, err := f.Reject(f.ctx, in(r, "return_too_late")); !problem.Match(err, ErrState) {
			t.Errorf("rejecting what is approved: %v", err)
		}
		f.unit = f.newUnit("SN-0010", f.one)
		r = f.opened(func(in *RequestInput) { in.Case, in.Reason, in.Address = "", "return_defect", "仓库" })
		if r.Decision != Requested {
			t.Errorf("with no limit by rule: %s, want left to a person", r.Decision)
		}
		if r, err = f.Reject(f.ctx, in(r, "return_too_late")); err != nil || r.Decision != Rejected || r.EndedAt == nil {
			t.Errorf("rejected: %s, ended %v, %v", r.Decision, r.EndedAt, err)
		}
	})
}

// TestBadInput: what cannot be is said at its field, and nothing is kept.
func TestBadInput(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		foreign := f.newUnit("SN-TWO", f.two)
		bought := func(l LineFacts) LineInput {
			l.Item, l.OrderNo, l.Seller = "电水壶", "88-1", "某超市"
			return LineInput{Currency: "CNY", LineFacts: l}
		}
		dates := func(pairs ...any) map[units.DateKind]calendar.Date {
			out := map[units.DateKind]calendar.Date{}
			for i := 0; i < len(pairs); i += 2 {
				out[pairs[i].(units.DateKind)] = pairs[i+1].(calendar.Date)
			}
			return out
		}
		for _, tt := range []struct {
			name   string
			change func(*RequestInput)
			want   string
		}{
			{"no lines", func(in *RequestInput) { in.Lines = nil }, "lines required"},
			{"a purchase of tomorrow", func(in *RequestInput) {
				in.Lines[0] = bought(LineFacts{Price: 1, Dates: dates(units.Sold, day(2026, 11, 24))})
			}, "lines[0].dates.sold returns.future"},
			{"a notice of tomorrow", func(in *RequestInput) { in.Lines[0].Return.Noticed = day(2026, 11, 24) }, "lines[0].return.noticed returns.future"},
			{"delivered before it was sold", func(in *RequestInput) {
				in.Lines[0] = bought(LineFacts{Price: 1, Dates: dates(units.Sold, day(2026, 11, 20), units.Delivered, day(2026, 11, 19))})
			}, "lines[0].dates.delivered returns.dates_contradict"},
			{"noticed before it was sold", func(in *RequestInput) {
				in.Lines[0] = bought(LineFacts{Price: 1, Dates: dates(units.Sold, day(2026, 11, 20)), Return: rules.ReturnFacts{Noticed: day(2026, 11, 19)}})
			}, "lines[0].return.noticed returns.dates_contradict"},
			{"another day than our record's", func(in *RequestInput) { in.Lines[0].Dates = dates(units.Delivered, day(2026, 11, 20)) }, "lines[0].dates.delivered returns.contradicts_record"},
			{"a zero price", func(in *RequestInput) { in.Lines[0] = bought(LineFacts{}) }, "lines[0].price out_of_range"},
			{"a negative price", func(in *RequestInput) { in.Lines[0] = bought(LineFacts{Price: -5}) }, "lines[0].price out_of_range"},
			{"more paid than the price", func(in *RequestInput) { in.Lines[0] = bought(LineFacts{Price: 5, Paid: 6}) }, "lines[0].paid out_of_range"},
			{"another price than our record's", func(in *RequestInput) { in.Lines[0].Price = 500_000; in.Lines[0].Paid = 500_000 }, "lines[0].price returns.contradicts_record"},
			{"two currencies", func(in *RequestInput) {
				second := bought(LineFacts{Price: 5})
				second.Currency = "USD"
				in.Lines = append(in.Lines, second)
			}, "lines[1].currency returns.currency_differs"},
			{"another currency than our record's", func(in *RequestInput) { in.Currency = "USD" }, "lines[0].currency returns.currency_differs"},
			{"a serial that nobody knows", func(in *RequestInput) { in.Lines[0] = LineInput{LineFacts: LineFacts{Serial: "SN-9999"}} }, "lines[0].serial returns.serial_unknown"},
			{"a serial of another model", func(in *RequestInput) {
				in.Lines[0] = LineInput{LineFacts: LineFacts{Serial: "SN-0001", Model: "m-other"}}
			}, "lines[0].serial returns.serial_of_other_model"},
			{"another serial than the unit's", func(in *RequestInput) { in.Lines[0].Serial = "SN-0002" }, "lines[0].serial returns.contradicts_record"},
			{"a unit of another brand", func(in *RequestInput) { in.Lines = append(in.Lines, LineInput{Unit: foreign.ID}) }, "lines[1].unit_id returns.other_brand"},
			{"no such unit", func(in *RequestInput) { in.Lines[0].Unit = "none" }, "lines[0].unit_id unknown_reference"},
			{"the same line twice", func(in *RequestInput) {
				in.Lines = append(in.Lines, LineInput{LineFacts: LineFacts{Serial: "sn 0001"}})
			}, "lines[1] returns.line_twice"},
			{"ways that do not sum", func(in *RequestInput) {
				in.Lines[0].Paid, in.Lines[0].Price = 399_900, 399_900
				in.Lines[0].Ways = []WayInput{{Way: "card", Paid: 1}}
			}, "lines[0].ways returns.ways_differ"},
			{"no such type", func(in *RequestInput) { in.Type = "gift" }, "type bad_choice"},
			{"no reason", func(in *RequestInput) { in.Reason = "" }, "reason required"},
			{"a reason of another act", func(in *RequestInput) { in.Reason = "return_too_late" }, "reason catalog.reason_unfit"},
			{"a fault of tomorrow", func(in *RequestInput) { in.Lines[0].Fault = &rules.FaultFacts{Reported: day(2026, 12, 1)} }, "lines[0].fault.reported returns.future"},
			{"control characters", func(in *RequestInput) { in.Lines[0].Seller = "a\x00b" }, "lines[0].seller bad_text"},
		} {
			_, err := f.Request(f.ctx, f.request(tt.change))
			if got := fieldsOf(err); !slices.Contains(got, tt.want) {
				t.Errorf("%s: %v (%v), want %s", tt.name, got, err, tt.want)
			}
		}
		if n := f.count(`SELECT COUNT(*) FROM returns_return`) + f.count(`SELECT COUNT(*) FROM returns_purchase`); n != 0 {
			t.Errorf("%d rows are left of refused requests", n)
		}
	})
}

// TestSameThingTwice: a thing stands in one open request; the same external id answers the return that is there.
func TestSameThingTwice(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		r := f.opened(func(in *RequestInput) { in.ExternalID = "M-1" })
		again := f.opened(func(in *RequestInput) { in.ExternalID = "M-1" })
		if again.ID != r.ID {
			t.Errorf("the same external id opened %s beside %s", again.Number, r.Number)
		}
		_, err := f.Request(f.ctx, f.request(func(in *RequestInput) { in.Case = "" }))
		if got := fieldsOf(err); !slices.Equal(got, []string{"lines[0] returns.already_open"}) {
			t.Errorf("a second request: %v, want refused at the line", err)
		}
		// Of many at once one wins.
		f.unit = f.newUnit("SN-0003", f.one)
		req := f.request(func(in *RequestInput) { in.Case = ""; in.Lines[0].Photos = nil })
		results := make(chan error, 6)
		for range 6 {
			go func() {
				_, err := f.Request(f.ctx, req)
				results <- err
			}()
		}
		won := 0
		for range 6 {
			switch err := <-results; {
			case err == nil:
				won++
			case problem.Match(err, ErrOpen) || slices.Equal(fieldsOf(err), []string{"lines[0] returns.already_open"}):
			default:
				t.Errorf("a racing request: %v", err)
			}
		}
		if won != 1 {
			t.Errorf("%d of 6 at once opened a return, want 1", won)
		}
		// When it has ended, another may be opened, within what was paid.
		_, err = f.Withdraw(f.ctx, in(r, "customer_withdrew"))
		f.must(err)
		r = f.opened(func(in *RequestInput) { in.Case = ""; in.Lines[0].Unit = r.Lines[0].Unit })
		if r.Decision != Approved {
			t.Errorf("after the withdrawal: %s %v", r.Decision, r.Why.Codes())
		}
	})
}

// TestAdvanceExchange: the third fault gives an exchange; the new one goes out of stock first, the unit's record is
// replaced, the old one is received, inspected and scrapped. The new unit cannot bring back more than was paid.
func TestAdvanceExchange(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		spare, err := f.Parts.Create(f.ctx, parts.Part{Brand: f.one, Code: "R-300-NEW", NameZh: "冰箱300整机", NameEn: "Fridge 300", Class: catalog.PartGeneral, Type: "unit", Unit: "pc", Price: new(money.Must(300_000, "CNY"))})
		f.must(err)
		_, err = f.Parts.Receive(f.ctx, parts.StockInput{Place: parts.Centre, Part: spare.ID, Qty: 1})
		f.must(err)
		r := f.opened(func(in *RequestInput) {
			in.Type, in.Reason, in.Lines[0].Stock = AdvanceExchange, "return_defect", "yes"
		})
		if r.Decision != Approved || r.Freight != "seller" {
			t.Fatalf("decision %s %v, freight %q; want approved, paid by the seller", r.Decision, r.Why.Codes(), r.Freight)
		}
		line := r.Lines[0].ID
		if _, err := f.ShipReplacement(f.ctx, ShipReplacementInput{ActInput: in(r), Line: line}); !problem.Match(err, ErrState) {
			t.Errorf("shipping what is not reserved: %v", err)
		}
		r, err = f.Reserve(f.ctx, ReserveInput{ActInput: in(r), Line: line, Part: spare.ID, Place: parts.Centre})
		f.must(err)
		r, err = f.ShipReplacement(f.ctx, ShipReplacementInput{ActInput: in(r), Line: line, Serial: "SN-NEW-1", Carrier: "SF", Tracking: "SF123"})
		f.must(err)
		if _, err := f.Withdraw(f.ctx, in(r, "customer_withdrew")); !problem.Match(err, ErrMoved) {
			t.Errorf("withdrawing after the replacement went out: %v", err)
		}
		r, err = f.Deliver(f.ctx, lines(r))
		f.must(err)
		if r.DoneAt == nil || r.EndedAt != nil || f.caseState() != cases.Verifying {
			t.Errorf("done %v, ended %v, case %s; want done for the customer, the old goods still awaited", r.DoneAt, r.EndedAt, f.caseState())
		}
		old, err := f.Units.Get(f.ctx, d, f.unit.ID)
		f.must(err)
		fresh, err := f.Units.Get(f.ctx, d, r.Lines[0].Given.Unit)
		f.must(err)
		if old.State != units.Replaced || old.ReplacedBy != fresh.ID || fresh.Serial != "SN-NEW-1" || fresh.Owner != f.customer.ID {
			t.Errorf("old %s by %s, new %+v", old.State, old.ReplacedBy, fresh)
		}
		stock, err := f.Parts.Stock(f.ctx, d, []parts.PlaceID{parts.Centre}, []parts.PartID{spare.ID})
		if err != nil || len(stock) != 1 || stock[0].OnHand != 0 || stock[0].Reserved != 0 {
			t.Errorf("stock %+v, %v", stock, err)
		}
		r = f.inspected(f.received(r), GradeDamaged)
		if _, err := f.Dispose(f.ctx, DisposeInput{LineAct: lines(r), How: "restock"}); !problem.Match(err, ErrGrade) {
			t.Errorf("restocking what is damaged: %v", err)
		}
		r, err = f.Dispose(f.ctx, DisposeInput{LineAct: lines(r), How: "scrap"})
		if err != nil || r.EndedAt == nil {
			t.Fatalf("ended %v, %v", r.EndedAt, err)
		}
		f.unit = fresh
		second := f.opened(func(in *RequestInput) { in.Case = "" })
		if second.Lines[0].PurchaseKey != r.Lines[0].PurchaseKey {
			t.Errorf("the new unit counts as bought for itself: %s", second.Lines[0].PurchaseKey)
		}
		_, err = f.Request(f.ctx, f.request(func(in *RequestInput) { in.Case = ""; in.Lines[0].Unit = old.ID }))
		if got := fieldsOf(err); !slices.Contains(got, "lines[0].unit_id returns.unit_gone") {
			t.Errorf("returning the unit that was given back: %v", err)
		}
	})
}

// TestSwapped: another serial than promised stops the money until it is decided; decided for the customer, it goes on.
func TestSwapped(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		r := f.opened()
		line := r.Lines[0].ID
		r, err := f.Receive(f.ctx, ReceiveInput{ActInput: in(r), Line: line, Quantity: 1, Serial: "SN-OTHER"})
		f.must(err)
		if l := r.Lines[0]; l.Goods != GoodsWrong || !l.Swapped || len(r.Refunds) != 0 {
			t.Fatalf("goods %s, swapped %v, refunds %d", l.Goods, l.Swapped, len(r.Refunds))
		}
		if _, err := f.Inspect(f.ctx, InspectInput{ActInput: in(r), Line: line, Grade: GradeNew}); err != nil {
			t.Fatal(err)
		}
		r, err = f.Dispute(f.ctx, DisputeInput{ActInput: ActInput{ID: r.ID, Act: access.Act{Note: "客户称发货时序列号就录错了"}}, Line: line, About: "swapped"})
		f.must(err)
		if _, err := f.SendBack(f.ctx, SendBackInput{LineAct: lines(r)}); !problem.Match(err, ErrDisputed) {
			t.Errorf("sending back what is disputed: %v", err)
		}
		if _, err := f.DecideDispute(f.ctx, DecideDisputeInput{ActInput: ActInput{ID: r.ID, Act: access.Act{Note: "x"}}, Line: line, Finding: "customer", Award: 400_000}); !slices.Contains(fieldsOf(err), "award out_of_range") {
			t.Errorf("an award above what was paid: %v", err)
		}
		r, err = f.DecideDispute(f.ctx, DecideDisputeInput{ActInput: ActInput{ID: r.ID, Act: access.Act{Note: "出库记录为 SN-OTHER"}}, Line: line, Finding: "customer", Award: 399_900})
		f.must(err)
		r = f.inspected(r, GradeOpened)
		if len(r.Refunds) != 1 || r.Refunds[0].Amount != 399_900 {
			t.Errorf("refunds %+v, want the whole", r.Refunds)
		}
		if n := f.count(`SELECT COUNT(*) FROM returns_dispute WHERE state = 'decided'`); n != 1 {
			t.Errorf("%d decided disputes", n)
		}
	})
}

// TestRepairAndReturn: repaired and sent back, the days out of use stand on the unit.
func TestRepairAndReturn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		r := f.opened(func(in *RequestInput) { in.Type, in.Reason = ForRepair, "return_defect" })
		if r.Decision != Approved {
			t.Fatalf("%s %v", r.Decision, r.Why.Codes())
		}
		r, err := f.Lend(f.ctx, LendInput{ActInput: in(r), Item: "备用冰箱", DueOn: day(2026, 12, 20)})
		f.must(err)
		r = f.received(r)
		f.advance(5 * 24 * time.Hour)
		r = f.inspected(r, GradeDamaged)
		r, err = f.SendBack(f.ctx, SendBackInput{LineAct: lines(r), Repaired: true})
		f.must(err)
		if r.DoneAt == nil || r.EndedAt != nil {
			t.Errorf("done %v, ended %v; want the loan awaited", r.DoneAt, r.EndedAt)
		}
		r, err = f.LoanBack(f.ctx, in(r))
		if err != nil || r.EndedAt == nil {
			t.Errorf("after the loan came back: ended %v, %v", r.EndedAt, err)
		}
		facts, err := f.Units.Facts(f.ctx, d, f.unit.ID)
		f.must(err)
		if !slices.ContainsFunc(facts, func(x units.Fact) bool {
			return x.Kind == units.FactRepaired && x.DaysOut == 5 && x.Order == string(r.ID)
		}) {
			t.Errorf("facts %+v, want repaired after 5 days", facts)
		}
	})
}

// TestShort: of five came three: three fifths come back, by the ways they were paid.
func TestShort(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		r := f.opened(func(in *RequestInput) {
			in.Lines[0] = LineInput{Currency: "CNY", LineFacts: LineFacts{
				Elsewhere: true, Item: "滤芯", Seller: "旗舰店", OrderNo: "K-5", Quantity: 5, Price: 10_001, Channel: "tmall", Return: rules.ReturnFacts{FreeFreight: true},
				Dates: map[units.DateKind]calendar.Date{units.Delivered: day(2026, 11, 20)},
			}, Ways: []WayInput{{Way: "coupon", Paid: 1_000}, {Way: "wechat", Paid: 9_001, Ref: "=4200001"}}}
		})
		r, err := f.Approve(f.ctx, ApproveInput{ActInput: in(r)})
		f.must(err)
		r, err = f.Receive(f.ctx, ReceiveInput{ActInput: in(r), Line: r.Lines[0].ID, Quantity: 3})
		f.must(err)
		if _, err := f.Receive(f.ctx, ReceiveInput{ActInput: in(r), Line: r.Lines[0].ID, Quantity: 6}); !slices.Contains(fieldsOf(err), "quantity returns.counted") {
			t.Errorf("receiving more than promised: %v", err)
		}
		r = f.inspected(r, GradeNew)
		var sum int64
		for _, x := range r.Refunds {
			sum += x.Amount
		}
		if len(r.Refunds) != 2 || sum != 6_001 || r.Refunds[0].Way != "coupon" || r.Refunds[0].Amount != 601 {
			t.Fatalf("refunds %+v, want 601 by coupon and 5400 by wechat", r.Refunds)
		}
		b := f.paid()
		file, err := f.File(f.ctx, b.ID)
		f.must(err)
		if text := string(file.Body); b.Payments != 1 || !strings.Contains(text, r.Number) || !strings.Contains(text, "54.00,CNY,wechat,'=4200001") {
			t.Errorf("batch %+v, file %s; want wechat alone, no formula", b, text)
		}
		if _, err := f.Pay(f.ctx, PayInput{Provider: "bank_file", Brand: f.one, Currency: "CNY"}); !problem.Match(err, ErrBatchEmpty) {
			t.Errorf("paying again: %v; the coupon is given by hand", err)
		}
		i := slices.IndexFunc(r.Refunds, func(x Refund) bool { return x.Way == "coupon" })
		if _, err := f.PayByHand(f.ctx, r.Refunds[i].ID); err != nil {
			t.Fatal(err)
		}
		if _, err := f.PayByHand(f.ctx, r.Refunds[i].ID); !problem.Match(err, ErrState) {
			t.Errorf("by hand a second time: %v", err)
		}
	})
}

// TestScopes: another outlet and another brand see nothing of a return, its refunds and batches, and move nothing.
func TestScopes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		r := f.opened(func(in *RequestInput) { in.Depot = f.hz.ID })
		if r.OutletPath != f.hz.Path || !strings.HasPrefix(r.Address, "杭州市西湖区") {
			t.Fatalf("depot %s, address %s", r.OutletPath, r.Address)
		}
		r = f.inspected(f.received(r), GradeOpened)
		f.paid()
		for _, tt := range []struct {
			name  string
			ctx   context.Context
			sees  bool
			batch bool
		}{
			{"centre", f.as(access.RoleFinance, "/"), true, true},
			{"its outlet", f.as(access.RoleOutletManager, f.hz.Path), true, false},
			{"another outlet", f.as(access.RoleOutletManager, f.sh.Path), false, false},
			{"an outlet that begins alike", f.as(access.RoleOutletManager, "/hzz/"), false, false},
			{"its brand", f.as(access.RoleFinance, "/", f.one), true, true},
			{"another brand", f.as(access.RoleFinance, "/", f.two), false, false},
		} {
			n := map[bool]int{true: 1}[tt.sees]
			list, err := f.List(tt.ctx, Filter{Recent: true, Limit: 10})
			if err != nil || len(list) != n {
				t.Errorf("%s: %d returns, %v; want %d", tt.name, len(list), err, n)
			}
			refunds, err := f.ListRefunds(tt.ctx, RefundFilter{Limit: 10})
			if err != nil || len(refunds) != n {
				t.Errorf("%s: %d refunds, %v; want %d", tt.name, len(refunds), err, n)
			}
			if _, err := f.Get(tt.ctx, r.ID); tt.sees == problem.Match(err, ErrNotFound) {
				t.Errorf("%s: get %v", tt.name, err)
			}
			if _, err := f.PaymentsOf(tt.ctx, r.Refunds[0].ID); tt.sees == problem.Match(err, ErrNotFound) {
				t.Errorf("%s: payments %v", tt.name, err)
			}
			batches, err := f.Batches(tt.ctx, 0, "", false, 10)
			if got := err == nil && len(batches) == 1; got != tt.batch {
				t.Errorf("%s: %d batches, %v; want seen %v", tt.name, len(batches), err, tt.batch)
			}
			if !tt.sees {
				if _, err := f.Ship(access.With(t.Context(), all(access.From(tt.ctx))), lines(r)); !problem.Match(err, ErrNotFound) {
					t.Errorf("%s moves goods: %v", tt.name, err)
				}
			}
		}
		if _, err := f.Request(f.as(access.RoleAgent, "/", f.two), f.request(func(in *RequestInput) { in.Case = "" })); !slices.Contains(fieldsOf(err), "lines[0].unit_id unknown_reference") {
			t.Errorf("a request about another brand's unit: %v", err)
		}
	})
}

func all(a access.Actor) access.Actor {
	a.Permissions = access.Set{"*": true}
	return a
}

// TestPolicies: rows that cannot run are refused; a brand's own row runs.
func TestPolicies(t *testing.T) {
	t.Parallel()
	for typ, o := range Operations {
		var f problem.Fields
		o.check(&f, "x")
		if err := f.Err(); err != nil {
			t.Errorf("the default of %s: %v", typ, err)
		}
	}
	for _, tt := range []struct {
		name string
		o    Operation
		want string
	}{
		{"nothing is given", Operation{Before, Before, No, No, No}, "operations.return returns.no_remedy"},
		{"repaired without being here", Operation{No, No, No, No, After}, "operations.return.repair returns.step_order"},
		{"inspected without being here", Operation{No, Before, No, Before, No}, "operations.return.inspection returns.step_order"},
		{"refund after a receipt that is none", Operation{No, No, No, After, No}, "operations.return.refund returns.step_order"},
		{"refund at once, but only after receipt", Operation{Before, No, No, Before, No}, "operations.return.refund returns.step_order"},
		{"no such place", Operation{"soon", No, No, Before, No}, "operations.return.receipt bad_choice"},
	} {
		err := Policy{Operations: map[Type]Operation{ForRefund: tt.o}}.check()
		if got := fieldsOf(err); !slices.Contains(got, tt.want) {
			t.Errorf("%s: %v, want %s", tt.name, got, tt.want)
		}
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		own := Policy{Address: "仓", Limits: []Limit{{Auto: 500_000, Person: 500_000}}, Operations: map[Type]Operation{ForRefund: {Receipt: After, Inspection: After, Replacement: No, Refund: Before, Repair: No}}}
		if _, err := f.SetPolicy(f.ctx, SetPolicyInput{Brand: f.one, Policy: own, Version: 7}); !problem.Match(err, problem.ErrStale) {
			t.Errorf("on another version: %v", err)
		}
		_, err := f.SetPolicy(f.ctx, SetPolicyInput{Brand: f.one, Policy: own, Version: 1})
		f.must(err)
		if _, err := f.SetPolicy(f.as(access.RoleFinance, "/", f.two), SetPolicyInput{Brand: f.one, Policy: own, Version: 2}); !problem.Match(err, ErrNotFound) {
			t.Errorf("by another brand: %v", err)
		}
		if r := f.opened(); len(r.Refunds) != 1 || r.Lines[0].Goods != GoodsAwaited {
			t.Errorf("money before goods: %d refunds, goods %s", len(r.Refunds), r.Lines[0].Goods)
		}
	})
}
