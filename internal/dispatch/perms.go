package dispatch

import "anxin/internal/platform/access"

// What one may do in dispatch.
const (
	PermRead     = "dispatch.read"     // the day, candidates, slots, alerts, plans
	PermHold     = "dispatch.hold"     // hold windows and promise them
	PermAssign   = "dispatch.assign"   // give visits to engineers, move and take them off
	PermOverride = "dispatch.override" // set aside rules that are not of the law, the trade or physics
	PermPlan     = "dispatch.plan"     // plan days and publish them
	PermOffer    = "dispatch.offer"    // ask the next outlet
	PermAlert    = "dispatch.alert"    // close alerts
)

// Permissions of this module with the roles that have them at first.
var Permissions = []access.Permission{
	{Key: PermRead, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleDispatcher, access.RoleOutletManager, access.RoleHead, access.RoleQuality, access.RoleIntegrator}},
	{Key: PermHold, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleDispatcher, access.RoleOutletManager, access.RoleIntegrator}},
	{Key: PermAssign, Roles: []string{access.RoleAdmin, access.RoleDispatcher, access.RoleOutletManager}},
	{Key: PermOverride, Roles: []string{access.RoleAdmin, access.RoleDispatcher}},
	{Key: PermPlan, Roles: []string{access.RoleAdmin, access.RoleDispatcher, access.RoleOutletManager}},
	{Key: PermOffer, Roles: []string{access.RoleAdmin, access.RoleDispatcher, access.RoleIntegrator}},
	{Key: PermAlert, Roles: []string{access.RoleAdmin, access.RoleDispatcher, access.RoleOutletManager}},
}
