package maintenance

import (
	"context"
	"log/slog"
	"testing"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/orders/orderstest"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/jobs"
	"anxin/internal/units"
)

// fixture is a firm whose customer has a unit of a model of brand one.
type fixture struct {
	*orderstest.Firm
	m       *Service
	bus     *events.Bus
	drained int
	heard   map[string]bool // records of events that all before were handled of
	model   catalog.Model
}

func newFixture(t testing.TB, d *db.DB) *fixture {
	t.Helper()
	f := &fixture{Firm: orderstest.New(t, d, Permissions...), heard: map[string]bool{}}
	s := f.Services
	f.m = New(Deps{
		DB: d, Numbers: s.Numbers, Tasks: jobs.NewTasks(d), Identity: s.Identity, Notify: s.Notify, Catalog: s.Catalog, Customers: s.Customers, Outlets: s.Outlets, Units: s.Units,
		Parts: s.Parts, Cases: s.Cases, Orders: f.Service, Zone: s.Zone,
	})
	s.Entitlement.UsePayer(f.m.PaysFor)
	f.bus = events.NewBus(d, slog.New(slog.DiscardHandler))
	f.m.Subscribe(f.bus)
	events.Subscribe(f.bus, "test.last", func(_ context.Context, ev ClosedEvent) error {
		f.heard[ev.ID] = true
		return nil
	})
	var err error
	f.model, err = s.Catalog.CreateModel(f.Ctx, catalog.Model{BrandID: f.One, Category: "GWH", Code: "JSQ-16", NameZh: "热水器16升", NameEn: "Water heater 16 l", WarrantyMonths: 12})
	f.Must(err)
	f.Unit = f.newUnit("GW24030001", f.Customer.ID)
	return f
}

func (f *fixture) person(name, phone, email string) (c customers.Customer) {
	f.T.Helper()
	f.Must(db.InTx0(f.Ctx, f.DB, func(ctx context.Context, tx *db.Tx) (err error) {
		in := customers.CreateInput{Name: name, Email: email, Brand: f.One}
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
	f.T.Helper()
	f.Must(db.InTx0(f.Ctx, f.DB, func(ctx context.Context, tx *db.Tx) (err error) {
		in := units.CreateInput{Brand: f.One, Model: f.model.ID, Category: "GWH", Serial: serial, Owner: owner}
		if owner != "" {
			in.Place = new(f.Place())
		}
		u, err = f.Units.CreateTx(ctx, tx, in)
		return err
	}))
	return u
}
