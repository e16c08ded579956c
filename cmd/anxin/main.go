// Command anxin is the after-sales service platform: server, worker and tools in one binary.
package main

import (
	"os"

	"anxin/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
