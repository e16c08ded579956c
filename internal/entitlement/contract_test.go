package entitlement

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/ledger"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/money"
	"anxin/internal/platform/notify"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

func cny(minor int64) money.Amount { return money.Must(minor, "CNY") }

// longer are the terms of an extended warranty of two years.
func longer() Terms {
	return Terms{
		Begins: AfterMaker, Months: 24, Price: cny(39900), CoolingDays: 15, FeePercent: 10, LessClaims: true, Limit: 100000, Renews: true, NoticeDays: 30, MaxAgeMonths: 24,
		Covers: []Cover{{Name: "延保", Lines: []LineKind{Labour, Part, Travel}, Payer: catalog.PayInsurer, Share: 100}},
	}
}

func TestPeriod(t *testing.T) {
	t.Parallel()
	year := Terms{Begins: AtOnce, Months: 12}
	wait := Terms{Begins: AtOnce, Months: 12, WaitDays: 30}
	after := Terms{Begins: AfterMaker, Months: 24}
	for _, tt := range []struct {
		name               string
		terms              Terms
		sold, maker, prior calendar.Date
		first, last        calendar.Date
	}{
		{"the day after", year, day(2026, 2, 28), 0, 0, day(2026, 3, 1), day(2027, 2, 28)},
		{"into a leap year", year, day(2027, 2, 28), 0, 0, day(2027, 3, 1), day(2028, 2, 28)},
		{"waiting days", wait, day(2026, 1, 1), 0, 0, day(2026, 2, 1), day(2027, 1, 31)},
		{"behind the maker's year", after, day(2026, 6, 1), day(2027, 1, 5), 0, day(2027, 1, 6), day(2029, 1, 5)},
		{"the maker's year is over", after, day(2027, 6, 1), day(2027, 1, 5), 0, day(2027, 6, 2), day(2029, 6, 1)},
		{"nothing of the maker is known", after, day(2027, 6, 1), 0, 0, day(2027, 6, 2), day(2029, 6, 1)},
		{"a renewal waits for nothing", wait, day(2027, 1, 20), 0, day(2027, 1, 31), day(2027, 2, 1), day(2028, 1, 31)},
		{"a late renewal", wait, day(2027, 3, 1), 0, day(2027, 1, 31), day(2027, 3, 2), day(2028, 3, 1)},
	} {
		if first, last := tt.terms.period(tt.sold, tt.maker, tt.prior); first != tt.first || last != tt.last {
			t.Errorf("%s: %s to %s, want %s to %s", tt.name, first, last, tt.first, tt.last)
		}
	}
}

