package crypt

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"anxin/internal/platform/db"
)

// SubjectInstallation is the subject of the one key that belongs to nobody: stored answers, file names
// without a person, secrets of connections.
const SubjectInstallation = "installation"

// ErrNoKey says that a key id is not in the table at all: a wrong id, or a damaged database.
var ErrNoKey = errors.New("crypt: no such key")

const (
	cacheSize = 20000           // keys; about 1 KB each with its cipher
	cacheTTL  = 2 * time.Minute // how long another node may still open what was erased here
	batchKeys = 500             // keys a query, rows a rotation step
)

// Keys seals and opens values by data keys. It is safe for concurrent use.
type Keys struct {
	file         *KeyFile
	cache        *cache
	lookup       []byte
	installation KeyID
}

// Open reads the key file at path, making it on the very first start, and checks it against the
// database. It never makes a new file for a database that holds keys already: [ErrKeyFileMissing].
func Open(ctx context.Context, d *db.DB, path string) (*Keys, error) {
	f, err := LoadKeyFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		used, e := db.Exists(ctx, d, `SELECT 1 FROM crypt_key LIMIT 1`)
		if e != nil {
			return nil, fmt.Errorf("look for keys: %w", e)
		}
		if used {
			// Another process of a first start may have made the file since.
			if f, err = LoadKeyFile(path); errors.Is(err, fs.ErrNotExist) {
				return nil, fmt.Errorf("%s: %w", path, ErrKeyFileMissing)
			}
		} else {
			f, err = CreateKeyFile(path)
		}
	}
	if err != nil {
		return nil, err
	}
	return New(ctx, d, f)
}

// New starts the service with a key file, making the installation's own key when there is none. A key
// file of another installation is refused: [ErrKeyFileOther].
func New(ctx context.Context, d *db.DB, f *KeyFile) (*Keys, error) {
	k := &Keys{file: f, cache: newCache(cacheSize, cacheTTL), lookup: f.Derive("lookup")}
	id, err := k.findInstallation(ctx, d)
	if errors.Is(err, db.ErrNoRows) {
		if err := db.InTx0(ctx, d, k.makeInstallation); err != nil {
			return nil, fmt.Errorf("make the installation's key: %w", err)
		}
		id, err = k.findInstallation(ctx, d)
	}
	if err != nil {
		return nil, fmt.Errorf("find the installation's key: %w", err)
	}
	k.installation = id
	k.cache.forget(id)
	if _, err := k.key(ctx, d, id); errors.Is(err, ErrSealed) {
		return nil, ErrKeyFileOther
	} else if err != nil {
		return nil, fmt.Errorf("open the installation's key: %w", err)
	}
	return k, nil
}

func (k *Keys) findInstallation(ctx context.Context, q db.Querier) (KeyID, error) {
	id, err := db.Get(ctx, q, db.ScanString, `SELECT id FROM crypt_key WHERE subject = $1`, SubjectInstallation)
	return KeyID(id), err
}

func (k *Keys) makeInstallation(ctx context.Context, tx *db.Tx) error {
	// Two processes of a first start race here; the unique index lets one win.
	_, err := k.insert(tx, SubjectInstallation, ` ON CONFLICT DO NOTHING`)
	return err
}

// File is the key file in use.
func (k *Keys) File() *KeyFile { return k.file }

// Installation is the key that belongs to nobody; it is never destroyed.
func (k *Keys) Installation() KeyID { return k.installation }

// Derive makes a lasting secret of 32 bytes for one purpose; see [KeyFile.Derive].
func (k *Keys) Derive(purpose string) []byte { return k.file.Derive(purpose) }

// Fingerprint names the key file without telling a secret; see [KeyFile.Fingerprint].
func (k *Keys) Fingerprint() string { return k.file.Fingerprint() }

// Prove unwraps the newest keys, at most limit of them, and returns how many there were: proof that the
// key file opens this database.
func (k *Keys) Prove(ctx context.Context, q db.Querier, limit int) (int, error) {
	rows, err := db.List(ctx, q, scanKey, `SELECT id, wrapped, master_version FROM crypt_key WHERE wrapped IS NOT NULL
		ORDER BY id DESC LIMIT $1`, limit)
	if err != nil {
		return 0, fmt.Errorf("read keys: %w", err)
	}
	for _, r := range rows {
		if _, err := k.admit(r); err != nil {
			return 0, fmt.Errorf("key %s: %w", r.id, err)
		}
	}
	return len(rows), nil
}

