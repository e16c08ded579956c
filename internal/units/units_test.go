package units

import (
	"context"
	"encoding/hex"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/crypt/crypttest"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/events"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/money"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/search"
)

const (
	street = "浙江省杭州市余杭区五常街道文一西路969号"
	door   = "3幢2单元1704室"
)

type fixture struct {
	*Service
	t            *testing.T
	ctx          context.Context // the centre
	db           *db.DB
	brand, other catalog.BrandID
	model        catalog.ModelID
	owner        customers.ID
	address      customers.AddressID
}

func actor(t *testing.T, scope access.Scope, perms ...string) context.Context {
	set := access.Set{}
	for _, p := range perms {
		set[p] = true
	}
	return access.With(t.Context(), access.Actor{Kind: access.User, ID: "u1", Permissions: set, Scope: scope})
}

func newFixture(t *testing.T, d *db.DB) *fixture {
	t.Helper()
	f := &fixture{t: t, ctx: actor(t, access.Everything, "*"), db: d}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(catalog.Seed(f.ctx, d))
	cat := catalog.New(d)
	a, err := cat.CreateBrand(f.ctx, catalog.CreateBrandInput{Code: "ANA", NameZh: "安然", NameEn: "Anran"})
	must(err)
	b, err := cat.CreateBrand(f.ctx, catalog.CreateBrandInput{Code: "BEI", NameZh: "北辰", NameEn: "Beichen"})
	must(err)
	m, err := cat.CreateModel(f.ctx, catalog.Model{BrandID: a.ID, Category: "AC", Code: "KFR-35", NameZh: "挂机", NameEn: "Wall", WarrantyMonths: 12, MainPartMonths: 36})
	must(err)
	keys := crypttest.New(t, d)
	cust := customers.New(d, keys)
	ref, err := cust.Create(f.ctx, customers.CreateInput{
		Name: "王小明", Phones: []customers.PhoneInput{{Number: "13812345678"}}, Addresses: []customers.AddressInput{{Text: street + door}},
	})
	must(err)
	list, err := cust.Addresses(f.ctx, d, ref.ID)
	must(err)
	f.Service = New(d, keys, cat, cust, nil)
	f.brand, f.other, f.model, f.owner, f.address = a.ID, b.ID, m.ID, ref.ID, list[0].ID
	return f
}

func (f *fixture) create(in CreateInput) ID {
	f.t.Helper()
	if in.Brand == "" {
		in.Brand = f.brand
	}
	ref, err := f.Create(f.ctx, in)
	if err != nil {
		f.t.Fatalf("create: %v", err)
	}
	return ref.ID
}

func (f *fixture) tx(fn func(ctx context.Context, tx *db.Tx) error) {
	f.t.Helper()
	if err := db.InTx0(f.ctx, f.db, fn); err != nil {
		f.t.Fatalf("change: %v", err)
	}
}

func (f *fixture) get(id ID) Unit {
	f.t.Helper()
	u, err := f.Get(f.ctx, f.db, id)
	if err != nil {
		f.t.Fatal(err)
	}
	return u
}

func (f *fixture) topics(id ID) []string {
	f.t.Helper()
	list, err := events.OfRecord(f.ctx, f.db, recordKind, string(id))
	if err != nil {
		f.t.Fatal(err)
	}
	out := []string{}
	for _, e := range list {
		out = append(out, e.Topic)
	}
	return out
}

func day(y int, m time.Month, d int) calendar.Date { return calendar.NewDate(y, m, d) }

