package returns

import (
	"slices"
	"strings"
	"testing"

	"anxin/internal/catalog"
	"anxin/internal/parts"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/money"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

// TestDropShip: goods go from the customer straight to the maker; what they are like is the maker's word with its report,
// the refund follows it, the goods stay there, and what was given is claimed of the maker, once.
func TestDropShip(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		ask := func(in *RequestInput) { in.Type = DropShip }
		if _, err := f.Request(f.ctx, f.request(ask)); !slices.Contains(fieldsOf(err), "lines[0] returns.no_recipient") {
			t.Fatalf("nobody takes it: %v %v", err, fieldsOf(err))
		}
		policy := Policy{Address: "杭州市余杭区退货仓1号", Limits: []Limit{{Auto: 500_000, Person: 600_000}}, Recipients: map[string]Recipient{
			"RF": {To: "maker", Name: "冰箱厂", Address: "苏州市工业园区1号"}, "": {To: "supplier", Name: "供应商甲", Address: "宁波市2号"},
		}}
		_, err := f.SetPolicy(f.ctx, SetPolicyInput{Brand: f.one, Version: 1, Policy: policy})
		f.must(err)
		for name, r := range map[string]Recipient{"to bad_choice": {To: "me", Name: "a", Address: "b"}, "name required": {To: "maker", Address: "b"}, "address required": {To: "maker", Name: "a"}} {
			p := policy
			p.Recipients = map[string]Recipient{"X": r}
			if _, err := f.SetPolicy(f.ctx, SetPolicyInput{Brand: f.one, Version: 2, Policy: p}); !slices.Contains(fieldsOf(err), "recipients.X."+name) {
				t.Errorf("%+v: %v", r, fieldsOf(err))
			}
		}
		kettle := LineInput{Currency: "CNY", LineFacts: LineFacts{Elsewhere: true, Item: "电水壶", Seller: "某超市", OrderNo: "88-1", Price: 9900, Category: "RC", Dates: map[units.DateKind]calendar.Date{units.Delivered: day(2026, 11, 20)}}}
		if _, err := f.Request(f.ctx, f.request(ask, func(in *RequestInput) { in.Lines = append(in.Lines, kettle) })); !slices.Contains(fieldsOf(err), "lines[1] returns.recipients_differ") {
			t.Errorf("two makers: %v %v", err, fieldsOf(err))
		}
		r := f.opened(ask)
		if r.Decision != Approved || r.Recipient == nil || r.Recipient.Name != "冰箱厂" || r.Address != "苏州市工业园区1号" {
			t.Fatalf("%s, to %+v at %s", r.Decision, r.Recipient, r.Address)
		}
		r, err = f.Ship(f.ctx, lines(r))
		f.must(err)
		r = f.received(r)
		if _, err := f.Inspect(f.ctx, InspectInput{ActInput: in(r), Line: r.Lines[0].ID, Grade: GradeOpened}); !slices.Contains(fieldsOf(err), "reference required") {
			t.Errorf("our own word: %v", err)
		}
		r, err = f.Inspect(f.ctx, InspectInput{ActInput: in(r), Line: r.Lines[0].ID, Grade: GradeOpened, Reference: "QC-2026-77"})
		f.must(err)
		if l := r.Lines[0]; l.Inspection.Source != "maker" || l.Inspection.Reference != "QC-2026-77" || len(r.Refunds) != 1 || l.Goods != GoodsKept {
			t.Fatalf("inspected %+v, goods %s, %d refunds", l.Inspection, l.Goods, len(r.Refunds))
		}
		if _, err := f.Dispose(f.ctx, DisposeInput{LineAct: lines(r), How: "restock"}); err == nil {
			t.Error("what is at the maker's went into our stock")
		}
		claims, err := f.Claims(f.ctx, ClaimFilter{Return: r.ID, Limit: 10})
		if err != nil || len(claims) != 1 || claims[0].Against != "maker" || claims[0].Name != "冰箱厂" || claims[0].Amount != 399_900 || claims[0].Reference != "QC-2026-77" || claims[0].OpenedBy != "rule" {
			t.Fatalf("claims %+v, %v", claims, err)
		}
		f.answered(f.paid(), "ok")
		r = f.get(r.ID)
		if r.EndedAt == nil || r.Recipient == nil || f.caseState() != "verifying" {
			t.Errorf("ended %v, case %s", r.EndedAt, f.caseState())
		}
		if u, err := f.Units.Get(f.ctx, d, f.unit.ID); err != nil || u.State != units.Retired {
			t.Errorf("unit %s, %v", u.State, err)
		}
		if n := f.count(`SELECT COUNT(*) FROM returns_claim`); n != 1 {
			t.Errorf("%d claims after the refund", n)
		}
		for _, ctx := range []access.Actor{access.From(f.as(access.RoleAgent, f.sh.Path)), access.From(f.as(access.RoleAgent, "/", f.two))} {
			if list, err := f.Claims(access.With(t.Context(), ctx), ClaimFilter{Return: r.ID, Limit: 10}); err != nil || len(list) != 0 {
				t.Errorf("%s sees the claim: %v", ctx.ID, err)
			}
		}
	})
}

