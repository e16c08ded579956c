package maintenance

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"log/slog"
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
	"anxin/internal/platform/crypt/crypttest"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/events"
	"anxin/internal/platform/files"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/jobs"
	"anxin/internal/platform/money"
	"anxin/internal/platform/notify"
	"anxin/internal/platform/search"
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
	m       *Service
	bus     *events.Bus
	drained int
	heard   map[string]bool // records of events that all before were handled of
	t       testing.TB
	d       *db.DB
	advance func(time.Duration)
	ctx     context.Context // the centre's admin

	one, two     catalog.BrandID
	own, hz, sh  outlets.Outlet
	zhao, li, wu workforce.Engineer // of /own/, /hz/, /hz/
	customer     customers.Customer
	model        catalog.Model
	place        customers.Place
	unit         units.Unit
	board        parts.Part
	sms          *sentMessages
	uploads      int
}

type sentMessages struct{ list []notify.Outgoing }

func (s *sentMessages) Send(_ context.Context, o notify.Outgoing) error {
	s.list = append(s.list, o)
	return nil
}

func newFixture(t testing.TB, d *db.DB) *fixture {
	t.Helper()
	f := &fixture{t: t, d: d, advance: dbtest.Clock(d, noon), sms: &sentMessages{}}
	f.ctx = access.With(t.Context(), access.Actor{Kind: access.User, ID: "admin", Permissions: access.Set{"*": true}, Scope: access.Everything, Lang: "zh-CN"})
	f.Service = f.services()
	f.must(catalog.Seed(t.Context(), d))
	f.must(f.Clocks.Seed(t.Context()))
	f.must(f.Tariffs.Seed(f.ctx))
	zone, err := time.LoadLocation(i18n.DefaultZone)
	f.must(err)
	f.m = New(Deps{
		DB: d, Numbers: f.Numbers, Tasks: jobs.NewTasks(d), Identity: f.Identity, Notify: f.Notify, Catalog: f.Catalog, Customers: f.Customers, Outlets: f.Outlets, Units: f.Units,
		Parts: f.Parts, Cases: f.Cases, Orders: f.Service, Zone: zone,
	})
	f.Entitlement.UsePayer(f.m.PaysFor)
	f.bus = events.NewBus(d, slog.New(slog.DiscardHandler))
	f.m.Subscribe(f.bus)
	f.heard = map[string]bool{}
	events.Subscribe(f.bus, "test.last", func(_ context.Context, ev ClosedEvent) error {
		f.heard[ev.ID] = true
		return nil
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
	return slices.Concat(Permissions, orders.Permissions, cases.Permissions, customers.Permissions, outlets.Permissions, workforce.Permissions, units.Permissions, parts.Permissions)
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
	var err error
	f.model, err = f.Catalog.CreateModel(f.ctx, catalog.Model{BrandID: f.one, Category: "GWH", Code: "JSQ-16", NameZh: "热水器16升", NameEn: "Water heater 16 l", WarrantyMonths: 12})
	f.must(err)
	place, err := customers.PlaceOf(customers.AddressInput{Text: "浙江省杭州市西湖区文三路478号" + seededDoor, Point: &geo.Point{Lat: 30.28, Lon: 120.13, Datum: geo.WGS84}})
	f.must(err)
	f.place = place
	f.customer = f.person(seededName, seededPhone, "")
	f.unit = f.newUnit("GW24030001", f.customer.ID)
}

func (f *fixture) person(name, phone, email string) (c customers.Customer) {
	f.t.Helper()
	f.must(db.InTx0(f.ctx, f.d, func(ctx context.Context, tx *db.Tx) (err error) {
		in := customers.CreateInput{Name: name, Email: email, Brand: f.one}
		if phone != "" {
			in.Phones = []customers.PhoneInput{{Number: phone}}
		}
		c, err = f.Customers.CreateTx(ctx, tx, in)
		return err
	}))
	return c
}

// newUnit is a water heater of brand one, standing in Hangzhou when it has an owner.
func (f *fixture) newUnit(serial string, owner customers.ID) (u units.Unit) {
	f.t.Helper()
	f.must(db.InTx0(f.ctx, f.d, func(ctx context.Context, tx *db.Tx) (err error) {
		in := units.CreateInput{Brand: f.one, Model: f.model.ID, Category: "GWH", Serial: serial, Owner: owner}
		if owner != "" {
			in.Place = &f.place
		}
		u, err = f.Units.CreateTx(ctx, tx, in)
		return err
	}))
	return u
}

func act(reason ...string) access.Act {
	a := access.Act{}
	if len(reason) > 0 {
		a.Reason = reason[0]
	}
	return a
}

func (f *fixture) in(id orders.ID, reason ...string) orders.ActInput {
	return orders.ActInput{Act: act(reason...), ID: id}
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
func (f *fixture) wholeProof(user, serial string) orders.ProofInput {
	p := orders.ProofInput{
		Diagnosis: orders.Diagnosis{Symptom: "GWH-S03", Cause: "GWH-C03", Action: "GWH-A03"}, Serial: serial,
		Photos: []orders.PhotoInput{
			{FileID: f.upload(user, files.Photo, 1), Kind: orders.PhotoBefore},
			{FileID: f.upload(user, files.Photo, 2), Kind: orders.PhotoAfter},
			{FileID: f.upload(user, files.Signature, 3), Kind: orders.PhotoSignature},
		},
	}
	snap, err := f.Catalog.Current(f.ctx, f.d)
	f.must(err)
	for _, item := range snap.Checklist("RECALL", "GWH") {
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
