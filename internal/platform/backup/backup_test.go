package backup_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/backup"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/events"
	"anxin/internal/platform/files"
	"anxin/migrations"
)

// installation is a database with keys, audit trail, events and files.
type installation struct {
	t     *testing.T
	db    *db.DB
	key   *crypt.KeyFile
	keys  *crypt.Keys
	store files.Store
	trail *audit.Trail
}

type noted struct {
	ID string `json:"id"`
}

func (noted) Topic() string               { return "test.noted.v1" }
func (e noted) Record() (kind, id string) { return "test", e.ID }
func system(t *testing.T) context.Context { return access.With(t.Context(), access.System("test")) }
func keyPath(t *testing.T) string         { return filepath.Join(t.TempDir(), "master.key") }
func fileKey(i int) string                { return fmt.Sprintf("ab/file-%03d", i) }
func bytesOf(i int) []byte                { return bytes.Repeat([]byte{byte(i)}, i*997) }
func sealed(m backup.Manifest) audit.Seal { return m.Trail }
func store(t *testing.T) files.Store      { return must(files.OpenLocal(t.TempDir()))(t) }
func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func install(t *testing.T, d *db.DB) *installation {
	t.Helper()
	i := &installation{t: t, db: d, store: store(t), trail: audit.New(d)}
	i.key = must(crypt.CreateKeyFile(keyPath(t)))(t)
	i.keys = must(crypt.New(t.Context(), d, i.key))(t)
	for n := range 25 {
		if err := i.store.Put(t.Context(), fileKey(n), bytes.NewReader(bytesOf(n)), int64(len(bytesOf(n)))); err != nil {
			t.Fatal(err)
		}
	}
	return i
}

// write makes one acknowledged record with its event and its audit entry.
func (i *installation) write(ctx context.Context) (string, error) {
	id := db.NewID()
	return id, db.InTx0(ctx, i.db, func(ctx context.Context, tx *db.Tx) error {
		if _, err := i.keys.NewKeyTx(ctx, tx, "test"); err != nil {
			return err
		}
		if err := events.Publish(ctx, tx, noted{id}); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Entry{Kind: "test", Record: id, Act: "note", New: true})
	})
}

func (i *installation) source() backup.Source {
	return backup.Source{DB: i.db, Keys: i.keys, Store: i.store, Version: "test"}
}

// seal waits until the audit trail is sealed: on a shared server other databases' transactions hold it up.
func (i *installation) seal() {
	i.t.Helper()
	dbtest.Until(i.t, "the trail is sealed", func() bool {
		if _, err := i.trail.Checkpoint(i.t.Context()); err != nil {
			i.t.Fatal(err)
		}
		s, err := i.trail.Newest(i.t.Context())
		if err != nil {
			i.t.Fatal(err)
		}
		return s.Seq > 0
	})
}

// emptyTarget is a place of the same engine to restore into.
func emptyTarget(t *testing.T, d *db.DB, key *crypt.KeyFile) backup.Target {
	t.Helper()
	to := backup.Target{Key: key, Store: store(t)}
	if db.IsPostgresAddress(d.DSN()) {
		to.DSN = dbtest.EmptyPostgres(t)
	} else {
		to.DSN = filepath.Join(t.TempDir(), "anxin.sqlite")
	}
	return to
}

func options() backup.Options { return backup.Options{Tools: os.Getenv("ANXIN_PG_BIN")} }