// TestDropShipExchange: a brand that gives another machine for what its maker took back claims the price of it, by the
// number of the maker's report.
func TestDropShipExchange(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		spare, err := f.Parts.Create(f.ctx, parts.Part{Brand: f.one, Code: "R-300-NEW", NameZh: "冰箱300整机", NameEn: "Fridge 300", Class: catalog.PartGeneral, Type: "unit", Unit: "pc", Price: new(money.Must(300_000, "CNY"))})
		f.must(err)
		_, err = f.Parts.Receive(f.ctx, parts.StockInput{Place: parts.Centre, Part: spare.ID, Qty: 1})
		f.must(err)
		_, err = f.SetPolicy(f.ctx, SetPolicyInput{Brand: f.one, Version: 1, Policy: Policy{
			Address: "杭州市余杭区退货仓1号", Limits: []Limit{{Auto: 500_000, Person: 600_000}}, Recipients: map[string]Recipient{"": {To: "maker", Name: "冰箱厂", Address: "苏州市工业园区1号"}},
			Operations: map[Type]Operation{DropShip: {Receipt: Before, Inspection: Before, Replacement: After, Refund: No, Repair: No}},
		}})
		f.must(err)
		r := f.opened(func(in *RequestInput) {
			in.Type, in.Reason, in.Lines[0].Stock = DropShip, "return_defect", "yes"
		})
		if r.Decision != Approved {
			t.Fatalf("decision %s %v", r.Decision, r.Why.Codes())
		}
		r, err = f.Ship(f.ctx, lines(r))
		f.must(err)
		r = f.received(r)
		r, err = f.Inspect(f.ctx, InspectInput{ActInput: in(r), Line: r.Lines[0].ID, Grade: GradeOpened, Reference: "QC-2026-78"})
		f.must(err)
		if n := f.count(`SELECT COUNT(*) FROM returns_claim`); n != 0 {
			t.Errorf("%d claims before anything was given", n)
		}
		r, err = f.Reserve(f.ctx, ReserveInput{ActInput: in(r), Line: r.Lines[0].ID, Part: spare.ID, Place: parts.Centre})
		f.must(err)
		r, err = f.ShipReplacement(f.ctx, ShipReplacementInput{ActInput: in(r), Line: r.Lines[0].ID, Serial: "SN-NEW-1", Carrier: "SF", Tracking: "SF123"})
		f.must(err)
		claims, err := f.Claims(f.ctx, ClaimFilter{Return: r.ID, Limit: 10})
		if err != nil || len(claims) != 1 || claims[0].Amount != r.Lines[0].Paid || claims[0].Reference != "QC-2026-78" || claims[0].OpenedBy != "rule" {
			t.Errorf("claims %+v, %v; want one over %d by the maker's report", claims, err, r.Lines[0].Paid)
		}
		if len(r.Refunds) != 0 || r.Lines[0].Goods != GoodsKept {
			t.Errorf("%d refunds, goods %s; want an exchange, the goods with the maker", len(r.Refunds), r.Lines[0].Goods)
		}
	})
}

