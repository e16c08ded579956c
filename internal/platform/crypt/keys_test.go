package crypt

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
)

func newKeys(t *testing.T, d *db.DB) *Keys {
	t.Helper()
	f, err := Memory()
	if err != nil {
		t.Fatal(err)
	}
	k, err := New(t.Context(), d, f)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newKey(t *testing.T, d *db.DB, k *Keys) KeyID {
	t.Helper()
	id, err := db.InTx(t.Context(), d, func(ctx context.Context, tx *db.Tx) (KeyID, error) { return k.NewKeyTx(ctx, tx, "customer") })
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// node is a second process with the same key file and an empty cache.
func node(t *testing.T, d *db.DB, f *KeyFile) *Keys {
	t.Helper()
	k, err := New(t.Context(), d, f)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func destroy(t *testing.T, d *db.DB, k *Keys, ids ...KeyID) {
	t.Helper()
	if err := db.InTx0(t.Context(), d, func(ctx context.Context, tx *db.Tx) error { return k.DestroyTx(ctx, tx, ids...) }); err != nil {
		t.Fatal(err)
	}
}

func TestSealAndOpen(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		k := newKeys(t, d)
		a, b := newKey(t, d, k), newKey(t, d, k)
		sealed, err := k.Seal(ctx, d, a, "王小明 13800000001")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(sealed), "13800000001") || KeyOf(sealed) != a {
			t.Errorf("sealed %x names key %q, want %q and nothing readable", sealed, KeyOf(sealed), a)
		}
		again, err := k.Seal(ctx, d, a, "王小明 13800000001")
		if err != nil || string(again) == string(sealed) {
			t.Errorf("the same text sealed alike twice (%v)", err)
		}
		for _, reader := range []*Keys{k, node(t, d, k.file)} {
			for _, id := range []KeyID{a, ""} {
				if got, err := reader.Open(ctx, d, id, sealed); got != "王小明 13800000001" || err != nil {
					t.Errorf("Open(%q) = %q, %v", id, got, err)
				}
			}
		}
		if _, err := k.Open(ctx, d, b, sealed); !errors.Is(err, ErrSealed) {
			t.Errorf("Open with another key = %v, want ErrSealed", err)
		}
		for i := range sealed { // every byte is authenticated
			bad := append([]byte{}, sealed...)
			bad[i] ^= 1
			if _, err := k.Open(ctx, d, a, bad); !errors.Is(err, ErrSealed) {
				t.Errorf("Open with byte %d changed = %v, want ErrSealed", i, err)
			}
		}
		if s, err := k.Seal(ctx, d, a, ""); s != nil || err != nil {
			t.Errorf("Seal of nothing = %x, %v; want nil", s, err)
		}
		if s, err := k.Open(ctx, d, a, nil); s != "" || err != nil {
			t.Errorf("Open of nil = %q, %v", s, err)
		}
		if _, err := k.Seal(ctx, d, KeyID(db.NewID()), "x"); !errors.Is(err, ErrNoKey) {
			t.Errorf("Seal with an unknown key = %v, want ErrNoKey", err)
		}
		if s, err := k.Seal(ctx, d, k.Installation(), "x"); err != nil || KeyOf(s) != k.Installation() {
			t.Errorf("Seal with the installation's key: %v", err)
		}
		if _, err := db.InTx(ctx, d, func(ctx context.Context, tx *db.Tx) (KeyID, error) {
			id, err := k.NewKeyTx(ctx, tx, "case")
			if err != nil {
				return "", err
			}
			k.cache.forget(id) // the row must be readable in its own transaction
			s, err := k.Seal(ctx, tx, id, "in the same change")
			if err != nil {
				return "", err
			}
			_, err = k.Open(ctx, tx, id, s)
			return id, err
		}); err != nil {
			t.Errorf("key used in its own transaction: %v", err)
		}
	})
}

func TestDestroyedKeyOpensNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		advance := dbtest.Clock(d, time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC))
		k := newKeys(t, d)
		a, b := newKey(t, d, k), newKey(t, d, k)
		sealed, err := k.Seal(ctx, d, a, "secret")
		if err != nil {
			t.Fatal(err)
		}
		keep, err := k.Seal(ctx, d, b, "kept")
		if err != nil {
			t.Fatal(err)
		}
		before, err := db.Get(ctx, d, scanKey, `SELECT id, wrapped, master_version FROM crypt_key WHERE id = $1`, string(a))
		if err != nil {
			t.Fatal(err)
		}
		boom := errors.New("boom")
		if err := db.InTx0(ctx, d, func(ctx context.Context, tx *db.Tx) error {
			return errors.Join(k.DestroyTx(ctx, tx, a), boom)
		}); !errors.Is(err, boom) {
			t.Fatal(err)
		}
		if got, err := k.Open(ctx, d, a, sealed); got != "secret" {
			t.Errorf("after a rolled back erasure: %q, %v", got, err)
		}
		destroy(t, d, k, a)
		for name, reader := range map[string]*Keys{"same node": k, "other node": node(t, d, k.file)} {
			if _, err := reader.Open(ctx, d, a, sealed); !errors.Is(err, ErrErased) {
				t.Errorf("%s: Open = %v, want ErrErased", name, err)
			}
			if _, err := reader.Seal(ctx, d, a, "new"); !errors.Is(err, ErrErased) {
				t.Errorf("%s: Seal = %v, want ErrErased", name, err)
			}
			got, err := reader.OpenMany(ctx, d, []Sealed{{a, sealed}, {b, keep}, {"", keep}, {a, nil}})
			want := []Opened{{Erased: true}, {Text: "kept"}, {Text: "kept"}, {}}
			if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: OpenMany = %v, %v; want %v", name, got, err, want)
			}
		}
		if key, err := k.admit(before); err != nil || key == nil {
			t.Fatal(err)
		}
		if _, err := k.Open(ctx, d, a, sealed); !errors.Is(err, ErrErased) {
			t.Errorf("a slower reader brought the key back into the cache: %v", err)
		}
		advance(time.Hour)
		destroy(t, d, k, a) // again: nothing changes
		list, err := k.Destroyed(ctx, d, time.Time{}, "", 10)
		if err != nil || len(list) != 1 || list[0].ID != a || list[0].At.Hour() != 8 {
			t.Errorf("Destroyed = %v, %v; want the one at 08:00", list, err)
		}
		if list, err := k.Destroyed(ctx, d, list[0].At, list[0].ID, 10); err != nil || len(list) != 0 {
			t.Errorf("Destroyed after the last = %v, %v", list, err)
		}
		if err := db.InTx0(ctx, d, func(ctx context.Context, tx *db.Tx) error {
			return k.DestroyTx(ctx, tx, k.Installation())
		}); err == nil {
			t.Error("the installation's key was destroyed")
		}
	})
}

func TestOpenManyUsesOneQuery(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		k := newKeys(t, d)
		var in []Sealed
		for i := range 40 {
			id := newKey(t, d, k)
			for range 2 {
				s, err := k.Seal(ctx, d, id, fmt.Sprint(i))
				if err != nil {
					t.Fatal(err)
				}
				in = append(in, Sealed{id, s})
			}
		}
		other := node(t, d, k.file)
		for _, want := range []int{1, 0} {
			q := &counting{Querier: d}
			got, err := other.OpenMany(ctx, q, in)
			if err != nil || len(got) != 80 || got[0].Text != "0" || got[79].Text != "39" {
				t.Fatalf("OpenMany = %v, %v", got, err)
			}
			if q.n != want {
				t.Errorf("queries = %d, want %d", q.n, want)
			}
		}
	})
}

type counting struct {
	db.Querier
	n int
}

func (c *counting) Query(ctx context.Context, q string, args ...any) (*db.Rows, error) {
	c.n++
	return c.Querier.Query(ctx, q, args...)
}