func TestCreateAndRead(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		price := money.Must(299900, money.CNY)
		id := f.create(CreateInput{
			Model: f.model, Serial: " sn-0001 77 ", Owner: f.owner, Address: f.address,
			Purchase: Purchase{Channel: "tmall", Seller: "旗舰店", OrderNo: "T1", InvoiceNo: "I1", Price: &price},
			Dates:    Dates{Made: {day(2025, 12, 1), "maker"}, Installed: {day(2026, 1, 5), "invoice"}}, External: []ExternalID{{"erp", "X1"}},
			Components: []Component{{Type: "compressor", Serial: "C-1"}},
		})
		u := f.get(id)
		if u.Brand != f.brand || u.Category != "AC" || u.Serial != "sn-0001 77" || u.Owner != f.owner || u.State != Active || *u.Purchase.Price != price ||
			len(u.Dates) != 2 || u.Dates[Installed] != (Dated{day(2026, 1, 5), "invoice"}) || !strings.HasPrefix(u.Division, "330110") || u.Point.Datum != geo.WGS84 {
			t.Errorf("Get = %+v", u)
		}
		p, err := f.Place(f.ctx, d, id)
		if err != nil || p.Text != street+door {
			t.Errorf("Place = %+v, %v", p, err)
		}
		for _, serial := range []string{"SN000177", "sn 0001-77"} {
			if got, err := f.FindBySerial(f.ctx, d, f.brand, serial); err != nil || got.ID != id {
				t.Errorf("FindBySerial(%s) = %s, %v", serial, got.ID, err)
			}
		}
		if _, err := f.FindBySerial(f.ctx, d, f.other, "SN000177"); !problem.Match(err, problem.ErrNotFound) {
			t.Errorf("FindBySerial of another brand = %v", err)
		}
		if got, err := f.FindByExternal(f.ctx, d, ExternalID{"erp", "X1"}); err != nil || got != id {
			t.Errorf("FindByExternal = %s, %v", got, err)
		}
		if list, err := f.OfCustomer(f.ctx, d, f.owner); err != nil || len(list) != 1 || list[0].ID != id {
			t.Errorf("OfCustomer = %v, %v", list, err)
		}
		if list, err := f.Components(f.ctx, d, id); err != nil || len(list) != 1 || list[0].Serial != "C-1" {
			t.Errorf("Components = %v, %v", list, err)
		}
		if got := f.topics(id); !slices.Equal(got, []string{"unit.created.v1"}) {
			t.Errorf("events = %v", got)
		}
		// The same serial at another brand is another product; at the same brand it is refused, naming the unit.
		f.create(CreateInput{Brand: f.other, Serial: "SN000177"})
		_, err = f.Create(f.ctx, CreateInput{Brand: f.brand, Serial: "SN000177"})
		if !problem.Match(err, ErrSerialTaken) {
			t.Errorf("second unit with the serial = %v, want %v", err, ErrSerialTaken)
		}
		f.create(CreateInput{}) // nothing but a brand, and again: no serial clashes with none
		f.create(CreateInput{})
		m, err := f.ByIDs(f.ctx, d, []ID{id, "none", id, ""})
		if err != nil || len(m) != 1 || m[id].Serial != "sn-0001 77" {
			t.Errorf("ByIDs = %v, %v", m, err)
		}
	})
}

func TestCreateRefusesBadInput(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	f := newFixture(t, d)
	stranger, err := f.customers.Create(f.ctx, customers.CreateInput{Name: "别人", Addresses: []customers.AddressInput{{Text: street}}})
	if err != nil {
		t.Fatal(err)
	}
	theirs, _ := f.customers.Addresses(f.ctx, d, stranger.ID)
	bad := money.Amount{Minor: -1, Currency: money.CNY}
	for _, tt := range []struct {
		name  string
		in    CreateInput
		field string
	}{
		{"no brand", CreateInput{}, "brand_id"},
		{"brand", CreateInput{Brand: "none"}, "brand_id"},
		{"model of another brand", CreateInput{Brand: f.other, Model: f.model}, "model_id"},
		{"category against the model", CreateInput{Brand: f.brand, Model: f.model, Category: "WM"}, "category"},
		{"category", CreateInput{Brand: f.brand, Category: "ZZ"}, "category"},
		{"short serial", CreateInput{Brand: f.brand, Serial: "a-1"}, "serial"},
		{"control character", CreateInput{Brand: f.brand, Serial: "SN\x001234"}, "serial"},
		{"owner", CreateInput{Brand: f.brand, Owner: "none"}, "owner_id"},
		{"address of a stranger", CreateInput{Brand: f.brand, Owner: f.owner, Address: theirs[0].ID}, "address_id"},
		{"price", CreateInput{Brand: f.brand, Purchase: Purchase{Price: &bad}}, "purchase.price"},
		{"future", CreateInput{Brand: f.brand, Dates: Dates{Sold: {day(2099, 1, 1), "invoice"}}}, "dates.sold.day"},
		{"installed before made", CreateInput{Brand: f.brand, Dates: Dates{Made: {day(2026, 2, 1), "maker"}, Installed: {day(2026, 1, 1), "order"}}}, "dates.installed.day"},
		{"verifier", CreateInput{Brand: f.brand, Dates: Dates{Made: {day(2026, 2, 1), "gossip"}}}, "dates.made.by"},
		{"component without type", CreateInput{Brand: f.brand, Components: []Component{{Serial: "x"}}}, "components[0].type"},
	} {
		_, err := f.Create(f.ctx, tt.in)
		if !problem.Match(err, problem.ErrInvalid) || !strings.Contains(err.Error(), "["+tt.field+": ") {
			t.Errorf("%s: Create = %v, want the field %s refused", tt.name, err, tt.field)
		}
	}
	if _, err := f.Create(actor(t, access.Scope{OutletPath: "/hz/"}, "*"), CreateInput{Brand: f.brand, Owner: f.owner}); !problem.Match(err, problem.ErrInvalid) {
		t.Errorf("Create with an owner out of scope = %v, want invalid", err)
	}
	if _, err := f.Create(actor(t, access.Scope{OutletPath: "/", Brands: []string{string(f.other)}}, "*"), CreateInput{Brand: f.brand}); !problem.Match(err, problem.ErrInvalid) {
		t.Errorf("Create under a brand out of scope = %v, want invalid", err)
	}
	if _, err := f.Create(actor(t, access.Everything, PermRead), CreateInput{Brand: f.brand}); !problem.Match(err, problem.ErrForbidden) {
		t.Errorf("Create without permission = %v", err)
	}
}

