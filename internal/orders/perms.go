package orders

import "anxin/internal/platform/access"

// What one may do with orders.
const (
	PermRead     = "orders.read"
	PermAct      = "orders.act"       // open, release, edit, suspend, resume, continue, cancel, chase
	PermOffer    = "orders.offer"     // offer to outlets, withdraw
	PermAnswer   = "orders.answer"    // accept, decline, give back, for the outlet in scope
	PermPromise  = "orders.promise"   // tell the customer a window, note attempts to reach him
	PermPlan     = "orders.plan"      // plan, dispatch, move and cancel visits
	PermField    = "orders.field"     // act on visits of one's own as an engineer
	PermFieldAny = "orders.field_any" // act on anybody's visits in scope
	PermMoney    = "orders.money"     // charges, collections, quotes
	PermReview   = "orders.review"    // judge proof
	PermConflict = "orders.conflict"  // close conflicts of field acts
)

// Permissions of this module with the roles that have them at first.
var Permissions = []access.Permission{
	{Key: PermRead, Roles: []string{
		access.RoleAdmin, access.RoleAgent, access.RoleDispatcher, access.RoleOutletManager, access.RoleQuality, access.RoleHead, access.RoleFinance, access.RoleIntegrator,
	}},
	{Key: PermAct, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleDispatcher, access.RoleIntegrator}},
	{Key: PermOffer, Roles: []string{access.RoleAdmin, access.RoleDispatcher, access.RoleIntegrator}},
	{Key: PermAnswer, Roles: []string{access.RoleAdmin, access.RoleDispatcher, access.RoleOutletManager}},
	{Key: PermPromise, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleDispatcher, access.RoleOutletManager}},
	{Key: PermPlan, Roles: []string{access.RoleAdmin, access.RoleDispatcher, access.RoleOutletManager}},
	{Key: PermField, Roles: []string{access.RoleEngineer}},
	{Key: PermFieldAny, Roles: []string{access.RoleAdmin, access.RoleDispatcher, access.RoleOutletManager}},
	{Key: PermMoney, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleDispatcher, access.RoleOutletManager, access.RoleFinance}},
	{Key: PermReview, Roles: []string{access.RoleAdmin, access.RoleQuality, access.RoleHead}},
	{Key: PermConflict, Roles: []string{access.RoleAdmin, access.RoleDispatcher, access.RoleOutletManager}},
}
