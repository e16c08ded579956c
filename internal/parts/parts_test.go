package parts

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"anxin/internal/catalog"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/crypt/crypttest"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/events"
	"anxin/internal/platform/money"
	"anxin/internal/platform/problem"
)

type fixture struct {
	*Service
	t            *testing.T
	ctx          context.Context // the centre
	db           *db.DB
	keys         *crypt.Keys
	brand, other catalog.BrandID
	west, east   outlets.Outlet
	compressor   PartID // of the brand, comes back
	pipe         PartID // of every brand, in centimetres
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
	f.keys = crypttest.New(t, d)
	outs := outlets.New(d, f.keys, cat)
	for code, to := range map[string]*outlets.Outlet{"west": &f.west, "east": &f.east} {
		*to, err = outs.Create(f.ctx, outlets.CreateInput{Code: code, Name: code, Kind: outlets.KindOwn, Brands: []catalog.BrandID{a.ID}, Division: "330106"})
		must(err)
	}
	f.Service = New(d, cat, outs)
	f.brand, f.other = a.ID, b.ID
	price := money.Must(45000, money.CNY)
	p, err := f.Create(f.ctx, Part{
		Brand: a.ID, Code: " cmp-01 ", NameZh: "压缩机", NameEn: "Compressor", Class: catalog.PartMain, Type: "compressor", Price: &price, Returnable: true,
		Categories: []catalog.CategoryCode{"AC", "AC"},
	})
	must(err)
	f.compressor = p.ID
	p, err = f.Create(f.ctx, Part{Code: "PIPE", NameZh: "铜管", Class: catalog.PartAccessory, Unit: "cm"})
	must(err)
	f.pipe = p.ID
	return f
}

func (f *fixture) tx(fn func(ctx context.Context, tx *db.Tx) error) error {
	return db.InTx0(f.ctx, f.db, fn)
}

func (f *fixture) receive(place PlaceID, part PartID, qty int64) {
	f.t.Helper()
	if _, err := f.Receive(f.ctx, StockInput{Place: place, Part: part, Qty: qty}); err != nil {
		f.t.Fatalf("receive: %v", err)
	}
}

func (f *fixture) stock(place PlaceID, part PartID, onHand, reserved int64) {
	f.t.Helper()
	list, err := f.Stock(f.ctx, f.db, []PlaceID{place}, []PartID{part})
	if err != nil {
		f.t.Fatal(err)
	}
	var got Stock
	if len(list) > 0 {
		got = list[0]
	}
	if got.OnHand != onHand || got.Reserved != reserved {
		f.t.Errorf("stock at %s = %d, %d reserved; want %d, %d", place, got.OnHand, got.Reserved, onHand, reserved)
	}
	// The books are the sum of the movements.
	sum, err := db.Get(f.ctx, f.db, func(s db.Scanner) (v [3]int64, err error) { return v, s.Scan(&v[0], &v[1], &v[2]) },
		`SELECT COALESCE(CAST(SUM(qty) AS BIGINT), 0), COALESCE(CAST(SUM(reserved) AS BIGINT), 0), COUNT(*) FROM parts_movement WHERE place_id = $1 AND part_id = $2`, string(place), string(part))
	if err != nil || sum[0] != onHand || sum[1] != reserved {
		f.t.Errorf("movements at %s sum to %v, %v; want %d, %d", place, sum, err, onHand, reserved)
	}
}

func (f *fixture) topics(kind, id string) []string {
	f.t.Helper()
	list, err := events.OfRecord(f.ctx, f.db, kind, id)
	if err != nil {
		f.t.Fatal(err)
	}
	out := []string{}
	for _, e := range list {
		out = append(out, e.Topic)
	}
	return out
}

