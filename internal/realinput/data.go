package realinput

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"anxin/internal/platform/imports"
)

// ErrNoData says that a file of real input is not there; whoever asked skips it.
var ErrNoData = errors.New("real input not found")

// The files, below the data folder.
const (
	requestsFile  = "01-tickets/nyc311_1000_2024-04.csv"
	incidentsFile = "01-tickets/servicenow_incident_log_first60.csv.gz"
	taxonomyFile  = "01-tickets/gov_hotline_taxonomy.csv"
)

// DataDir is where real input lies: ANXIN_DATA, else shared/data beside the repository's root.
func DataDir() string {
	if dir := os.Getenv("ANXIN_DATA"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		return "."
	}
	for up := dir; ; up = filepath.Dir(up) {
		if _, err := os.Stat(filepath.Join(up, "go.mod")); err == nil {
			return filepath.Join(up, "..", "shared", "data")
		}
		if up == filepath.Dir(up) {
			return filepath.Join(dir, "..", "shared", "data")
		}
	}
}

// find returns the path of a file of real input, or ErrNoData.
func find(dir, name string) (string, error) {
	path := filepath.Join(dir, filepath.FromSlash(name))
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%w: %s (ANXIN_DATA names the folder)", ErrNoData, name)
	} else if err != nil {
		return "", err
	}
	return path, nil
}

// sheet opens a file for the importer's reader; a packed one is unpacked on the way.
func sheet(path string) imports.Source {
	return imports.Source{Open: func(context.Context) (io.ReadCloser, error) {
		f, err := os.Open(path)
		if err != nil || !strings.HasSuffix(path, ".gz") {
			return f, err
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return packed{z, f}, nil
	}}
}

type packed struct {
	*gzip.Reader
	file *os.File
}

// Close closes the packed file too.
func (p packed) Close() error { return errors.Join(p.Reader.Close(), p.file.Close()) }
