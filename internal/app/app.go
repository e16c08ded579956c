// Package app builds every module by hand, in level order, and runs them. It is the one place that knows
// all modules; it owns no table and no rule.
package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"path/filepath"
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
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/config"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/exports"
	"anxin/internal/platform/files"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/imports"
	"anxin/internal/platform/jobs"
	"anxin/internal/platform/notify"
	"anxin/internal/platform/observe"
	"anxin/internal/platform/prefs"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/search"
	"anxin/internal/platform/webhooks"
	"anxin/internal/returns"
	"anxin/internal/tariffs"
	"anxin/internal/units"
	"anxin/internal/workforce"
	"anxin/migrations"
)

// App is a running product: every service, ready to be served, worked or called by a command.
type App struct {
	Config config.Config
	Log    *slog.Logger
	Words  *i18n.Catalogue
	DB     *db.DB
	Keys   *crypt.Keys
	Bus    *events.Bus
	Jobs   *jobs.Runner
	Tasks  *jobs.Tasks
	Trail  *audit.Trail

	Files    *files.Service
	Search   *search.Service
	Identity *identity.Service
	Prefs    *prefs.Service
	Imports  *imports.Service
	Exports  *exports.Service
	Notify   *notify.Service
	Webhooks *webhooks.Service

	Catalog     *catalog.Service
	Outlets     *outlets.Service
	Customers   *customers.Service
	Clocks      *clocks.Service
	Ledger      *ledger.Service
	Units       *units.Service
	Workforce   *workforce.Service
	Parts       *parts.Service
	Entitlement *entitlement.Service
	Contracts   *entitlement.Contracts
	Tariffs     *tariffs.Service
	Cases       *cases.Service
	Orders      *orders.Service
	Dispatch    *dispatch.Service
	Returns     *returns.Service
	Callbacks   *callbacks.Service
	Maintenance *maintenance.Service
	Intake      *intake.Service
	Knowledge   *knowledge.Service
	Console     *console.Service

	Server  *httpapi.Server
	Health  *observe.Health
	Metrics *observe.Metrics

	travel  geo.Travel
	closers []func() error
}

// Options of [Build] that are no settings.
type Options struct {
	Version string
	Web     fs.FS            // built web faces, nil for none
	Clock   func() time.Time // nil: the real one; the demo generator and replays live at their own times
	// Generating is for the demo: customers are told nothing, and SQLite does not wait for the disk.
	Generating bool
}

// WordSources are the message files of all packages.
func WordSources() []fs.FS {
	return []fs.FS{
		problem.Words, calendar.Words, crypt.Words, exports.Words, files.Words, identity.Words, imports.Words, notify.Words, prefs.Words, search.Words, webhooks.Words,
		catalog.Words, outlets.Words, customers.Words, clocks.Words, ledger.Words, units.Words, workforce.Words, parts.Words, entitlement.Words,
		tariffs.Words, cases.Words, orders.Words, dispatch.Words, returns.Words, knowledge.Words, callbacks.Words, maintenance.Words, intake.Words, console.Words,
	}
}

// AllPermissions are the permissions of all packages, with the roles that have them at first.
func AllPermissions() []access.Permission {
	var all []access.Permission
	for _, p := range [][]access.Permission{
		Permissions, events.Permissions, identity.Permissions, imports.Permissions, notify.Permissions, prefs.Permissions, webhooks.Permissions,
		catalog.Permissions, outlets.Permissions, customers.Permissions, clocks.Permissions, ledger.Permissions, units.Permissions,
		workforce.Permissions, parts.Permissions, entitlement.Permissions, tariffs.Permissions, cases.Permissions, orders.Permissions,
		dispatch.Permissions, returns.Permissions, knowledge.Permissions, callbacks.Permissions, maintenance.Permissions, intake.Permissions, console.Permissions,
	} {
		all = append(all, p...)
	}
	return all
}

