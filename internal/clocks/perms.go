package clocks

import "anxin/internal/platform/access"

// What one may do with clocks.
const (
	permRead   = "clocks.read"
	permManage = "clocks.manage"
)

// Permissions of this module with the roles that have them at first. Clocks themselves are moved by the
// acts of the records they stand on.
var Permissions = []access.Permission{
	{Key: permRead, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleDispatcher, access.RoleQuality, access.RoleHead, access.RoleIntegrator}},
	{Key: permManage, Roles: []string{access.RoleAdmin, access.RoleHead}},
}
