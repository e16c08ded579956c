package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"anxin/internal/platform/db"
)

// dump copies a PostgreSQL database in one snapshot, by pg_dump.
func dump(ctx context.Context, d *db.DB, to, tools string) error {
	server, err := serverMajor(ctx, d)
	if err != nil {
		return err
	}
	program, err := tool(ctx, "pg_dump", tools, server)
	if err != nil {
		return err
	}
	address, env, err := clientAddress(d.DSN())
	if err != nil {
		return err
	}
	return run(ctx, env, program, "--format=custom", "--no-owner", "--no-privileges", "--no-password", "--file="+to, "--dbname="+address)
}

func serverMajor(ctx context.Context, d *db.DB) (int, error) {
	var n int
	err := d.Pool().QueryRow(ctx, `SELECT current_setting('server_version_num')::int`).Scan(&n)
	return n / 10000, err
}

// candidates are the folders where a client program may lie, the wanted version's first.
func candidates(name, tools string, server int) []string {
	if tools != "" {
		return []string{filepath.Join(tools, name)}
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name) // the pattern is right, so there is no error
	slices.SortFunc(found, func(a, b string) int { return folderMajor(a) - folderMajor(b) })
	found = slices.DeleteFunc(found, func(p string) bool { return folderMajor(p) < server })
	if path, err := exec.LookPath(name); err == nil {
		found = append(found, path)
	}
	return found
}

func folderMajor(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return n
}

var majorIn = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// tool finds a client program that is not older than the server: pg_dump refuses a newer one.
func tool(ctx context.Context, name, tools string, server int) (string, error) {
	old := ""
	for _, path := range candidates(name, tools, server) {
		text, err := exec.CommandContext(ctx, path, "--version").Output()
		m := majorIn.FindSubmatch(text)
		if err != nil || m == nil {
			continue
		}
		if n, err := strconv.Atoi(string(m[1])); err != nil || n < server {
			old = strings.TrimSpace(string(text))
			continue
		}
		return path, nil
	}
	if old != "" {
		return "", fmt.Errorf("%w: the server is PostgreSQL %d, found %s", ErrTool, server, old)
	}
	return "", fmt.Errorf("%w: no %s", ErrTool, name)
}

// clientAddress is a DSN as PostgreSQL's own programs take it: the password goes by the environment, since
// command lines are visible, and words that only our driver knows go.
func clientAddress(dsn string) (address string, env []string, err error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return "", nil, errors.New("the database's address is no address") // the error would repeat the password
	}
	env = os.Environ()
	if password, ok := u.User.Password(); ok {
		env = append(env, "PGPASSWORD="+password)
		u.User = url.User(u.User.Username())
	}
	q := u.Query()
	for key := range q {
		if strings.HasPrefix(key, "pool_") || slices.Contains([]string{"default_query_exec_mode", "statement_cache_capacity", "description_cache_capacity"}, key) {
			q.Del(key)
		}
		if key == "password" {
			env = append(env, "PGPASSWORD="+q.Get(key))
			q.Del(key)
		}
	}
	// libpq reads "+" in an address as itself.
	u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20")
	return u.String(), env, nil
}

// run starts a program and turns what it complains of into the error.
func run(ctx context.Context, env []string, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	var complaint bytes.Buffer
	cmd.Env, cmd.Stderr = append(env, "LC_ALL=C"), &complaint
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		line, _, _ := strings.Cut(strings.TrimSpace(complaint.String()), "\n")
		return fmt.Errorf("%s: %w: %s", filepath.Base(program), err, line)
	}
	return nil
}

// postgresTarget restores into a database that exists and is empty.
type postgresTarget struct {
	dsn, tools string
}

// ours lists what a restore makes in a database; extensions and the system's own things are not of it.
const ours = `SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
	AND NOT EXISTS (SELECT 1 FROM pg_depend x WHERE x.objid = c.oid AND x.deptype = 'e') LIMIT 1`

func (t postgresTarget) empty(ctx context.Context) (err error) {
	d, err := db.Open(ctx, t.dsn, db.Options{MaxConns: 2})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	name, err := db.Get(ctx, d, db.ScanString, ours)
	if errors.Is(err, db.ErrNoRows) {
		_, err = t.tool(ctx, d) // better to learn now that it is missing
		return err
	}
	if err != nil {
		return err
	}
	return fmt.Errorf("the database holds %s: %w", name, ErrNotEmpty)
}

func (t postgresTarget) tool(ctx context.Context, d *db.DB) (string, error) {
	server, err := serverMajor(ctx, d)
	if err != nil {
		return "", err
	}
	return tool(ctx, "pg_restore", t.tools, server)
}

func (t postgresTarget) put(ctx context.Context, copied string, prove func(d *db.DB) error) (err error) {
	d, err := db.Open(ctx, t.dsn, db.Options{MaxConns: 4})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	program, err := t.tool(ctx, d)
	if err != nil {
		return err
	}
	address, env, err := clientAddress(t.dsn)
	if err != nil {
		return err
	}
	err = run(ctx, env, program, "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--no-password", "--dbname="+address, copied)
	if err != nil {
		return err // one transaction: nothing is there
	}
	if err = prove(d); err == nil {
		err = d.BeginEra(ctx)
	}
	if err != nil {
		err = errors.Join(err, t.clear(context.WithoutCancel(ctx), d))
	}
	return err
}

// clear takes away again what was restored into the database that was empty.
func (t postgresTarget) clear(ctx context.Context, d *db.DB) error {
	_, err := d.Pool().Exec(ctx, `DO $do$
DECLARE r record;
BEGIN
	FOR r IN SELECT format('DROP TABLE IF EXISTS %s CASCADE', c.oid::regclass) AS sql FROM pg_class c
		WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition LOOP EXECUTE r.sql; END LOOP;
	FOR r IN SELECT format('DROP VIEW IF EXISTS %s CASCADE', c.oid::regclass) AS sql FROM pg_class c
		WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'v' LOOP EXECUTE r.sql; END LOOP;
	FOR r IN SELECT format('DROP SEQUENCE IF EXISTS %s CASCADE', c.oid::regclass) AS sql FROM pg_class c
		WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'S' LOOP EXECUTE r.sql; END LOOP;
	FOR r IN SELECT format('DROP FUNCTION IF EXISTS %s CASCADE', p.oid::regprocedure) AS sql FROM pg_proc p
		WHERE p.pronamespace = current_schema()::regnamespace AND NOT EXISTS (SELECT 1 FROM pg_depend x WHERE x.objid = p.oid AND x.deptype = 'e')
		LOOP EXECUTE r.sql; END LOOP;
	FOR r IN SELECT format('DROP TYPE IF EXISTS %s CASCADE', t.oid::regtype) AS sql FROM pg_type t
		WHERE t.typnamespace = current_schema()::regnamespace AND t.typtype = 'e' LOOP EXECUTE r.sql; END LOOP;
END $do$`)
	if err != nil {
		return fmt.Errorf("empty the database again: %w", err)
	}
	return nil
}
