package console

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"anxin/internal/callbacks"
	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/clocks"
	"anxin/internal/customers"
	"anxin/internal/dispatch"
	"anxin/internal/entitlement"
	"anxin/internal/intake"
	"anxin/internal/ledger"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/parts"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/crypt/crypttest"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/events"
	"anxin/internal/platform/files"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/money"
	"anxin/internal/platform/notify"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/search"
	"anxin/internal/returns"
	"anxin/internal/tariffs"
	"anxin/internal/units"
	"anxin/internal/workforce"
)

// noon is a Monday, 12:00 in Shanghai.
var noon = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

// Personal data that must stand nowhere in the clear.
const (
	seededPhone = "13812345678"
	seededOther = "13987650123"
	seededDoor  = "8幢3单元1502室"
	seededName  = "欧阳明月"
)

// fixture is the centre, an own outlet /own/ and two authorised ones, /hz/ and /sh/, each with engineers;
// brands one and two (/sh/ serves only two); a customer in Hangzhou with a unit of brand one, and a case
// about it.
type fixture struct {
	*orders.Service
	con       *Service
	contracts *entitlement.Contracts
	cb        *callbacks.Service
	in        *intake.Service
	words     *i18n.Catalogue
	bus       *events.Bus // one holds the lease
	t         *testing.T
	d         *db.DB
	advance   func(time.Duration)
	ctx       context.Context // the centre's admin

	one, two     catalog.BrandID
	own, hz, sh  outlets.Outlet
	zhao, li, wu workforce.Engineer // of /own/, /hz/, /hz/
	customer     customers.Customer
	unit         units.Unit
	caseID       cases.ID
	board        parts.Part
	sms          *sentMessages
	uploads      int
}

type sentMessages struct{ list []notify.Outgoing }

func (s *sentMessages) Send(_ context.Context, o notify.Outgoing) error {
	s.list = append(s.list, o)
	return nil
}

func newFixture(t *testing.T, d *db.DB) *fixture {
	t.Helper()
	f := &fixture{t: t, d: d, advance: dbtest.Clock(d, noon), sms: &sentMessages{}}
	f.ctx = access.With(t.Context(), access.Actor{Kind: access.User, ID: "admin", Permissions: access.Set{"*": true}, Scope: access.Everything, Lang: "zh-CN"})
	f.Service = f.services()
	f.must(catalog.Seed(t.Context(), d))
	f.must(f.Clocks.Seed(t.Context()))
	f.must(f.Tariffs.Seed(f.ctx))
	zone, err := time.LoadLocation(i18n.DefaultZone)
	f.must(err)
	f.cb = callbacks.New(d, f.Keys, f.Catalog, f.Cases, f.Service, zone)
	f.bus = events.NewBus(d, slog.New(slog.DiscardHandler))
	f.cb.Subscribe(f.bus)
	f.in = intake.New(d, f.Keys, f.Catalog, f.Customers, f.Units, f.Cases)
	f.words = i18n.Must(problem.Words, Words, intake.Words, callbacks.Words, orders.Words, cases.Words, catalog.Words, customers.Words, files.Words, identity.Words,
		units.Words, parts.Words, outlets.Words, workforce.Words, clocks.Words, notify.Words, entitlement.Words, dispatch.Words, returns.Words)
	f.contracts = entitlement.NewContracts(entitlement.ContractDeps{
		DB: d, Numbers: db.NewNumbers(d, zone), Keys: f.Keys, Catalog: f.Catalog, Customers: f.Customers, Units: f.Units, Ledger: f.Ledger, Zone: zone,
	})
	f.con = New(Deps{
		DB: d, Words: f.words, Zone: zone, Identity: f.Identity, Notify: f.Notify, Trail: audit.New(d), Catalog: f.Catalog, Outlets: f.Outlets, Customers: f.Customers, Clocks: f.Clocks,
		Units: f.Units, Workforce: f.Workforce, Cases: f.Cases, Orders: f.Service, Dispatch: dispatch.New(d, f.Catalog, f.Outlets, f.Workforce, f.Service), Callbacks: f.cb, Intake: f.in, Rights: f.Entitlement, Contracts: f.contracts, Files: f.Files,
		Returns: returns.New(returns.Deps{
			DB: d, Numbers: db.NewNumbers(d, zone), Keys: f.Keys, Files: f.Files, Notify: f.Notify, Identity: f.Identity, Catalog: f.Catalog, Outlets: f.Outlets, Customers: f.Customers, Clocks: f.Clocks,
			Ledger: f.Ledger, Units: f.Units, Parts: f.Parts, Entitlement: f.Entitlement, Cases: f.Cases, Zone: zone,
		}),
	})
	f.seedNetwork()
	f.seedCustomer()
	return f
}