// NewKeyTx makes a data key for a subject: a person, or a conversation or case without a known one.
// Subject is a code that tells what kind of record the key belongs to ("customer").
func (k *Keys) NewKeyTx(_ context.Context, tx *db.Tx, subject string) (KeyID, error) {
	if subject == "" || subject == SubjectInstallation {
		return "", fmt.Errorf("crypt: %q is no subject of a key", subject)
	}
	return k.insert(tx, subject, "")
}

func (k *Keys) insert(tx *db.Tx, subject, onConflict string) (KeyID, error) {
	if err := k.file.Reload(); err != nil {
		return "", err
	}
	id := KeyID(db.NewID())
	raw := make([]byte, keySize)
	if _, err := rand.Read(raw); err != nil {
		return "", err
	}
	key, err := newDataKey(raw)
	if err != nil {
		return "", err
	}
	m := k.file.current()
	wrapped, err := wrap(m, id, raw)
	if err != nil {
		return "", err
	}
	tx.Later(`INSERT INTO crypt_key (id, subject, wrapped, master_version, created_at) VALUES ($1, $2, $3, $4, $5)`+onConflict,
		string(id), subject, wrapped, m.Version, db.Micros(tx.Now()))
	k.cache.put(id, key) // of no use to anybody if the change is rolled back: nothing names it then
	return id, nil
}

// key returns an unwrapped key from the cache or by one query.
func (k *Keys) key(ctx context.Context, q db.Querier, id KeyID) (*dataKey, error) {
	key, dead := k.cache.get(id)
	switch {
	case dead:
		return nil, ErrErased
	case key != nil:
		return key, nil
	}
	var r keyRow
	err := q.QueryRow(ctx, `SELECT id, wrapped, master_version FROM crypt_key WHERE id = $1`, string(id)).Scan(r.into()...)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fmt.Errorf("key %s: %w", id, ErrNoKey)
	}
	if err != nil {
		return nil, fmt.Errorf("read key %s: %w", id, err)
	}
	return k.admit(r)
}

type keyRow struct {
	id      string
	wrapped []byte
	version int64
}

func (r *keyRow) into() []any { return []any{&r.id, &r.wrapped, &r.version} }

func scanKey(s db.Scanner) (r keyRow, err error) { return r, s.Scan(r.into()...) }

// admit unwraps a row and puts it into the cache.
func (k *Keys) admit(r keyRow) (*dataKey, error) {
	if r.wrapped == nil {
		return nil, ErrErased
	}
	m, err := k.file.master(r.version)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", r.id, err)
	}
	raw, err := unwrap(m, KeyID(r.id), r.wrapped)
	if err != nil {
		return nil, err
	}
	key, err := newDataKey(raw)
	if err != nil {
		return nil, err
	}
	k.cache.put(KeyID(r.id), key)
	return key, nil
}

// Seal makes plain unreadable under a key. The empty string seals to nil. A destroyed key gives
// [ErrErased]: nothing new is written about somebody who was erased.
func (k *Keys) Seal(ctx context.Context, q db.Querier, id KeyID, plain string) ([]byte, error) {
	if plain == "" {
		return nil, nil
	}
	key, err := k.key(ctx, q, id)
	if err != nil {
		return nil, err
	}
	return key.seal(id, plain)
}

// Open reads a sealed value; nil and empty open to "". With id "" the key named in the value is used,
// otherwise a value of another key is refused with [ErrSealed]. [ErrErased] says that the key was
// destroyed: callers show "erased".
func (k *Keys) Open(ctx context.Context, q db.Querier, id KeyID, sealed []byte) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	if id == "" {
		id = KeyOf(sealed)
	}
	key, err := k.key(ctx, q, id)
	if err != nil {
		return "", err
	}
	return key.open(id, sealed)
}

// SealBytes makes plain unreadable with the installation's own key.
func (k *Keys) SealBytes(ctx context.Context, q db.Querier, plain []byte) ([]byte, error) {
	return k.Seal(ctx, q, k.installation, string(plain))
}

// OpenBytes reads what [Keys.SealBytes] gave.
func (k *Keys) OpenBytes(ctx context.Context, q db.Querier, sealed []byte) ([]byte, error) {
	text, err := k.Open(ctx, q, k.installation, sealed)
	return []byte(text), err
}

// Sealed is one value for [Keys.OpenMany]; Key may be empty, then the value itself names it.
type Sealed struct {
	Key  KeyID
	Data []byte
}

// Opened is what a sealed value held, or the fact that it was erased.
type Opened struct {
	Text   string
	Erased bool
}

