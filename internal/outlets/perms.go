package outlets

import "anxin/internal/platform/access"

// Permissions of this module.
const (
	PermRead     = "outlets.read"
	PermWrite    = "outlets.write"    // the network: creating, moving brands and areas, states; the centre's matter
	PermOwn      = "outlets.own"      // an outlet's own hours, capacity, phone and contacts
	PermContacts = "outlets.contacts" // see contact persons in clear
)

// Permissions declares them with the roles that have them at first.
var Permissions = []access.Permission{
	{Key: PermRead, Roles: []string{
		access.RoleAdmin, access.RoleHead, access.RoleAgent, access.RoleDispatcher, access.RoleOutletManager, access.RoleEngineer,
		access.RoleFinance, access.RoleQuality, access.RoleIntegrator,
	}},
	{Key: PermWrite, Roles: []string{access.RoleAdmin, access.RoleHead}},
	{Key: PermOwn, Roles: []string{access.RoleAdmin, access.RoleHead, access.RoleOutletManager}},
	{Key: PermContacts, Roles: []string{
		access.RoleAdmin, access.RoleHead, access.RoleAgent, access.RoleDispatcher, access.RoleOutletManager, access.RoleQuality,
	}},
}
