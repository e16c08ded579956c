package crypt

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	keySize       = 32 // AES-256, and every derived secret
	keyFileFormat = 1
)

// master is one version of the key that wraps data keys.
type master struct {
	Version   int64     `json:"version"`
	Key       string    `json:"key"` // base64, 32 bytes
	CreatedAt time.Time `json:"created_at"`
	raw       [keySize]byte
}

type keyFileBody struct {
	Format  int      `json:"anxin_key_file"`
	Secret  string   `json:"secret"` // base64, 32 bytes: lookups and signatures; never rotated
	Current int64    `json:"current"`
	Masters []master `json:"masters"`
}

// KeyFile holds the installation's master keys and its lasting secret. It is safe for concurrent use.
type KeyFile struct {
	path string // empty: lives in memory only

	mu      sync.RWMutex
	body    keyFileBody
	secret  [keySize]byte
	stamp   fileStamp
	checked time.Time
}

type fileStamp struct {
	size int64
	mod  time.Time
}

// Errors of the key file; they stop the start-up and are read by the operator.
var (
	ErrKeyFileOpen    = errors.New("the key file may be read by others; set its mode to 0600")
	ErrKeyFileInvalid = errors.New("the key file is damaged")
	ErrKeyFileMissing = errors.New("the key file is missing, but the database holds keys that it must unwrap; restore it from its backup")
	ErrKeyFileOther   = errors.New("the key file belongs to another installation")
)

// Memory makes a key file that is never written: for tests and for throw-away demonstrations.
func Memory() (*KeyFile, error) {
	f := &KeyFile{}
	if err := f.fill(); err != nil {
		return nil, err
	}
	return f, nil
}

// LoadKeyFile reads the key file; it fails with [fs.ErrNotExist] when there is none.
func LoadKeyFile(path string) (*KeyFile, error) {
	f := &KeyFile{path: path}
	if err := f.read(); err != nil {
		return nil, err
	}
	return f, nil
}

// CreateKeyFile writes a new key file of mode 0600. When another process was first, its file is read
// instead, so that two processes of a first start agree.
func CreateKeyFile(path string) (*KeyFile, error) {
	f := &KeyFile{path: path}
	if err := f.fill(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("folder of the key file: %w", err)
	}
	tmp, err := f.writeTemp()
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(tmp) }()
	// A hard link fails when the name exists: no process ever sees half a file or overwrites a key.
	if err := os.Link(tmp, path); errors.Is(err, fs.ErrExist) {
		return LoadKeyFile(path)
	} else if err != nil {
		return nil, fmt.Errorf("create key file: %w", err)
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return nil, err
	}
	return LoadKeyFile(path)
}

func (f *KeyFile) fill() error {
	if _, err := rand.Read(f.secret[:]); err != nil {
		return err
	}
	m, err := newMaster(1)
	if err != nil {
		return err
	}
	f.body = keyFileBody{
		Format: keyFileFormat, Secret: base64.StdEncoding.EncodeToString(f.secret[:]),
		Current: 1, Masters: []master{m},
	}
	return nil
}

func newMaster(version int64) (master, error) {
	m := master{Version: version, CreatedAt: time.Now().UTC().Truncate(time.Second)}
	if _, err := rand.Read(m.raw[:]); err != nil {
		return master{}, err
	}
	m.Key = base64.StdEncoding.EncodeToString(m.raw[:])
	return m, nil
}

