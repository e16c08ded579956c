package console

import (
	"log/slog"
	"slices"
	"testing"

	"anxin/internal/callbacks"
	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/clocks"
	"anxin/internal/customers"
	"anxin/internal/dispatch"
	"anxin/internal/entitlement"
	"anxin/internal/intake"
	"anxin/internal/knowledge"
	"anxin/internal/orders"
	"anxin/internal/orders/orderstest"
	"anxin/internal/outlets"
	"anxin/internal/parts"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/files"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/notify"
	"anxin/internal/platform/problem"
	"anxin/internal/returns"
	"anxin/internal/units"
	"anxin/internal/workforce"
)

// fixture is a firm with orders, and the modules that the console reads.
type fixture struct {
	*orderstest.Firm
	con       *Service
	contracts *entitlement.Contracts
	cb        *callbacks.Service
	in        *intake.Service
	words     *i18n.Catalogue
	bus       *events.Bus // one holds the lease
}

func newFixture(t *testing.T, d *db.DB) *fixture {
	t.Helper()
	f := &fixture{Firm: orderstest.New(t, d, slices.Concat(Permissions, knowledge.Permissions, callbacks.Permissions, entitlement.Permissions)...)}
	zone := f.Services.Zone
	f.cb = callbacks.New(d, f.Keys, f.Catalog, f.Cases, f.Service, zone)
	f.bus = events.NewBus(d, slog.New(slog.DiscardHandler))
	f.cb.Subscribe(f.bus)
	f.in = intake.New(d, f.Keys, f.Catalog, f.Customers, f.Units, f.Cases)
	f.words = i18n.Must(problem.Words, Words, intake.Words, knowledge.Words, callbacks.Words, orders.Words, cases.Words, catalog.Words, customers.Words, files.Words, identity.Words,
		units.Words, parts.Words, outlets.Words, workforce.Words, clocks.Words, notify.Words, entitlement.Words, dispatch.Words, returns.Words)
	f.contracts = entitlement.NewContracts(entitlement.ContractDeps{
		DB: d, Numbers: f.Numbers, Keys: f.Keys, Catalog: f.Catalog, Customers: f.Customers, Units: f.Units, Ledger: f.Ledger, Zone: zone,
	})
	f.con = New(Deps{
		DB: d, Words: f.words, Zone: zone, Identity: f.Identity, Notify: f.Notify, Trail: audit.New(d), Catalog: f.Catalog, Outlets: f.Outlets, Customers: f.Customers, Clocks: f.Clocks,
		Units: f.Units, Workforce: f.Workforce, Cases: f.Cases, Orders: f.Service, Dispatch: dispatch.New(d, f.Catalog, f.Outlets, f.Workforce, f.Service), Callbacks: f.cb, Intake: f.in, Questions: knowledge.New(d, f.Catalog),
		Rights: f.Entitlement, Contracts: f.contracts, Files: f.Files,
		Returns: returns.New(returns.Deps{
			DB: d, Numbers: f.Numbers, Keys: f.Keys, Files: f.Files, Notify: f.Notify, Identity: f.Identity, Catalog: f.Catalog, Outlets: f.Outlets, Customers: f.Customers, Clocks: f.Clocks,
			Ledger: f.Ledger, Units: f.Units, Parts: f.Parts, Entitlement: f.Entitlement, Cases: f.Cases, Zone: zone,
		}),
	})
	return f
}