func TestMaster(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		p, err := f.Get(f.ctx, d, f.compressor)
		if err != nil || p.Code != "CMP-01" || len(p.Categories) != 1 || p.Unit != "pc" || p.Price.Minor != 45000 || !p.Returnable || !p.Active {
			t.Errorf("Get = %+v, %v", p, err)
		}
		if got, err := f.ByCode(f.ctx, d, f.brand, "cmp-01"); err != nil || got.ID != f.compressor {
			t.Errorf("ByCode = %v, %v", got.ID, err)
		}
		if _, err := f.ByCode(f.ctx, d, f.other, "CMP-01"); !problem.Match(err, problem.ErrNotFound) {
			t.Errorf("ByCode of another brand = %v", err)
		}
		own, err := f.Create(f.ctx, Part{Brand: f.other, Code: "PIPE", NameZh: "专用铜管", Class: catalog.PartAccessory, Unit: "cm"})
		if err != nil {
			t.Fatal(err)
		}
		for brand, want := range map[catalog.BrandID]PartID{f.brand: f.pipe, f.other: own.ID} {
			if got, err := f.ByCode(f.ctx, d, brand, "pipe"); err != nil || got.ID != want {
				t.Errorf("ByCode(PIPE) of %s = %s, %v; the brand's own goes first", brand, got.ID, err)
			}
		}
		for _, tt := range []struct {
			name string
			in   Part
			want *problem.Code
		}{
			{"same code", Part{Brand: f.brand, Code: "Cmp-01", NameZh: "x", Class: "M"}, ErrCodeTaken},
			{"no code", Part{NameZh: "x", Class: "M"}, problem.ErrInvalid},
			{"blank in the code", Part{Code: "A B", NameZh: "x", Class: "M"}, problem.ErrInvalid},
			{"no name", Part{Code: "A1", Class: "M"}, problem.ErrInvalid},
			{"class", Part{Code: "A1", NameZh: "x", Class: "Z"}, problem.ErrInvalid},
			{"unit", Part{Code: "A1", NameZh: "x", Class: "M", Unit: "mile"}, problem.ErrInvalid},
			{"brand", Part{Code: "A1", NameZh: "x", Class: "M", Brand: "none"}, problem.ErrInvalid},
			{"category", Part{Code: "A1", NameZh: "x", Class: "M", Categories: []catalog.CategoryCode{"ZZ"}}, problem.ErrInvalid},
			{"price", Part{Code: "A1", NameZh: "x", Class: "M", Price: &money.Amount{Minor: -1, Currency: "CNY"}}, problem.ErrInvalid},
		} {
			if _, err := f.Create(f.ctx, tt.in); !problem.Match(err, tt.want) {
				t.Errorf("%s: Create = %v, want %v", tt.name, err, tt.want)
			}
		}
		for _, tt := range []struct {
			f    Filter
			want int
		}{
			{Filter{}, 3},
			{Filter{Text: "cmp"}, 1},
			{Filter{Text: "铜"}, 2},
			{Filter{Text: "COMPRESS"}, 1},
			{Filter{Text: "%"}, 0},
			{Filter{Brand: f.brand}, 2},
			{Filter{Category: "AC"}, 3}, // a part without categories fits all
			{Filter{Category: "WM"}, 2},
			{Filter{Type: "compressor"}, 1},
			{Filter{After: "CMP-01 " + string(f.compressor)}, 2},
		} {
			tt.f.Limit = 10
			if list, err := f.List(f.ctx, tt.f); err != nil || len(list) != tt.want {
				t.Errorf("List(%+v) = %d, %v, want %d", tt.f, len(list), err, tt.want)
			}
		}
		off := false
		if _, err := f.Edit(f.ctx, EditInput{ID: f.compressor, Version: 2, Active: &off}); !problem.Match(err, problem.ErrStale) {
			t.Errorf("Edit on a wrong version = %v", err)
		}
		if _, err := f.Edit(f.ctx, EditInput{ID: f.compressor, Version: 1, Active: &off, ReplacedBy: &f.compressor}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("a part in its own place = %v", err)
		}
		if p, err = f.Edit(f.ctx, EditInput{ID: f.compressor, Version: 1, Active: &off, ReplacedBy: &f.pipe}); err != nil || p.Version != 2 || p.ReplacedBy != f.pipe {
			t.Errorf("Edit = %+v, %v", p, err)
		}
		if list, err := f.List(f.ctx, Filter{Text: "cmp", Limit: 5}); err != nil || len(list) != 0 {
			t.Errorf("a retired part is listed: %d, %v", len(list), err)
		}
	})
}