func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) services() *orders.Service {
	t, d := f.t, f.d
	zone, err := time.LoadLocation(i18n.DefaultZone)
	f.must(err)
	keys := crypttest.New(t, d)
	dir := t.TempDir()
	store, err := files.OpenLocal(filepath.Join(dir, "store"))
	f.must(err)
	t.Cleanup(func() { _ = store.Close() })
	fs, err := files.New(d, files.Options{Store: store, Keys: keys, Spool: filepath.Join(dir, "spool")})
	f.must(err)
	find := search.New(d, keys, nil)
	cat := catalog.New(d)
	out := outlets.New(d, keys, cat)
	cust := customers.New(d, keys)
	cl := clocks.New(d, clocks.OutsideCalendars(func(ctx context.Context, q db.Querier, id string) (*calendar.Calendar, error) {
		return out.Calendar(ctx, q, outlets.ID(strings.TrimPrefix(id, "outlet:")))
	}))
	un := units.New(d, keys, cat, cust, zone)
	numbers := db.NewNumbers(d, zone)
	return orders.New(orders.Deps{
		DB: d, Numbers: numbers, Keys: keys, Files: fs, Search: find, Identity: identity.New(d, keys, allPermissions(), identity.Options{BaseURL: "https://anxin.test"}),
		Notify: notify.New(d, keys, notify.Options{SMS: f.sms}), Catalog: cat, Outlets: out, Customers: cust, Clocks: cl, Ledger: ledger.New(d), Units: un,
		Workforce: workforce.New(d, keys, cat, out), Parts: parts.New(d, cat, out), Entitlement: entitlement.New(d, cat, un, zone), Tariffs: tariffs.New(d, cat, zone),
		Cases: cases.New(d, numbers, keys, find, cat, cust, un, cl),
	})
}

func allPermissions() []access.Permission {
	return slices.Concat(Permissions, callbacks.Permissions, orders.Permissions, cases.Permissions, customers.Permissions, outlets.Permissions, workforce.Permissions, units.Permissions, parts.Permissions, entitlement.Permissions)
}

func (f *fixture) seedNetwork() {
	for code, id := range map[string]*catalog.BrandID{"ONE": &f.one, "TWO": &f.two} {
		b, err := f.Catalog.CreateBrand(f.ctx, catalog.CreateBrandInput{Code: code, NameZh: "品牌" + code, NameEn: code, Hotline: "400-800-1234"})
		f.must(err)
		*id = b.ID
	}
	outlet := func(code string, kind outlets.Kind, brands ...catalog.BrandID) outlets.Outlet {
		o, err := f.Outlets.Create(f.ctx, outlets.CreateInput{
			Code: code, Name: code + "网点", Kind: kind, Brands: brands, Division: "330106", Phone: "0571-88881234", Point: geo.Point{Lat: 30.27, Lon: 120.12, Datum: geo.WGS84},
		})
		f.must(err)
		return o
	}
	f.own, f.hz, f.sh = outlet("own", outlets.KindOwn, f.one, f.two), outlet("hz", outlets.KindAuthorised, f.one, f.two), outlet("sh", outlets.KindAuthorised, f.two)
	engineer := func(o outlets.Outlet, name, user string) workforce.Engineer {
		skills := []workforce.Skill{}
		for _, c := range []catalog.SkillCode{"BASIC", "DRILL", "PLUMB", "ELEC", "LOCK", "REMOTE"} {
			skills = append(skills, workforce.Skill{Code: c, Level: 3})
		}
		for _, c := range []catalog.SkillCode{"LVE", "REFR", "HEIGHT", "GAS"} {
			skills = append(skills, workforce.Skill{Code: c, Level: 3})
		}
		e, err := f.Workforce.Create(f.ctx, workforce.CreateInput{OutletID: o.ID, Name: name, UserID: user, Job: workforce.JobEngineer, Skills: skills})
		f.must(err)
		for _, c := range []catalog.SkillCode{"LVE", "REFR", "HEIGHT", "GAS"} {
			e, err = f.Workforce.AddCertificate(f.ctx, workforce.AddCertificateInput{
				ID: e.ID, Version: e.Version, Code: c, Number: "T" + string(c) + user, IssuedOn: calendar.NewDate(2025, 1, 1), ValidTo: calendar.NewDate(2030, 12, 31),
				RecheckBy: calendar.NewDate(2028, 1, 1),
			})
			f.must(err)
		}
		return e
	}
	f.zhao, f.li, f.wu = engineer(f.own, "赵师傅", "user-zhao"), engineer(f.hz, "李师傅", "user-li"), engineer(f.hz, "吴师傅", "user-wu")
	var err error
	f.board, err = f.Parts.Create(f.ctx, parts.Part{
		Brand: f.one, Code: "PCB-1", NameZh: "控制板", NameEn: "Control board", Class: catalog.PartGeneral, Type: "board", Unit: "pc", Price: new(money.Must(18000, "CNY")), Returnable: true,
	})
	f.must(err)
	_, err = f.Parts.OpenVan(f.ctx, parts.VanInput{Engineer: string(f.li.ID), Outlet: f.hz.ID})
	f.must(err)
	_, err = f.Parts.Receive(f.ctx, parts.StockInput{Place: parts.VanPlace(string(f.li.ID)), Part: f.board.ID, Qty: 2})
	f.must(err)
}

