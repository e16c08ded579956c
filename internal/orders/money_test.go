package orders

import (
	"context"
	"slices"
	"testing"
	"time"

	"anxin/internal/cases/casestest"
	"anxin/internal/catalog"
	"anxin/internal/entitlement"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/money"
	"anxin/internal/platform/problem"
)

func yuan(n int64) money.Amount { return money.Must(n*100, Currency) }

// charges sums the charges of an order that stand, by kind and payer.
func (f *fixture) charges(id ID) map[string]int64 {
	f.T.Helper()
	list, err := f.Charges(f.Ctx, f.DB, id)
	f.Must(err)
	out := map[string]int64{}
	for _, c := range list {
		if c.State != ChargeVoid {
			out[string(c.Kind)+" "+string(c.Payer)] += c.Amount.Minor
		}
	}
	return out
}

// TestChargesByRule: completing raises labour by grade and used parts, decided by coverage.
func TestChargesByRule(t *testing.T) {
	t.Parallel()
	finish := func(f *fixture, parts ...PartUse) Order {
		f.CaseID = f.OpenCase(f.One, f.Customer.ID, f.Unit.ID)
		o := f.accepted()
		v := f.onSite(o.ID)
		p := f.wholeProof("user-li")
		p.Parts = parts
		_, err := f.FinishVisit(f.Engineer(f.Li), FinishInput{FieldInput: f.field(v), Results: []OrderResult{{Order: o.ID, Outcome: OutcomeFixed, Proof: p}}})
		f.Must(err)
		return f.get(o.ID)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		// GWH: 70 yuan with a part, 180 for the board; the customer pays, nothing covers the unit.
		o := finish(f, PartUse{Code: "PCB-1", Quantity: 1, NewSerial: "B-77"})
		if got := f.charges(o.ID); got["labour customer"] != 7000 || got["part customer"] != 18000 || len(got) != 2 {
			t.Errorf("charges = %v, want 70.00 labour and 180.00 part of the customer", got)
		}
		lines, err := f.PartsOf(f.Ctx, d, o.ID)
		f.Must(err)
		if len(lines) != 1 || lines[0].State != PartUsed || lines[0].OldPart == "" || lines[0].Short {
			t.Errorf("part lines = %+v, want one used, its old part owed", lines)
		}
		inside, err := f.Units.Components(f.Ctx, d, f.Unit.ID)
		f.Must(err)
		if len(inside) != 1 || inside[0].Serial != "B-77" || inside[0].Type != "board" {
			t.Errorf("components = %+v, want the new board", inside)
		}
		facts, err := f.Units.Facts(f.Ctx, d, f.Unit.ID)
		f.Must(err)
		if len(facts) != 1 || facts[0].ComponentSwapped == "" {
			t.Errorf("facts = %+v, want the swapped part type", facts)
		}

		// A goodwill coverage pays 60 % of labour: the line is shared, nothing is lost.
		_, err = f.Entitlement.Grant(f.Ctx, entitlement.GrantInput{
			Unit: f.Unit.ID, Kind: entitlement.Goodwill, Name: "care", Lines: []entitlement.LineKind{entitlement.Labour}, Payer: catalog.PayBrand, Share: 60,
			Starts: calendar.NewDate(2026, 1, 1), Ends: calendar.NewDate(2027, 1, 1), Reason: "goodwill",
		})
		f.Must(err)
		o = finish(f, PartUse{Code: "PCB-1", Quantity: 1})
		if got := f.charges(o.ID); got["labour brand"] != 4200 || got["labour customer"] != 2800 || got["part customer"] != 18000 {
			t.Errorf("charges = %v, want 42.00 by the brand and 28.00 by the customer", got)
		}
		list, err := f.Charges(f.Ctx, d, o.ID)
		f.Must(err)
		if i := slices.IndexFunc(list, func(c Charge) bool { return c.Payer == catalog.PayBrand }); i < 0 || list[i].CoverageID == "" || len(list[i].Why) < 2 {
			t.Errorf("covered charge = %+v, want its coverage and its reasons", list)
		}

		// The van is empty now: what the engineer fitted counts all the same, and a person looks.
		o = finish(f, PartUse{Code: "PCB-1", Quantity: 1})
		if o.Review != ReviewDue || !o.ReviewWhy.Has("orders.stock_short") {
			t.Errorf("review = %q because %v, want due: more was used than the books had", o.Review, o.ReviewWhy.Codes())
		}
	})
}

