package calendar

import "embed"

// Words are the texts of the codes of issues, under "problem." and the code, by
// language.
//
//go:embed words.*.json
var Words embed.FS