func (f *fixture) seedCustomer() {
	ctx := f.ctx
	err := db.InTx0(ctx, f.d, func(ctx context.Context, tx *db.Tx) error {
		var err error
		f.customer, err = f.Customers.CreateTx(ctx, tx, customers.CreateInput{
			Name: seededName, Phones: []customers.PhoneInput{{Number: seededPhone}}, Brand: f.one,
		})
		if err != nil {
			return err
		}
		f.unit, err = f.Units.CreateTx(ctx, tx, units.CreateInput{Brand: f.one, Category: "GWH", Owner: f.customer.ID})
		return err
	})
	f.must(err)
	f.caseID = f.openCase(f.one, f.customer.ID, f.unit.ID)
}

func (f *fixture) openCase(brand catalog.BrandID, customer customers.ID, unit units.ID) cases.ID {
	f.t.Helper()
	place, err := customers.PlaceOf(customers.AddressInput{Text: "浙江省杭州市西湖区文三路478号" + seededDoor, Point: &geo.Point{Lat: 30.28, Lon: 120.13, Datum: geo.WGS84}})
	f.must(err)
	c, err := f.Cases.Open(f.ctx, cases.OpenInput{
		Type: cases.Request, BrandID: brand, CustomerID: customer, UnitID: unit, Category: "GWH", Symptom: "GWH-S03", ServiceType: "REP", Channel: cases.Phone,
		Summary: "水忽冷忽热", Place: &place, Impact: 2, Urgency: 2,
	})
	f.must(err)
	return c.ID
}

// create opens an order of the case, ready.
func (f *fixture) create(change ...func(*orders.CreateInput)) orders.Order {
	f.t.Helper()
	in := orders.CreateInput{CaseID: f.caseID, Release: true, Instruct: "先检查水压", Parties: orders.Parties{OnSite: orders.Person{Name: seededName, Phone: seededOther}}}
	for _, c := range change {
		c(&in)
	}
	o, err := f.Create(f.ctx, in)
	if err != nil {
		f.t.Fatalf("Create: %v", err)
	}
	return o
}

func act(reason ...string) access.Act {
	a := access.Act{}
	if len(reason) > 0 {
		a.Reason = reason[0]
	}
	return a
}

func (f *fixture) in2(id orders.ID, reason ...string) orders.ActInput {
	return orders.ActInput{Act: act(reason...), ID: id}
}

// accepted brings an order to the outlet /hz/.
func (f *fixture) accepted() orders.Order {
	f.t.Helper()
	o := f.create()
	_, err := f.Offer(f.ctx, orders.OfferInput{ActInput: f.in2(o.ID), OutletID: f.hz.ID})
	f.must(err)
	o, err = f.Accept(f.as(access.RoleOutletManager, f.hz.Path), f.in2(o.ID))
	f.must(err)
	return o
}

// planned plans and sends a visit of Li for orders, two hours from now.
func (f *fixture) planned(ids ...orders.ID) orders.Visit {
	f.t.Helper()
	start := f.d.Now().Add(2 * time.Hour)
	v, err := f.PlanVisit(f.ctx, orders.PlanVisit{Orders: ids, Engineers: []workforce.EngineerID{f.li.ID}, Start: start, End: start.Add(time.Hour), Dispatch: true})
	if err != nil {
		f.t.Fatalf("PlanVisit: %v", err)
	}
	return v
}

func (f *fixture) field(v orders.Visit, reason ...string) orders.FieldInput {
	return orders.FieldInput{VisitInput: orders.VisitInput{Act: act(reason...), ID: v.ID}}
}

