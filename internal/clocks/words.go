package clocks

import "embed"

// Words are the texts of this module's problems, reasons and codes, by
// language.
//
//go:embed words.*.json
var Words embed.FS