func TestReserveUseAndBack(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		store := OutletPlace(f.west.ID)
		f.receive(store, f.compressor, 3)
		var r ReservationID
		reserve := func(order string, qty int64, override bool) error {
			return f.tx(func(ctx context.Context, tx *db.Tx) (err error) {
				in := Reserve{Order: order, Part: f.compressor, Place: store, Qty: qty, Override: override}
				if override {
					in.Reason = "found_on_shelf"
				}
				r, err = f.ReserveTx(ctx, tx, in)
				return err
			})
		}
		use := func(order string, qty int64) (id OldPartID, err error) {
			err = f.tx(func(ctx context.Context, tx *db.Tx) (err error) {
				id, err = f.UseTx(ctx, tx, Use{Order: order, Visit: "v1", Part: f.compressor, Place: store, Qty: qty, OldSerial: "OLD", NewSerial: "NEW"})
				return err
			})
			return id, err
		}
		if err := reserve("o1", 2, false); err != nil {
			t.Fatal(err)
		}
		f.stock(store, f.compressor, 3, 2)
		if err := reserve("o2", 2, false); !problem.Match(err, ErrShort) {
			t.Errorf("reserving what is taken = %v, want %v", err, ErrShort)
		}
		if _, err := use("o2", 2); !problem.Match(err, ErrShort) {
			t.Errorf("using another order's parts = %v, want %v", err, ErrShort)
		}
		old, err := use("o1", 3) // two reserved and the free one
		if err != nil || old == "" {
			t.Fatalf("Use = %q, %v", old, err)
		}
		f.stock(store, f.compressor, 0, 0)
		if left, err := f.Reservations(f.ctx, d, "o1"); err != nil || len(left) != 0 {
			t.Errorf("reservations after use = %v, %v", left, err)
		}
		if _, err := use("o1", 1); !problem.Match(err, ErrShort) {
			t.Errorf("using from an empty place = %v", err)
		}
		back := func(qty int64) error {
			return f.tx(func(ctx context.Context, tx *db.Tx) error {
				return f.BackTx(ctx, tx, Back{Order: "o1", Part: f.compressor, Place: store, Qty: qty, Reason: "not_needed"})
			})
		}
		if err := back(4); !problem.Match(err, ErrNotUsed) {
			t.Errorf("giving back more than was taken = %v, want %v", err, ErrNotUsed)
		}
		if err := back(1); err != nil {
			t.Fatal(err)
		}
		f.stock(store, f.compressor, 1, 0)
		if list, err := f.OldParts(f.ctx, OldFilter{State: Owed, Limit: 5}); err != nil || len(list) != 1 || list[0].Serial != "OLD" || list[0].OutletPath != f.west.Path {
			t.Errorf("old parts = %+v, %v", list, err)
		}
		if err := back(2); err != nil {
			t.Fatal(err)
		}
		if list, err := f.OldParts(f.ctx, OldFilter{State: Owed, Limit: 5}); err != nil || len(list) != 0 {
			t.Errorf("old parts owed after everything came back unused = %v, %v", list, err)
		}
		if err := reserve("o3", 1, false); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time there is nothing left to give back
			if err := f.tx(func(ctx context.Context, tx *db.Tx) error { return f.ReleaseTx(ctx, tx, r) }); err != nil {
				t.Fatal(err)
			}
		}
		f.stock(store, f.compressor, 3, 0)
		if err := reserve("o4", 5, true); err != nil {
			t.Fatalf("override: %v", err)
		}
		f.stock(store, f.compressor, 3, 5)
		if err := f.tx(func(ctx context.Context, tx *db.Tx) error { return f.ReleaseOrderTx(ctx, tx, "o4") }); err != nil {
			t.Fatal(err)
		}
		f.stock(store, f.compressor, 3, 0)
		err = f.tx(func(ctx context.Context, tx *db.Tx) error {
			_, err := f.ReserveTx(ctx, tx, Reserve{Order: "o5", Part: f.compressor, Place: store, Qty: 9, Override: true})
			return err
		})
		if !problem.Match(err, ErrOverride) {
			t.Errorf("override without a reason = %v, want %v", err, ErrOverride)
		}
		topics := f.topics("part", string(f.compressor))
		for topic, want := range map[string]int{"part.reserved.v1": 3, "part.used.v1": 1, "part.back.v1": 2, "part.released.v1": 2} {
			n := 0
			for _, got := range topics {
				if got == topic {
					n++
				}
			}
			if n != want {
				t.Errorf("%s was published %d times, want %d", topic, n, want)
			}
		}
		for name, in := range map[string]Reserve{
			"order": {Part: f.compressor, Place: store, Qty: 1}, "qty": {Order: "o", Part: f.compressor, Place: store},
			"part_id": {Order: "o", Part: "none", Place: store, Qty: 1}, "place_id": {Order: "o", Part: f.compressor, Place: "outlet:none", Qty: 1},
		} {
			err := f.tx(func(ctx context.Context, tx *db.Tx) error {
				_, err := f.ReserveTx(ctx, tx, in)
				return err
			})
			if !problem.Match(err, problem.ErrInvalid) || !strings.Contains(err.Error(), name) {
				t.Errorf("Reserve with a bad %s = %v", name, err)
			}
		}
	})
}

