package maintenance

import "anxin/internal/platform/access"

// Permissions of this module.
const (
	PermRead     = "maintenance.read"
	PermEdit     = "maintenance.edit"      // draft campaigns, note days of the law
	PermApprove  = "maintenance.approve"   // as the second person
	PermRun      = "maintenance.run"       // start, close and cancel
	PermAct      = "maintenance.act"       // note what becomes of single units
	PermLetters  = "maintenance.letters"   // print the list for letters: names and addresses in the clear
	PermStopSale = "maintenance.stop_sale" // read what must not be sold
)

// Permissions and the roles that have them unless the operator changes it.
var Permissions = []access.Permission{
	{Key: PermRead, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleQuality, access.RoleHead, access.RoleOutletManager}},
	{Key: PermEdit, Roles: []string{access.RoleAdmin, access.RoleQuality}},
	{Key: PermApprove, Roles: []string{access.RoleAdmin, access.RoleHead}},
	{Key: PermRun, Roles: []string{access.RoleAdmin, access.RoleQuality, access.RoleHead}},
	{Key: PermAct, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleQuality}},
	{Key: PermLetters, Roles: []string{access.RoleAdmin, access.RoleQuality}},
	{Key: PermStopSale, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleQuality, access.RoleHead, access.RoleOutletManager, access.RoleIntegrator}},
}
