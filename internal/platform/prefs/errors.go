package prefs

import (
	"embed"

	"anxin/internal/platform/access"
	"anxin/internal/platform/problem"
)

// Problems of this package.
var (
	ErrNoView = problem.Declare("prefs.no_view", problem.NotFound)
	ErrFull   = problem.Declare("prefs.full", problem.Conflict)
)

// PermShare lets somebody share views with a role, and tidy up those shared inside their own scope.
const PermShare = "prefs.share"

// Permissions of this package.
var Permissions = []access.Permission{{Key: PermShare, Roles: []string{
	access.RoleAdmin, access.RoleHead, access.RoleDispatcher, access.RoleOutletManager, access.RoleQuality, access.RoleFinance,
}}}

// Words are the texts of this package's problem codes, by language.
//
//go:embed words.*.json
var Words embed.FS
