package app

import (
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// serveWeb serves the built faces: /desk and /field are single pages that read their own address, assets
// have their content in the name and are kept for ever.
func (a *App) serveWeb(files fs.FS) {
	if files == nil {
		for _, p := range []string{"GET /desk/", "GET /field/"} {
			a.Server.Mux.HandleFunc(p, func(w http.ResponseWriter, _ *http.Request) {
				http.Error(w, "This binary was built without the web faces: run `make build`.", http.StatusNotFound)
			})
		}
		return
	}
	static := http.FileServerFS(files)
	a.Server.Mux.HandleFunc("GET /assets/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		static.ServeHTTP(w, r)
	})
	for _, face := range []string{"desk", "field"} {
		a.Server.Mux.HandleFunc("GET /"+face+"/", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-cache")
			name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
			if info, err := fs.Stat(files, name); err == nil && !info.IsDir() {
				static.ServeHTTP(w, r)
				return
			}
			http.ServeFileFS(w, r, files, face+"/index.html")
		})
		a.Server.Mux.Handle("GET /"+face, http.RedirectHandler("/"+face+"/", http.StatusMovedPermanently))
	}
	a.Server.Mux.HandleFunc("GET /icon.svg", static.ServeHTTP)
}
