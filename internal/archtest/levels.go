package archtest

import (
	"slices"
	"strings"
)

// levels is the order of the business modules. A module imports the platform
// and modules of lower levels, never its own level: what two of one level both
// need moves down, or they meet in a third above.
var levels = [][]string{
	0:  {"catalog"},
	1:  {"customers", "outlets", "clocks", "ledger"},
	2:  {"units", "workforce", "parts"},
	3:  {"entitlement", "tariffs"},
	4:  {"cases"},
	5:  {"orders"},
	6:  {"dispatch", "returns", "knowledge"},
	7:  {"callbacks", "maintenance", "intake"},
	8:  {"settlement"},
	9:  {"quality", "risk", "compliance"},
	10: {"analytics"},
	11: {"console"},
}

// tops are the packages above all modules, each with its height: they import
// any module, and tops of lower height. Commands (cmd/…) stand above them.
var tops = map[string]int{
	"app":       0, // builds and runs the modules
	"demo":      1, // the demo generator
	"bench":     2, // measurements, for some of which the demo makes the firm
	"realinput": 1, // the main job on real input
	"e2e":       1, // tests of the running binary
	"cli":       2, // the commands
}

// readers are the modules that may read the published views of others.
var readers = []string{"analytics", "console", "demo", "bench", "realinput"}

// engineAware are the places that may know which database engine runs; every
// other opens a database by address and writes SQL that runs on both.
var engineAware = []string{
	"internal/platform/db", "internal/platform/dbtest", "internal/platform/jobs", "internal/platform/events",
	"internal/platform/search", "internal/platform/backup", "migrations",
	"internal/bench", // compares the product with each engine itself
}

// tableOwners names owners of tables whose prefix is not their own name.
var tableOwners = map[string]string{
	"river": "jobs", // made by the queue's library
	"goose": "db",   // made by the migration library
}

// levelOf returns a module's level, or false when name is no module.
func levelOf(name string) (int, bool) {
	for level, names := range levels {
		if slices.Contains(names, name) {
			return level, true
		}
	}
	return 0, false
}

// place is where a package stands in the architecture.
type place struct {
	kind   kind
	name   string // module, platform package or top; "" for others
	nested bool   // a package inside a module's folder
}

type kind int

const (
	unknown   kind = iota
	platform       // internal/platform/<name>
	module         // internal/<name>
	top            // internal/app and the like
	command        // cmd/…
	library        // vrp: a library of its own
	outside        // migrations, web, api, tools of the build
	checker        // internal/archtest
	generator      // package main inside the tree, run by go generate
)

// placeOf places a folder, given relative to the root with slashes.
func placeOf(dir string) place {
	parts := strings.Split(dir, "/")
	switch {
	case parts[0] == "cmd":
		return place{kind: command}
	case parts[0] == "vrp":
		return place{kind: library, name: "vrp"}
	case dir == "." || parts[0] == "migrations" || parts[0] == "web" || parts[0] == "api" || parts[0] == "scripts":
		return place{kind: outside, name: parts[0]}
	case parts[0] != "internal" || len(parts) < 2:
		return place{}
	case parts[1] == "platform":
		if len(parts) < 3 {
			return place{}
		}
		return place{kind: platform, name: parts[2], nested: len(parts) > 3}
	case parts[1] == "archtest":
		return place{kind: checker}
	}
	if _, ok := tops[parts[1]]; ok {
		return place{kind: top, name: parts[1], nested: len(parts) > 2}
	}
	if _, ok := levelOf(parts[1]); ok {
		return place{kind: module, name: parts[1], nested: len(parts) > 2}
	}
	return place{}
}