// OpenMany opens values of many keys, in their order, with one query for all keys that are not in the
// cache. An erased value is no error here; a damaged one is.
func (k *Keys) OpenMany(ctx context.Context, q db.Querier, in []Sealed) ([]Opened, error) {
	keys := make(map[KeyID]*dataKey, len(in))
	var missing []string
	for _, s := range in {
		if len(s.Data) == 0 {
			continue
		}
		id := s.id()
		if _, seen := keys[id]; seen {
			continue
		}
		key, dead := k.cache.get(id)
		keys[id] = key
		if key == nil && !dead {
			missing = append(missing, string(id))
		}
	}
	if err := k.load(ctx, q, missing, keys); err != nil {
		return nil, err
	}
	out := make([]Opened, len(in))
	for i, s := range in {
		if len(s.Data) == 0 {
			continue
		}
		key := keys[s.id()]
		if key == nil {
			out[i].Erased = true
			continue
		}
		var err error
		if out[i].Text, err = key.open(s.id(), s.Data); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s Sealed) id() KeyID {
	if s.Key != "" {
		return s.Key
	}
	return KeyOf(s.Data)
}

// load fills keys; a destroyed key stays nil.
func (k *Keys) load(ctx context.Context, q db.Querier, ids []string, keys map[KeyID]*dataKey) error {
	for len(ids) > 0 {
		n := min(len(ids), batchKeys)
		var w db.Where
		w.In("id", ids[:n])
		rows, err := db.List(ctx, q, scanKey, `SELECT id, wrapped, master_version FROM crypt_key`+w.String(), w.Args()...)
		if err != nil {
			return fmt.Errorf("read keys: %w", err)
		}
		if len(rows) != n {
			return fmt.Errorf("%d of %d keys: %w", n-len(rows), n, ErrNoKey)
		}
		for _, r := range rows {
			key, err := k.admit(r)
			if err != nil && !errors.Is(err, ErrErased) {
				return err
			}
			keys[KeyID(r.id)] = key
		}
		ids = ids[n:]
	}
	return nil
}

// DestroyTx erases: the wrapped key is overwritten and then removed, for ever. Keys that are destroyed
// already stay so. Other nodes may open cached values for two minutes more.
func (k *Keys) DestroyTx(ctx context.Context, tx *db.Tx, ids ...KeyID) error {
	for _, id := range ids {
		if id == k.installation {
			return errors.New("crypt: the installation's key is never destroyed")
		}
		noise := make([]byte, nonceSize+keySize+tagSize)
		if _, err := rand.Read(noise); err != nil {
			return err
		}
		// Same length first: SQLite writes it over the old bytes in their place.
		if _, err := tx.Exec(ctx, `UPDATE crypt_key SET wrapped = $1 WHERE id = $2 AND wrapped IS NOT NULL`, noise, string(id)); err != nil {
			return fmt.Errorf("destroy key %s: %w", id, err)
		}
		if _, err := tx.Exec(ctx, `UPDATE crypt_key SET wrapped = NULL, destroyed_at = $1 WHERE id = $2 AND wrapped IS NOT NULL`,
			db.Micros(tx.Now()), string(id)); err != nil {
			return fmt.Errorf("destroy key %s: %w", id, err)
		}
		tx.AfterCommit(func() { k.cache.bury(id) })
	}
	return nil
}

// Destroyed is one erased key; platform/backup keeps them apart from the database.
type Destroyed struct {
	ID KeyID     `json:"id"`
	At time.Time `json:"at"`
}

// Destroyed lists erased keys in the order of their end, those after (at, id) only.
func (k *Keys) Destroyed(ctx context.Context, q db.Querier, at time.Time, id KeyID, limit int) ([]Destroyed, error) {
	return db.List(ctx, q, func(s db.Scanner) (Destroyed, error) {
		var v Destroyed
		var micros int64
		err := s.Scan(&v.ID, &micros)
		v.At = db.FromMicros(micros)
		return v, err
	}, `SELECT id, destroyed_at FROM crypt_key WHERE destroyed_at IS NOT NULL AND (destroyed_at, id) > ($1, $2)
		ORDER BY destroyed_at, id LIMIT $3`, db.Micros(at), string(id), limit)
}

// Lookup is the keyed hash by which a personal value is found again without being stored: 32 bytes,
// nil for an empty value. The value is normalised by its kind, see [Normalize]. The hash survives the
// rotation of the master key.
func (k *Keys) Lookup(kind, value string) []byte {
	v := Normalize(kind, value)
	if v == "" {
		return nil
	}
	h := hmac.New(sha256.New, k.lookup)
	h.Write([]byte(kind))
	h.Write([]byte{0})
	h.Write([]byte(v))
	return h.Sum(nil)
}
