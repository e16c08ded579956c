package workforce

import "anxin/internal/platform/access"

// Permissions of this module.
const (
	PermRead    = "workforce.read"
	PermWrite   = "workforce.write"  // people, skills, certificates, states
	PermShifts  = "workforce.shifts" // shifts and absences
	PermPrivate = "workforce.private"
)

// Permissions declares them with the roles that have them at first.
var Permissions = []access.Permission{
	{Key: PermRead, Roles: []string{
		access.RoleAdmin, access.RoleHead, access.RoleAgent, access.RoleDispatcher, access.RoleOutletManager, access.RoleEngineer,
		access.RoleFinance, access.RoleQuality, access.RoleIntegrator,
	}},
	{Key: PermWrite, Roles: []string{access.RoleAdmin, access.RoleHead, access.RoleOutletManager}},
	{Key: PermShifts, Roles: []string{access.RoleAdmin, access.RoleHead, access.RoleDispatcher, access.RoleOutletManager}},
	{Key: PermPrivate, Roles: []string{access.RoleAdmin, access.RoleHead, access.RoleDispatcher, access.RoleOutletManager}},
}