func TestRotate(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		path := filepath.Join(t.TempDir(), "anxin.key")
		k, err := Open(ctx, d, path)
		if err != nil {
			t.Fatal(err)
		}
		var ids []KeyID
		var sealed [][]byte
		if err := db.InTx0(ctx, d, func(ctx context.Context, tx *db.Tx) error {
			ids, sealed = nil, nil
			for i := range batchKeys + 20 {
				id, err := k.NewKeyTx(ctx, tx, "customer")
				if err != nil {
					return err
				}
				s, err := k.Seal(ctx, tx, id, fmt.Sprint(i))
				if err != nil {
					return err
				}
				ids, sealed = append(ids, id), append(sealed, s)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		destroy(t, d, k, ids[7])
		hash := k.Lookup(KindPhone, "13800000001")
		label := k.Fingerprint()

		other, err := Open(ctx, d, path) // a second node, which learns of the new master from the file
		if err != nil {
			t.Fatal(err)
		}
		v, err := k.file.AddMaster()
		if err != nil || v != 2 {
			t.Fatalf("AddMaster = %d, %v", v, err)
		}
		fresh := newKey(t, d, k)
		if got, err := db.Get(ctx, d, db.ScanInt, `SELECT master_version FROM crypt_key WHERE id = $1`, string(fresh)); got != 2 || err != nil {
			t.Errorf("a new key is wrapped by master %d, %v; want 2", got, err)
		}
		if s, err := other.Seal(ctx, d, fresh, "x"); s == nil || err != nil {
			t.Errorf("the other node cannot use a key of the new master: %v", err)
		}

		// Stopped after the first batch, then gone on with.
		cut, cancel := context.WithCancel(ctx)
		var seen []string
		n, err := k.Rotate(cut, d, func(done, total int64) {
			seen = append(seen, fmt.Sprintf("%d/%d", done, total))
			cancel()
		})
		if n != batchKeys || !errors.Is(err, context.Canceled) || fmt.Sprint(seen) != fmt.Sprintf("[%d/%d]", batchKeys, batchKeys+20) {
			t.Errorf("interrupted Rotate = %d, %v, progress %v", n, err, seen)
		}
		if _, err := k.RetireMasters(ctx, d); !errors.Is(err, ErrMasterInUse) {
			t.Errorf("RetireMasters in the middle = %v, want ErrMasterInUse", err)
		}
		if n, err := k.Rotate(ctx, d, nil); n != 20 || err != nil {
			t.Errorf("second Rotate = %d, %v; want the other 20", n, err)
		}
		if !k.file.Opens(label) {
			t.Error("the file no longer opens the backup of before")
		}

		for i := range k.file.body.Masters {
			k.file.body.Masters[i].CreatedAt = time.Now().Add(-2 * retireAfter)
		}
		gone, err := k.RetireMasters(ctx, d)
		if err != nil || fmt.Sprint(gone) != "[1]" {
			t.Errorf("RetireMasters = %v, %v; want [1]", gone, err)
		}
		if k.file.Opens(label) {
			t.Error("the file claims to open a backup whose master it gave up")
		}
		after, err := Open(ctx, d, path)
		if err != nil {
			t.Fatal(err)
		}
		for i, id := range ids {
			got, err := after.Open(ctx, d, id, sealed[i])
			if i == 7 {
				if !errors.Is(err, ErrErased) {
					t.Errorf("rotation brought back an erased key: %v", err)
				}
			} else if got != fmt.Sprint(i) || err != nil {
				t.Fatalf("after rotation Open(%d) = %q, %v", i, got, err)
			}
		}
		if string(after.Lookup(KindPhone, "+86 138-0000-0001")) != string(hash) {
			t.Error("the lookup hash changed with the master key")
		}
	})
}

func TestOpenGuardsTheKeyFile(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		dir := t.TempDir()
		var wg sync.WaitGroup
		for range 4 { // a first start of several processes
			wg.Go(func() {
				if _, err := Open(t.Context(), d, filepath.Join(dir, "sub", "key")); err != nil {
					t.Errorf("concurrent first start: %v", err)
				}
			})
		}
		wg.Wait()
		if _, err := Open(t.Context(), d, filepath.Join(dir, "elsewhere")); !errors.Is(err, ErrKeyFileMissing) {
			t.Errorf("Open with the key file lost = %v, want ErrKeyFileMissing", err)
		}
		other, err := Memory()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := New(t.Context(), d, other); !errors.Is(err, ErrKeyFileOther) {
			t.Errorf("New with another installation's file = %v, want ErrKeyFileOther", err)
		}
	})
}