func TestScope(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		advance := dbtest.Clock(d, time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC))
		a, b := f.create(CreateInput{}), f.create(CreateInput{Brand: f.other})
		until := d.Now().Add(time.Hour)
		f.tx(func(ctx context.Context, tx *db.Tx) error {
			if err := f.ShareTx(ctx, tx, a, string(f.brand), "/hz/west/", nil); err != nil {
				return err
			}
			return f.ShareForTx(ctx, tx, b, Share{Brand: string(f.other), OutletPath: "/hz/west/", Ref: "case:1", Until: &until})
		})
		see := func(name string, scope access.Scope, want ...ID) {
			t.Helper()
			ctx := actor(t, scope, "*")
			list, err := f.List(ctx, Filter{Limit: 10})
			if err != nil {
				t.Fatal(err)
			}
			got := []ID{}
			for _, u := range list {
				got = append(got, u.ID)
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s sees %v, want %v", name, got, want)
			}
			for _, id := range []ID{a, b} {
				if slices.Contains(want, id) {
					continue
				}
				if _, err := f.Find(ctx, d, id); !problem.Match(err, problem.ErrNotFound) {
					t.Errorf("%s: Find = %v, want not found", name, err)
				}
				if _, err := f.Timeline(ctx, TimelineInput{ID: id, Limit: 5}); !problem.Match(err, problem.ErrNotFound) {
					t.Errorf("%s: Timeline = %v, want not found", name, err)
				}
				if _, err := f.Mark(ctx, MarkInput{ID: id, Mark: "x"}); !problem.Match(err, problem.ErrNotFound) {
					t.Errorf("%s: Mark = %v, want not found", name, err)
				}
				if _, err := f.QR(ctx, id); !problem.Match(err, problem.ErrNotFound) {
					t.Errorf("%s: QR = %v, want not found", name, err)
				}
			}
		}
		brand, other := string(f.brand), string(f.other)
		see("the centre", access.Everything, a, b)
		see("the centre for one brand", access.Scope{OutletPath: "/", Brands: []string{brand}}, a)
		see("the outlet", access.Scope{OutletPath: "/hz/west/"}, a, b)
		see("the outlet above", access.Scope{OutletPath: "/hz/"}, a, b)
		see("the outlet for the other brand", access.Scope{OutletPath: "/hz/west/", Brands: []string{other}}, b)
		see("the outlet for no brand", access.Scope{OutletPath: "/hz/west/", Brands: []string{}})
		see("a second outlet", access.Scope{OutletPath: "/hz/east/"})
		see("nobody", access.Scope{})
		advance(2 * time.Hour)
		see("the outlet after the end", access.Scope{OutletPath: "/hz/west/"}, a)
	})
}

