package files

import "embed"

// Words are the texts of this package's problem codes, by language.
//
//go:embed words.*.json
var Words embed.FS