// Others write while the backup is made; what was acknowledged before it began is in it, whole, and the
// restored installation goes on where the other stood.
func TestRoundTripWhileWriting(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		i := install(t, d)
		ctx, stop := context.WithCancel(system(t))
		var mu sync.Mutex
		var acknowledged []string
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for ctx.Err() == nil {
					id, err := i.write(ctx)
					if err != nil {
						if ctx.Err() == nil {
							t.Errorf("write: %v", err)
						}
						return
					}
					mu.Lock()
					acknowledged = append(acknowledged, id)
					mu.Unlock()
				}
			})
		}
		for have := 0; have < 200; time.Sleep(time.Millisecond) {
			mu.Lock()
			have = len(acknowledged)
			mu.Unlock()
		}
		i.seal()
		mu.Lock()
		before := acknowledged[:len(acknowledged):len(acknowledged)]
		mu.Unlock()
		path := filepath.Join(t.TempDir(), "anxin.tar")
		m, err := backup.Create(ctx, i.source(), path, options())
		stop()
		wg.Wait()
		if err != nil {
			t.Fatal(err)
		}
		if sealed(m).Seq == 0 || m.Fingerprint != i.key.Fingerprint() || m.Schema == 0 || m.Schema > migrations.Latest() {
			t.Errorf("manifest: %+v", m)
		}
		if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("archive: %v, %v", st, err)
		}
		if key, err := os.ReadFile(path); err != nil || bytes.Contains(key, i.keys.Derive("lookup")) {
			t.Errorf("the archive holds a secret (%v)", err)
		}

		to := emptyTarget(t, d, i.key)
		rep, err := backup.Restore(t.Context(), path, to, options())
		if err != nil {
			t.Fatal(err)
		}
		if rep.Files != 25 || rep.Keys < len(before) && rep.Keys < 1000 || len(rep.Faults) > 0 {
			t.Errorf("report: %d files, %d keys, faults %v", rep.Files, rep.Keys, rep.Faults)
		}
		for n := range 25 {
			body, err := to.Store.Get(t.Context(), fileKey(n), 0, -1)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(body)
			if err := errors.Join(err, body.Close()); err != nil || !bytes.Equal(got, bytesOf(n)) {
				t.Errorf("file %d: %d bytes, want %d (%v)", n, len(got), len(bytesOf(n)), err)
			}
		}

		back, err := db.Open(t.Context(), to.DSN, db.Options{MaxConns: 4})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = back.Close() }()
		have, err := audit.Heads(t.Context(), back, "test", before)
		if err != nil || len(have) != len(before) {
			t.Fatalf("%d of %d records that were acknowledged before the backup began are in it (%v)", len(have), len(before), err)
		}
		goesOn(t, i, back, int(rep.Entries))
	})
}

// goesOn writes to a restored database: new events come after all that were there, for readers with a cursor
// of before, and the trail goes on.
func goesOn(t *testing.T, i *installation, back *db.DB, old int) {
	t.Helper()
	if n, err := migrations.Up(t.Context(), back, nil); err != nil || n > 0 {
		t.Fatalf("%d migrations ran on a restored database (%v)", n, err)
	}
	keys, err := crypt.New(t.Context(), back, i.key)
	if err != nil {
		t.Fatal(err)
	}
	r := &installation{t: t, db: back, keys: keys, trail: audit.New(back)}
	read := func(from events.Cursor) (list []events.Stored, c events.Cursor) {
		t.Helper()
		for c = from; ; {
			page, next, err := events.After(t.Context(), back, access.Everything, c, nil, 500)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				return list, c
			}
			list, c = append(list, page...), next
		}
	}
	all, end := read(events.Cursor{})
	if len(all) != old {
		t.Fatalf("%d events are read from a restored database, want %d", len(all), old)
	}
	id, err := r.write(system(t))
	if err != nil {
		t.Fatal(err)
	}
	var next []events.Stored
	dbtest.Until(t, "what is written after a restore comes", func() bool {
		next, _ = read(end)
		return len(next) > 0
	})
	if len(next) != 1 || next[0].RecordID != id {
		t.Errorf("after the end come %v", next)
	}
	rep, err := r.trail.Verify(t.Context(), nil)
	if err != nil || len(rep.Faults) > 0 {
		t.Errorf("the trail after a restore: %+v, %v", rep, err)
	}
}