func TestFactsAndTimeline(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		dbtest.Clock(d, time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC))
		id := f.create(CreateInput{Model: f.model})
		at := time.Date(2026, 6, 19, 17, 0, 0, 0, time.UTC) // already the 20th in China
		f.tx(func(ctx context.Context, tx *db.Tx) error {
			if _, err := f.FactTx(ctx, tx, Fact{Unit: id, Kind: FactInstalled, Order: "o1", At: at, Result: "done"}); err != nil {
				return err
			}
			if _, err := f.FactTx(ctx, tx, Fact{Unit: id, Kind: FactRepaired, SymptomFamily: "cooling", DaysOut: 8, ComponentSwapped: "compressor", Order: "o2"}); err != nil {
				return err
			}
			return f.NoteTx(ctx, tx, Entry{Unit: id, Kind: "order_opened", RefKind: "order", RefID: "o3", At: at.Add(time.Hour)})
		})
		facts, err := f.Facts(f.ctx, d, id)
		if err != nil || len(facts) != 2 || facts[0].Kind != FactInstalled || facts[1].DaysOut != 8 || facts[1].ComponentSwapped != "compressor" {
			t.Errorf("Facts = %+v, %v", facts, err)
		}
		u := f.get(id)
		if u.Dates[Installed] != (Dated{day(2026, 6, 20), "order"}) {
			t.Errorf("installed date after the fact = %+v, want the day in China, verified by the order", u.Dates[Installed])
		}
		want := []string{"unit.created.v1", "unit.fact_added.v1", "unit.fact_added.v1"}
		if got := f.topics(id); !slices.Equal(got, want) {
			t.Errorf("events = %v, want %v", got, want)
		}
		first, err := f.Timeline(f.ctx, TimelineInput{ID: id, Limit: 2})
		if err != nil || len(first) != 3 {
			t.Fatalf("Timeline = %d, %v; want limit + 1", len(first), err)
		}
		rest, err := f.Timeline(f.ctx, TimelineInput{ID: id, Limit: 5, Before: first[1].At, BeforeID: first[1].ID})
		if err != nil || len(rest) != 2 || rest[0].Kind != "order_opened" || rest[0].RefID != "o3" || rest[1].RefID != "o1" {
			t.Errorf("second page = %+v, %v", rest, err)
		}
		err = db.InTx0(f.ctx, d, func(ctx context.Context, tx *db.Tx) error {
			_, err := f.FactTx(ctx, tx, Fact{Unit: id, Kind: "painted"})
			return err
		})
		if !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("unknown fact = %v", err)
		}
	})
}

func TestSerialDatesAndEdit(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		a, b := f.create(CreateInput{Serial: "AAAA1111"}), f.create(CreateInput{})
		set := func(id ID, serial string) error {
			return db.InTx0(f.ctx, d, func(ctx context.Context, tx *db.Tx) error { return f.SetSerialTx(ctx, tx, id, serial) })
		}
		if err := set(b, "aaaa-1111"); !problem.Match(err, ErrSerialTaken) {
			t.Errorf("serial of another unit = %v, want %v", err, ErrSerialTaken)
		}
		if err := set(b, "BBBB2222"); err != nil {
			t.Fatal(err)
		}
		if err := set(b, "bbbb 2222"); err != nil {
			t.Errorf("the same serial again = %v", err)
		}
		if err := set(b, " "); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("empty serial = %v", err)
		}
		f.tx(func(ctx context.Context, tx *db.Tx) error {
			return f.SetDateTx(ctx, tx, b, Delivered, Dated{day(2026, 5, 10), "carrier"})
		})
		serial, empty := "CCCC3333", ""
		if _, err := f.Edit(f.ctx, EditInput{ID: a, Version: 1, Model: &f.model, Serial: &serial, Dates: map[DateKind]*Dated{Sold: {day(2026, 5, 1), "seller"}}}); err != nil {
			t.Fatal(err)
		}
		u := f.get(a)
		if u.Serial != serial || u.Category != "AC" || u.Dates[Sold].By != "seller" || u.Version != 2 {
			t.Errorf("after Edit: %+v", u)
		}
		if _, err := f.Edit(f.ctx, EditInput{ID: a, Version: 1, Serial: &empty}); !problem.Match(err, problem.ErrStale) {
			t.Errorf("Edit on an old version = %v", err)
		}
		if _, err := f.Edit(f.ctx, EditInput{ID: a, Version: 2, Serial: &empty, Dates: map[DateKind]*Dated{Sold: nil}}); err != nil {
			t.Fatal(err)
		}
		if u = f.get(a); u.Serial != "" || len(u.Dates) != 0 {
			t.Errorf("after forgetting: %+v", u)
		}
		taken := "BBBB2222"
		if _, err := f.Edit(f.ctx, EditInput{ID: a, Version: 3, Serial: &taken}); !problem.Match(err, ErrSerialTaken) {
			t.Errorf("Edit to a taken serial = %v", err)
		}
	})
}

