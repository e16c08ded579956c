package returns

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"path/filepath"
	"slices"
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
	"anxin/internal/platform/crypt/crypttest"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/events"
	"anxin/internal/platform/files"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/money"
	"anxin/internal/platform/notify"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/search"
	"anxin/internal/units"
)

// noon is a Monday, 12:00 in Shanghai.
var noon = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

func day(y int, m time.Month, d int) calendar.Date { return calendar.NewDate(y, m, d) }

// fixture is the centre, outlets /hz/ (brands one and two) and /sh/ (two), a customer of Hangzhou with a fridge of
// brand one that was bought online for 3999.00, delivered on 16 November, and a case about it.
type fixture struct {
	*Service
	t       testing.TB
	d       *db.DB
	advance func(time.Duration)
	ctx     context.Context // the centre's admin

	one, two catalog.BrandID
	hz, sh   outlets.Outlet
	model    catalog.ModelID
	customer customers.Customer
	unit     units.Unit
	caseID   cases.ID
	uploads  int
}

func newFixture(t testing.TB, d *db.DB) *fixture {
	t.Helper()
	f := &fixture{t: t, d: d, advance: dbtest.Clock(d, noon)}
	f.ctx = access.With(t.Context(), access.Actor{Kind: access.User, ID: "admin", Permissions: access.Set{"*": true}, Scope: access.Everything, Lang: "zh-CN"})
	f.Service = f.services()
	f.must(catalog.Seed(t.Context(), d))
	f.must(f.Clocks.Seed(t.Context()))
	for code, id := range map[string]*catalog.BrandID{"ONE": &f.one, "TWO": &f.two} {
		b, err := f.Catalog.CreateBrand(f.ctx, catalog.CreateBrandInput{Code: code, NameZh: "品牌" + code, NameEn: code, Hotline: "400-800-1234"})
		f.must(err)
		*id = b.ID
	}
	outlet := func(code string, brands ...catalog.BrandID) outlets.Outlet {
		o, err := f.Outlets.Create(f.ctx, outlets.CreateInput{
			Code: code, Name: code + "网点", Kind: outlets.KindAuthorised, Brands: brands, Division: "330106", Phone: "0571-88881234", Address: "杭州市西湖区文三路1号" + code,
			Point: geo.Point{Lat: 30.27, Lon: 120.12, Datum: geo.WGS84},
		})
		f.must(err)
		return o
	}
	f.hz, f.sh = outlet("hz", f.one, f.two), outlet("sh", f.two)
	m, err := f.Catalog.CreateModel(f.ctx, catalog.Model{BrandID: f.one, Category: "RF", Code: "R-300", NameZh: "冰箱300", NameEn: "Fridge 300", WarrantyMonths: 12})
	f.must(err)
	f.model = m.ID
	f.must(db.InTx0(f.ctx, d, func(ctx context.Context, tx *db.Tx) error {
		f.customer, err = f.Customers.CreateTx(ctx, tx, customers.CreateInput{Name: "欧阳明月", Phones: []customers.PhoneInput{{Number: "13812345678"}}, Brand: f.one})
		return err
	}))
	f.unit = f.newUnit("SN-0001", f.one)
	f.caseID = f.openCase(f.one, f.unit.ID)
	_, err = f.SetPolicy(f.ctx, SetPolicyInput{Brand: f.one, Policy: Policy{Address: "杭州市余杭区退货仓1号", Limits: []Limit{{Auto: 500_000, Person: 600_000}}}})
	f.must(err)
	return f
}

func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) services() *Service {
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
	cat := catalog.New(d)
	out := outlets.New(d, keys, cat)
	cust := customers.New(d, keys)
	cl := clocks.New(d)
	un := units.New(d, keys, cat, cust, zone)
	numbers := db.NewNumbers(d, zone)
	return New(Deps{
		DB: d, Numbers: numbers, Keys: keys, Files: fs, Notify: notify.New(d, keys, notify.Options{}), Catalog: cat, Outlets: out, Customers: cust, Clocks: cl,
		Ledger: ledger.New(d), Units: un, Parts: parts.New(d, cat, out), Entitlement: entitlement.New(d, cat, un, zone),
		Cases: cases.New(d, numbers, keys, search.New(d, keys, nil), cat, cust, un, cl), Zone: zone,
	})
}

// newUnit is a fridge bought online for 3999.00 and delivered on 16 November.
func (f *fixture) newUnit(serial string, brand catalog.BrandID) (u units.Unit) {
	f.t.Helper()
	model := f.model
	if brand != f.one {
		model = ""
	}
	f.must(db.InTx0(f.ctx, f.d, func(ctx context.Context, tx *db.Tx) (err error) {
		u, err = f.Units.CreateTx(ctx, tx, units.CreateInput{
			Brand: brand, Model: model, Category: "RF", Serial: serial, Owner: f.customer.ID,
			Purchase: units.Purchase{Channel: "tmall", Seller: "旗舰店", OrderNo: "T" + serial, Price: new(money.Must(399_900, "CNY"))},
			Dates: units.Dates{
				units.Sold: {Day: day(2026, 11, 12), By: "seller"}, units.Invoiced: {Day: day(2026, 11, 12), By: "invoice"}, units.Delivered: {Day: day(2026, 11, 16), By: "carrier"},
			},
		})
		return err
	}))
	return u
}

