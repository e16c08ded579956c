package returns

import "anxin/internal/platform/access"

// Permissions of this module.
const (
	PermRead      = "returns.read"
	PermRequest   = "returns.request"    // open and withdraw
	PermDecide    = "returns.decide"     // approve and reject up to the policy's limit
	PermDecideAny = "returns.decide_any" // without limit
	PermGoods     = "returns.goods"      // what the depot does
	PermPay       = "returns.pay"        // hand refunds to a provider, read its answers
	PermClaim     = "returns.claim"      // what others owe us for goods that came back
	PermPolicy    = "returns.policy"
)

// Permissions of this module with the roles that have them at first.
var Permissions = []access.Permission{
	{Key: PermRead, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleOutletManager, access.RoleFinance, access.RoleQuality, access.RoleHead, access.RoleIntegrator}},
	{Key: PermRequest, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleIntegrator}},
	{Key: PermDecide, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleFinance}},
	{Key: PermDecideAny, Roles: []string{access.RoleAdmin, access.RoleFinance}},
	{Key: PermGoods, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleOutletManager, access.RoleIntegrator}},
	{Key: PermPay, Roles: []string{access.RoleAdmin, access.RoleFinance}},
	{Key: PermClaim, Roles: []string{access.RoleAdmin, access.RoleFinance, access.RoleQuality}},
	{Key: PermPolicy, Roles: []string{access.RoleAdmin, access.RoleFinance}},
}
