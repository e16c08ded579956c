package identity

import "anxin/internal/platform/access"

// What this package checks.
const (
	PermUsers = "identity.users" // manage people within one's own scope and permissions
	PermRoles = "identity.roles" // change what roles may do
	PermKeys  = "identity.keys"  // make and revoke API keys
)

// Permissions of this package.
var Permissions = []access.Permission{
	{Key: PermUsers, Roles: []string{access.RoleAdmin}},
	{Key: PermRoles, Roles: []string{access.RoleAdmin}},
	{Key: PermKeys, Roles: []string{access.RoleAdmin, access.RoleIntegrator}},
}

// builtIn lists the roles that the code brings, in the order in which screens show them.
var builtIn = []string{
	access.RoleAdmin, access.RoleHead, access.RoleAgent, access.RoleDispatcher, access.RoleOutletManager, access.RoleEngineer,
	access.RoleQuality, access.RoleFinance, access.RoleIntegrator,
}
