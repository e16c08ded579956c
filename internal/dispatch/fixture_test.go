package dispatch

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/clocks"
	"anxin/internal/customers"
	"anxin/internal/entitlement"
	"anxin/internal/ledger"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/parts"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/crypt/crypttest"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/files"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/search"
	"anxin/internal/tariffs"
	"anxin/internal/units"
	"anxin/internal/workforce"
)

// morning is a Monday, 08:00 in Shanghai.
var morning = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

// today is its date.
var today = calendar.NewDate(2026, 11, 23)

// at is a time of the day that lies days after morning's.
func at(days, hour, minute int) time.Time {
	return morning.AddDate(0, 0, days).Add(time.Duration(hour-8)*time.Hour + time.Duration(minute)*time.Minute)
}

var skills = []catalog.SkillCode{"BASIC", "DRILL", "PLUMB", "ELEC", "LOCK", "REMOTE", "LVE", "REFR", "HEIGHT", "GAS"}

// fixture is the centre with an own outlet /own/, the authorised /hz/ (quota of 3 a day) and /yu/ (no quota),
// all serving Hangzhou in this order of rank, and /sh/, which serves Shanghai and brand two only.
type fixture struct {
	*Service
	t       testing.TB
	d       *db.DB
	keys    *crypt.Keys
	advance func(time.Duration)
	ctx     context.Context // the centre's admin
	cases   *cases.Service
	opened  []orders.ID

	one, two        catalog.BrandID
	own, hz, yu, sh outlets.Outlet
	zhao, qian      workforce.Engineer // of /own/
	li, sun         workforce.Engineer // of /hz/, /yu/
}

func newFixture(t testing.TB, d *db.DB) *fixture {
	t.Helper()
	f := &fixture{t: t, d: d, advance: dbtest.Clock(d, morning)}
	f.ctx = access.With(t.Context(), access.Actor{Kind: access.User, ID: "admin", Permissions: access.Set{"*": true}, Scope: access.Everything, Lang: "zh-CN"})
	f.build()
	f.must(catalog.Seed(f.ctx, d))
	for code, id := range map[string]*catalog.BrandID{"ONE": &f.one, "TWO": &f.two} {
		b, err := f.catalog.CreateBrand(f.ctx, catalog.CreateBrandInput{Code: code, NameZh: "品牌" + code, NameEn: code})
		f.must(err)
		*id = b.ID
	}
	f.own = f.outlet("own", outlets.KindOwn, "3301", 1, f.one, f.two)
	f.hz = f.outlet("hz", outlets.KindAuthorised, "3301", 2, f.one, f.two)
	f.yu = f.outlet("yu", outlets.KindAuthorised, "3301", 3, f.one)
	f.sh = f.outlet("sh", outlets.KindAuthorised, "31", 1, f.two)
	f.hz = f.quota(f.hz, 3)
	f.zhao, f.qian = f.engineer(f.own, "赵师傅"), f.engineer(f.own, "钱师傅")
	f.li, f.sun = f.engineer(f.hz, "李师傅"), f.engineer(f.yu, "孙师傅")
	return f
}

func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) build() {
	t, d := f.t, f.d
	zone, err := time.LoadLocation(i18n.DefaultZone)
	f.must(err)
	if f.keys == nil {
		f.keys = crypttest.New(t, d)
	}
	dir := t.TempDir()
	store, err := files.OpenLocal(filepath.Join(dir, "store"))
	f.must(err)
	t.Cleanup(func() { _ = store.Close() })
	fs, err := files.New(d, files.Options{Store: store, Keys: f.keys, Spool: filepath.Join(dir, "spool")})
	f.must(err)
	find, cat := search.New(d, f.keys, nil), catalog.New(d)
	out, cust := outlets.New(d, f.keys, cat), customers.New(d, f.keys)
	cl := clocks.New(d, clocks.OutsideCalendars(func(ctx context.Context, q db.Querier, id string) (*calendar.Calendar, error) {
		return out.Calendar(ctx, q, outlets.ID(strings.TrimPrefix(id, "outlet:")))
	}))
	un, numbers := units.New(d, f.keys, cat, cust, zone), db.NewNumbers(d, zone)
	people := workforce.New(d, f.keys, cat, out)
	f.cases = cases.New(d, numbers, f.keys, find, cat, cust, un, cl)
	ord := orders.New(orders.Deps{
		DB: d, Numbers: numbers, Keys: f.keys, Files: fs, Search: find, Identity: identity.New(d, f.keys, Permissions, identity.Options{BaseURL: "https://anxin.test"}),
		Catalog: cat, Outlets: out, Customers: cust, Clocks: cl, Ledger: ledger.New(d), Units: un, Workforce: people, Parts: parts.New(d, cat, out),
		Entitlement: entitlement.New(d, cat, un, zone), Tariffs: tariffs.New(d, cat, zone), Cases: f.cases,
	})
	f.Service = New(d, cat, out, people, ord)
}

func (f *fixture) outlet(code string, kind outlets.Kind, division string, rank int, brands ...catalog.BrandID) outlets.Outlet {
	f.t.Helper()
	o, err := f.outlets.Create(f.ctx, outlets.CreateInput{
		Code: code, Name: code + "网点", Kind: kind, Brands: brands, Division: "330106", Phone: "0571-88881234", Point: geo.Point{Lat: 30.27, Lon: 120.12, Datum: geo.WGS84},
	})
	f.must(err)
	o, err = f.outlets.SetAreas(f.ctx, outlets.SetAreasInput{ID: o.ID, Version: o.Version, Areas: []outlets.Area{{Division: division, Rank: rank}}})
	f.must(err)
	return o
}

