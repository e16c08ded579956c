package cases

import "anxin/internal/platform/access"

// What one may do with cases.
const (
	permRead   = "cases.read"
	permOpen   = "cases.open"
	permAct    = "cases.act"
	permAssign = "cases.assign"
)

// Permissions of this module with the roles that have them at first.
var Permissions = []access.Permission{
	{Key: permRead, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleDispatcher, access.RoleOutletManager, access.RoleQuality, access.RoleHead, access.RoleFinance, access.RoleIntegrator}},
	{Key: permOpen, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleDispatcher, access.RoleOutletManager, access.RoleIntegrator}},
	{Key: permAct, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleDispatcher, access.RoleQuality, access.RoleIntegrator}},
	{Key: permAssign, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleDispatcher, access.RoleHead}},
}
