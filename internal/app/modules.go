package app

import (
	"context"
	"strings"
	"time"

	"anxin/internal/callbacks"
	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/clocks"
	"anxin/internal/console"
	"anxin/internal/customers"
	"anxin/internal/dispatch"
	"anxin/internal/entitlement"
	"anxin/internal/intake"
	"anxin/internal/knowledge"
	"anxin/internal/ledger"
	"anxin/internal/maintenance"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/parts"
	"anxin/internal/platform/backup"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/config"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/exports"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/imports"
	"anxin/internal/platform/jobs"
	"anxin/internal/returns"
	"anxin/internal/tariffs"
	"anxin/internal/units"
	"anxin/internal/workforce"
)

// buildModules makes every module's service, lower levels first.
func (a *App) buildModules(cfg config.Config, o Options) {
	messenger := a.Notify
	if o.Generating {
		messenger = nil
	}
	d, numbers := a.DB, db.NewNumbers(a.DB, cfg.Zone())
	a.Catalog = catalog.New(d)

	a.Outlets = outlets.New(d, a.Keys, a.Catalog)
	a.Customers = customers.New(d, a.Keys)
	a.Customers.UseSearch(a.Search)
	a.Clocks = clocks.New(d, clocks.OutsideCalendars(a.calendar))
	a.Outlets.UseHolidays(a.Clocks.HolidaysOf)
	a.Ledger = ledger.New(d)

	a.Units = units.New(d, a.Keys, a.Catalog, a.Customers, cfg.Zone())
	a.Units.UseSearch(a.Search)
	a.Workforce = workforce.New(d, a.Keys, a.Catalog, a.Outlets)
	a.Parts = parts.New(d, a.Catalog, a.Outlets)

	a.Entitlement = entitlement.New(d, a.Catalog, a.Units, cfg.Zone())
	a.Entitlement.UseTasks(a.Tasks)
	a.Contracts = entitlement.NewContracts(entitlement.ContractDeps{
		DB: d, Numbers: numbers, Keys: a.Keys, Catalog: a.Catalog, Customers: a.Customers, Units: a.Units, Ledger: a.Ledger, Notify: messenger,
		Zone: cfg.Zone(), PublicURL: cfg.BaseURL(),
	})
	a.Tariffs = tariffs.New(d, a.Catalog, cfg.Zone())

	a.Cases = cases.New(d, numbers, a.Keys, a.Search, a.Catalog, a.Customers, a.Units, a.Clocks)
	a.Orders = orders.New(orders.Deps{
		DB: d, Numbers: numbers, Keys: a.Keys, Files: a.Files, Search: a.Search, Identity: a.Identity, Notify: messenger,
		Catalog: a.Catalog, Outlets: a.Outlets, Customers: a.Customers, Clocks: a.Clocks, Ledger: a.Ledger, Units: a.Units, Workforce: a.Workforce,
		Parts: a.Parts, Entitlement: a.Entitlement, Tariffs: a.Tariffs, Cases: a.Cases,
	})
	a.Dispatch = dispatch.New(d, a.Catalog, a.Outlets, a.Workforce, a.Orders, dispatch.Options{Travel: a.travel})
	a.Returns = returns.New(returns.Deps{
		DB: d, Numbers: numbers, Keys: a.Keys, Files: a.Files, Notify: messenger, Identity: a.Identity, Catalog: a.Catalog, Outlets: a.Outlets, Customers: a.Customers, Clocks: a.Clocks,
		Ledger: a.Ledger, Units: a.Units, Parts: a.Parts, Entitlement: a.Entitlement, Cases: a.Cases, Zone: cfg.Zone(),
		AllowPrivate: cfg.Webhooks.AllowPrivate, PublicURL: cfg.BaseURL(),
	})
	a.Callbacks = callbacks.New(d, a.Keys, a.Catalog, a.Cases, a.Orders, cfg.Zone())
	a.Cases.Messages(messenger, a.Identity, cfg.Zone())
	a.Cases.Rights(a.Entitlement)
	a.Callbacks.Messages(messenger, a.Identity, a.Customers)
	a.Callbacks.Returns(a.Returns)
	a.Maintenance = maintenance.New(maintenance.Deps{
		DB: d, Numbers: numbers, Tasks: a.Tasks, Identity: a.Identity, Notify: messenger, Catalog: a.Catalog, Customers: a.Customers, Outlets: a.Outlets, Units: a.Units, Parts: a.Parts,
		Cases: a.Cases, Orders: a.Orders, Zone: cfg.Zone(),
	})
	a.Entitlement.UsePayer(a.Maintenance.PaysFor)
	a.Units.UseStopSale(a.Maintenance.MayGive)
	a.Knowledge = knowledge.New(d, a.Catalog)
	a.Intake = intake.New(d, a.Keys, a.Catalog, a.Customers, a.Units, a.Cases)
	a.Imports = imports.New(imports.Deps{DB: d, Keys: a.Keys, Files: a.Files, Tasks: a.Tasks, Zone: cfg.Zone(), Log: a.Log},
		a.Catalog.ImportTarget(), a.Outlets.ImportTarget(), a.Workforce.ImportTarget(), a.Customers.ImportTarget(a.Catalog), a.Units.ImportTarget(),
		a.Cases.ImportTarget())
	a.Exports = exports.New(exports.Deps{DB: d, Keys: a.Keys, Files: a.Files, Tasks: a.Tasks, People: a.Identity, Zone: cfg.Zone()})
	a.Console = console.New(console.Deps{
		DB: d, Words: a.Words, Zone: cfg.Zone(), Identity: a.Identity, Notify: messenger, Trail: a.Trail, Catalog: a.Catalog, Outlets: a.Outlets, Customers: a.Customers,
		Clocks: a.Clocks, Units: a.Units, Workforce: a.Workforce, Cases: a.Cases, Orders: a.Orders, Dispatch: a.Dispatch, Callbacks: a.Callbacks, Intake: a.Intake, Questions: a.Knowledge, Rights: a.Entitlement, Returns: a.Returns, Files: a.Files, Contracts: a.Contracts, Recalls: a.Maintenance,
	})
}

