package webhooks

import (
	"embed"

	"anxin/internal/platform/access"
	"anxin/internal/platform/problem"
)

// Problems of this package.
var (
	ErrNoEndpoint = problem.Declare("webhooks.no_endpoint", problem.NotFound)
	ErrNoDelivery = problem.Declare("webhooks.no_delivery", problem.NotFound)
	ErrAddress    = problem.Declare("webhooks.address", problem.Invalid)
	ErrState      = problem.Declare("webhooks.state", problem.Conflict)
	ErrFull       = problem.Declare("webhooks.full", problem.Conflict)
)

// PermManage lets somebody see and change endpoints inside their own scope.
const PermManage = "webhooks.manage"

// Permissions of this package.
var Permissions = []access.Permission{{Key: PermManage, Roles: []string{access.RoleAdmin, access.RoleIntegrator}}}

// Words are the texts of this package's codes, by language.
//
//go:embed words.*.json
var Words embed.FS
