package customers

import "anxin/internal/platform/access"

// Permissions of this module.
const (
	PermRead   = "customers.read"
	PermEdit   = "customers.edit"
	PermReveal = "customers.reveal"
	PermMerge  = "customers.merge"
	PermErase  = "customers.erase"
)

// Permissions and the roles that have them unless the operator changes it.
var Permissions = []access.Permission{
	{Key: PermRead, Roles: []string{
		access.RoleAdmin, access.RoleAgent, access.RoleDispatcher, access.RoleOutletManager, access.RoleFinance, access.RoleQuality,
		access.RoleHead, access.RoleIntegrator,
	}},
	{Key: PermEdit, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleDispatcher, access.RoleOutletManager, access.RoleIntegrator}},
	{Key: PermReveal, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleDispatcher, access.RoleOutletManager, access.RoleQuality}},
	{Key: PermMerge, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleHead}},
	{Key: PermErase, Roles: []string{access.RoleAdmin}},
}