// Build opens the database, brings its schema up to date, seeds the reference data and makes every
// service. Close it in the end.
func Build(ctx context.Context, cfg config.Config, log *slog.Logger, o Options) (_ *App, err error) {
	a := &App{Config: cfg, Log: log, Words: i18n.Must(WordSources()...)}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if a.DB, err = db.Open(ctx, cfg.DSN(), db.Options{Unsafe: o.Generating, Lazy: o.Generating}); err != nil {
		return nil, err
	}
	a.closers = append(a.closers, a.DB.Close)
	if o.Clock != nil {
		a.DB.SetClock(o.Clock)
	}
	n, err := migrations.Up(ctx, a.DB, log)
	if err != nil {
		return nil, err
	}
	if n > 0 {
		log.InfoContext(ctx, "schema brought up to date", "migrations", n)
	}
	if a.Keys, err = crypt.Open(ctx, a.DB, cfg.MasterKeyPath()); err != nil {
		return nil, err
	}
	if err := a.buildPlatform(cfg, o.Version); err != nil {
		return nil, err
	}
	a.buildModules(cfg, o)
	if err := a.seed(ctx); err != nil {
		return nil, fmt.Errorf("seed reference data: %w", err)
	}
	a.subscribe()
	a.buildServer(cfg, o)
	return a, nil
}

func (a *App) buildPlatform(cfg config.Config, version string) (err error) {
	a.Bus, a.Jobs, a.Tasks, a.Trail = events.NewBus(a.DB, a.Log), jobs.New(a.DB, a.Log), jobs.NewTasks(a.DB), audit.New(a.DB)
	store, err := OpenStore(cfg)
	if err != nil {
		return err
	}
	if c, ok := store.(interface{ Close() error }); ok {
		a.closers = append(a.closers, c.Close)
	}
	a.Files, err = files.New(a.DB, files.Options{Store: store, Keys: a.Keys, Spool: filepath.Join(cfg.DataDir, "spool"), Zone: cfg.Zone()})
	if err != nil {
		return err
	}
	if a.travel, err = a.openTravel(cfg.Travel); err != nil {
		return err
	}
	a.Search = search.New(a.DB, a.Keys, a.Log)
	a.Identity = identity.New(a.DB, a.Keys, AllPermissions(), identity.Options{
		BaseURL: cfg.BaseURL(), Lang: cfg.DefaultLang, Secure: strings.HasPrefix(cfg.BaseURL(), "https://"), SignInRate: cfg.Limits.SignInRate, Log: a.Log,
	})
	a.Prefs = prefs.New(a.DB, a.Keys, a.Identity)
	sms, err := notify.NewSMS(cfg.SMS)
	if err != nil {
		return err
	}
	mail, err := notify.NewSMTP(cfg.SMTP)
	if err != nil {
		return err
	}
	a.Notify = notify.New(a.DB, a.Keys, notify.Options{SMS: sms, Email: mail, Zone: cfg.Zone(), Lang: cfg.DefaultLang, Log: a.Log})
	a.Webhooks = webhooks.New(a.DB, a.Keys, a.Notify, webhooks.Options{Version: version, Log: a.Log, AllowPrivate: cfg.Webhooks.AllowPrivate})
	return nil
}

// OpenStore opens where the settings keep files.
func OpenStore(cfg config.Config) (files.Store, error) {
	if cfg.Files.Kind == "s3" {
		s := cfg.Files.S3
		return files.OpenS3(files.S3Options{
			Endpoint: s.Endpoint, Bucket: s.Bucket, Region: s.Region, AccessKey: s.AccessKey, SecretKey: s.SecretKey.Reveal(), TLS: s.TLS,
		})
	}
	return files.OpenLocal(cfg.FilesDir())
}

// Close ends everything that Build opened, in the reverse order.
func (a *App) Close() error {
	var errs []error
	for i := len(a.closers) - 1; i >= 0; i-- {
		errs = append(errs, a.closers[i]())
	}
	a.closers = nil
	return errors.Join(errs...)
}

// clientIP finds the client behind proxies that the operator trusts.
func clientIP(proxies []netip.Prefix) func(r *http.Request) string {
	trusted := func(ip netip.Addr) bool {
		for _, p := range proxies {
			if p.Contains(ip.Unmap()) {
				return true
			}
		}
		return false
	}
	return func(r *http.Request) string {
		at, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil {
			return r.RemoteAddr
		}
		ip := at.Addr().Unmap()
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for i := len(hops) - 1; i >= 0 && trusted(ip); i-- {
			next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
			if err != nil {
				break
			}
			ip = next.Unmap()
		}
		return ip.String()
	}
}
