package units

import "anxin/internal/platform/access"

// Permissions of this module.
const (
	PermRead  = "units.read"
	PermEdit  = "units.edit"
	PermMark  = "units.mark"
	PermMerge = "units.merge"
)

// Permissions and the roles that have them unless the operator changes it.
var Permissions = []access.Permission{
	{Key: PermRead, Roles: []string{
		access.RoleAdmin, access.RoleAgent, access.RoleDispatcher, access.RoleOutletManager, access.RoleEngineer, access.RoleFinance,
		access.RoleQuality, access.RoleHead, access.RoleIntegrator,
	}},
	{Key: PermEdit, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleDispatcher, access.RoleOutletManager, access.RoleIntegrator}},
	{Key: PermMark, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleQuality, access.RoleHead}},
	{Key: PermMerge, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleHead}},
}