type registrar interface{ Register(api *httpapi.Server) }

func (a *App) registrars() []registrar {
	return []registrar{
		a.Identity, a.Prefs, a.Notify, a.Webhooks, a.Imports, a.Exports, a.Catalog, a.Outlets, a.Customers, a.Clocks, a.Ledger, a.Units, a.Workforce, a.Parts,
		a.Entitlement, a.Contracts, a.Tariffs, a.Cases, a.Orders, a.Dispatch, a.Returns, a.Knowledge, a.Callbacks, a.Maintenance, a.Intake, a.Console,
	}
}

// subscribe ties handlers to events, jobs to kinds and duties to their times.
func (a *App) subscribe() {
	for _, m := range []interface{ Subscribe(b *events.Bus) }{a.Units, a.Entitlement, a.Contracts, a.Cases, a.Orders, a.Dispatch, a.Callbacks, a.Maintenance, a.Webhooks} {
		m.Subscribe(a.Bus)
	}
	events.Subscribe(a.Bus, "app.on_outlet_hours", a.onOutletHours)
	for _, m := range []interface{ RegisterJobs(r *jobs.Runner) }{a.Customers, a.Clocks, a.Entitlement, a.Contracts, a.Cases, a.Orders, a.Dispatch, a.Returns, a.Callbacks, a.Maintenance, a.Notify, a.Webhooks, a.Imports, a.Exports} {
		m.RegisterJobs(a.Jobs)
	}
	a.Jobs.Every("audit.checkpoint", 5*time.Second, func(ctx context.Context) error {
		_, err := a.Trail.Checkpoint(ctx)
		return err
	})
	a.Jobs.Every("httpapi.sweep_idempotency", time.Hour, func(ctx context.Context) error { return httpapi.SweepIdempotency(ctx, a.DB) })
	a.Jobs.Every("identity.sweep", 24*time.Hour, a.Identity.Sweep)
	a.Jobs.Every("files.sweep", time.Hour, func(ctx context.Context) error {
		_, err := a.Files.Sweep(ctx, 24*time.Hour)
		return err
	})
	a.Jobs.Every("backup.note_erased", time.Minute, func(ctx context.Context) error {
		return backup.NoteErased(ctx, a.DB, a.Keys, backup.ErasedList(a.Config.MasterKeyPath()))
	})
	a.Jobs.Every("search.tidy", 24*time.Hour, a.Search.Tidy)
	a.Jobs.Every("db.optimize", time.Hour, a.DB.Optimize)
	a.Jobs.Every("db.partitions", 24*time.Hour, func(ctx context.Context) error { return a.DB.MakePartitions(ctx) })
}

// seed writes reference data that every installation begins with; running it again changes nothing.
func (a *App) seed(ctx context.Context) error {
	for _, f := range []func(ctx context.Context) error{
		func(ctx context.Context) error { return catalog.Seed(ctx, a.DB) },
		a.Clocks.Seed,
		a.Tariffs.Seed,
	} {
		if err := f(ctx); err != nil {
			return err
		}
	}
	return nil
}

// onOutletHours has the clocks counted anew that run by the hours of an outlet, or of one that follows its hours.
func (a *App) onOutletHours(ctx context.Context, e outlets.Edited) error {
	if !e.Hours() {
		return nil
	}
	return db.InTx0(ctx, a.DB, func(ctx context.Context, tx *db.Tx) error {
		below, err := a.Outlets.Under(ctx, tx, e.OutletPath)
		if err != nil {
			return err
		}
		for _, o := range below {
			if err := a.Clocks.CalendarChangedTx(ctx, tx, calendarPrefix+string(o.ID)); err != nil {
				return err
			}
		}
		return nil
	})
}

// calendarPrefix marks the calendars of outlets among those that clocks name.
const calendarPrefix = "outlet:"

// calendar finds the working hours of an outlet for clocks, which know no outlet: its id after [calendarPrefix].
func (a *App) calendar(ctx context.Context, q db.Querier, id string) (*calendar.Calendar, error) {
	outlet, ok := strings.CutPrefix(id, calendarPrefix)
	if !ok {
		return nil, nil
	}
	return a.Outlets.Calendar(ctx, q, outlets.ID(outlet))
}