func TestRefund(t *testing.T) {
	t.Parallel()
	// 365 days from 1 January, 365.00.
	base := Contract{
		Price: cny(36500), SoldOn: day(2026, 12, 31), Starts: day(2027, 1, 1), Ends: day(2027, 12, 31), Terms: Terms{CoolingDays: 15, Months: 12},
	}
	with := func(change func(c *Contract)) Contract { c := base; change(&c); return c }
	for _, tt := range []struct {
		name string
		c    Contract
		on   calendar.Date
		by   string
		want int64
		code string // of the last reason
	}{
		{"the last day to think about it", base, day(2027, 1, 15), ByCustomer, 36500, "contract.cooling"},
		{"the day after", base, day(2027, 1, 16), ByCustomer, 34900, "contract.days_left"},
		{"used within the cooling days", with(func(c *Contract) { c.Used = 1 }), day(2027, 1, 2), ByCustomer, 36300, "contract.days_left"},
		{"before it began", with(func(c *Contract) { c.Terms.CoolingDays = 0 }), day(2026, 12, 31), ByCustomer, 36500, "contract.cooling"},
		{"the last day", base, day(2027, 12, 31), ByCustomer, 0, "contract.days_left"},
		{"after the end", base, day(2028, 2, 1), ByCustomer, 0, "contract.days_left"},
		{"one of four services used", with(func(c *Contract) { c.Terms.Uses, c.Used = 4, 1 }), day(2027, 1, 31), ByCustomer, 27375, "contract.uses_left"},
		{"days are less than services", with(func(c *Contract) { c.Terms.Uses, c.Used = 4, 1 }), day(2027, 7, 2), ByCustomer, 18200, "contract.uses_left"},
		{"less what was borne", with(func(c *Contract) { c.Terms.LessClaims, c.Used, c.Spent = true, 1, 10000 }), day(2027, 1, 31), ByCustomer, 26500, "contract.less_claims"},
		{"more was borne than paid", with(func(c *Contract) { c.Terms.LessClaims, c.Used, c.Spent = true, 1, 90000 }), day(2027, 1, 31), ByCustomer, 0, "contract.less_claims"},
		{"a fee", with(func(c *Contract) { c.Terms.FeePercent = 10 }), day(2027, 1, 31), ByCustomer, 30060, "contract.fee"},
		{"the brand keeps no fee", with(func(c *Contract) { c.Terms.FeePercent, c.Terms.LessClaims, c.Used, c.Spent = 10, true, 1, 10000 }), day(2027, 1, 31), ByBrand, 33400, "contract.days_left"},
	} {
		got, why := tt.c.refund(tt.on, tt.by)
		if got != cny(tt.want) || why[len(why)-1].Code != tt.code {
			t.Errorf("%s: %s by %v, want %s by %s", tt.name, got, why.Codes(), cny(tt.want), tt.code)
		}
	}
	// Whatever happens, nobody is paid back more than was paid, nor less than nothing, and waiting never pays.
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		c := base
		c.Price.Minor, c.Used, c.Spent = r.Int64N(1e12), r.Int64N(6), r.Int64N(1e12)
		c.Terms.Uses, c.Terms.FeePercent, c.Terms.LessClaims, c.Terms.CoolingDays = r.Int64N(6), r.Int64N(101), r.IntN(2) == 0, r.IntN(30)
		c.Ends = c.Starts + calendar.Date(r.IntN(4000))
		before := c.Price.Minor
		for on := c.SoldOn; on < c.Ends+40; on += calendar.Date(1 + r.IntN(200)) {
			got, _ := c.refund(on, ByCustomer)
			if got.Minor < 0 || got.Minor > before {
				t.Fatalf("refund of %+v on %s is %d after %d", c, on, got.Minor, before)
			}
			before = got.Minor
		}
	}
}