// Who was erased after a backup was made is erased again when it is restored, by the server's own list or by a
// newer backup.
func TestErasedStayErased(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		i := install(t, d)
		newKey := func() crypt.KeyID {
			t.Helper()
			id, err := db.InTx(system(t), d, func(ctx context.Context, tx *db.Tx) (crypt.KeyID, error) { return i.keys.NewKeyTx(ctx, tx, "customer") })
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		erase := func(id crypt.KeyID) {
			t.Helper()
			if err := db.InTx0(system(t), d, func(ctx context.Context, tx *db.Tx) error { return i.keys.DestroyTx(ctx, tx, id) }); err != nil {
				t.Fatal(err)
			}
		}
		stays, byList, byBackup := newKey(), newKey(), newKey()
		secret := map[crypt.KeyID][]byte{}
		for _, id := range []crypt.KeyID{stays, byList, byBackup} {
			secret[id] = must(i.keys.Seal(t.Context(), d, id, "13800000001"))(t)
		}
		dir := t.TempDir()
		old, newer, list := filepath.Join(dir, "old.tar"), filepath.Join(dir, "new.tar"), filepath.Join(dir, "master.key.erased")
		must(backup.Create(t.Context(), i.source(), old, options()))(t)
		erase(byList)
		for range 2 { // the second time adds nothing
			if err := backup.NoteErased(t.Context(), d, i.keys, list); err != nil {
				t.Fatal(err)
			}
		}
		erased := must(backup.ReadErased(t.Context(), list))(t)
		if len(erased) != 1 || erased[0].ID != byList {
			t.Fatalf("the list holds %v", erased)
		}
		erase(byBackup)
		must(backup.Create(t.Context(), i.source(), newer, options()))(t)
		for _, from := range []string{list, newer} {
			to := emptyTarget(t, d, i.key)
			to.Erased = must(backup.ReadErased(t.Context(), from))(t)
			rep, err := backup.Restore(t.Context(), old, to, options())
			if err != nil {
				t.Fatal(err)
			}
			back := must(db.Open(t.Context(), to.DSN, db.Options{MaxConns: 2}))(t)
			keys := must(crypt.New(t.Context(), back, i.key))(t)
			gone := 0
			for id, sealed := range secret {
				if _, err := keys.Open(t.Context(), back, id, sealed); errors.Is(err, crypt.ErrErased) {
					gone++
				} else if err != nil || id == byList {
					t.Errorf("key %s after the restore: %v", id, err)
				}
			}
			if want := len(to.Erased); gone != want || rep.Erased != want {
				t.Errorf("by %s: %d keys are gone and %d reported, want %d", filepath.Base(from), gone, rep.Erased, want)
			}
			if err := back.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

// rewrite copies an archive through change, which may drop, alter or add members.
func rewrite(t *testing.T, path string, change func(h *tar.Header, body []byte, out func(*tar.Header, []byte))) string {
	t.Helper()
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	to := filepath.Join(t.TempDir(), "changed.tar")
	f, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(f)
	put := func(h *tar.Header, body []byte) {
		h.Size = int64(len(body))
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(body); err != nil {
			t.Fatal(err)
		}
	}
	for r := tar.NewReader(in); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		change(h, body, put)
	}
	if err := errors.Join(w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return to
}

func cut(t *testing.T, path string, share float64) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "cut.tar")
	if err := os.WriteFile(to, b[:int(float64(len(b))*share)], 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}

// Each archive that is not what was made is refused with its own error, and nothing is left of it.
func TestRefusals(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		i := install(t, d)
		for range 5 {
			if _, err := i.write(system(t)); err != nil {
				t.Fatal(err)
			}
		}
		i.seal()
		path := filepath.Join(t.TempDir(), "anxin.tar")
		if _, err := backup.Create(t.Context(), i.source(), path, options()); err != nil {
			t.Fatal(err)
		}
		if _, err := backup.Create(t.Context(), i.source(), path, options()); !errors.Is(err, backup.ErrExists) {
			t.Errorf("a backup over another = %v, want %v", err, backup.ErrExists)
		}
		other := must(crypt.CreateKeyFile(keyPath(t)))(t)
		same := func(h *tar.Header, body []byte, out func(*tar.Header, []byte)) { out(h, body) }
		insert := func(before string, h tar.Header) string {
			return rewrite(t, path, func(x *tar.Header, body []byte, out func(*tar.Header, []byte)) {
				if x.Name == before {
					c := h
					out(&c, nil)
				}
				out(x, body)
			})
		}
		flip := func(name string, sums bool) string {
			var old, now string
			return rewrite(t, path, func(h *tar.Header, body []byte, out func(*tar.Header, []byte)) {
				if h.Name == name {
					old = fmt.Sprintf("%x", sha256.Sum256(body))
					body = bytes.Clone(body)
					body[len(body)/2] ^= 1
					now = fmt.Sprintf("%x", sha256.Sum256(body))
				}
				if h.Name == "SHA256SUMS" && sums {
					body = []byte(strings.ReplaceAll(string(body), old, now))
				}
				out(h, body)
			})
		}
		database := "database.sqlite"
		if db.IsPostgresAddress(d.DSN()) {
			database = "database.pgdump"
		}
		plain := tar.Header{Typeflag: tar.TypeReg, Mode: 0o600}
		named := func(name string) tar.Header { h := plain; h.Name = name; return h }
		for _, tt := range []struct {
			name string
			path string
			key  *crypt.KeyFile
			want error
		}{
			{"another key", path, other, backup.ErrKey},
			{"cut in the middle", cut(t, path, 0.5), i.key, backup.ErrDamaged},
			{"cut before its end", cut(t, path, 0.98), i.key, backup.ErrDamaged},
			{"empty", cut(t, path, 0), i.key, backup.ErrFormat},
			{"a changed file", flip(fileMemberName(3), false), i.key, backup.ErrDamaged},
			{"a changed file and its digest", flip(fileMemberName(3), true), i.key, backup.ErrTampered},
			{"a changed database and its digest", flip(database, true), i.key, backup.ErrTampered},
			{"out of the folder", insert("SHA256SUMS", named("files/../../../etc/cron.d/x")), i.key, backup.ErrDamaged},
			{"an absolute path", insert("SHA256SUMS", named("/etc/passwd")), i.key, backup.ErrDamaged},
			{"a symbolic link", insert("SHA256SUMS", tar.Header{Typeflag: tar.TypeSymlink, Name: "files/ab/x", Linkname: "/etc/passwd"}), i.key, backup.ErrDamaged},
			{"a second database", insert("SHA256SUMS", named(database)), i.key, backup.ErrDamaged},
			{"no database", rewrite(t, path, func(h *tar.Header, body []byte, out func(*tar.Header, []byte)) {
				if h.Name != database {
					same(h, body, out)
				}
			}), i.key, backup.ErrDamaged},
			{"no seal", rewrite(t, path, func(h *tar.Header, body []byte, out func(*tar.Header, []byte)) {
				if h.Name != "SEAL" {
					same(h, body, out)
				}
			}), i.key, backup.ErrDamaged},
			{"something behind the seal", rewrite(t, path, func(h *tar.Header, body []byte, out func(*tar.Header, []byte)) {
				same(h, body, out)
				if h.Name == "SEAL" {
					more := named("files/ab/more")
					out(&more, nil)
				}
			}), i.key, backup.ErrDamaged},
			{"another trail", rewrite(t, path, func(h *tar.Header, body []byte, out func(*tar.Header, []byte)) {
				if h.Name == "manifest.json" {
					body = bytes.Replace(body, []byte(`"entries"`), []byte(`"entries_"`), 1)
				}
				out(h, body)
			}), i.key, backup.ErrDamaged},
			{"of a newer version", rewrite(t, path, func(h *tar.Header, body []byte, out func(*tar.Header, []byte)) {
				if h.Name == "manifest.json" {
					body = bytes.Replace(body, []byte(`"schema": 2`), []byte(`"schema": 9`), 1)
				}
				out(h, body)
			}), i.key, backup.ErrNewer},
		} {
			t.Run(tt.name, func(t *testing.T) {
				to := emptyTarget(t, d, tt.key)
				if _, err := backup.Restore(t.Context(), tt.path, to, options()); !errors.Is(err, tt.want) {
					t.Errorf("Restore = %v, want %v", err, tt.want)
				}
				nothingLeft(t, to)
			})
		}
		cancelled(t, i, path)
		occupied(t, i, path)
	})
}

