package knowledge

import "anxin/internal/platform/access"

// PermQuestions allows to see and change what customers are asked. What is in force everybody sees who reports.
const PermQuestions = "knowledge.questions"

// Permissions of this module with the roles that have them at first.
var Permissions = []access.Permission{
	{Key: PermQuestions, Roles: []string{access.RoleAdmin, access.RoleHead}},
}