// TestOwnVan: an engineer fits a part from a van that nobody opened.
func TestOwnVan(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		use := func(ctx context.Context) error {
			return db.InTx0(ctx, d, func(ctx context.Context, tx *db.Tx) error {
				_, err := f.UseTx(ctx, tx, Use{Order: "o1", Part: f.pipe, Place: VanPlace("e1"), Qty: 10, Override: true, Reason: "stock_late_entry"})
				return err
			})
		}
		engineer := func(id string) context.Context {
			return access.With(t.Context(), access.Actor{
				Kind: access.User, ID: "u-" + id, EngineerID: id, Permissions: access.Set{}, Scope: access.Scope{OutletPath: f.west.Path},
			})
		}
		for name, ctx := range map[string]context.Context{"the centre": f.ctx, "another engineer": engineer("e2")} {
			if err := use(ctx); !problem.Match(err, problem.ErrInvalid) {
				t.Errorf("%s uses from a van that is none: %v", name, err)
			}
		}
		if err := use(engineer("e1")); err != nil {
			t.Fatal(err)
		}
		f.stock(VanPlace("e1"), f.pipe, -10, 0)
		list, err := f.Places(f.ctx, KindVan)
		if err != nil || len(list) != 1 || list[0].Outlet != f.west.ID || list[0].Engineer != "e1" {
			t.Errorf("vans = %+v, %v", list, err)
		}
		moves, err := f.Movements(f.ctx, MovementFilter{Order: "o1", Limit: 5})
		if err != nil || len(moves) != 1 || !moves[0].Override || moves[0].Reason != "stock_late_entry" {
			t.Errorf("movements = %+v, %v; want one that says it was overridden", moves, err)
		}
	})
}

// TestLastPieces lets many orders take the same few parts at once.
func TestLastPieces(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.receive(Centre, f.compressor, 5)
		var wg sync.WaitGroup
		var mu sync.Mutex
		won, short := 0, 0
		for i := range 16 {
			wg.Go(func() {
				err := f.tx(func(ctx context.Context, tx *db.Tx) error {
					if i%2 == 0 {
						_, err := f.ReserveTx(ctx, tx, Reserve{Order: "o", Part: f.compressor, Place: Centre, Qty: 1})
						return err
					}
					_, err := f.UseTx(ctx, tx, Use{Order: "u", Part: f.compressor, Place: Centre, Qty: 1})
					return err
				})
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					won++
				case problem.Match(err, ErrShort):
					short++
				default:
					t.Errorf("taker %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		if won != 5 || short != 11 {
			t.Errorf("%d takers got a part and %d did not, want 5 and 11", won, short)
		}
	})
}

func TestByHand(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		store := OutletPlace(f.west.ID)
		f.receive(store, f.pipe, 500)
		if _, err := f.SetMinimum(f.ctx, StockInput{Place: store, Part: f.pipe, Qty: 300}); err != nil {
			t.Fatal(err)
		}
		reason := access.Act{Reason: "stock_taking"}
		if _, err := f.Count(f.ctx, StockInput{Place: store, Part: f.pipe, Qty: 450}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("count without a reason = %v", err)
		}
		if v, err := f.Count(f.ctx, StockInput{Act: reason, Place: store, Part: f.pipe, Qty: 450}); err != nil || v.OnHand != 450 {
			t.Errorf("Count = %+v, %v", v, err)
		}
		if v, err := f.Count(f.ctx, StockInput{Act: reason, Place: store, Part: f.pipe, Qty: 450}); err != nil || v.OnHand != 450 {
			t.Errorf("the same count again = %+v, %v", v, err)
		}
		if _, err := f.Scrap(f.ctx, StockInput{Act: reason, Place: store, Part: f.pipe, Qty: 451}); !problem.Match(err, ErrShort) {
			t.Errorf("scrapping more than there is = %v", err)
		}
		if _, err := f.Scrap(f.ctx, StockInput{Act: reason, Place: store, Part: f.pipe, Qty: 200}); err != nil {
			t.Fatal(err)
		}
		f.stock(store, f.pipe, 250, 0)
		if n := len(slices.DeleteFunc(f.topics("part", string(f.pipe)), func(s string) bool { return s != "part.below_minimum.v1" })); n != 1 {
			t.Errorf("below minimum was published %d times, want 1", n)
		}
		if list, err := f.ListStock(f.ctx, StockFilter{Low: true, Limit: 5}); err != nil || len(list) != 1 || list[0].Free() != 250 {
			t.Errorf("ListStock(low) = %+v, %v", list, err)
		}
		moves, err := f.Movements(f.ctx, MovementFilter{Place: store, Part: f.pipe, Limit: 10})
		if err != nil || len(moves) != 3 || moves[0].Kind != MoveScrap || moves[0].OnHandAfter != 250 || moves[0].Seq != 3 || moves[2].Kind != MoveReceive {
			t.Errorf("Movements = %+v, %v", moves, err)
		}
		for name, in := range map[string]StockInput{
			"qty": {Place: store, Part: f.pipe}, "part_id": {Place: store, Part: "none", Qty: 1}, "place_id": {Place: "attic", Part: f.pipe, Qty: 1},
		} {
			if _, err := f.Receive(f.ctx, in); !problem.Match(err, problem.ErrInvalid) || !strings.Contains(err.Error(), name) {
				t.Errorf("Receive with a bad %s = %v", name, err)
			}
		}
		if _, err := f.Receive(actor(t, access.Everything, PermRead), StockInput{Place: store, Part: f.pipe, Qty: 1}); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("Receive without permission = %v", err)
		}
	})
}