func fileMemberName(n int) string { return "files/" + fileKey(n) }

// nothingLeft restores the good way into a target after a refusal: it must be as empty as before.
func nothingLeft(t *testing.T, to backup.Target) {
	t.Helper()
	for info, err := range to.Store.List(t.Context(), "") {
		t.Errorf("left behind: %s (%v)", info.Key, err)
	}
	if !db.IsPostgresAddress(to.DSN) {
		list, err := os.ReadDir(filepath.Dir(to.DSN))
		if err != nil || len(list) > 0 {
			t.Errorf("left behind: %v (%v)", list, err)
		}
		return
	}
	d, err := db.Open(t.Context(), to.DSN, db.Options{MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if n, err := db.Get(t.Context(), d, db.ScanInt, `SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace)
		+ (SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace) + (SELECT count(*) FROM pg_type WHERE typnamespace = 'public'::regnamespace)`); err != nil || n > 0 {
		t.Errorf("left behind: %d things in the database (%v)", n, err)
	}
}

// cancelled ends a restore while it writes the files, and one whose database does not prove.
func cancelled(t *testing.T, i *installation, path string) {
	t.Helper()
	to := emptyTarget(t, i.db, i.key)
	ctx, stop := context.WithCancel(t.Context())
	var seen atomic.Int64
	o := options()
	o.Say = func(step string, done int64) {
		if step == "files" && done == 10 {
			seen.Store(done)
			stop()
		}
	}
	if _, err := backup.Restore(ctx, path, to, o); !errors.Is(err, context.Canceled) || seen.Load() != 10 {
		t.Errorf("a restore that is stopped = %v", err)
	}
	nothingLeft(t, to)

	// A backup that is right in itself, but whose manifest notes a trail that its database has not.
	lying := filepath.Join(t.TempDir(), "lying.tar")
	if err := backup.CreateLying(t.Context(), i.source(), lying, options()); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Restore(t.Context(), lying, to, options()); !errors.Is(err, backup.ErrTrail) {
		t.Errorf("a restore whose trail is another = %v, want %v", err, backup.ErrTrail)
	}
	nothingLeft(t, to)
	if _, err := backup.Restore(t.Context(), path, to, options()); err != nil {
		t.Errorf("a restore after those that failed = %v", err)
	}
	if _, err := backup.Restore(t.Context(), path, to, options()); !errors.Is(err, backup.ErrNotEmpty) {
		t.Errorf("a restore over another = %v, want %v", err, backup.ErrNotEmpty)
	}
}

// occupied restores where files lie already, and into the other engine.
func occupied(t *testing.T, i *installation, path string) {
	t.Helper()
	to := emptyTarget(t, i.db, i.key)
	if err := to.Store.Put(t.Context(), "ab/mine", strings.NewReader("mine"), 4); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Restore(t.Context(), path, to, options()); !errors.Is(err, backup.ErrNotEmpty) {
		t.Errorf("a restore beside others' files = %v, want %v", err, backup.ErrNotEmpty)
	}
	wrong := backup.Target{Key: i.key, Store: store(t), DSN: filepath.Join(t.TempDir(), "anxin.sqlite")}
	if !db.IsPostgresAddress(i.db.DSN()) {
		wrong.DSN = "postgres://nobody@127.0.0.1:1/nothing"
	}
	if _, err := backup.Restore(t.Context(), path, wrong, options()); !errors.Is(err, backup.ErrEngine) {
		t.Errorf("a restore into the other engine = %v, want %v", err, backup.ErrEngine)
	}
}

// Without PostgreSQL's programs, one line says what to do.
func TestMissingTools(t *testing.T) {
	t.Parallel()
	i := install(t, dbtest.Postgres(t))
	path := filepath.Join(t.TempDir(), "anxin.tar")
	_, err := backup.Create(t.Context(), i.source(), path, backup.Options{Tools: t.TempDir()})
	if !errors.Is(err, backup.ErrTool) || strings.Contains(err.Error(), "\n") {
		t.Errorf("Create without pg_dump = %v, want one line of %v", err, backup.ErrTool)
	}
	old := t.TempDir()
	if err := os.WriteFile(filepath.Join(old, "pg_dump"), []byte("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err = backup.Create(t.Context(), i.source(), path, backup.Options{Tools: old}); !errors.Is(err, backup.ErrTool) || !strings.Contains(err.Error(), "9.6.1") {
		t.Errorf("Create with an old pg_dump = %v, want %v", err, backup.ErrTool)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a failed backup left %s", path)
	}
}
