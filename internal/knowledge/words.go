package knowledge

import "embed"

// Words are the texts of this module, by language.
//
//go:embed words.*.json
var Words embed.FS
