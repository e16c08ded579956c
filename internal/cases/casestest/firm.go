// Package casestest builds a small firm on a fresh database, up to a case that waits for an order: what the tests of
// orders and of the modules above begin with.
//
// It owns the firm and who acts in it. How an order lives is in orderstest.
package casestest

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
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
	"anxin/internal/outlets"
	"anxin/internal/parts"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/crypt"
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
	"anxin/internal/platform/search"
	"anxin/internal/tariffs"
	"anxin/internal/units"
	"anxin/internal/workforce"
)

// Noon is when a firm's clock begins: a Monday, 12:00 in Shanghai.
var Noon = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

// Personal data of the firm's customer, which must stand nowhere in the clear.
const (
	Phone = "13812345678"
	Other = "13987650123"
	Door  = "8幢3单元1502室"
	Name  = "欧阳明月"
)

// Firm is the centre, an own outlet /own/ and two authorised ones, /hz/ and /sh/, each with engineers; brands one and
// two (/sh/ serves only two); a customer in Hangzhou with a unit of brand one, and a case about it.
type Firm struct {
	T        testing.TB
	DB       *db.DB
	Ctx      context.Context     // the centre's admin
	Advance  func(time.Duration) // puts the clock on
	Services Services
	SMS      *Messages

	One, Two     catalog.BrandID
	Own, Hz, Sh  outlets.Outlet
	Zhao, Li, Wu workforce.Engineer // of /own/, /hz/, /hz/
	Customer     customers.Customer
	Unit         units.Unit
	CaseID       cases.ID
	Board        parts.Part // two of them are in Li's van

	permissions []access.Permission
	uploads     int
}

// Services are what a firm is made with, as app makes them.
type Services struct {
	Zone        *time.Location
	Numbers     *db.Numbers
	Keys        *crypt.Keys
	Files       *files.Service
	Search      *search.Service
	Identity    *identity.Service
	Notify      *notify.Service
	Catalog     *catalog.Service
	Outlets     *outlets.Service
	Customers   *customers.Service
	Clocks      *clocks.Service
	Ledger      *ledger.Service
	Units       *units.Service
	Workforce   *workforce.Service
	Parts       *parts.Service
	Entitlement *entitlement.Service
	Tariffs     *tariffs.Service
	Cases       *cases.Service
}

// Messages keeps the SMS that a firm sends.
type Messages struct{ List []notify.Outgoing }

// Send keeps a message.
func (s *Messages) Send(_ context.Context, o notify.Outgoing) error {
	s.List = append(s.List, o)
	return nil
}

// New makes a firm on an empty database. Permissions are those that roles have in it: of cases and below, and what
// the caller adds.
func New(t testing.TB, d *db.DB, permissions ...access.Permission) *Firm {
	t.Helper()
	f := &Firm{T: t, DB: d, Advance: dbtest.Clock(d, Noon), SMS: &Messages{}}
	f.Ctx = access.With(t.Context(), access.Actor{Kind: access.User, ID: "admin", Permissions: access.Set{"*": true}, Scope: access.Everything, Lang: "zh-CN"})
	f.permissions = slices.Concat(permissions, cases.Permissions, customers.Permissions, outlets.Permissions, workforce.Permissions, units.Permissions, parts.Permissions)
	f.build()
	f.Must(catalog.Seed(t.Context(), d))
	f.Must(f.Services.Clocks.Seed(t.Context()))
	f.Must(f.Services.Tariffs.Seed(f.Ctx))
	f.seedNetwork()
	f.seedCustomer()
	return f
}

// Must ends the test when err is one.
func (f *Firm) Must(err error) {
	f.T.Helper()
	if err != nil {
		f.T.Fatal(err)
	}
}

func (f *Firm) build() {
	t, d, p := f.T, f.DB, &f.Services
	zone, err := time.LoadLocation(i18n.DefaultZone)
	f.Must(err)
	dir := t.TempDir()
	store, err := files.OpenLocal(filepath.Join(dir, "store"))
	f.Must(err)
	t.Cleanup(func() { _ = store.Close() })
	p.Zone, p.Numbers, p.Keys = zone, db.NewNumbers(d, zone), crypttest.New(t, d)
	p.Files, err = files.New(d, files.Options{Store: store, Keys: p.Keys, Spool: filepath.Join(dir, "spool")})
	f.Must(err)
	p.Search = search.New(d, p.Keys, nil)
	p.Identity = identity.New(d, p.Keys, f.permissions, identity.Options{BaseURL: "https://anxin.test"})
	p.Notify = notify.New(d, p.Keys, notify.Options{SMS: f.SMS})
	p.Catalog = catalog.New(d)
	p.Outlets = outlets.New(d, p.Keys, p.Catalog)
	p.Customers = customers.New(d, p.Keys)
	p.Clocks = clocks.New(d, clocks.OutsideCalendars(func(ctx context.Context, q db.Querier, id string) (*calendar.Calendar, error) {
		return p.Outlets.Calendar(ctx, q, outlets.ID(strings.TrimPrefix(id, "outlet:")))
	}))
	p.Ledger = ledger.New(d)
	p.Units = units.New(d, p.Keys, p.Catalog, p.Customers, zone)
	p.Workforce = workforce.New(d, p.Keys, p.Catalog, p.Outlets)
	p.Parts = parts.New(d, p.Catalog, p.Outlets)
	p.Entitlement = entitlement.New(d, p.Catalog, p.Units, zone)
	p.Tariffs = tariffs.New(d, p.Catalog, zone)
	p.Cases = cases.New(d, p.Numbers, p.Keys, p.Search, p.Catalog, p.Customers, p.Units, p.Clocks)
}