func TestOwnerAndErase(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		id := f.create(CreateInput{Owner: f.owner, Address: f.address, Purchase: Purchase{OrderNo: "T123"}})
		ref, err := f.customers.Create(f.ctx, customers.CreateInput{Name: "新机主"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.ChangeOwner(f.ctx, OwnerInput{ID: id, Owner: ref.ID}); err != nil {
			t.Fatal(err)
		}
		if got, want := f.topics(id), []string{"unit.created.v1", "unit.owner_changed.v1"}; !slices.Equal(got, want) {
			t.Errorf("events = %v, want %v", got, want)
		}
		bus := events.NewBus(d, slog.New(slog.DiscardHandler))
		f.Subscribe(bus)
		erased := make(chan customers.Erased, 9)
		events.Subscribe(bus, "test.after_units", func(_ context.Context, ev customers.Erased) error {
			erased <- ev
			return nil
		})
		erase := func(who customers.ID) {
			t.Helper()
			if _, err := f.customers.Erase(f.ctx, customers.EraseInput{ID: who}); err != nil {
				t.Fatal(err)
			}
			heard := false
			dbtest.Until(t, "the event of the erasure", func() bool {
				if err := bus.Drain(f.ctx); err != nil {
					t.Fatal(err)
				}
				select {
				case ev := <-erased:
					heard = slices.Contains(ev.IDs, who)
				default:
				}
				return heard
			})
		}
		erase(f.owner) // the former one: the place is the new owner's now
		if p, err := f.Place(f.ctx, d, id); err != nil || p.Text != street+door {
			t.Errorf("place after erasing the former owner = %+v, %v", p, err)
		}
		erase(ref.ID)
		u := f.get(id)
		p, err := f.Place(f.ctx, d, id)
		if err != nil || p.Text != "" || u.Point != (geo.Point{}) || u.Division == "" || u.Purchase.OrderNo != "" {
			t.Errorf("after erasing the owner: place %+v, %v, unit %+v; want the division only", p, err, u)
		}
		if _, err := f.ChangeOwner(f.ctx, OwnerInput{ID: id, Owner: ref.ID}); err != nil {
			t.Errorf("the same owner again = %v, want nothing to do", err)
		}
		if _, err := f.ChangeOwner(f.ctx, OwnerInput{ID: id}); err != nil {
			t.Fatal(err)
		}
		if u = f.get(id); u.Owner != "" {
			t.Errorf("owner = %s, want nobody", u.Owner)
		}
		if _, err := f.ChangeOwner(f.ctx, OwnerInput{ID: id, Owner: ref.ID}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("an erased owner = %v, want invalid", err)
		}
	})
}

func TestMarksStatesAndReplace(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		a, b, c := f.create(CreateInput{}), f.create(CreateInput{}), f.create(CreateInput{})
		for range 2 { // the second time changes nothing
			if _, err := f.Mark(f.ctx, MarkInput{ID: a, Mark: "recall", Act: access.Act{Reason: "campaign"}}); err != nil {
				t.Fatal(err)
			}
		}
		list, err := f.List(f.ctx, Filter{Mark: "recall", Limit: 5})
		if err != nil || len(list) != 1 || !slices.Equal(list[0].Marks, []string{"recall"}) {
			t.Errorf("List by mark = %+v, %v", list, err)
		}
		if _, err := f.Mark(f.ctx, MarkInput{ID: a, Mark: "recall", Clear: true}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Mark(f.ctx, MarkInput{ID: a, Mark: "recall", Clear: true}); !problem.Match(err, ErrNoMark) {
			t.Errorf("clearing a mark that is not set = %v", err)
		}
		if got, want := f.topics(a), []string{"unit.created.v1", "unit.marked.v1", "unit.marked.v1"}; !slices.Equal(got, want) {
			t.Errorf("events = %v, want %v", got, want)
		}
		if _, err := f.Replace(f.ctx, ReplaceInput{ID: a, By: b}); err != nil {
			t.Fatal(err)
		}
		if old, by := f.get(a), f.get(b); old.State != Replaced || old.ReplacedBy != b || by.Replaces != a || by.State != Active {
			t.Errorf("after Replace: %+v and %+v", old, by)
		}
		if _, err := f.Replace(f.ctx, ReplaceInput{ID: c, By: b}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("one unit for two = %v", err)
		}
		if _, err := f.Replace(f.ctx, ReplaceInput{ID: a, By: c}); !problem.Match(err, ErrState) {
			t.Errorf("replacing a replaced unit = %v", err)
		}
		for _, tt := range []struct {
			act  func(context.Context, StateInput) (Ref, error)
			id   ID
			want *problem.Code
		}{
			{f.Restore, c, ErrState}, {f.Retire, c, nil}, {f.Retire, c, ErrState}, {f.Restore, c, nil}, {f.Retire, a, ErrState}, {f.Unmerge, c, ErrNotMerged},
		} {
			if _, err := tt.act(f.ctx, StateInput{ID: tt.id}); !problem.Match(err, tt.want) {
				t.Errorf("act on %s = %v, want %v", f.get(tt.id).State, err, tt.want)
			}
		}
	})
}

