package cases

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/clocks"
	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/crypt/crypttest"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/search"
	"anxin/internal/units"
)

const (
	street = "浙江省杭州市余杭区五常街道文一西路969号"
	door   = "3幢2单元1704室"
	phone  = "13812345678"
)

type fixture struct {
	*Service
	t       *testing.T
	d       *db.DB
	ctx     context.Context // the centre
	advance func(time.Duration)
	keys    *crypt.Keys
	cat     *catalog.Service
	bus     *events.Bus
	cust    *customers.Service
	things  *units.Service

	brand, other catalog.BrandID
	model        catalog.ModelID
	customer     customers.ID
	unit         units.ID
}

// as is a context of somebody with a scope.
func (f *fixture) as(id string, scope access.Scope, perms ...string) context.Context {
	set := access.Set{}
	for _, p := range perms {
		set[p] = true
	}
	if len(perms) == 0 {
		set["*"] = true
	}
	return access.With(f.t.Context(), access.Actor{Kind: access.User, ID: id, Permissions: set, Scope: scope, Lang: "en"})
}

func newFixture(t *testing.T, d *db.DB) *fixture {
	t.Helper()
	f := &fixture{t: t, d: d, advance: dbtest.Clock(d, noon)}
	f.ctx = f.as("u1", access.Everything)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(catalog.Seed(f.ctx, d))
	f.cat = catalog.New(d)
	a, err := f.cat.CreateBrand(f.ctx, catalog.CreateBrandInput{Code: "ANA", NameZh: "安然", NameEn: "Anran", Hotline: "400-800-1234"})
	must(err)
	b, err := f.cat.CreateBrand(f.ctx, catalog.CreateBrandInput{Code: "BEI", NameZh: "北辰", NameEn: "Beichen"})
	must(err)
	m, err := f.cat.CreateModel(f.ctx, catalog.Model{BrandID: a.ID, Category: "GWH", Code: "JSQ-16", NameZh: "燃气热水器", NameEn: "Heater", WarrantyMonths: 12, MainPartMonths: 36})
	must(err)
	f.brand, f.other, f.model = a.ID, b.ID, m.ID
	f.keys = crypttest.New(t, d)
	cust := customers.New(d, f.keys)
	ref, err := cust.Create(f.ctx, customers.CreateInput{Name: "王小明", Phones: []customers.PhoneInput{{Number: phone}}, Brand: f.brand})
	must(err)
	f.customer = ref.ID
	f.cust = cust
	f.things = units.New(d, f.keys, f.cat, cust, nil)
	unit, err := f.things.Create(f.ctx, units.CreateInput{Brand: f.brand, Model: f.model, Owner: f.customer, Serial: "SN-000177"})
	must(err)
	f.unit = unit.ID
	ticks := clocks.New(d)
	must(ticks.Seed(f.ctx))
	f.Service = New(d, db.NewNumbers(d, time.FixedZone("CST", 8*3600)), f.keys, search.New(d, f.keys, nil), f.cat, cust, f.things, ticks)
	f.bus = events.NewBus(d, slog.New(loud{slog.DiscardHandler, t}))
	f.Subscribe(f.bus)
	return f
}

// input is a plain request; change makes it another.
func (f *fixture) input(change ...func(*OpenInput)) OpenInput {
	in := OpenInput{BrandID: f.brand, Channel: Phone, Summary: "热水器打不着火"}
	for _, c := range change {
		c(&in)
	}
	return in
}

func (f *fixture) open(change ...func(*OpenInput)) Case {
	f.t.Helper()
	c, err := f.Open(f.ctx, f.input(change...))
	if err != nil {
		f.t.Fatalf("open: %v", err)
	}
	return c
}

func asComplaint(in *OpenInput) { in.Type = Complaint }

func (f *fixture) get(id ID) Case {
	f.t.Helper()
	c, err := f.Get(f.ctx, id)
	if err != nil {
		f.t.Fatalf("get %s: %v", id, err)
	}
	return c
}

func (f *fixture) must(c Case, err error) Case {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
	return c
}

func (f *fixture) want(id ID, s State) Case {
	f.t.Helper()
	c := f.get(id)
	if c.State != s {
		f.t.Errorf("the case is %s, want %s", c.State, s)
	}
	return c
}

