package problem

import "embed"

// Words are the messages of the platform's own codes, for the catalogue.
//
//go:embed words.*.json
var Words embed.FS
