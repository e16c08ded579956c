package parts

import "embed"

// Words are the texts of this module's codes, by language.
//
//go:embed words.*.json
var Words embed.FS
