package search

import "embed"

// Words name the reasons why a hit was found, by language.
//
//go:embed words.*.json
var Words embed.FS