func (f *Firm) seedNetwork() {
	for code, id := range map[string]*catalog.BrandID{"ONE": &f.One, "TWO": &f.Two} {
		b, err := f.Services.Catalog.CreateBrand(f.Ctx, catalog.CreateBrandInput{Code: code, NameZh: "品牌" + code, NameEn: code, Hotline: "400-800-1234"})
		f.Must(err)
		*id = b.ID
	}
	f.Own, f.Hz, f.Sh = f.outlet("own", outlets.KindOwn, f.One, f.Two), f.outlet("hz", outlets.KindAuthorised, f.One, f.Two), f.outlet("sh", outlets.KindAuthorised, f.Two)
	f.Zhao, f.Li, f.Wu = f.hire(f.Own, "赵师傅", "user-zhao"), f.hire(f.Hz, "李师傅", "user-li"), f.hire(f.Hz, "吴师傅", "user-wu")
	var err error
	f.Board, err = f.Services.Parts.Create(f.Ctx, parts.Part{
		Brand: f.One, Code: "PCB-1", NameZh: "控制板", NameEn: "Control board", Class: catalog.PartGeneral, Type: "board", Unit: "pc", Price: new(money.Must(18000, "CNY")), Returnable: true,
	})
	f.Must(err)
	_, err = f.Services.Parts.OpenVan(f.Ctx, parts.VanInput{Engineer: string(f.Li.ID), Outlet: f.Hz.ID})
	f.Must(err)
	_, err = f.Services.Parts.Receive(f.Ctx, parts.StockInput{Place: parts.VanPlace(string(f.Li.ID)), Part: f.Board.ID, Qty: 2})
	f.Must(err)
}

func (f *Firm) outlet(code string, kind outlets.Kind, brands ...catalog.BrandID) outlets.Outlet {
	o, err := f.Services.Outlets.Create(f.Ctx, outlets.CreateInput{
		Code: code, Name: code + "网点", Kind: kind, Brands: brands, Division: "330106", Phone: "0571-88881234", Point: geo.Point{Lat: 30.27, Lon: 120.12, Datum: geo.WGS84},
	})
	f.Must(err)
	return o
}

// hire makes an engineer who can and may do everything.
func (f *Firm) hire(o outlets.Outlet, name, user string) workforce.Engineer {
	free := []catalog.SkillCode{"BASIC", "DRILL", "PLUMB", "ELEC", "LOCK", "REMOTE"}
	certified := []catalog.SkillCode{"LVE", "REFR", "HEIGHT", "GAS"}
	skills := []workforce.Skill{}
	for _, c := range slices.Concat(free, certified) {
		skills = append(skills, workforce.Skill{Code: c, Level: 3})
	}
	e, err := f.Services.Workforce.Create(f.Ctx, workforce.CreateInput{OutletID: o.ID, Name: name, UserID: user, Job: workforce.JobEngineer, Skills: skills})
	f.Must(err)
	for _, c := range certified {
		e, err = f.Services.Workforce.AddCertificate(f.Ctx, workforce.AddCertificateInput{
			ID: e.ID, Version: e.Version, Code: c, Number: "T" + string(c) + user, IssuedOn: calendar.NewDate(2025, 1, 1), ValidTo: calendar.NewDate(2030, 12, 31),
			RecheckBy: calendar.NewDate(2028, 1, 1),
		})
		f.Must(err)
	}
	return e
}

func (f *Firm) seedCustomer() {
	f.Must(db.InTx0(f.Ctx, f.DB, func(ctx context.Context, tx *db.Tx) (err error) {
		f.Customer, err = f.Services.Customers.CreateTx(ctx, tx, customers.CreateInput{Name: Name, Phones: []customers.PhoneInput{{Number: Phone}}, Brand: f.One})
		return err
	}))
	f.NewUnit(f.One)
	f.CaseID = f.OpenCase(f.One, f.Customer.ID, f.Unit.ID)
}

