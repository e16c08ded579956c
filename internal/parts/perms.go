package parts

import "anxin/internal/platform/access"

// Permissions of this module.
const (
	PermRead     = "parts.read"
	PermMaster   = "parts.master"   // the part master
	PermStock    = "parts.stock"    // receive, count, transfer, old parts
	PermOverride = "parts.override" // take what the books do not have
)

// Permissions and the roles that have them unless the operator changes it.
var Permissions = []access.Permission{
	{Key: PermRead, Roles: []string{
		access.RoleAdmin, access.RoleAgent, access.RoleDispatcher, access.RoleOutletManager, access.RoleEngineer, access.RoleFinance,
		access.RoleQuality, access.RoleHead, access.RoleIntegrator,
	}},
	{Key: PermMaster, Roles: []string{access.RoleAdmin, access.RoleHead, access.RoleIntegrator}},
	{Key: PermStock, Roles: []string{access.RoleAdmin, access.RoleDispatcher, access.RoleOutletManager, access.RoleIntegrator}},
	{Key: PermOverride, Roles: []string{access.RoleAdmin, access.RoleHead}},
}