func TestChargesByHand(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o := f.accepted()
		add := func(in AddChargeInput) error {
			in.ID, in.Quantity = o.ID, max(1, in.Quantity)
			_, err := f.AddCharge(f.As(access.RoleFinance, "/"), in)
			return err
		}
		f.Must(add(AddChargeInput{Kind: Labour, Item: "check"}))
		f.problem(add(AddChargeInput{Kind: Freight}), ErrNoPrice, "freight, which no list prices")
		amount := yuan(12)
		f.problem(add(AddChargeInput{Kind: Freight, Amount: &amount}), problem.ErrInvalid, "an amount without a reason")
		f.problem(add(AddChargeInput{ActInput: f.in("", "price_corrected"), Kind: Freight, Amount: &amount}), problem.ErrInvalid, "a reason that needs a note")
		in := AddChargeInput{ActInput: f.in("", "price_corrected"), Kind: Freight, Amount: &amount}
		in.Note = "电梯搬运"
		f.Must(add(in))
		if got := f.charges(o.ID); got["labour customer"] != 3000 || got["freight customer"] != 1200 {
			t.Errorf("charges = %v, want 30.00 by the list and 12.00 by hand", got)
		}
		list, err := f.Charges(f.Ctx, d, o.ID)
		f.Must(err)
		_, err = f.WaiveCharge(f.Ctx, ChargeInput{ActInput: f.in(o.ID), Charge: list[0].ID})
		f.problem(err, problem.ErrInvalid, "waive without a reason")
		waive := ChargeInput{ActInput: f.in(o.ID, "fee_not_due"), Charge: list[0].ID}
		waive.Note = "重复"
		_, err = f.WaiveCharge(f.Ctx, waive)
		f.Must(err)
		_, err = f.WaiveCharge(f.Ctx, waive)
		f.problem(err, ErrCharge, "waive a charge twice")
		_, err = f.AddCharge(f.As(access.RoleQuality, "/"), AddChargeInput{ActInput: f.in(o.ID), Kind: Labour, Quantity: 1})
		f.problem(err, problem.ErrForbidden, "a charge by somebody without the permission")
	})
}

func TestCollections(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o, _ := f.completed() // 60 yuan of labour, no part
		collect := func(ctx context.Context, a money.Amount, reason string) error {
			in := CollectInput{ActInput: f.in(o.ID, reason), Amount: a, Method: WeChat, Reference: "WX" + casestest.Phone}
			in.Note = "用户多付,下次抵扣"
			_, err := f.Collect(ctx, in)
			return err
		}
		due := f.charges(o.ID)["labour customer"]
		if due == 0 {
			t.Fatal("the customer owes nothing")
		}
		f.problem(collect(f.Engineer(f.Wu), yuan(10), ""), ErrNotFound, "another's order")
		f.Must(collect(f.Engineer(f.Li), yuan(10), ""))
		f.problem(collect(f.Engineer(f.Li), yuan(500), ""), ErrTooMuch, "more than is owed")
		f.Must(collect(f.Ctx, yuan(500), "price_corrected"))
		b, err := f.BalanceOf(f.Ctx, d, o.ID)
		f.Must(err)
		if b.Due.Minor != due || b.Collected.Minor != 51000 || b.Left.Minor != due-51000 {
			t.Errorf("balance = %+v", b)
		}
		list, err := f.Collections(f.Ctx, d, o)
		f.Must(err)
		if len(list) != 2 || list[0].Reference != "WX"+casestest.Phone || list[0].TakenBy != "user:user-li" {
			t.Errorf("collections = %+v", list)
		}
		f.Must(f.callback(o.ID, CallbackPositive, 10))
		entries, err := f.Ledger.OfRef(f.Ctx, string(o.ID))
		f.Must(err)
		if len(entries) != 1 || len(entries[0].Lines) != 6 {
			t.Errorf("ledger = %+v, want one entry of a charge and two collections", entries)
		}
	})
}