func TestMergeAndUnmerge(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		a, b, c := f.create(CreateInput{}), f.create(CreateInput{Serial: "BBBB2222"}), f.create(CreateInput{Brand: f.other})
		f.tx(func(ctx context.Context, tx *db.Tx) error {
			_, err := f.FactTx(ctx, tx, Fact{Unit: a, Kind: FactRepaired, DaysOut: 3})
			return err
		})
		if _, err := f.Merge(f.ctx, MergeInput{ID: a, Into: c}); !problem.Match(err, ErrOtherBrand) {
			t.Errorf("merge across brands = %v", err)
		}
		if _, err := f.Merge(f.ctx, MergeInput{ID: a, Into: b}); err != nil {
			t.Fatal(err)
		}
		u, err := f.Find(f.ctx, d, a)
		if err != nil || u.ID != b || u.MergedInto != b {
			t.Errorf("a merged unit reads as %+v, %v", u, err)
		}
		m, err := f.ByIDs(f.ctx, d, []ID{a, b})
		if err != nil || m[a].ID != b || m[b].ID != b {
			t.Errorf("ByIDs = %v, %v", m, err)
		}
		if facts, err := f.Facts(f.ctx, d, b); err != nil || len(facts) != 1 {
			t.Errorf("facts of the survivor = %v, %v", facts, err)
		}
		f.tx(func(ctx context.Context, tx *db.Tx) error { // work that still names the old id lands on the survivor
			_, err := f.FactTx(ctx, tx, Fact{Unit: a, Kind: FactCleaned})
			return err
		})
		if _, err := f.Mark(f.ctx, MarkInput{ID: a, Mark: "x"}); !problem.Match(err, ErrMerged) {
			t.Errorf("act on a merged record = %v, want %v", err, ErrMerged)
		}
		if list, err := f.List(f.ctx, Filter{Limit: 10}); err != nil || len(list) != 2 {
			t.Errorf("List = %d, %v, want 2", len(list), err)
		}
		if _, err := f.Unmerge(f.ctx, StateInput{ID: a}); err != nil {
			t.Fatal(err)
		}
		if u := f.get(a); u.ID != a {
			t.Errorf("after the unmerge the record reads as %s", u.ID)
		}
		if facts, _ := f.Facts(f.ctx, d, a); len(facts) != 1 || facts[0].Kind != FactRepaired {
			t.Errorf("facts after the unmerge = %v", facts)
		}
	})
}

func TestComponents(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		id := f.create(CreateInput{Components: []Component{{Type: "compressor", Serial: "OLD1"}}})
		list, _ := f.Components(f.ctx, d, id)
		f.tx(func(ctx context.Context, tx *db.Tx) error {
			_, err := f.SwapComponentTx(ctx, tx, SwapInput{Unit: id, Removed: list[0].ID, Fitted: &Component{Type: "compressor", Part: "p1", Serial: "NEW1"}, Order: "o1"})
			return err
		})
		list, err := f.Components(f.ctx, d, id)
		if err != nil || len(list) != 2 || list[0].RemovedAt == nil || list[1].Serial != "NEW1" || list[1].Order != "o1" || list[1].RemovedAt != nil {
			t.Errorf("components = %+v, %v", list, err)
		}
		err = db.InTx0(f.ctx, d, func(ctx context.Context, tx *db.Tx) error {
			_, err := f.SwapComponentTx(ctx, tx, SwapInput{Unit: id, Removed: list[0].ID})
			return err
		})
		if !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("taking out what was taken out = %v", err)
		}
	})
}