func (f *fixture) openCase(brand catalog.BrandID, unit units.ID) cases.ID {
	f.t.Helper()
	place, err := customers.PlaceOf(customers.AddressInput{Text: "浙江省杭州市西湖区文三路478号8幢3单元1502室", Point: &geo.Point{Lat: 30.28, Lon: 120.13, Datum: geo.WGS84}})
	f.must(err)
	c, err := f.Cases.Open(f.ctx, cases.OpenInput{
		Type: cases.Request, BrandID: brand, CustomerID: f.customer.ID, UnitID: unit, Category: "RF", Symptom: "RF-S01", ServiceType: "REP", Channel: cases.Phone,
		Summary: "不想要了", Place: &place, Impact: 2, Urgency: 2,
	})
	f.must(err)
	return c.ID
}

// request is a return of the fridge without a reason.
func (f *fixture) request(change ...func(*RequestInput)) RequestInput {
	in := RequestInput{
		Act: access.Act{Reason: "return_no_reason"}, Type: ForRefund, Case: f.caseID, Channel: ByAgent,
		Lines: []LineInput{{Unit: f.unit.ID, LineFacts: LineFacts{Photos: []string{string(f.upload())}}}},
	}
	in.Lines[0].Return.Opened, in.Lines[0].Return.FreeFreight = true, true
	for _, c := range change {
		c(&in)
	}
	return in
}

func (f *fixture) opened(change ...func(*RequestInput)) Return {
	f.t.Helper()
	r, err := f.Request(f.ctx, f.request(change...))
	if err != nil {
		f.t.Fatalf("Request: %v", err)
	}
	return r
}

func in(r Return, reason ...string) ActInput {
	a := ActInput{ID: r.ID}
	if len(reason) > 0 {
		a.Reason = reason[0]
	}
	return a
}

func lines(r Return) LineAct { return LineAct{ActInput: in(r), Lines: []LineID{r.Lines[0].ID}} }

// received brings the goods of the first line to the depot, inspected brings them through the inspection.
func (f *fixture) received(r Return) Return {
	f.t.Helper()
	r, err := f.Receive(f.ctx, ReceiveInput{ActInput: in(r), Line: r.Lines[0].ID, Quantity: r.Lines[0].Quantity, Serial: r.Lines[0].Serial})
	f.must(err)
	return r
}

func (f *fixture) inspected(r Return, grade Grade) Return {
	f.t.Helper()
	r, err := f.Inspect(f.ctx, InspectInput{ActInput: in(r), Line: r.Lines[0].ID, Grade: grade})
	f.must(err)
	return r
}

// paid hands everything due to the bank; answered confirms every payment of the batch.
func (f *fixture) paid() Batch {
	f.t.Helper()
	b, err := f.Pay(f.ctx, PayInput{Provider: "bank_file", Brand: f.one, Currency: "CNY"})
	f.must(err)
	return b
}

func (f *fixture) answered(b Batch, result string) Confirmed {
	f.t.Helper()
	return f.confirm(f.answers(b, result))
}

func (f *fixture) confirm(body string) Confirmed {
	f.t.Helper()
	c, err := f.Confirm(f.ctx, "bank_file", []byte(body))
	f.must(err)
	return c
}

// answers is the bank's file about a batch.
func (f *fixture) answers(b Batch, result string) string {
	f.t.Helper()
	list, err := paymentsOf(f.ctx, f.d, "batch_id", string(b.ID))
	f.must(err)
	out := "reference,result,amount,currency,code\n"
	for _, p := range list {
		out += p.Reference + "," + result + "," + money.Amount{Minor: p.Amount, Currency: p.Currency}.Plain() + "," + string(p.Currency) + ",E1\n"
	}
	return out
}

func (f *fixture) get(id ID) Return {
	f.t.Helper()
	r, err := f.Get(f.ctx, id)
	f.must(err)
	return r
}

// upload hands in a picture like no other.
func (f *fixture) upload() files.ID {
	f.t.Helper()
	var b bytes.Buffer
	f.uploads++
	img := image.NewRGBA(image.Rect(0, 0, 64+f.uploads, 48))
	for i := range 64 {
		img.Set(i, i%48, color.RGBA{uint8(f.uploads), uint8(i), uint8(f.uploads), 255})
	}
	f.must(jpeg.Encode(&b, img, nil))
	file, err := f.Files.Upload(f.ctx, files.UploadInput{Purpose: files.Photo, By: "admin", Name: "p.jpg", Body: &b})
	f.must(err)
	return file.ID
}

// as is somebody with a role's own permissions at an outlet.
func (f *fixture) as(role, path string, brands ...catalog.BrandID) context.Context {
	set := access.Set{}
	for _, p := range slices.Concat(Permissions, units.Permissions, cases.Permissions, customers.Permissions, parts.Permissions, entitlement.Permissions) {
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

// topics lists the events of a return.
func (f *fixture) topics(id ID) []string {
	f.t.Helper()
	list, err := events.OfRecord(f.t.Context(), f.d, recordKind, string(id))
	f.must(err)
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = e.Topic
	}
	return out
}

func (f *fixture) count(query string, args ...any) int64 {
	f.t.Helper()
	n, err := db.Get(f.ctx, f.d, db.ScanInt, query, args...)
	f.must(err)
	return n
}

func (f *fixture) caseState() cases.State {
	f.t.Helper()
	c, err := f.Cases.Find(f.ctx, f.d, f.caseID)
	f.must(err)
	return c.State
}

// balance is what stands on an account in yuan-cents.
func (f *fixture) balance(account string) int64 {
	f.t.Helper()
	list, err := f.Ledger.Balance(f.ctx, f.d, account)
	f.must(err)
	var sum int64
	for _, a := range list {
		sum += a.Minor
	}
	return sum
}

func fieldsOf(err error) []string {
	var e *problem.Error
	if !errors.As(err, &e) {
		return nil
	}
	out := []string{}
	for _, f := range e.Fields {
		out = append(out, f.Field+" "+f.Code)
	}
	return out
}
