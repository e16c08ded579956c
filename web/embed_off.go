//go:build noui

// Package web is empty under the tag noui: a binary for workers and tests
// that need no screens.
package web

import "io/fs"

// Files reports that this binary carries no web faces.
func Files() (fs.FS, bool) { return nil, false }
