package maintenance

import "embed"

// Words are this module's messages for the catalogue.
//
//go:embed words.*.json
var Words embed.FS