func TestTransfers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		store, van := OutletPlace(f.west.ID), VanPlace("e1")
		if _, err := f.OpenVan(f.ctx, VanInput{Engineer: "e1", Outlet: f.west.ID}); err != nil {
			t.Fatal(err)
		}
		f.receive(Centre, f.compressor, 10)
		f.receive(Centre, f.pipe, 1000)
		ship := func(ctx context.Context, from, to PlaceID, arrived bool, lines ...TransferLine) (Transfer, error) {
			return f.Ship(ctx, ShipInput{From: from, To: to, Lines: lines, Arrived: arrived})
		}
		if _, err := ship(f.ctx, Centre, store, false, TransferLine{Part: f.compressor, Qty: 11}); !problem.Match(err, ErrShort) {
			t.Errorf("sending more than there is = %v", err)
		}
		if _, err := ship(f.ctx, Centre, Centre, false, TransferLine{Part: f.compressor, Qty: 1}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("sending to itself = %v", err)
		}
		if _, err := ship(f.ctx, Centre, store, false); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("sending nothing = %v", err)
		}
		a, err := ship(f.ctx, Centre, store, false, TransferLine{Part: f.compressor, Qty: 4}, TransferLine{Part: f.pipe, Qty: 300})
		if err != nil {
			t.Fatal(err)
		}
		f.stock(Centre, f.compressor, 6, 0)
		f.stock(store, f.compressor, 0, 0)

		west := actor(t, access.Scope{OutletPath: f.west.Path}, "*")
		east := actor(t, access.Scope{OutletPath: f.east.Path}, "*")
		if _, err := f.ReceiveTransfer(east, EndTransferInput{ID: a.ID}); !problem.Match(err, problem.ErrNotFound) {
			t.Errorf("another outlet receives = %v, want not found", err)
		}
		if _, err := f.CancelTransfer(west, EndTransferInput{ID: a.ID}); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("the receiver cancels = %v, want forbidden", err)
		}
		if _, err := f.ReceiveTransfer(west, EndTransferInput{ID: a.ID, Received: map[PartID]int64{f.compressor: 3}}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("receiving less without a reason = %v", err)
		}
		if _, err := f.ReceiveTransfer(west, EndTransferInput{ID: a.ID, Received: map[PartID]int64{f.compressor: 5}}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("receiving more than was sent = %v", err)
		}
		if _, err := f.ReceiveTransfer(west, EndTransferInput{ID: a.ID, Received: map[PartID]int64{"none": 1}}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("receiving what was not sent = %v", err)
		}
		got, err := f.ReceiveTransfer(west, EndTransferInput{Act: access.Act{Reason: "damaged"}, ID: a.ID, Received: map[PartID]int64{f.compressor: 3}})
		if err != nil || got.State != Received {
			t.Fatalf("ReceiveTransfer = %+v, %v", got, err)
		}
		f.stock(store, f.compressor, 3, 0)
		f.stock(store, f.pipe, 300, 0)
		if _, err := f.ReceiveTransfer(west, EndTransferInput{ID: a.ID}); !problem.Match(err, ErrState) {
			t.Errorf("receiving twice = %v", err)
		}
		if got, want := f.topics("transfer", string(a.ID)), []string{"transfer.shipped.v1", "transfer.received.v1"}; !slices.Equal(got, want) {
			t.Errorf("events = %v, want %v", got, want)
		}
		b, err := ship(f.ctx, Centre, store, false, TransferLine{Part: f.compressor, Qty: 2})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.CancelTransfer(f.ctx, EndTransferInput{ID: b.ID}); err != nil {
			t.Fatal(err)
		}
		f.stock(Centre, f.compressor, 6, 0)
		if c, err := ship(west, store, van, true, TransferLine{Part: f.compressor, Qty: 1}); err != nil || c.State != Received {
			t.Errorf("loading the van = %+v, %v", c, err)
		}
		f.stock(van, f.compressor, 1, 0)
		if _, err := ship(west, Centre, store, false, TransferLine{Part: f.compressor, Qty: 1}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("an outlet sends the centre's parts = %v", err)
		}
		for name, tt := range map[string]struct {
			ctx  context.Context
			want int
		}{"centre": {f.ctx, 3}, "west": {west, 3}, "east": {east, 0}, "nobody": {actor(t, access.Scope{}, "*"), 0}} {
			if list, err := f.Transfers(tt.ctx, TransferFilter{Limit: 10}); err != nil || len(list) != tt.want {
				t.Errorf("%s lists %d transfers, %v, want %d", name, len(list), err, tt.want)
			}
		}
		if _, err := f.ClosePlace(f.ctx, PlaceInput{ID: van}); !problem.Match(err, ErrStockLeft) {
			t.Errorf("closing a van with stock = %v", err)
		}
		if _, err := ship(west, van, store, true, TransferLine{Part: f.compressor, Qty: 1}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.ClosePlace(east, PlaceInput{ID: van}); !problem.Match(err, problem.ErrNotFound) {
			t.Errorf("another outlet closes the van = %v", err)
		}
		if _, err := f.ClosePlace(west, PlaceInput{ID: van}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Receive(f.ctx, StockInput{Place: van, Part: f.pipe, Qty: 1}); !problem.Match(err, ErrPlaceClosed) {
			t.Errorf("receiving into a closed van = %v", err)
		}
	})
}

