package imports

import (
	"os"
	"testing"

	"anxin/internal/platform/i18n"
)

// testWords are this package's words with the platform's.
func testWords(t *testing.T) *i18n.Catalogue {
	t.Helper()
	c, err := i18n.New(Words, os.DirFS("../problem"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}