func TestTermsAreChecked(t *testing.T) {
	t.Parallel()
	for field, change := range map[string]func(t *Terms){
		"terms.begins": func(t *Terms) { t.Begins = "never" }, "terms.months": func(t *Terms) { t.Months = 0 }, "terms.covers": func(t *Terms) { t.Covers = nil },
		"terms.covers[0].lines": func(t *Terms) {
			t.Covers = []Cover{{Name: "x", Lines: []LineKind{"gold"}, Payer: catalog.PayBrand, Share: 1}}
		},
		"terms.covers[0].payer": func(t *Terms) {
			t.Covers = []Cover{{Name: "x", Lines: []LineKind{Labour}, Payer: catalog.PayCustomer, Share: 1}}
		},
		"terms.price": func(t *Terms) { t.Price.Minor = -1 }, "terms.notice_days": func(t *Terms) { t.NoticeDays = 4 }, "terms.fee_percent": func(t *Terms) { t.FeePercent = 101 },
		"terms.limit": func(t *Terms) { t.Limit = -1 }, "terms.uses": func(t *Terms) { t.Uses = -1 }, "terms.cooling_days": func(t *Terms) { t.CoolingDays = -1 },
	} {
		terms := longer()
		change(&terms)
		var f problem.Fields
		terms.check(Extended, &f)
		if err := f.Err(); !fieldIn(err, field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	var f problem.Fields
	if longer().check(Extended, &f); f.Err() != nil {
		t.Errorf("good terms: %v", f.Err())
	}
}

func fieldIn(err error, field string) bool {
	var p *problem.Error
	return errors.As(err, &p) && slices.ContainsFunc(p.Fields, func(f problem.FieldError) bool { return f.Field == field })
}

type contractFixture struct {
	*fixture
	*Contracts
	ledger *ledger.Service
	cust   *customers.Service
	owner  customers.ID
	plan   Plan
}

func newContracts(t *testing.T, d *db.DB) *contractFixture {
	t.Helper()
	f := &contractFixture{fixture: newFixture(t, d)}
	dbtest.Clock(d, at(day(2026, 11, 21)))
	keys := f.keys
	f.cust = customers.New(d, keys)
	f.ledger = ledger.New(d)
	f.Contracts = NewContracts(ContractDeps{
		DB: d, Numbers: db.NewNumbers(d, shanghai), Keys: keys, Catalog: catalog.New(d), Customers: f.cust, Units: f.units, Ledger: f.ledger,
		Notify: notify.New(d, keys, notify.Options{Zone: shanghai}), Zone: shanghai, PublicURL: "https://service.example.com",
	})
	ref, err := f.cust.Create(f.ctx, customers.CreateInput{Name: "王小明", Phones: []customers.PhoneInput{{Number: "13800000001"}}})
	if err != nil {
		t.Fatal(err)
	}
	f.owner = ref.ID
	if _, err := f.units.ChangeOwner(f.ctx, units.OwnerInput{ID: f.unit, Owner: ref.ID}); err != nil {
		t.Fatal(err)
	}
	if f.plan, err = f.SavePlan(f.ctx, PlanInput{Brand: f.brand, Code: "ext2", Kind: Extended, NameZh: "两年延保", NameEn: "Two more years", Terms: longer()}); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *contractFixture) sold(t *testing.T) Contract {
	t.Helper()
	c, err := f.Sell(f.ctx, SellInput{Unit: f.unit, Plan: f.plan.ID})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (f *contractFixture) paid(t *testing.T) Contract {
	t.Helper()
	c, err := f.Pay(f.ctx, PayInput{ID: f.sold(t).ID, Method: "wechat", Reference: "4200001"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (f *contractFixture) balance(t *testing.T, account string) int64 {
	t.Helper()
	list, err := f.ledger.Balance(f.ctx, f.db, account)
	if err != nil || len(list) > 1 {
		t.Fatalf("balance of %s: %v %v", account, list, err)
	}
	if len(list) == 0 {
		return 0
	}
	return list[0].Minor
}

func (f *contractFixture) use(t *testing.T, coverage CoverageID, ref, job string, minor int64) {
	t.Helper()
	err := db.InTx0(f.ctx, f.db, func(ctx context.Context, tx *db.Tx) error {
		return f.fixture.UseTx(ctx, tx, Use{coverage, ref, job, cny(minor)})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestContract: sold, paid, covers behind the maker's year, spends its limit, is cancelled and paid back, and the books
// balance.
func TestContract(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newContracts(t, d)
		c := f.sold(t)
		if c.State != ContractSold || c.Starts != day(2027, 1, 6) || c.Ends != day(2029, 1, 5) || c.Number == "" || c.Customer != f.owner {
			t.Fatalf("sold: %+v", c)
		}
		later := day(2027, 6, 1)
		if got := f.check(t, later, Line{Kind: Labour}); got.Payer != catalog.PayCustomer {
			t.Errorf("before it is paid %s pays", got.Payer)
		}
		if _, err := f.Sell(f.ctx, SellInput{Unit: f.unit, Plan: f.plan.ID}); !problem.Match(err, ErrContractLive) {
			t.Errorf("sold twice: %v", err)
		}
		if _, err := f.Pay(f.ctx, PayInput{ID: c.ID, Method: "shells"}); !fieldIn(err, "method") {
			t.Errorf("paid in shells: %v", err)
		}
		c, err := f.Pay(f.ctx, PayInput{ID: c.ID, Method: "wechat"})
		if err != nil || c.State != ContractActive || f.balance(t, "collected:/") != 39900 || f.balance(t, "deferred:contract") != -39900 {
			t.Fatalf("paid: %+v, %v", c, err)
		}
		if _, err := f.Pay(f.ctx, PayInput{ID: c.ID, Method: "wechat"}); !problem.Match(err, ErrContractState) || f.balance(t, "collected:/") != 39900 {
			t.Errorf("paid twice: %v", err)
		}
		if got := f.check(t, day(2027, 1, 5), Line{Kind: Labour}); got.Kind == ContractKind {
			t.Error("it pays while the maker does")
		}
		got := f.check(t, later, Line{Kind: Labour})
		if got.Payer != catalog.PayInsurer || got.Most == nil || got.Most.Minor != 100000 {
			t.Fatalf("after the maker's year: %+v", got)
		}
		f.use(t, got.Coverage, "charge1", "order1", 60000)
		f.use(t, got.Coverage, "charge1", "order1", 60000) // told twice
		if got = f.check(t, later, Line{Kind: Labour}); got.Most == nil || got.Most.Minor != 40000 {
			t.Errorf("after 600.00: %+v", got.Most)
		}
		f.use(t, got.Coverage, "charge2", "order2", 40000)
		if got = f.check(t, later, Line{Kind: Labour}); got.Payer != catalog.PayCustomer || !slices.Contains(got.Reasons.Codes(), "entitlement.spent") {
			t.Errorf("with nothing left: %s, %v", got.Payer, got.Reasons.Codes())
		}
		if c, err = f.Contract(f.ctx, c.ID); err != nil || c.State != ContractUsedUp || c.Used != 2 || c.Spent != 100000 {
			t.Errorf("used up: %+v, %v", c, err)
		}
		if err := db.InTx0(f.ctx, d, func(ctx context.Context, tx *db.Tx) error { return f.ReleaseTx(ctx, tx, "charge2") }); err != nil {
			t.Fatal(err)
		}
		if c, err = f.Contract(f.ctx, c.ID); err != nil || c.State != ContractActive || c.Used != 1 || c.Spent != 60000 {
			t.Errorf("with a use taken back: %+v, %v", c, err)
		}
		all, _, err := f.Of(f.ctx, f.unit)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(all, func(c Coverage) bool { return c.Contract != "" })
		if _, err := f.Revoke(f.ctx, all[i].ID, all[i].Version, "no"); !problem.Match(err, ErrOfContract) {
			t.Errorf("its coverage revoked by hand: %v", err)
		}
		q, err := f.CancelQuote(f.ctx, c.ID, ByCustomer)
		if err != nil || q.Refund.Minor != 0 { // more was borne than paid
			t.Errorf("quote: %+v, %v", q, err)
		}
		c, err = f.Cancel(f.ctx, CancelInput{ID: c.ID, Reason: "sold_by_mistake", By: ByBrand})
		if err != nil || c.State != ContractCancelled || c.Ended.Refund.Minor != 39900 {
			t.Fatalf("cancelled: %+v, %v", c.Ended, err)
		}
		if f.balance(t, "payable:customer") != -39900 || f.balance(t, "deferred:contract") != 0 {
			t.Errorf("books after cancelling: %d owed, %d deferred", f.balance(t, "payable:customer"), f.balance(t, "deferred:contract"))
		}
		if got = f.check(t, later, Line{Kind: Labour}); got.Payer != catalog.PayCustomer {
			t.Errorf("after it was cancelled %s pays", got.Payer)
		}
		for range 2 {
			c, err = f.Repay(f.ctx, PayInput{ID: c.ID, Method: "wechat"})
		}
		if !problem.Match(err, ErrNothingBack) || f.balance(t, "payable:customer") != 0 || f.balance(t, "collected:/") != 0 {
			t.Errorf("paid back twice: %v, %d owed, %d held", err, f.balance(t, "payable:customer"), f.balance(t, "collected:/"))
		}
	})
}

// TestServicePlan counts orders, not charges; an order that began to use it goes on, and of many at once only so many do.
func TestServicePlan(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newContracts(t, d)
		p, err := f.SavePlan(f.ctx, PlanInput{Brand: f.brand, Code: "wash", Kind: Servicing, NameZh: "清洗两次", Terms: Terms{
			Begins: AtOnce, Months: 12, Uses: 2, Price: cny(0), Covers: []Cover{{Name: "清洗", Lines: []LineKind{Labour, Travel}, Payer: catalog.PaySeller, Share: 100}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		c, err := f.Sell(f.ctx, SellInput{Unit: f.unit, Plan: p.ID})
		if err != nil || c.State != ContractActive {
			t.Fatalf("a free plan: %s, %v", c.State, err)
		}
		later := day(2027, 6, 1)
		ask := func(job string) Decision {
			t.Helper()
			got, err := f.Check(f.ctx, d, CheckInput{Unit: f.unit, Job: job, At: at(later), Lines: []Line{{Kind: Labour}}})
			if err != nil {
				t.Fatal(err)
			}
			return got[0]
		}
		first := ask("o1")
		f.use(t, first.Coverage, "a", "o1", 100)
		f.use(t, first.Coverage, "b", "o1", 100)
		f.use(t, first.Coverage, "c", "o2", 100)
		if ask("o1").Payer != catalog.PaySeller || ask("o2").Payer != catalog.PaySeller || ask("o3").Payer != catalog.PayCustomer || ask("").Payer != catalog.PayCustomer {
			t.Errorf("two uses: o1 %s, o2 %s, o3 %s", ask("o1").Payer, ask("o2").Payer, ask("o3").Payer)
		}
		var wg sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			wg.Go(func() {
				errs[i] = db.InTx0(f.ctx, d, func(ctx context.Context, tx *db.Tx) error {
					return f.fixture.UseTx(ctx, tx, Use{first.Coverage, fmt.Sprint("x", i), "o9", cny(10)})
				})
			})
		}
		wg.Wait()
		c, err = f.Contract(f.ctx, c.ID)
		if err != nil || c.Used != 3 || c.Spent != 380 || slices.ContainsFunc(errs, func(e error) bool { return e != nil }) {
			t.Errorf("eight charges at once: %+v, %v, %v", c, err, errs)
		}
	})
}

// TestContractEnds: told in time, expired on its day, renewed by itself because the customer was told, lengthened by days
// out of use.
func TestContractEnds(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newContracts(t, d)
		c := f.paid(t)
		run := func(on calendar.Date) Contract {
			t.Helper()
			dbtest.Clock(d, at(on))
			if err := f.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			got, err := f.Contract(f.ctx, c.ID)
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		messages := func() int {
			t.Helper()
			told, err := f.Notify.OfRecord(f.ctx, d, "contract", string(c.ID))
			if err != nil || slices.ContainsFunc(told, func(m notify.Logged) bool { return m.Template != "T20" }) {
				t.Fatalf("messages %+v, %v", told, err)
			}
			return len(told)
		}
		if got := run(day(2028, 12, 5)); !got.ToldAt.IsZero() || messages() != 0 {
			t.Errorf("told 31 days before: %v, %d messages", got.ToldAt, messages())
		}
		if got := run(day(2028, 12, 6)); got.ToldAt.IsZero() || messages() != 1 {
			t.Errorf("not told 30 days before: %v, %d messages", got.ToldAt, messages())
		}
		if got := run(day(2029, 1, 5)); got.State != ContractActive || messages() != 1 {
			t.Errorf("on its last day: %s, %d messages", got.State, messages())
		}
		err := db.InTx0(f.ctx, d, func(ctx context.Context, tx *db.Tx) error {
			_, err := f.units.FactTx(ctx, tx, units.Fact{Unit: f.unit, Kind: units.FactRepaired, DaysOut: 10, Result: "fixed", At: at(day(2028, 12, 20))})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := run(day(2029, 1, 15)); got.State != ContractActive || f.check(t, day(2029, 1, 15), Line{Kind: Labour}).Payer != catalog.PayInsurer {
			t.Errorf("ten days out of use do not lengthen it: %s", got.State)
		}
		got := run(day(2029, 1, 16))
		if got.State != ContractExpired || got.RenewedTo == "" || f.balance(t, "revenue:contract") != -39900 {
			t.Fatalf("after its end: %+v", got)
		}
		next, err := f.Contract(f.ctx, got.RenewedTo)
		if err != nil || next.State != ContractSold || next.RenewedFrom != c.ID || next.Starts != day(2029, 1, 17) {
			t.Errorf("renewed: %+v, %v", next, err)
		}
		if again, err := f.Renew(f.ctx, c.ID); err != nil || again.ID != next.ID {
			t.Errorf("renewed again: %s, %v, want the same contract", again.ID, err)
		}
		if late, err := f.Pay(f.ctx, PayInput{ID: next.ID, Method: "cash"}); err != nil || late.Starts != day(2029, 1, 17) {
			t.Errorf("paid on the day it was sold: starts %s, %v", late.Starts, err)
		}
	})
}

// TestUsedUpContractEnds: what is used up is earned on its last day as any other.
func TestUsedUpContractEnds(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newContracts(t, d)
		c := f.paid(t)
		f.use(t, f.check(t, day(2027, 6, 1), Line{Kind: Labour}).Coverage, "charge1", "order1", 100000)
		for _, on := range []calendar.Date{day(2029, 1, 5), day(2029, 1, 6), day(2029, 1, 7)} {
			dbtest.Clock(d, at(on))
			if err := f.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			got, err := f.Contract(f.ctx, c.ID)
			if want := on > day(2029, 1, 5); err != nil || (got.State == ContractExpired) != want || (f.balance(t, "deferred:contract") == 0) != want {
				t.Errorf("on %s: %s, %d deferred, %v", on, got.State, f.balance(t, "deferred:contract"), err)
			}
		}
	})
}

// TestContractNobodyTold: who cannot be told is not renewed by itself.
func TestContractNobodyTold(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newContracts(t, d)
		c := f.paid(t)
		if _, err := f.cust.Erase(f.ctx, customers.EraseInput{ID: f.owner, Act: access.Act{Reason: "asked"}}); err != nil {
			t.Fatal(err)
		}
		for _, on := range []calendar.Date{day(2028, 12, 6), day(2029, 1, 6)} {
			dbtest.Clock(d, at(on))
			if err := f.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := f.Contract(f.ctx, c.ID); err != nil || got.State != ContractExpired || got.RenewedTo != "" {
			t.Errorf("%+v, %v, want an end without renewal", got, err)
		}
	})
}

// TestContractMoves goes over to the unit that is given for its own.
func TestContractMoves(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newContracts(t, d)
		c := f.paid(t)
		u, err := f.units.Find(f.ctx, d, f.unit)
		if err != nil {
			t.Fatal(err)
		}
		other, err := f.units.Create(f.ctx, units.CreateInput{Brand: f.brand, Model: u.Model, Dates: units.Dates{units.Delivered: {Day: day(2026, 11, 20), By: "order"}}})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // events come at least once
			if err := f.moveTo(f.ctx, f.unit, other.ID); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := f.Contract(f.ctx, c.ID); err != nil || got.Unit != other.ID {
			t.Errorf("contract of %s, %v, want %s", got.Unit, err, other.ID)
		}
		got, err := f.Check(f.ctx, d, CheckInput{Unit: other.ID, At: at(day(2028, 6, 1)), Lines: []Line{{Kind: Labour}}})
		if err != nil || got[0].Kind != ContractKind {
			t.Errorf("the new unit: %+v, %v", got, err)
		}
		if got := f.check(t, day(2028, 6, 1), Line{Kind: Labour}); got.Kind == ContractKind {
			t.Error("the old unit is still covered")
		}
	})
}

// TestContractSales: what is not sold, to whom it is not shown, what is paid in another currency.
func TestContractSales(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newContracts(t, d)
		other, err := f.SavePlan(f.ctx, PlanInput{Brand: f.other, Code: "EXT2", Kind: Extended, NameZh: "别家", Terms: longer()})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.SavePlan(f.ctx, PlanInput{Brand: f.brand, Code: "ext2", Kind: Extended, NameZh: "又一个", Terms: longer()}); !problem.Match(err, ErrPlanCode) {
			t.Errorf("the same code twice: %v", err)
		}
		used := longer()
		used.MaxAgeMonths = 0
		checked, err := f.SavePlan(f.ctx, PlanInput{Brand: f.brand, Code: "used", Kind: Inspected, NameZh: "认证二手", Terms: used})
		if err != nil {
			t.Fatal(err)
		}
		fridge := longer()
		fridge.Categories = []catalog.CategoryCode{"FRIDGE"}
		cold, err := f.SavePlan(f.ctx, PlanInput{Brand: f.brand, Code: "cold", Kind: Extended, NameZh: "冰箱延保", Terms: fridge})
		if err != nil && !fieldIn(err, "terms.categories") {
			t.Fatal(err)
		}
		usd := money.Must(100, "USD")
		for _, tt := range []struct {
			name  string
			in    SellInput
			want  *problem.Code
			field string
		}{
			{name: "another brand's", in: SellInput{Plan: other.ID}, want: ErrNotSold},
			{name: "unknown", in: SellInput{Plan: "none"}, field: "plan_id"},
			{name: "dollars", in: SellInput{Plan: f.plan.ID, Price: &usd, Reason: "x"}, field: "price"},
			{name: "a discount without a reason", in: SellInput{Plan: f.plan.ID, Price: new(cny(100))}, field: "reason"},
			{name: "less than nothing", in: SellInput{Plan: f.plan.ID, Price: new(cny(-1)), Reason: "x"}, field: "price"},
			{name: "uninspected", in: SellInput{Plan: checked.ID}, field: "inspection"},
			{name: "inspected tomorrow", in: SellInput{Plan: checked.ID, Inspection: &Inspection{On: day(2026, 11, 22), By: "李"}}, field: "inspection.on"},
			{name: "inspected long ago", in: SellInput{Plan: checked.ID, Inspection: &Inspection{On: day(2026, 10, 1), By: "李"}}, field: "inspection.on"},
			{name: "failed", in: SellInput{Plan: checked.ID, Inspection: &Inspection{On: day(2026, 11, 21), By: "李"}}, want: ErrNotSold},
		} {
			tt.in.Unit = f.unit
			if _, err := f.Sell(f.ctx, tt.in); tt.want != nil && !problem.Match(err, tt.want) || tt.field != "" && !fieldIn(err, tt.field) {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
		if cold.ID != "" {
			if _, err := f.Sell(f.ctx, SellInput{Unit: f.unit, Plan: cold.ID}); !problem.Match(err, ErrNotSold) {
				t.Errorf("for fridges only: %v", err)
			}
		}
		if c, err := f.Sell(f.ctx, SellInput{Unit: f.unit, Plan: checked.ID, Inspection: &Inspection{On: day(2026, 11, 21), By: "李", Passed: true}}); err != nil || c.Inspection == nil {
			t.Errorf("inspected: %+v, %v", c, err)
		}
		dbtest.Clock(d, at(day(2028, 1, 6)))
		if _, err := f.Sell(f.ctx, SellInput{Unit: f.unit, Plan: f.plan.ID}); !problem.Match(err, ErrNotSold) {
			t.Errorf("older than two years: %v", err)
		}
		// Who sees neither the unit nor the sale sees no contract; another brand's plans are not listed.
		far := actor(t, access.Scope{OutletPath: "/sh/", Brands: []string{string(f.other)}}, permRead, permSell)
		list, err := f.Contracts.List(f.ctx, ContractFilter{Limit: 10})
		if err != nil || len(list) != 1 {
			t.Fatalf("contracts: %d, %v", len(list), err)
		}
		if seen, err := f.Contracts.List(far, ContractFilter{Limit: 10}); err != nil || len(seen) != 0 {
			t.Errorf("a far outlet sees %d contracts, %v", len(seen), err)
		}
		if _, err := f.Contract(far, list[0].ID); !problem.Match(err, ErrContractNotFound) {
			t.Errorf("a far outlet reads it: %v", err)
		}
		if _, err := f.Cancel(far, CancelInput{ID: list[0].ID, Reason: "other", By: ByCustomer}); !problem.Match(err, ErrContractNotFound) {
			t.Errorf("a far outlet cancels it: %v", err)
		}
		if plans, err := f.Plans(far); err != nil || len(plans) != 1 || plans[0].Brand != f.other {
			t.Errorf("plans of the other brand: %d, %v", len(plans), err)
		}
		if _, err := f.Sell(actor(t, access.Everything, permRead), SellInput{Unit: f.unit, Plan: f.plan.ID}); problem.CodeOf(err).Kind != problem.Forbidden {
			t.Errorf("sold without permission: %v", err)
		}
	})
}

// TestCertificate draws the paper, whose code finds the contract.
func TestCertificate(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newContracts(t, d)
		words := i18n.Must(problem.Words, Words)
		c := f.sold(t)
		if _, _, err := f.Certificate(f.ctx, words, "zh-CN", c.ID); !problem.Match(err, ErrContractState) {
			t.Errorf("a certificate of what is not paid: %v", err)
		}
		c, err := f.Pay(f.ctx, PayInput{ID: c.ID, Method: "cash"})
		if err != nil {
			t.Fatal(err)
		}
		for _, lang := range []string{"zh-CN", "en"} {
			name, raw, err := f.Certificate(f.ctx, words, lang, c.ID)
			if err != nil || name != "certificate-"+c.Number+".pdf" || !bytes.HasPrefix(raw, []byte("%PDF")) || !bytes.Contains(raw, []byte("/Subtype /Image")) {
				t.Errorf("%s: %q of %d bytes, %v", lang, name, len(raw), err)
			}
		}
		if found, err := f.ByCode(f.ctx, d, " "+f.code(c.ID)+" "); err != nil || found.ID != c.ID {
			t.Errorf("ByCode = %s, %v", found.ID, err)
		}
		if _, err := f.ByCode(f.ctx, d, "nothing"); !problem.Match(err, ErrContractNotFound) {
			t.Errorf("a code that nobody printed: %v", err)
		}
		p, err := f.PaperOf(f.ctx, d, c)
		if err != nil || p.Customer == "" || p.Customer == "王小明" || p.Plan.Name("en") != "Two more years" {
			t.Errorf("paper: %+v, %v", p, err)
		}
	})
}

// TestContractEarned: a contract's price is earned by its days, booked month by month whether the duty comes in time or late;
// what a cancellation pays back is earned back.
func TestContractEarned(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newContracts(t, d)
		c := f.paid(t)
		run := func(on calendar.Date) {
			t.Helper()
			dbtest.Clock(d, at(on))
			for range 2 { // a second time books nothing
				if err := f.Run(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		days := int64(c.Ends-c.Starts) + 1
		share := func(to calendar.Date) int64 { return c.Price.Minor * (int64(to-c.Starts) + 1) / days }
		first := c.Starts.AddMonths(1)
		run(monthOf(first) - 1)
		if got := -f.balance(t, "revenue:contract"); got != 0 {
			t.Errorf("before the first month is over: %d", got)
		}
		for _, on := range []calendar.Date{monthOf(first), monthOf(first) + 20, monthOf(c.Starts.AddMonths(7)) + 3} {
			run(on)
			got, err := f.Contract(f.ctx, c.ID)
			if want := share(monthOf(on) - 1); err != nil || -f.balance(t, "revenue:contract") != want || got.Earned != want || got.EarnedTo != monthOf(on)-1 {
				t.Errorf("on %s: booked %d, kept %d to %s, want %d, %v", on, -f.balance(t, "revenue:contract"), got.Earned, got.EarnedTo, want, err)
			}
		}
		if booked, err := f.ledger.OfRef(f.ctx, string(c.ID)); err != nil || len(booked) != 3 || slices.ContainsFunc(booked, func(e ledger.Entry) bool { return len(e.Lines) != 2 }) {
			t.Errorf("entries of the contract: %+v, %v, want one paid and two earned", booked, err)
		}
		ended, err := f.Cancel(f.ctx, CancelInput{ID: c.ID, Reason: "unit_gone", By: ByCustomer})
		if err != nil {
			t.Fatal(err)
		}
		kept := c.Price.Minor - ended.Ended.Refund.Minor
		if got := -f.balance(t, "revenue:contract"); got != kept || f.balance(t, "deferred:contract") != 0 || ended.Earned != kept {
			t.Errorf("cancelled: earned %d, deferred %d, want %d and 0", got, f.balance(t, "deferred:contract"), kept)
		}
		run(c.Ends)
		if got := -f.balance(t, "revenue:contract"); got != kept {
			t.Errorf("a cancelled contract earns on: %d", got)
		}
	})
}

// TestContractOfMerged: contracts and decisions of a record that was merged into another are the other's, and its own again when
// the merge is taken back.
func TestContractOfMerged(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newContracts(t, d)
		c := f.paid(t)
		u, err := f.units.Find(f.ctx, d, f.unit)
		if err != nil {
			t.Fatal(err)
		}
		into, err := f.units.Create(f.ctx, units.CreateInput{Brand: f.brand, Model: u.Model})
		if err != nil {
			t.Fatal(err)
		}
		covered := func() Decision {
			t.Helper()
			got, err := f.Check(f.ctx, d, CheckInput{Unit: into.ID, At: at(day(2028, 6, 1)), Lines: []Line{{Kind: Labour}}})
			if err != nil {
				t.Fatal(err)
			}
			return got[0]
		}
		if got := covered(); got.Kind == ContractKind {
			t.Fatalf("before: %+v", got)
		}
		if _, err := f.units.Merge(f.ctx, units.MergeInput{ID: f.unit, Into: into.ID, Act: access.Act{Reason: "same_unit"}}); err != nil {
			t.Fatal(err)
		}
		if got := covered(); got.Kind != ContractKind {
			t.Errorf("merged: %+v", got)
		}
		list, err := f.Contracts.OfUnit(f.ctx, into.ID)
		if err != nil || len(list) != 1 || list[0].ID != c.ID {
			t.Errorf("contracts of both: %+v, %v", list, err)
		}
		if _, err := f.Sell(f.ctx, SellInput{Unit: into.ID, Plan: f.plan.ID}); !problem.Match(err, ErrContractLive) {
			t.Errorf("sold a second time: %v", err)
		}
		if _, err := f.units.Unmerge(f.ctx, units.StateInput{ID: f.unit, Act: access.Act{Reason: "other_unit"}}); err != nil {
			t.Fatal(err)
		}
		if got := covered(); got.Kind == ContractKind {
			t.Errorf("taken back: %+v", got)
		}
	})
}