// onSite brings a visit of Li to the place.
func (f *fixture) onSite(ids ...orders.ID) orders.Visit {
	f.t.Helper()
	v := f.planned(ids...)
	ctx := f.engineer(f.li)
	_, err := f.AcceptVisit(ctx, f.field(v))
	f.must(err)
	_, err = f.Depart(ctx, orders.DepartInput{FieldInput: f.field(v)})
	f.must(err)
	f.advance(2 * time.Hour) // the visit's start
	in := f.field(v)
	in.Point = &geo.Point{Lat: 30.2801, Lon: 120.1301, Datum: geo.WGS84}
	v, err = f.Arrive(ctx, in)
	f.must(err)
	return v
}

// wholeProof is everything that a repair of a gas water heater asks for.
func (f *fixture) wholeProof(user string) orders.ProofInput {
	p := orders.ProofInput{
		Diagnosis: orders.Diagnosis{Symptom: "GWH-S03", Cause: "GWH-C03", Action: "GWH-A03"}, Serial: fmt.Sprintf("SN-%04d", f.uploads+1),
		Photos: []orders.PhotoInput{
			{FileID: f.upload(user, files.Photo, 1), Kind: orders.PhotoBefore},
			{FileID: f.upload(user, files.Photo, 2), Kind: orders.PhotoAfter},
			{FileID: f.upload(user, files.Signature, 3), Kind: orders.PhotoSignature},
		},
	}
	snap, err := f.Catalog.Current(f.ctx, f.d)
	f.must(err)
	for _, item := range snap.Checklist("REP", "GWH") {
		a := orders.AnswerItem{Item: item.Code}
		switch item.Kind {
		case catalog.ItemCheck:
			a.Checked = new(true)
		case catalog.ItemReading:
			v := 1.0
			if item.Min != nil && item.Max != nil {
				v = (*item.Min + *item.Max) / 2
			}
			a.Number = &v
		default:
			a.Text = "已检查"
		}
		p.Answers = append(p.Answers, a)
	}
	return p
}

// upload hands in a picture like no other: the same one twice is a finding.
func (f *fixture) upload(user string, purpose files.Purpose, shade uint8) files.ID {
	f.t.Helper()
	var b bytes.Buffer
	f.uploads++
	img := image.NewRGBA(image.Rect(0, 0, 64+f.uploads, 48))
	for i := range 64 {
		img.Set(i, int(shade)%48, color.RGBA{shade, uint8(i), uint8(f.uploads), 255})
	}
	f.must(jpeg.Encode(&b, img, nil))
	file, err := f.Files.Upload(f.ctx, files.UploadInput{Purpose: purpose, By: user, Name: "p.jpg", Body: &b})
	f.must(err)
	return file.ID
}

// completed finishes an order by Li with whole proof.
func (f *fixture) completed() (orders.Order, orders.Visit) {
	f.t.Helper()
	return f.completedWith(func(*orders.ProofInput) {})
}

func (f *fixture) completedWith(change func(*orders.ProofInput)) (orders.Order, orders.Visit) {
	f.t.Helper()
	o := f.accepted()
	v := f.onSite(o.ID)
	p := f.wholeProof("user-li")
	change(&p)
	v, err := f.FinishVisit(f.engineer(f.li), orders.FinishInput{FieldInput: f.field(v), Results: []orders.OrderResult{{Order: o.ID, Outcome: orders.OutcomeFixed, Proof: p}}})
	if err != nil {
		f.t.Fatalf("FinishVisit: %v", err)
	}
	o, err = f.Find(f.ctx, f.d, o.ID)
	f.must(err)
	return o, v
}

// as is somebody with a role's own permissions at an outlet.
func (f *fixture) as(role, path string, brands ...catalog.BrandID) context.Context {
	set := access.Set{}
	for _, p := range allPermissions() {
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

func (f *fixture) engineer(e workforce.Engineer) context.Context {
	a := access.From(f.as(access.RoleEngineer, e.OutletPath))
	a.ID, a.EngineerID = e.UserID, string(e.ID)
	return access.With(f.t.Context(), a)
}

// topics lists the events of a record.
func (f *fixture) topics(kind, id string) []string {
	f.t.Helper()
	list, err := events.OfRecord(f.t.Context(), f.d, kind, id)
	f.must(err)
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = e.Topic
	}
	return out
}

// seedUnit gives the customer another unit.
func (f *fixture) seedUnit(brand catalog.BrandID) {
	f.t.Helper()
	f.must(db.InTx0(f.ctx, f.d, func(ctx context.Context, tx *db.Tx) (err error) {
		f.unit, err = f.Units.CreateTx(ctx, tx, units.CreateInput{Brand: brand, Category: "GWH", Owner: f.customer.ID})
		return err
	}))
}
