package app

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
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
	static := packed(files)
	a.Server.Static("/assets/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		static.ServeHTTP(w, r)
	})
	for _, face := range []string{"desk", "field"} {
		a.Server.Static("/"+face+"/", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-cache")
			name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
			if info, err := fs.Stat(files, name); err == nil && !info.IsDir() {
				static.ServeHTTP(w, r)
				return
			}
			r.URL.Path = "/" + face + "/"
			static.ServeHTTP(w, r)
		})
		a.Server.Mux.Handle("GET /"+face, http.RedirectHandler("/"+face+"/", http.StatusMovedPermanently))
	}
	a.Server.Static("/icon.svg", static.ServeHTTP)
}

// packed serves files, the texts among them gzipped to whoever takes it. Each is packed once, when it is first
// asked for; what does not shrink, as pictures, goes as it is. A folder stands for its index.html.
func packed(files fs.FS) http.Handler {
	plain := func(w http.ResponseWriter, r *http.Request, name string) {
		raw, err := fs.ReadFile(files, name)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(raw))
	}
	var kept sync.Map // name → []byte, empty when it did not shrink
	pack := func(name string) []byte {
		if b, ok := kept.Load(name); ok {
			return b.([]byte)
		}
		raw, err := fs.ReadFile(files, name)
		if err != nil { // a folder, or not there: plain says so
			return nil
		}
		var out bytes.Buffer
		zip, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
		if err == nil {
			_, err = zip.Write(raw)
		}
		if err == nil {
			err = zip.Close()
		}
		if err != nil || out.Len() >= len(raw) {
			out.Reset()
		}
		kept.Store(name, out.Bytes())
		return out.Bytes()
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
		if strings.HasSuffix(r.URL.Path, "/") {
			name = path.Join(name, "index.html")
		}
		kind := mime.TypeByExtension(path.Ext(name))
		w.Header().Add("Vary", "Accept-Encoding")
		if kind == "" || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			plain(w, r, name)
			return
		}
		b := pack(name)
		if len(b) == 0 {
			plain(w, r, name)
			return
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Encoding", "gzip")
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(b))
	})
}