// NewUnit gives the customer another gas water heater, of a brand; it is the firm's Unit from now on.
func (f *Firm) NewUnit(brand catalog.BrandID) {
	f.T.Helper()
	f.Must(db.InTx0(f.Ctx, f.DB, func(ctx context.Context, tx *db.Tx) (err error) {
		f.Unit, err = f.Services.Units.CreateTx(ctx, tx, units.CreateInput{Brand: brand, Category: "GWH", Owner: f.Customer.ID})
		return err
	}))
}

// Place is where the customer lives.
func (f *Firm) Place() customers.Place {
	f.T.Helper()
	p, err := customers.PlaceOf(customers.AddressInput{Text: "浙江省杭州市西湖区文三路478号" + Door, Point: &geo.Point{Lat: 30.28, Lon: 120.13, Datum: geo.WGS84}})
	f.Must(err)
	return p
}

// OpenCase opens a request for a repair by phone.
func (f *Firm) OpenCase(brand catalog.BrandID, customer customers.ID, unit units.ID) cases.ID {
	f.T.Helper()
	c, err := f.Services.Cases.Open(f.Ctx, cases.OpenInput{
		Type: cases.Request, BrandID: brand, CustomerID: customer, UnitID: unit, Category: "GWH", Symptom: "GWH-S03", ServiceType: "REP", Channel: cases.Phone,
		Summary: "水忽冷忽热", Place: new(f.Place()), Impact: 2, Urgency: 2,
	})
	f.Must(err)
	return c.ID
}

// CaseState is the state of the firm's case.
func (f *Firm) CaseState() cases.State {
	f.T.Helper()
	c, err := f.Services.Cases.Find(f.Ctx, f.DB, f.CaseID)
	f.Must(err)
	return c.State
}

// Upload hands in a picture like no other: the same one twice is a finding.
func (f *Firm) Upload(user string, purpose files.Purpose, shade uint8) files.ID {
	f.T.Helper()
	var b bytes.Buffer
	f.uploads++
	img := image.NewRGBA(image.Rect(0, 0, 64+f.uploads, 48))
	for i := range 64 {
		img.Set(i, int(shade)%48, color.RGBA{shade, uint8(i), uint8(f.uploads), 255})
	}
	f.Must(jpeg.Encode(&b, img, nil))
	file, err := f.Services.Files.Upload(f.Ctx, files.UploadInput{Purpose: purpose, By: user, Name: "p.jpg", Body: &b})
	f.Must(err)
	return file.ID
}

// Uploads is how many pictures were handed in so far.
func (f *Firm) Uploads() int { return f.uploads }

// As is somebody with a role's own permissions at an outlet, who sees some brands only when any are named.
func (f *Firm) As(role, path string, brands ...catalog.BrandID) context.Context {
	set := access.Set{}
	for _, p := range f.permissions {
		if slices.Contains(p.Roles, role) {
			set[p.Key] = true
		}
	}
	scope := access.Scope{OutletPath: path}
	if len(brands) > 0 {
		scope.Brands = db.Strings(brands)
	}
	return access.With(f.T.Context(), access.Actor{Kind: access.User, ID: role + path, Permissions: set, Scope: scope, Lang: "zh-CN"})
}

// Engineer is an engineer at work.
func (f *Firm) Engineer(e workforce.Engineer) context.Context {
	a := access.From(f.As(access.RoleEngineer, e.OutletPath))
	a.ID, a.EngineerID = e.UserID, string(e.ID)
	return access.With(f.T.Context(), a)
}

// Topics lists the events of a record.
func (f *Firm) Topics(kind, id string) []string {
	f.T.Helper()
	list, err := events.OfRecord(f.T.Context(), f.DB, kind, id)
	f.Must(err)
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = e.Topic
	}
	return out
}

// Act is the beginning of an act's input, with a reason when one is given.
func Act(reason ...string) access.Act {
	a := access.Act{}
	if len(reason) > 0 {
		a.Reason = reason[0]
	}
	return a
}

// Answers answers every item of a checklist as it should be.
func (f *Firm) Answers(st catalog.ServiceTypeCode, cat catalog.CategoryCode, answer func(item catalog.ChecklistItem, checked *bool, number *float64, text string)) {
	f.T.Helper()
	snap, err := f.Services.Catalog.Current(f.Ctx, f.DB)
	f.Must(err)
	for _, item := range snap.Checklist(st, cat) {
		switch item.Kind {
		case catalog.ItemCheck:
			answer(item, new(true), nil, "")
		case catalog.ItemReading:
			v := 1.0
			if item.Min != nil && item.Max != nil {
				v = (*item.Min + *item.Max) / 2
			}
			answer(item, nil, &v, "")
		default:
			answer(item, nil, nil, "已检查")
		}
	}
}