// TestAdvancedFreight: a customer who advanced the freight asks for it with the bill; within the bound a person gives it
// back once or says why not. Who bears the way back, what was not sent and a bill that is none are looked at.
func TestAdvancedFreight(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		quality := func(in *RequestInput) { in.Reason = "return_defect" }
		r := f.opened(quality)
		if r.Decision != Approved {
			var err error
			r, err = f.Approve(f.ctx, ApproveInput{ActInput: in(r)})
			f.must(err)
		}
		if r.Freight != "seller" {
			t.Fatalf("freight %q", r.Freight)
		}
		bill := f.upload()
		claim := FreightInput{ActInput: in(r), Line: r.Lines[0].ID, Amount: 8_000, Bill: bill}
		if _, err := f.AskFreight(f.ctx, claim); !problem.Match(err, ErrNotReady) || r.MayAskFreight(r.Lines[0]) {
			t.Errorf("before it was sent: %v", err)
		}
		r, err := f.Ship(f.ctx, lines(r))
		f.must(err)
		for _, tt := range []struct {
			name   string
			change func(*FreightInput)
			want   string
		}{
			{"nothing", func(c *FreightInput) { c.Amount = 0 }, "amount out_of_range"},
			{"above the bound", func(c *FreightInput) { c.Amount = 20_001 }, "amount out_of_range"},
			{"without a bill", func(c *FreightInput) { c.Bill = "" }, "bill required"},
			{"of no line", func(c *FreightInput) { c.Line = "none" }, "line_id unknown_reference"},
		} {
			c := claim
			tt.change(&c)
			if _, err := f.AskFreight(f.ctx, c); !slices.Contains(fieldsOf(err), tt.want) {
				t.Errorf("%s: %v %v, want %s", tt.name, err, fieldsOf(err), tt.want)
			}
		}
		if !r.MayAskFreight(r.Lines[0]) || strings.Contains(strings.Join(r.nextActs(&r.Lines[0]), " "), "refuse_freight") {
			t.Errorf("acts %v", r.nextActs(&r.Lines[0]))
		}
		r, err = f.AskFreight(f.ctx, claim)
		f.must(err)
		if x := r.Lines[0].Freight; x == nil || x.State != FreightAsked || len(r.Refunds) != 0 || r.MayAskFreight(r.Lines[0]) || !slices.Contains(r.nextActs(&r.Lines[0]), "refuse_freight") {
			t.Fatalf("asked %+v, %d refunds", x, len(r.Refunds))
		}
		if _, err := f.AskFreight(f.ctx, claim); !problem.Match(err, ErrNotReady) {
			t.Errorf("asked twice: %v", err)
		}
		if _, err := f.RefuseFreight(f.ctx, FreightInput{ActInput: in(r), Line: r.Lines[0].ID}); !slices.Contains(fieldsOf(err), "note required") {
			t.Errorf("refused without a word: %v", err)
		}
		no := FreightInput{ActInput: in(r), Line: r.Lines[0].ID}
		no.Note = "凭证看不清"
		r, err = f.RefuseFreight(f.ctx, no)
		f.must(err)
		if x := r.Lines[0].Freight; x.State != FreightRefused || x.Why != "凭证看不清" {
			t.Errorf("refused %+v", x)
		}
		// A person may still give it, with the bill that the customer handed in.
		r, err = f.Freight(f.ctx, FreightInput{ActInput: in(r), Line: r.Lines[0].ID, Amount: 7_500})
		f.must(err)
		if x := r.Lines[0].Freight; x.State != FreightGiven || x.Amount != 7_500 || x.Bill != bill || len(r.Refunds) != 1 || r.Refunds[0].Tax != 0 || f.balance("returns:freight") != 7_500 {
			t.Errorf("given %+v, refunds %+v, booked %d", x, r.Refunds, f.balance("returns:freight"))
		}
		again := claim
		if _, err := f.Freight(f.ctx, again); !slices.Contains(fieldsOf(err), "line_id taken") || slices.Contains(r.nextActs(&r.Lines[0]), "advance_freight") {
			t.Errorf("given twice: %v", err)
		}
		f.invariant("the freight")
		// Without a reason the customer bears the way back.
		f.unit = f.newUnit("SN-0033", f.one)
		r = f.opened(func(in *RequestInput) { in.Case = "" })
		r, err = f.Ship(f.ctx, lines(r))
		f.must(err)
		if _, err := f.AskFreight(f.ctx, FreightInput{ActInput: in(r), Line: r.Lines[0].ID, Amount: 1, Bill: f.upload()}); !problem.Match(err, ErrNotReady) {
			t.Errorf("freight of the customer: %v", err)
		}
	})
}
