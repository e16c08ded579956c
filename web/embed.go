//go:build !noui

// Package web carries the built web faces: the desk and the field app.
//
// It owns the files under dist and nothing else; who serves them, with which
// headers, is the HTTP server's matter.
package web

import (
	"embed"
	"io/fs"
)

// The folder holds at least .gitkeep, so that a clone compiles before the
// first web build.
//
//go:embed all:dist
var dist embed.FS

// Files returns the built files (desk/index.html, field/index.html, assets/…)
// and whether a build was there when the binary was compiled.
func Files() (fs.FS, bool) {
	root, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, false
	}
	_, err = fs.Stat(root, "desk/index.html")
	return root, err == nil
}