// TestQuotes: an approval binds revision and amount; by link only with the code that was sent.
func TestQuotes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o := f.accepted()
		v := f.onSite(o.ID)
		li := f.Engineer(f.Li)
		make2 := func(lines ...QuoteLineInput) Quote {
			t.Helper()
			q, err := f.MakeQuote(li, QuoteInput{ActInput: f.in(o.ID), Lines: lines, Send: true})
			f.Must(err)
			return q
		}
		first := make2(QuoteLineInput{Kind: PartFee, Part: f.Board.ID, Quantity: 1}, QuoteLineInput{Kind: Labour, Quantity: 1})
		if first.Customer != yuan(250) || first.Revision != 1 || first.State != QuoteStateSent {
			t.Errorf("quote = %s of %v, revision %d; want 250.00 sent", first.State, first.Customer, first.Revision)
		}
		second := make2(QuoteLineInput{Kind: PartFee, Part: f.Board.ID, Quantity: 1})
		if got, _, err := f.QuoteByID(f.Ctx, d, first.ID); err != nil || got.State != QuoteStateSuperseded {
			t.Errorf("first quote = %s, %v; want superseded", got.State, err)
		}
		_, err := f.FinishVisit(li, FinishInput{FieldInput: f.field(v), Results: []OrderResult{{Order: o.ID, Outcome: OutcomeQuoteApproval}}})
		f.Must(err)
		if got := f.get(o.ID); got.State != StateIncomplete || got.WaitFor != "customer" {
			t.Errorf("order = %s waiting for %q, want incomplete, for the customer", got.State, got.WaitFor)
		}

		link := access.With(t.Context(), access.Actor{
			Kind: access.Link, ID: "l1", LinkKind: "quote", LinkRecord: string(second.ID), Permissions: access.Set{identity.LinkPermission(QuotePurpose): true},
		})
		answer := QuoteAnswer{ID: second.ID, Revision: second.Revision, Amount: second.Customer}
		_, err = f.ApproveQuote(link, answer)
		f.problem(err, identity.ErrNoCode, "approve by link without a code")
		f.Must(f.SendApprovalCode(link, second.ID))
		answer.Code = "000000"
		if _, err = f.ApproveQuote(link, answer); err == nil {
			t.Error("approve by link with a wrong code went through")
		}
		answer.Code = f.newCode(second.ID)
		stale := answer
		stale.Amount = yuan(1)
		_, err = f.ApproveQuote(link, stale)
		f.problem(err, ErrQuoteChanged, "approve another amount")
		other := link
		other = access.With(other, access.Actor{Kind: access.Link, LinkKind: "quote", LinkRecord: string(first.ID), Permissions: access.Set{identity.LinkPermission(QuotePurpose): true}})
		_, err = f.ApproveQuote(other, answer)
		f.problem(err, identity.ErrLink, "approve with the link of another quote")
		got, err := f.ApproveQuote(link, answer)
		f.Must(err)
		if got.State != QuoteStateApproved || f.get(o.ID).WaitFor != "" {
			t.Errorf("approved = %s, order waits for %q", got.State, f.get(o.ID).WaitFor)
		}
		_, err = f.ApproveQuote(f.Ctx, QuoteAnswer{ID: second.ID, Revision: second.Revision, Amount: second.Customer})
		f.problem(err, ErrQuoteState, "approve twice")

		// The next visit does what was approved: the charges are those of the quote.
		v = f.onSite(o.ID)
		p := f.wholeProof("user-li")
		p.Parts = []PartUse{{Part: f.Board.ID, Quantity: 1}}
		_, err = f.FinishVisit(li, FinishInput{FieldInput: f.field(v), Results: []OrderResult{{Order: o.ID, Outcome: OutcomeFixed, Proof: p}}})
		f.Must(err)
		if got := f.charges(o.ID); got["part customer"] != 18000 || len(got) != 1 {
			t.Errorf("charges = %v, want only what was approved, 180.00", got)
		}
		want := []string{"quote.sent.v1", "quote.approved.v1"}
		if got := f.Topics("quote", string(second.ID)); !slices.Equal(got, want) {
			t.Errorf("events of the quote = %v, want %v", got, want)
		}
	})
}

// newCode makes the code that the customer would get by message.
func (f *fixture) newCode(id QuoteID) string {
	f.T.Helper()
	f.Advance(2 * time.Minute) // one code a minute
	code, err := db.InTx(f.Ctx, f.DB, func(ctx context.Context, tx *db.Tx) (string, error) {
		return f.Identity.MakeApprovalTx(ctx, tx, f.approvalFor(id))
	})
	f.Must(err)
	return code
}

func TestQuoteExpiresAndIsRefused(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o := f.accepted()
		q, err := f.MakeQuote(f.Ctx, QuoteInput{ActInput: f.in(o.ID), Lines: []QuoteLineInput{{Kind: Labour, Quantity: 1}}, Send: true})
		f.Must(err)
		f.Advance(4 * 24 * time.Hour)
		_, err = f.ApproveQuote(f.Ctx, QuoteAnswer{ID: q.ID, Revision: q.Revision, Amount: q.Customer})
		f.problem(err, ErrQuoteState, "approve after its time")
		f.Must(f.ExpireQuotes(access.AsSystem(f.Ctx, "duty")))
		if got, _, err := f.QuoteByID(f.Ctx, d, q.ID); err != nil || got.State != QuoteStateExpired {
			t.Errorf("quote = %s, %v; want expired", got.State, err)
		}
		q, err = f.MakeQuote(f.Ctx, QuoteInput{ActInput: f.in(o.ID), Lines: []QuoteLineInput{{Kind: Labour, Quantity: 1}}, Send: true})
		f.Must(err)
		_, err = f.RefuseQuote(f.Ctx, QuoteAnswer{ID: q.ID})
		f.problem(err, problem.ErrInvalid, "refuse without a reason")
		got, err := f.RefuseQuote(f.Ctx, QuoteAnswer{Act: casestest.Act("quote_too_high"), ID: q.ID})
		f.Must(err)
		if got.State != QuoteStateRefused || got.Reason != "quote_too_high" {
			t.Errorf("quote = %s because %q", got.State, got.Reason)
		}
		if _, _, err := f.QuoteByID(f.As(access.RoleOutletManager, f.Sh.Path), d, q.ID); !problem.Match(err, ErrQuoteNotFound) {
			t.Errorf("a quote of another outlet = %v, want not found", err)
		}
	})
}