func TestScope(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		foreign, err := f.Create(f.ctx, Part{Brand: f.other, Code: "B-1", NameZh: "主板", Class: catalog.PartMain, Returnable: true})
		if err != nil {
			t.Fatal(err)
		}
		west, east := OutletPlace(f.west.ID), OutletPlace(f.east.ID)
		f.receive(west, f.compressor, 2)
		f.receive(west, foreign.ID, 2)
		f.receive(east, f.compressor, 2)
		if err := f.tx(func(ctx context.Context, tx *db.Tx) error {
			for _, p := range []PartID{f.compressor, foreign.ID} {
				if _, err := f.UseTx(ctx, tx, Use{Order: "o1", Part: p, Place: west, Qty: 1}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			name                                  string
			scope                                 access.Scope
			parts, places, stock, movements, olds int
		}{
			{"the centre", access.Everything, 3, 2, 3, 5, 2},
			{"the centre for one brand", access.Scope{OutletPath: "/", Brands: []string{string(f.brand)}}, 2, 2, 2, 3, 1},
			{"the outlet", access.Scope{OutletPath: f.west.Path}, 3, 1, 2, 4, 2},
			{"the outlet for the other brand", access.Scope{OutletPath: f.west.Path, Brands: []string{string(f.other)}}, 2, 1, 1, 2, 1},
			{"a second outlet", access.Scope{OutletPath: f.east.Path}, 3, 1, 1, 1, 0},
			{"an outlet that holds nothing", access.Scope{OutletPath: "/north/"}, 3, 0, 0, 0, 0},
			{"nobody", access.Scope{}, 0, 0, 0, 0, 0},
		} {
			ctx := actor(t, tt.scope, "*")
			list, err1 := f.List(ctx, Filter{Limit: 50})
			places, err2 := f.Places(ctx, "")
			stock, err3 := f.ListStock(ctx, StockFilter{Limit: 50})
			moves, err4 := f.Movements(ctx, MovementFilter{Limit: 50})
			olds, err5 := f.OldParts(ctx, OldFilter{Limit: 50})
			for _, err := range []error{err1, err2, err3, err4, err5} {
				if err != nil {
					t.Fatalf("%s: %v", tt.name, err)
				}
			}
			got := []int{len(list), len(places), len(stock), len(moves), len(olds)}
			if want := []int{tt.parts, tt.places, tt.stock, tt.movements, tt.olds}; !slices.Equal(got, want) {
				t.Errorf("%s sees parts, places, balances, movements, old parts %v, want %v", tt.name, got, want)
			}
		}
		other := actor(t, access.Scope{OutletPath: f.east.Path, Brands: []string{string(f.brand)}}, "*")
		if _, err := f.Find(other, foreign.ID); !problem.Match(err, problem.ErrNotFound) {
			t.Errorf("Find of another brand's part = %v", err)
		}
		if _, err := f.Receive(other, StockInput{Place: west, Part: f.compressor, Qty: 1}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("Receive at another outlet = %v", err)
		}
		if _, err := f.Receive(other, StockInput{Place: east, Part: foreign.ID, Qty: 1}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("Receive of another brand's part = %v", err)
		}
		if _, err := f.Create(other, Part{Brand: f.brand, Code: "X1", NameZh: "x", Class: "M"}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("an outlet adds to the master = %v", err)
		}
	})
}

func TestOldParts(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		store := OutletPlace(f.west.ID)
		f.receive(store, f.compressor, 2)
		f.receive(store, f.pipe, 100)
		var olds []OldPartID
		for _, u := range []Use{
			{Order: "o1", Part: f.compressor, Place: store, Qty: 1},
			{Order: "o2", Part: f.compressor, Place: store, Qty: 1},
			{Order: "o2", Part: f.pipe, Place: store, Qty: 50},
		} {
			if err := f.tx(func(ctx context.Context, tx *db.Tx) error {
				id, err := f.UseTx(ctx, tx, u)
				olds = append(olds, id)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		if olds[2] != "" {
			t.Errorf("a pipe has to come back: %s", olds[2])
		}
		east := actor(t, access.Scope{OutletPath: f.east.Path}, "*")
		if _, err := f.ReceiveOld(east, OldPartInput{ID: olds[0]}); !problem.Match(err, problem.ErrNotFound) {
			t.Errorf("another outlet receives = %v", err)
		}
		if o, err := f.ReceiveOld(f.ctx, OldPartInput{ID: olds[0], Serial: "S-1"}); err != nil || o.State != Received || o.Serial != "S-1" || o.EndedAt == nil {
			t.Errorf("ReceiveOld = %+v, %v", o, err)
		}
		if _, err := f.ReceiveOld(f.ctx, OldPartInput{ID: olds[0]}); !problem.Match(err, ErrState) {
			t.Errorf("receiving twice = %v", err)
		}
		if _, err := f.WaiveOld(f.ctx, OldPartInput{ID: olds[1]}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("waiving without a reason = %v", err)
		}
		if _, err := f.WaiveOld(actor(t, access.Scope{OutletPath: f.west.Path}, "*"), OldPartInput{Act: access.Act{Reason: "lost"}, ID: olds[1]}); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("an outlet waives its own debt = %v", err)
		}
		if o, err := f.WaiveOld(f.ctx, OldPartInput{Act: access.Act{Reason: "lost"}, ID: olds[1]}); err != nil || o.State != Waived {
			t.Errorf("WaiveOld = %+v, %v", o, err)
		}
		if got, want := f.topics("oldpart", string(olds[0])), []string{"oldpart.owed.v1", "oldpart.received.v1"}; !slices.Equal(got, want) {
			t.Errorf("events = %v, want %v", got, want)
		}
	})
}