func (f *fixture) tx(fn func(ctx context.Context, tx *db.Tx) error) {
	f.t.Helper()
	if err := db.InTx0(access.AsSystem(f.ctx, "orders"), f.d, fn); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) attach(id ID, ref, outlet string) {
	f.t.Helper()
	f.tx(func(ctx context.Context, tx *db.Tx) error {
		return f.AttachWorkTx(ctx, tx, AttachWork{Case: id, Kind: "order", Ref: ref, OutletPath: outlet, At: tx.Now()})
	})
}

func (f *fixture) detach(id ID, ref, outlet string) {
	f.t.Helper()
	f.tx(func(ctx context.Context, tx *db.Tx) error {
		return f.DetachOutletTx(ctx, tx, AttachWork{Case: id, Kind: "order", Ref: ref, OutletPath: outlet})
	})
}

func (f *fixture) done(id ID, ref string, done bool) {
	f.t.Helper()
	f.tx(func(ctx context.Context, tx *db.Tx) error {
		return f.WorkDoneTx(ctx, tx, id, "order", ref, done, tx.Now())
	})
}

func (f *fixture) end(id ID, ref string) {
	f.t.Helper()
	f.tx(func(ctx context.Context, tx *db.Tx) error { return f.EndWorkTx(ctx, tx, id, "order", ref, tx.Now()) })
}

// verifying opens a case whose work is done and ended.
func (f *fixture) verifying(change ...func(*OpenInput)) Case {
	f.t.Helper()
	c := f.open(change...)
	f.attach(c.ID, "o1", "/")
	f.done(c.ID, "o1", true)
	f.end(c.ID, "o1")
	return f.want(c.ID, Verifying)
}

func (f *fixture) topics(id ID) []string {
	f.t.Helper()
	list, err := events.OfRecord(f.ctx, f.d, "case", string(id))
	if err != nil {
		f.t.Fatal(err)
	}
	out := []string{}
	for _, e := range list {
		out = append(out, e.Topic)
	}
	return out
}

func (f *fixture) wantTopics(id ID, want ...string) {
	f.t.Helper()
	if got := f.topics(id); !slices.Equal(got, want) {
		f.t.Errorf("published %v, want %v", got, want)
	}
}

func (f *fixture) act(id ID, change ...func(*ActInput)) ActInput {
	in := ActInput{ID: id}
	for _, c := range change {
		c(&in)
	}
	return in
}

func because(code string) func(*ActInput) { return func(in *ActInput) { in.Reason = code } }

// clock returns the newest clock of a milestone.
func (f *fixture) clock(id ID, m clocks.Milestone) clocks.Deadline {
	f.t.Helper()
	list, err := f.clocks.OfRecord(f.ctx, f.d, "case", string(id))
	if err != nil {
		f.t.Fatal(err)
	}
	for _, d := range slices.Backward(list) {
		if d.Milestone == m {
			return d
		}
	}
	return clocks.Deadline{}
}

// until delivers what is published until something is true.
func (f *fixture) until(what string, ok func() bool) {
	f.t.Helper()
	dbtest.Until(f.t, what, func() bool {
		if err := f.bus.Drain(f.ctx); err != nil {
			f.t.Fatal(err)
		}
		return ok()
	})
}

// due waits until the queue sorts a case by a deadline; zero is none.
func (f *fixture) due(id ID, want time.Time) {
	f.t.Helper()
	f.until(fmt.Sprintf("due %s", want), func() bool {
		got := f.get(id).NextDueAt
		return got == nil && want.IsZero() || got != nil && got.Equal(want)
	})
}

// loud fails the test when a handler does.
type loud struct {
	slog.Handler
	t *testing.T
}

func (h loud) Enabled(context.Context, slog.Level) bool { return true }

func (h loud) Handle(_ context.Context, r slog.Record) error {
	if r.Level >= slog.LevelWarn {
		r.Attrs(func(a slog.Attr) bool {
			h.t.Errorf("%s: %s", r.Message, a)
			return true
		})
	}
	return nil
}

// fieldOf tells which field an error is about.
func fieldOf(err error) string {
	var e *problem.Error
	if !errors.As(err, &e) || len(e.Fields) == 0 {
		return ""
	}
	return e.Fields[0].Field
}