func (f *KeyFile) read() error {
	st, err := os.Stat(f.path)
	if err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	if st.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s has mode %04o: %w", f.path, st.Mode().Perm(), ErrKeyFileOpen)
	}
	text, err := os.ReadFile(f.path)
	if err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	body, secret, err := parseKeyFile(text)
	if err != nil {
		return fmt.Errorf("%s: %w", f.path, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.body.Format != 0 && secret != f.secret {
		return fmt.Errorf("%s: %w", f.path, ErrKeyFileOther)
	}
	f.body, f.secret = body, secret
	f.stamp, f.checked = fileStamp{st.Size(), st.ModTime()}, time.Now()
	return nil
}

// parseKeyFile never repeats the file's content in its error.
func parseKeyFile(text []byte) (body keyFileBody, secret [keySize]byte, err error) {
	if json.Unmarshal(text, &body) != nil || body.Format != keyFileFormat {
		return body, secret, fmt.Errorf("%w: not a key file of format %d", ErrKeyFileInvalid, keyFileFormat)
	}
	if err := decodeKey(body.Secret, &secret); err != nil {
		return body, secret, fmt.Errorf("%w: its secret", ErrKeyFileInvalid)
	}
	seen := map[int64]bool{}
	for i := range body.Masters {
		m := &body.Masters[i]
		if err := decodeKey(m.Key, &m.raw); err != nil || m.Version < 1 || seen[m.Version] {
			return body, secret, fmt.Errorf("%w: master %d", ErrKeyFileInvalid, m.Version)
		}
		seen[m.Version] = true
	}
	if !seen[body.Current] {
		return body, secret, fmt.Errorf("%w: current master %d is not in it", ErrKeyFileInvalid, body.Current)
	}
	return body, secret, nil
}

func decodeKey(s string, to *[keySize]byte) error {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || len(b) != keySize {
		return ErrKeyFileInvalid
	}
	copy(to[:], b)
	return nil
}

func (f *KeyFile) writeTemp() (name string, err error) {
	text, err := json.MarshalIndent(f.body, "", "  ")
	if err != nil {
		return "", err
	}
	tmp, err := os.CreateTemp(filepath.Dir(f.path), ".anxin-key-") // CreateTemp makes mode 0600
	if err != nil {
		return "", fmt.Errorf("write key file: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(tmp.Name())
		}
	}()
	if _, err := tmp.Write(append(text, '\n')); err != nil {
		return "", errors.Join(err, tmp.Close())
	}
	if err := tmp.Sync(); err != nil {
		return "", errors.Join(err, tmp.Close())
	}
	return tmp.Name(), tmp.Close()
}

// save replaces the file; the caller holds mu.
func (f *KeyFile) save() error {
	if f.path == "" {
		return nil
	}
	tmp, err := f.writeTemp()
	if err != nil {
		return err
	}
	if err := os.Rename(tmp, f.path); err != nil {
		return errors.Join(fmt.Errorf("replace key file: %w", err), os.Remove(tmp))
	}
	return syncDir(filepath.Dir(f.path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// AddMaster makes a new master key, current from now on, and writes the file. The old ones stay until
// [Keys.RetireMasters]. A node with a copy of its own must be given the new file before [Keys.Rotate].
func (f *KeyFile) AddMaster() (version int64, err error) {
	if f.path != "" {
		if err := f.read(); err != nil { // another process may have added one
			return 0, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range f.body.Masters {
		version = max(version, m.Version)
	}
	version++
	m, err := newMaster(version)
	if err != nil {
		return 0, err
	}
	old := f.body
	f.body.Masters = append(slices.Clone(old.Masters), m)
	f.body.Current = version
	if err := f.save(); err != nil {
		f.body = old
		return 0, err
	}
	return version, nil
}

// dropMasters removes masters from the file; never the current one.
func (f *KeyFile) dropMasters(versions []int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	old := f.body
	f.body.Masters = slices.DeleteFunc(slices.Clone(old.Masters), func(m master) bool {
		return m.Version != old.Current && slices.Contains(versions, m.Version)
	})
	if err := f.save(); err != nil {
		f.body = old
		return err
	}
	return nil
}

// Reload reads the file again when it changed since. It looks at the disk once a second at most.
func (f *KeyFile) Reload() error { return f.reload(time.Second) }

func (f *KeyFile) reload(atMost time.Duration) error {
	if f.path == "" {
		return nil
	}
	f.mu.Lock()
	due := time.Since(f.checked) >= atMost
	if due {
		f.checked = time.Now()
	}
	stamp := f.stamp
	f.mu.Unlock()
	if !due {
		return nil
	}
	st, err := os.Stat(f.path)
	if err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	if (fileStamp{st.Size(), st.ModTime()}) == stamp {
		return nil
	}
	return f.read()
}

func (f *KeyFile) current() master {
	f.mu.RLock()
	defer f.mu.RUnlock()
	m, _ := f.find(f.body.Current)
	return m
}

// find needs mu.
func (f *KeyFile) find(version int64) (master, bool) {
	for _, m := range f.body.Masters {
		if m.Version == version {
			return m, true
		}
	}
	return master{}, false
}

// master returns a version, reading the file again when it is not known yet.
func (f *KeyFile) master(version int64) (master, error) {
	for try := range 2 {
		f.mu.RLock()
		m, ok := f.find(version)
		f.mu.RUnlock()
		if ok {
			return m, nil
		}
		if try == 0 {
			if err := f.reload(0); err != nil {
				return master{}, err
			}
		}
	}
	return master{}, fmt.Errorf("master key %d is not in the key file", version)
}

// Derive makes a secret of 32 bytes for one purpose ("files.url"). It stays the same for the life of
// the installation, through every rotation of the master key.
func (f *KeyFile) Derive(purpose string) []byte {
	f.mu.RLock()
	defer f.mu.RUnlock()
	key, err := hkdf.Expand(sha256.New, f.secret[:], "anxin/"+purpose, keySize)
	if err != nil {
		panic("crypt: " + err.Error()) // only a wrong length fails
	}
	return key
}

// Fingerprint names the installation and the masters in the file without telling any secret, for the
// label of a backup: "3f2a…:1-9c01…,2-77ab…".
func (f *KeyFile) Fingerprint() string {
	id := hex.EncodeToString(f.Derive("fingerprint")[:8])
	f.mu.RLock()
	defer f.mu.RUnlock()
	marks := make([]string, 0, len(f.body.Masters))
	for _, m := range f.body.Masters {
		sum := sha256.Sum256(append([]byte("anxin/master/"), m.raw[:]...))
		marks = append(marks, strconv.FormatInt(m.Version, 10)+"-"+hex.EncodeToString(sum[:4]))
	}
	return id + ":" + strings.Join(marks, ",")
}

// Opens tells whether this file holds every key of the file that had the fingerprint: whether a backup
// made under it can be read here.
func (f *KeyFile) Opens(fingerprint string) bool {
	id, masters, ok := strings.Cut(fingerprint, ":")
	mine, have, _ := strings.Cut(f.Fingerprint(), ":")
	if !ok || id != mine {
		return false
	}
	held := strings.Split(have, ",")
	for m := range strings.SplitSeq(masters, ",") {
		if !slices.Contains(held, m) {
			return false
		}
	}
	return true
}
