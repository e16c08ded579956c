package app

import (
	"bytes"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"anxin/internal/platform/config"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
)

var update = flag.Bool("update", false, "rewrite api/openapi.json")

func testApp(t *testing.T) *App {
	t.Helper()
	return testAppOn(t, "")
}

// testAppOn builds the product on a database, or on an SQLite file of its own.
func testAppOn(t *testing.T, dsn string) *App {
	t.Helper()
	cfg := config.Default()
	cfg.DataDir, cfg.Database = t.TempDir(), config.Secret(dsn)
	a, err := Build(t.Context(), cfg, slog.New(slog.DiscardHandler), Options{Version: "dev"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return a
}

// The published contract is what the code serves; `go test ./internal/app -update` rewrites it, and the
// difference is read in review.
func TestContract(t *testing.T) {
	got, err := testApp(t).Server.Contract()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("..", "..", "api", "openapi.json")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("api/openapi.json is not what the code serves; run: go test ./internal/app -run TestContract -update")
	}
}

// Every problem code that is declared anywhere has words in both languages.
func TestEveryProblemHasWords(t *testing.T) {
	t.Parallel()
	words := i18n.Must(WordSources()...)
	for _, c := range problem.Codes() {
		for _, lang := range i18n.Languages() {
			if !words.Has(lang, "problem."+c.Key) {
				t.Errorf("problem %s has no words in %s", c.Key, lang)
			}
		}
	}
	for _, p := range words.Problems() {
		t.Error(p)
	}
}
