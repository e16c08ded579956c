package archtest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// rules are run on the repository, each as a subtest.
var rules = []struct {
	name string
	find func(*Repository) []Finding
}{
	{"places", Places},
	{"imports", Imports},
	{"framework", Framework},
	{"pure", Pure},
	{"engine", Engine},
	{"tables", Tables},
	{"migrations", Migrations},
	{"documented", Documented},
	{"long", Long},
	{"words", Words},
}

func TestRepository(t *testing.T) {
	t.Parallel()
	r, err := Read(filepath.Join("..", ".."), "anxin")
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Files) < 20 {
		t.Fatalf("read only %d Go files; the walk has gone wrong", len(r.Files))
	}
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) {
			t.Parallel()
			for _, f := range rule.find(r) {
				t.Error(f)
			}
		})
	}
}

// tree writes files into a folder and reads it.
func tree(t *testing.T, files map[string]string) *Repository {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Read(root, "anxin")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRulesBite shows each rule an offender and its innocent neighbour.
func TestRulesBite(t *testing.T) {
	t.Parallel()
	importing := func(pkg, path string) string { return "package " + pkg + "\n\nimport _ \"" + path + "\"\n" }
	for _, tt := range []struct {
		name  string
		rule  func(*Repository) []Finding
		files map[string]string
		want  []string // one piece of each finding, in order
	}{
		{"a package without a level", Places, map[string]string{
			"internal/helpers/a.go": "package helpers", "internal/cases/a.go": "package cases", "pkg/a.go": "package pkg",
			"internal/platform/db/a.go": "package db", "internal/app/a.go": "package app", "internal/geo/gen/main.go": "package main",
		}, []string{"internal/helpers: is no module", "pkg: is no module"}},

		{"upwards", Imports, map[string]string{"internal/customers/a.go": importing("customers", "anxin/internal/cases")}, []string{"customers is at level 1, cases at level 4"}},
		{"sideways", Imports, map[string]string{"internal/quality/a.go": importing("quality", "anxin/internal/risk")}, []string{"a.go:3: imports internal/risk: quality is at level 9, risk at level 9"}},
		{"downwards", Imports, map[string]string{"internal/cases/a.go": importing("cases", "anxin/internal/customers"), "internal/cases/b.go": importing("cases", "anxin/internal/platform/db")}, nil},
		{"upwards in a test", Imports, map[string]string{"internal/customers/a_test.go": importing("customers_test", "anxin/internal/cases")}, []string{"customers is at level 1"}},
		{"an algorithm of a higher module", Imports, map[string]string{"internal/cases/a.go": importing("cases", "anxin/internal/workforce/erlang"), "internal/outlets/a.go": importing("outlets", "anxin/internal/workforce/erlang")}, []string{"outlets is at level 1, workforce at level 2"}},
		{"one's own algorithm", Imports, map[string]string{"internal/workforce/a.go": importing("workforce", "anxin/internal/workforce/erlang")}, nil},
		{"platform imports a module", Imports, map[string]string{"internal/platform/access/a.go": importing("access", "anxin/internal/cases")}, []string{"the platform knows no module"}},
		{"platform imports platform", Imports, map[string]string{"internal/platform/access/a.go": importing("access", "anxin/internal/platform/db")}, nil},
		{"vrp imports the platform", Imports, map[string]string{"vrp/a.go": importing("vrp", "anxin/internal/platform/geo"), "vrp/b.go": importing("vrp", "anxin/vrp/route"), "internal/dispatch/a.go": importing("dispatch", "anxin/vrp")}, []string{"vrp is a library of its own"}},
		{"a module imports a top", Imports, map[string]string{"internal/console/a.go": importing("console", "anxin/internal/app"), "internal/cli/a.go": importing("cli", "anxin/internal/app"), "cmd/anxin/main.go": importing("main", "anxin/internal/cli")}, []string{"internal/console/a.go:3: imports internal/app: app stands above everything"}},
		{"app imports cli", Imports, map[string]string{"internal/app/a.go": importing("app", "anxin/internal/cli"), "internal/demo/a.go": importing("demo", "anxin/internal/app")}, []string{"internal/app/a.go:3"}},
		{"a module imports the screens", Imports, map[string]string{"internal/console/a.go": importing("console", "anxin/web"), "internal/app/a.go": importing("app", "anxin/web")}, []string{"modules know no screens"}},
		{"dbtest outside a test", Imports, map[string]string{"internal/cases/a.go": importing("cases", "anxin/internal/platform/dbtest"), "internal/cases/a_test.go": importing("cases", "anxin/internal/platform/dbtest")}, []string{"internal/cases/a.go:3: imports internal/platform/dbtest: a package for tests"}},
		{"a module's package for tests outside a test", Imports, map[string]string{"internal/cases/a.go": importing("cases", "anxin/internal/cases/casestest"), "internal/orders/a_test.go": importing("orders", "anxin/internal/cases/casestest")}, []string{"internal/cases/a.go:3: imports internal/cases/casestest: a package for tests"}},

		{"huma in a service", Framework, map[string]string{
			"internal/cases/service.go": importing("cases", "github.com/danielgtaylor/huma/v2"), "internal/cases/api.go": importing("cases", "github.com/danielgtaylor/huma/v2"),
			"internal/cases/api_links.go": importing("cases", "github.com/danielgtaylor/huma/v2/sse"), "internal/platform/httpapi/x.go": importing("httpapi", "github.com/danielgtaylor/huma/v2"),
			"internal/app/x.go": importing("app", "github.com/danielgtaylor/huma/v2"),
		}, []string{"internal/cases/service.go:3: imports huma"}},

		{"an algorithm with a database", Pure, map[string]string{
			"internal/outlets/location/a.go": importing("location", "anxin/internal/platform/db"), "internal/outlets/a.go": importing("outlets", "anxin/internal/platform/db"),
			"vrp/a.go": importing("vrp", "net/http"), "vrp/a_test.go": importing("vrp", "os"),
		}, []string{"internal/outlets/location/a.go:3", "vrp/a.go:3"}},

		{"asking for the engine", Engine, map[string]string{
			"internal/cases/a.go":           "package cases\n\nimport d \"anxin/internal/platform/db\"\n\nfunc f(x *d.DB) bool { return x.Engine() == d.Postgres }\n",
			"internal/cases/b.go":           "package cases\n\ntype car struct{}\n\nvar db = struct{ SQLite int }{}\n\nvar _ = db.SQLite\n\nfunc (car) Engine(n int) {}\n\nfunc g() { car{}.Engine(1) }\n",
			"internal/platform/events/a.go": "package events\n\nimport \"anxin/internal/platform/db\"\n\nvar _ = db.SQLite\n",
			"internal/app/a.go":             importing("app", "github.com/jackc/pgx/v5/pgxpool"),
			"internal/cli/a.go":             importing("cli", "modernc.org/sqlite"),
		}, []string{"pgxpool", "asks for the engine", "names d.Postgres", "modernc.org/sqlite"}},

		{"another's table", Tables, map[string]string{
			"internal/cases/a.go":           "package cases\n\nconst own = `SELECT * FROM cases_case JOIN events_outbox ON true`\n\nconst q = `SELECT 1 FROM cases_case c\n JOIN customers_customer u ON u.id = c.customer_id`\n",
			"internal/cases/b.go":           "package cases\n\nfunc f(w string) string { return `UPDATE orders_order SET x = 1` + w }\n",
			"internal/cases/c.go":           "package cases\n\nconst lower = \"delete from units_unit\"\n",
			"internal/cases/d_test.go":      "package cases\n\nconst probe = `SELECT count(*) FROM audit_entry`\n",
			"internal/app/a_test.go":        "package app\n\nconst probe = `SELECT count(*) FROM cases_case`\n",
			"internal/app/a.go":             "package app\n\nconst probe = `SELECT count(*) FROM river_job`\n",
			"internal/platform/events/a.go": "package events",
			"internal/platform/audit/a.go":  "package audit\n\nconst q = `INSERT INTO audit_entry VALUES ($1)`\n",
			"internal/platform/jobs/a.go":   "package jobs\n\nconst q = `SELECT 1 FROM river_job`\n",
		}, []string{"a.go:3: SQL names river_job, which belongs to jobs", "names events_outbox", "names customers_customer", "b.go:3: SQL names orders_order", "names units_unit", "names audit_entry"}},
		{"another's table where no keyword stands before it", Tables, map[string]string{
			"migrations/1_customers_customer.sql": "CREATE TABLE customers_customer (id {{key}});\nCREATE TABLE customers_share (id {{key}});",
			"internal/customers/a.go":             "package customers",
			"internal/cases/a.go":                 "package cases\n\nvar q = `SELECT 1 FROM cases_case, customers_customer`\n\nvar col = \"customers_share\"\n\nvar frag = \"WHERE id IN (\" + sub(\"SELECT id FROM \", \"customers_share\") + \")\"\n",
		}, []string{"customers_customer", "customers_share"}},
		{"published views", Tables, map[string]string{
			"internal/analytics/a.go": "package analytics\n\nconst q = `SELECT 1 FROM cases_pub_closed JOIN cases_case ON true`\n",
			"internal/console/a.go":   "package console\n\nconst q = `SELECT 1 FROM cases_pub_closed`\n",
			"internal/quality/a.go":   "package quality\n\nconst q = `SELECT 1 FROM cases_pub_closed`\n",
		}, []string{"analytics/a.go:3: SQL names cases_case", "quality/a.go:3: SQL names cases_pub_closed"}},
		{"prose and keys are no SQL", Tables, map[string]string{
			"internal/cases/a.go": "package cases\n\nvar a = []string{\"units_share\", \"problem.orders.state\", \"update the orders of a case\", \"from orders\", \"SELECT x_y FROM cte_z\"}\n",
		}, nil},

		{"migrations", Migrations, map[string]string{
			"migrations/202611210900_customers_customer.sql":  "-- +goose Up\nCREATE TABLE customers_customer (id {{key}} PRIMARY KEY);",
			"migrations/202611210910_cases_case.sql":          "CREATE TABLE cases_case (id {{key}}, customer_id {{key}} REFERENCES customers_customer(id), parent {{key}} REFERENCES cases_case (id) ON DELETE CASCADE); -- names orders_order\nCREATE INDEX cases_case_x ON cases_case (id);",
			"migrations/202611210920_customers_wrong.sql":     "ALTER TABLE customers_customer ADD COLUMN case_id {{key}} REFERENCES cases_case(id);",
			"migrations/202611210930_orders_order.sqlite.sql": "CREATE TABLE orders_order (case_id {{key}} REFERENCES cases_case(id) ON DELETE CASCADE);\nCREATE TABLE order_line (id {{key}});",
			"migrations/202611210940_orders_index.sql":        "CREATE INDEX x ON cases_case (id);",
			"migrations/202611210950_things.sql":              "CREATE TABLE things (id {{key}});",
			"migrations/202611210960_crypt_key.sql":           "CREATE TABLE crypt_key (customer {{key}} REFERENCES customers_customer(id));",
			"migrations/202611210970_orders_pub.sql":          "CREATE VIEW orders_pub_posted AS SELECT o.case_id FROM orders_order o JOIN cases_case c ON c.id = o.case_id;",
			"migrations/202611210980_crypt.sqlite.sql":        "CREATE TABLE crypt_old (id {{key}});\nCREATE TABLE events_outbox (id {{key}});",
			"internal/platform/events/a.go":                   "package events",
			"internal/platform/crypt/a.go":                    "package crypt",
		}, []string{
			"920_customers_wrong.sql: references cases_case: foreign keys follow imports",
			"930_orders_order.sqlite.sql: creates order_line",
			"930_orders_order.sqlite.sql: deletes cascade from cases_case",
			"940_orders_index.sql: names cases_case",
			"950_things.sql: its name says no module",
			"960_crypt_key.sql: references customers_customer: the platform knows no module",
			"970_orders_pub.sql: names cases_case",
		}},

		{"comments", Documented, map[string]string{
			"internal/a/doc.go": "// Package a owns things.\npackage a", "internal/a/b.go": "// Wrong words.\npackage a",
			"internal/b/b.go": "package b", "internal/c/c.go": "// This package c.\npackage c", "internal/d/d_test.go": "package d",
			"cmd/x/main.go": "// Command x runs.\npackage main", "cmd/y/main.go": "package main",
		}, []string{"cmd/y: package main", "internal/b: package b", "internal/c: package c"}},

		{"long files", Long, map[string]string{
			"internal/cases/a.go":      "package cases\n" + strings.Repeat("\n", maxLines),
			"internal/cases/b.go":      "package cases\n" + strings.Repeat("\n", maxLines-1),
			"internal/cases/c_test.go": "package cases\n" + strings.Repeat("\n", 2*maxLines),
			"internal/cases/d.go":      "// Code generated by x. DO NOT EDIT.\n\npackage cases\n" + strings.Repeat("\n", maxLines),
		}, []string{"internal/cases/a.go: has 801 lines"}},

		{"words", Words, map[string]string{
			"internal/cases/words.zh-CN.json":  `{"problem.cases.a": "甲{x}", "problem.cases.b": "乙", "shared": "x"}`,
			"internal/cases/words.en.json":     `{"problem.cases.a": "a {y}", "shared": "x"}`,
			"internal/orders/words.zh-CN.json": `{"shared": "x"}`,
			"internal/orders/words.en.json":    `{"shared": "x", "shared.one": "x"}`,
			"internal/parts/words.en.json":     `{}`,
		}, []string{"cases.a: parameters [x] in Chinese, [y] in English", "cases.b: no English words", "internal/orders: shared is also in internal/cases", "internal/parts: source 1 has no words.zh-CN.json"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := tt.rule(tree(t, tt.files))
			if len(got) != len(tt.want) {
				t.Fatalf("%d findings, want %d:\n%v", len(got), len(tt.want), got)
			}
			for i, want := range tt.want {
				if !strings.Contains(got[i].String(), want) {
					t.Errorf("finding %d = %q, want %q in it", i, got[i], want)
				}
			}
		})
	}
}

// TestLevels keeps the list itself sound.
func TestLevels(t *testing.T) {
	t.Parallel()
	var all []string
	for _, names := range levels {
		all = append(all, names...)
	}
	for name := range tops {
		all = append(all, name)
	}
	slices.Sort(all)
	if unique := slices.Compact(slices.Clone(all)); len(unique) != len(all) {
		t.Errorf("a name stands twice in %v", all)
	}
	for _, name := range readers {
		if !slices.Contains(all, name) {
			t.Errorf("reader %s is neither a module nor a top", name)
		}
	}
}
