//go:build !noui

// Package web carries the built web faces: the desk and the field app.
//
// It owns the files under dist, packed, and nothing else; who serves them, with which headers, is the HTTP
// server's matter.
package web

import (
	"archive/zip"
	"bytes"
	"embed"
	"io/fs"
)

// The folder holds at least .gitkeep, so that a clone compiles before the first web build.
//
//go:embed all:pack
var pack embed.FS

// Files returns the built files (desk/index.html, field/index.html, assets/…) and whether a build was there when the
// binary was compiled. They are unpacked as they are read.
func Files() (fs.FS, bool) {
	raw, err := pack.ReadFile("pack/web.zip")
	if err != nil {
		return nil, false
	}
	files, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil, false
	}
	_, err = fs.Stat(files, "desk/index.html")
	return files, err == nil
}
