package console

import (
	"embed"
	"html/template"
	"sync"
	"time"

	"anxin/internal/callbacks"
	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/clocks"
	"anxin/internal/customers"
	"anxin/internal/dispatch"
	"anxin/internal/entitlement"
	"anxin/internal/intake"
	"anxin/internal/knowledge"
	"anxin/internal/maintenance"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/files"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/notify"
	"anxin/internal/returns"
	"anxin/internal/units"
	"anxin/internal/workforce"
)

// Deps is what the console stands on.
type Deps struct {
	DB        *db.DB
	Words     *i18n.Catalogue
	Zone      *time.Location
	Identity  *identity.Service
	Notify    *notify.Service // nil: no code is sent, and pages that ask for one are not offered
	Trail     *audit.Trail
	Catalog   *catalog.Service
	Outlets   *outlets.Service
	Customers *customers.Service
	Clocks    *clocks.Service
	Units     *units.Service
	Workforce *workforce.Service
	Cases     *cases.Service
	Orders    *orders.Service
	Dispatch  *dispatch.Service
	Callbacks *callbacks.Service
	Intake    *intake.Service
	Questions *knowledge.Service
	Rights    *entitlement.Service
	Returns   *returns.Service // nil: none are shown
	Files     *files.Service   // nil: pages take no photos
	Contracts *entitlement.Contracts
	Recalls   *maintenance.Service // nil: links of recalls open nothing
}

// Service answers the screens.
type Service struct {
	Deps
	pages  *template.Template
	zoned  sync.Map // the same on the clocks of other places, *template.Template by the zone's name
	misses misses
}

// New makes the service.
func New(d Deps) *Service {
	s := &Service{Deps: d}
	s.pages = s.parsed(d.Zone)
	return s
}

// Words are this module's messages for the catalogue.
//
//go:embed words.*.json
var Words embed.FS

//go:embed templates/*.html
var templates embed.FS

const permHome = "console.read"

// Permissions of this module with the roles that have them at first.
var Permissions = []access.Permission{
	{Key: permHome, Roles: []string{
		access.RoleAdmin, access.RoleAgent, access.RoleDispatcher, access.RoleOutletManager, access.RoleFinance, access.RoleQuality, access.RoleHead,
	}},
	{Key: permKPI, Roles: []string{access.RoleAdmin, access.RoleDispatcher, access.RoleOutletManager, access.RoleFinance, access.RoleQuality, access.RoleHead}},
}