func TestSearch(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		idx := search.New(d, f.keys, nil)
		f.UseSearch(idx)
		a := f.create(CreateInput{Model: f.model, Serial: "SN-0001-77", External: []ExternalID{{"erp", "ERP-55"}}})
		find := func(text string, scope access.Scope, want ...ID) {
			t.Helper()
			res, err := idx.Query(actor(t, scope, PermRead), search.Query{
				Text: text, Kinds: []string{SearchKind}, Scope: search.ScopeOf(scope), VisibleOf: map[string]search.Visible{SearchKind: f.SearchVisible},
			})
			if err != nil {
				t.Fatal(err)
			}
			got := []ID{}
			for _, h := range res.Hits {
				got = append(got, ID(h.ID))
			}
			if !slices.Equal(got, want) {
				t.Errorf("%q finds %v, want %v", text, got, want)
			}
		}
		for _, text := range []string{"SN000177", "ERP-55", "KFR-35", "挂机"} {
			find(text, access.Everything, a)
		}
		find("SN000177", access.Scope{OutletPath: "/sh/"})
		find("SN000177", access.Scope{OutletPath: "/", Brands: []string{string(f.other)}})
		b := f.create(CreateInput{Serial: "BBBB2222"})
		if _, err := f.Merge(f.ctx, MergeInput{ID: a, Into: b}); err != nil {
			t.Fatal(err)
		}
		find("ERP-55", access.Everything, b)
		find("SN000177", access.Everything)
		if _, err := f.Unmerge(f.ctx, StateInput{ID: a}); err != nil {
			t.Fatal(err)
		}
		find("ERP-55", access.Everything, a)
		serial := "CCCC3333"
		if _, err := f.Edit(f.ctx, EditInput{ID: b, Version: f.get(b).Version, Serial: &serial}); err != nil {
			t.Fatal(err)
		}
		find("BBBB2222", access.Everything)
		find("CCCC3333", access.Everything, b)
	})
}

func TestLabel(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		id, other := f.create(CreateInput{}), f.create(CreateInput{})
		token, err := f.QR(f.ctx, id)
		if err != nil || len(token) != 24 {
			t.Fatalf("QR = %q, %v", token, err)
		}
		if second, _ := f.QR(f.ctx, other); second == token {
			t.Error("two units have one token")
		}
		if u, err := f.FindByToken(f.ctx, d, strings.ToUpper(token)); err != nil || u.ID != id {
			t.Errorf("FindByToken = %s, %v", u.ID, err)
		}
		if strings.Contains(dbtest.Dump(t, d, "units_unit", "audit_entry", "events_event"), token) {
			t.Error("the token stands in the database")
		}
		if _, err := f.RenewQR(f.ctx, StateInput{ID: id}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.FindByToken(f.ctx, d, token); !problem.Match(err, problem.ErrNotFound) {
			t.Errorf("the old token after renewal = %v", err)
		}
		renewed, _ := f.QR(f.ctx, id)
		if u, err := f.FindByToken(f.ctx, d, renewed); err != nil || u.ID != id || renewed == token {
			t.Errorf("the new token = %s, %v", u.ID, err)
		}
	})
}

func TestNothingInTheClear(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		id := f.create(CreateInput{Owner: f.owner, Address: f.address})
		if _, err := f.SetPlace(f.ctx, PlaceInput{ID: id, Version: 1, New: &customers.AddressInput{Text: street + "1808室", Access: "门禁 2580#"}}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.ChangeOwner(f.ctx, OwnerInput{ID: id}); err != nil {
			t.Fatal(err)
		}
		if p, err := f.Place(f.ctx, d, id); err != nil || p.Text != street+"1808室" {
			t.Fatalf("place without an owner = %+v, %v", p, err)
		}
		all := dbtest.Dump(t, d, "units_unit", "units_component", "units_service_fact", "units_mark", "units_timeline", "units_external", "units_share",
			"audit_entry", "events_event")
		if !strings.Contains(all, string(id)) {
			t.Fatal("the dump does not hold the unit's id: it proves nothing")
		}
		for _, secret := range []string{"13812345678", "王小明", "1704室", "1808室", "969号", "2580#", "文一西路"} {
			if strings.Contains(all, secret) || strings.Contains(all, hex.EncodeToString([]byte(secret))) {
				t.Errorf("%q stands in the clear in the database", secret)
			}
		}
	})
}