// quota declares how many orders an outlet takes on any day.
func (f *fixture) quota(o outlets.Outlet, n int) outlets.Outlet {
	f.t.Helper()
	var rows []outlets.QuotaRow
	for d := time.Sunday; d <= time.Saturday; d++ {
		rows = append(rows, outlets.QuotaRow{Weekday: &d, Orders: n})
	}
	o, err := f.outlets.SetQuotas(f.ctx, outlets.SetQuotasInput{ID: o.ID, Version: o.Version, Quotas: rows})
	f.must(err)
	return o
}

func (f *fixture) engineer(o outlets.Outlet, name string, lacks ...catalog.SkillCode) workforce.Engineer {
	f.t.Helper()
	var list []workforce.Skill
	for _, c := range skills {
		if !slices.Contains(lacks, c) {
			list = append(list, workforce.Skill{Code: c, Level: 3})
		}
	}
	e, err := f.workforce.Create(f.ctx, workforce.CreateInput{OutletID: o.ID, Name: name, Job: workforce.JobEngineer, Skills: list})
	f.must(err)
	for _, c := range []catalog.SkillCode{"LVE", "REFR", "HEIGHT", "GAS"} {
		e, err = f.workforce.AddCertificate(f.ctx, workforce.AddCertificateInput{
			ID: e.ID, Version: e.Version, Code: c, Number: fmt.Sprint(c, name), IssuedOn: calendar.NewDate(2025, 1, 1), ValidTo: calendar.NewDate(2030, 12, 31),
			RecheckBy: calendar.NewDate(2028, 1, 1),
		})
		f.must(err)
	}
	return e
}

// order opens a ready order in Hangzhou: a repair of a gas water heater.
func (f *fixture) order(brand catalog.BrandID) orders.Order {
	f.t.Helper()
	place, err := customers.PlaceOf(customers.AddressInput{Text: "浙江省杭州市西湖区文三路478号8幢1502室", Point: &geo.Point{Lat: 30.28, Lon: 120.13, Datum: geo.WGS84}})
	f.must(err)
	c, err := f.cases.Open(f.ctx, cases.OpenInput{
		Type: cases.Request, BrandID: brand, Category: "GWH", Symptom: "GWH-S03", ServiceType: "REP", Channel: cases.Phone, Summary: "水忽冷忽热", Place: &place, Impact: 2, Urgency: 2,
	})
	f.must(err)
	o, err := f.orders.Create(f.ctx, orders.CreateInput{CaseID: c.ID, Release: true})
	f.must(err)
	f.opened = append(f.opened, o.ID)
	return o
}

// part makes a part, and the vans of all engineers.
func (f *fixture) part(code string) parts.Part {
	f.t.Helper()
	p, err := f.orders.Parts.Create(f.ctx, parts.Part{Code: code, NameZh: "主板", Class: catalog.PartMain, Unit: "pc"})
	f.must(err)
	for _, e := range []workforce.Engineer{f.zhao, f.qian, f.li, f.sun} {
		f.must(db.InTx0(f.ctx, f.d, func(ctx context.Context, tx *db.Tx) error {
			_, err := f.orders.Parts.OpenVanTx(ctx, tx, string(e.ID), e.OutletID)
			return err
		}))
	}
	return p
}

func (f *fixture) get(id orders.ID) orders.Order {
	f.t.Helper()
	o, err := f.orders.Find(f.ctx, f.d, id)
	f.must(err)
	return o
}

// as is a person of a role with the scope of a path.
func (f *fixture) as(role, path string, brands ...catalog.BrandID) context.Context {
	set := access.Set{}
	for _, p := range slices.Concat(Permissions, orders.Permissions, cases.Permissions) {
		if slices.Contains(p.Roles, role) {
			set[p.Key] = true
		}
	}
	scope := access.Scope{OutletPath: path}
	if len(brands) > 0 {
		scope.Brands = db.Strings(brands)
	}
	return access.With(f.t.Context(), access.Actor{Kind: access.User, ID: role + path, Permissions: set, Scope: scope, Lang: "zh-CN"})
}

// settle tells dispatch of every order, twice, as events may. (On PostgreSQL the feed of events stops at the
// oldest transaction of the whole server, which tests beside this one hold back: see TestSubscribes.)
func (f *fixture) settle() {
	f.t.Helper()
	for range 2 {
		for _, id := range f.opened {
			f.must(f.OnOrder(f.ctx, id))
		}
	}
}

func (f *fixture) hold(o orders.Order, from, to time.Time) Hold {
	f.t.Helper()
	h, err := f.Hold(f.ctx, HoldInput{Order: o.ID, From: from, To: to})
	f.must(err)
	return h
}

func (f *fixture) reserved(id orders.ID) (Reservation, bool) {
	f.t.Helper()
	r, ok, err := f.Reservation(f.ctx, f.d, id)
	f.must(err)
	return r, ok
}

func (f *fixture) alerts() []string {
	f.t.Helper()
	list, err := f.Alerts(f.ctx, AlertFilter{Limit: 100})
	f.must(err)
	out := []string{}
	for _, a := range list {
		out = append(out, a.Kind)
	}
	slices.Sort(out)
	return out
}

// codes are the rules named in a refusal.
func codes(err error) []string {
	var e *problem.Error
	if !errors.As(err, &e) {
		return nil
	}
	return violationCodes(e.Params["violations"])
}

func because(code string) access.Act { return access.Act{Reason: code} }
