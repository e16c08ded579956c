package demo_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"anxin/internal/demo"
)

var update = flag.Bool("update", false, "rewrite the table of docs/demo.md")

// TestDocs holds the table of docs/demo.md to what the generator does.
func TestDocs(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "docs", "demo.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const from, to = "<!-- profiles -->\n", "<!-- end -->\n"
	head, rest, ok1 := strings.Cut(string(text), from)
	_, tail, ok2 := strings.Cut(rest, to)
	if !ok1 || !ok2 {
		t.Fatalf("%s has no %q … %q", path, from, to)
	}
	var b strings.Builder
	b.WriteString("| outlet | late | far | second visit | repeat | unhappy | neutral | declines | answers an offer after |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, p := range demo.Profiles {
		answer := "own outlet, not asked"
		if p.Accept > 0 {
			answer = fmt.Sprintf("%d min", p.Accept)
		}
		fmt.Fprintf(&b, "| %s", p.Outlet)
		for _, share := range []float64{p.Late, p.Far, p.Second, p.Repeat, p.Unhappy, p.Neutral, p.Decline} {
			fmt.Fprintf(&b, " | %.1f %%", share*100)
		}
		fmt.Fprintf(&b, " | %s |\n", answer)
	}
	want := head + from + b.String() + to + tail
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(text) != want {
		t.Errorf("%s is not what the code says; run go test ./internal/demo -run TestDocs -update", path)
	}
}
