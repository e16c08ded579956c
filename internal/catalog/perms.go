package catalog

import "anxin/internal/platform/access"

// PermWrite allows edits of the catalogue. Reading it needs a signed-in actor only: it holds nothing of a
// customer, and every screen speaks its words.
const PermWrite = "catalog.write"

// Permissions declares them with the roles that have them at first.
var Permissions = []access.Permission{
	{Key: PermWrite, Roles: []string{access.RoleAdmin, access.RoleHead}},
}
