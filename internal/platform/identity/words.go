package identity

import "embed"

// Words are the texts of this package's problem codes, roles and permissions, by language.
//
//go:embed words.*.json
var Words embed.FS
