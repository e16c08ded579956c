package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
)

// ID names a file; a UUID, which the client may choose.
type ID string

// State is where a file is in its life; see the package comment.
type State string

// States of a file.
const (
	Stored   State = "stored"
	Attached State = "attached"
	Deleted  State = "deleted"
	Gone     State = "gone"
)

// File is a row of files_file.
type File struct {
	ID          ID
	RecordKind  string // of the record it belongs to, "" until attached
	RecordID    string
	Purpose     Purpose
	Name        string // "" when Erased
	Erased      bool   // the key is destroyed: neither name nor bytes can be read
	ContentType string
	Size        int64
	SHA256      string // of the original, hex
	Width       int    // of a picture as stored, before it is turned upright
	Height      int
	TakenAt     *time.Time // by the camera's clock
	Lat, Lon    *float64   // by the camera, WGS-84
	Key         crypt.KeyID
	State       State
	CreatedBy   string
	CreatedAt   time.Time
	AttachedAt  *time.Time
	Brand       string
	OutletPath  string

	object string // the name of its folder in the store
	sealed []byte // its name
}

// Picture tells whether there are previews of the file.
func (f File) Picture() bool { return isPicture(f.ContentType) }

// Options are what a service stands on.
type Options struct {
	Store    Store
	Keys     *crypt.Keys
	Spool    string             // folder for uploads under way, on this node
	Purposes map[Purpose]Limits // nil = [Defaults]
	Zone     *time.Location     // of cameras that write no offset; nil = UTC+8
}

// Service stores, finds, serves and removes files.
type Service struct {
	db     *db.DB
	store  Store
	keys   *crypt.Keys
	spool  string
	limits map[Purpose]Limits
	zone   *time.Location
	secret []byte // of signed links
	gate   gate
	locks  keyLock
}

// New makes the service; the spool folder is made when missing.
func New(d *db.DB, o Options) (*Service, error) {
	if o.Store == nil || o.Keys == nil || o.Spool == "" {
		return nil, errors.New("files: store, keys and spool are needed")
	}
	if err := os.MkdirAll(o.Spool, 0o700); err != nil {
		return nil, fmt.Errorf("folder of uploads: %w", err)
	}
	if o.Purposes == nil {
		o.Purposes = Defaults()
	}
	if o.Zone == nil {
		o.Zone = time.FixedZone("UTC+8", 8*3600)
	}
	return &Service{
		db: d, store: o.Store, keys: o.Keys, spool: o.Spool, limits: o.Purposes, zone: o.Zone,
		secret: o.Keys.Derive("files.url"), gate: newGate(2),
	}, nil
}

// Limits tells what a purpose accepts, for the client's own check.
func (s *Service) Limits(p Purpose) (Limits, bool) {
	l, ok := s.limits[p]
	return l, ok
}

// UploadInput is one whole file.
type UploadInput struct {
	ID         ID // chosen by the client, so that a repeated upload is recognised; "" = a new one
	Purpose    Purpose
	Name       string      // as the client calls it
	Key        crypt.KeyID // of the person it concerns; "" = the installation's
	By         string      // the actor's id
	Brand      string
	OutletPath string
	SHA256     string // hex, of what the client sent; "" = not told
	Body       io.Reader
}

var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

func (in *UploadInput) check(limits map[Purpose]Limits) (Limits, error) {
	l, ok := limits[in.Purpose]
	if !ok {
		return l, ErrPurpose
	}
	if in.ID == "" {
		in.ID = ID(db.NewID())
	}
	if !uuid.MatchString(string(in.ID)) {
		return l, ErrID
	}
	if in.By == "" {
		return l, errors.New("files: an upload needs an actor")
	}
	return l, nil
}

// Upload reads, checks and stores a file, to be attached to a record within a day. The same id with the
// same bytes by the same actor answers the file that is there already; other bytes are [ErrTaken]. It
// must not run inside a transaction.
func (s *Service) Upload(ctx context.Context, in UploadInput) (File, error) {
	if db.InTransaction(ctx) {
		return File{}, errors.New("files: upload inside a transaction")
	}
	l, err := in.check(s.limits)
	if err != nil {
		return File{}, err
	}
	tmp, err := os.CreateTemp(s.spool, "up-")
	if err != nil {
		return File{}, fmt.Errorf("spool upload: %w", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	defer func() { _ = tmp.Close() }()
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(tmp, h), io.LimitReader(ctxReader{ctx, in.Body}, l.MaxBytes+1))
	switch {
	case err != nil:
		return File{}, fmt.Errorf("read upload: %w", err)
	case n > l.MaxBytes:
		return File{}, ErrSize.With("max", l.MaxBytes)
	case n == 0:
		return File{}, ErrEmpty
	}
	digest := hex.EncodeToString(h.Sum(nil))
	if in.SHA256 != "" && in.SHA256 != digest {
		return File{}, ErrDigest
	}
	if f, err := s.repeated(ctx, in, digest); err != nil || f.ID != "" {
		return f, err
	}
	f := File{
		ID: in.ID, Purpose: in.Purpose, Size: n, SHA256: digest, Key: in.Key, State: Stored,
		CreatedBy: in.By, Brand: in.Brand, OutletPath: in.OutletPath, object: db.NewID(),
	}
	if f.Key == "" {
		f.Key = s.keys.Installation()
	}
	if err := s.inspect(&f, tmp, l); err != nil {
		return File{}, err
	}
	f.Name = CleanName(in.Name, f.ContentType)
	if f.sealed, err = s.keys.Seal(ctx, s.db, f.Key, f.Name); err != nil {
		return File{}, fmt.Errorf("seal name: %w", err)
	}
	if _, err := tmp.Seek(0, io.SeekStart); err != nil {
		return File{}, err
	}
	if err := s.put(ctx, f, Original, tmp, n); err != nil {
		return File{}, err
	}
	inserted, err := db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (bool, error) {
		f.CreatedAt = tx.Now()
		return insertFile(ctx, tx, f)
	})
	if err != nil || !inserted {
		// Nobody names these bytes. If removing them fails, SweepObjects does it.
		if e := s.store.Delete(context.WithoutCancel(ctx), f.key(Original)); err == nil && e != nil {
			err = e
		}
		if err != nil {
			return File{}, fmt.Errorf("store file: %w", err)
		}
		return s.repeated(ctx, in, digest) // the same id came twice at once
	}
	return f, nil
}

// repeated answers the file that the id names already; none is the zero File. An empty digest is not
// compared.
func (s *Service) repeated(ctx context.Context, in UploadInput, digest string) (File, error) {
	f, err := s.Get(ctx, s.db, in.ID)
	switch {
	case errors.Is(err, ErrNotFound):
		return File{}, nil
	case err != nil:
		return File{}, err
	case f.CreatedBy != in.By || digest != "" && f.SHA256 != digest || f.State == Deleted || f.State == Gone:
		return File{}, ErrTaken
	}
	return f, nil
}

// inspect fills in what the bytes tell.
func (s *Service) inspect(f *File, body *os.File, l Limits) error {
	kind, err := Sniff(body, f.Size)
	if err != nil {
		return fmt.Errorf("look at upload: %w", err)
	}
	if kind == "" || !l.accepts(kind) {
		return ErrType.With("type", kind)
	}
	f.ContentType = kind
	if !isPicture(kind) {
		return nil
	}
	data := make([]byte, f.Size)
	if _, err := body.ReadAt(data, 0); err != nil {
		return fmt.Errorf("look at upload: %w", err)
	}
	if f.Width, f.Height, err = measure(data, l.MaxPixels); err != nil {
		return err
	}
	s.gate.in()
	_, err = decode(data)
	s.gate.out()
	if err != nil {
		return err
	}
	e := ReadExif(data, kind, s.zone)
	if !e.TakenAt.IsZero() {
		f.TakenAt = &e.TakenAt
	}
	if e.HasPoint {
		f.Lat, f.Lon = &e.Lat, &e.Lon
	}
	return nil
}

// put seals size bytes under the file's key into the store.
func (s *Service) put(ctx context.Context, f File, v Variant, body io.Reader, size int64) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r, w := io.Pipe()
	go func() {
		sealed, err := s.keys.SealStream(ctx, s.db, f.Key, w)
		if err == nil {
			if _, err = io.Copy(sealed, body); err == nil {
				err = sealed.Close()
			}
		}
		w.CloseWithError(err) // nil ends the reader with io.EOF
	}()
	err := s.store.Put(ctx, f.key(v), r, crypt.SealedSize(size))
	_ = r.Close() // ends the goroutine when the store gave up early; never fails
	return err
}

// key is the object's key in the store: spread over folders by a hash of its name.
func (f File) key(v Variant) string {
	h := sha256.Sum256([]byte(f.object))
	return fmt.Sprintf("f/%02x/%02x/%s/%s", h[0], h[1], f.object, v)
}

// partPath is where a resumable upload grows.
func (s *Service) partPath(by string, id ID) string {
	h := sha256.Sum256([]byte(by + "\x00" + string(id)))
	return filepath.Join(s.spool, "part-"+hex.EncodeToString(h[:16]))
}

// Offset tells how many bytes of a resumable upload are here; 0 when none, or on another node.
func (s *Service) Offset(_ context.Context, by string, id ID) (int64, error) {
	st, err := os.Stat(s.partPath(by, id))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look at upload: %w", err)
	}
	return st.Size(), nil
}

// Append adds bytes at offset to a resumable upload and returns how many are there now. [ErrOffset]
// tells where to go on instead. The bytes that arrived before a broken connection are kept.
func (s *Service) Append(ctx context.Context, in UploadInput, offset int64) (int64, error) {
	if in.ID == "" {
		return 0, ErrID
	}
	l, err := in.check(s.limits)
	if err != nil {
		return 0, err
	}
	path := s.partPath(in.By, in.ID)
	defer s.locks.lock(path)()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return 0, fmt.Errorf("spool upload: %w", err)
	}
	defer func() { _ = f.Close() }()
	st, err := f.Stat()
	if err != nil {
		return 0, fmt.Errorf("spool upload: %w", err)
	}
	if st.Size() != offset {
		return st.Size(), ErrOffset.With("offset", st.Size())
	}
	n, err := io.Copy(f, io.LimitReader(ctxReader{ctx, in.Body}, l.MaxBytes-offset+1))
	if offset+n > l.MaxBytes {
		return 0, errors.Join(ErrSize.With("max", l.MaxBytes), os.Remove(path))
	}
	if err != nil {
		return offset + n, fmt.Errorf("read upload: %w", err)
	}
	return offset + n, f.Close()
}

// Finish makes a file of the bytes appended; Body is not used.
func (s *Service) Finish(ctx context.Context, in UploadInput) (File, error) {
	if in.ID == "" {
		return File{}, ErrID
	}
	path := s.partPath(in.By, in.ID)
	defer s.locks.lock(path)()
	body, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		// Finished before, and the answer was lost.
		if f, err := s.repeated(ctx, in, in.SHA256); err != nil || f.ID != "" {
			return f, err
		}
		return File{}, ErrOffset.With("offset", 0)
	}
	if err != nil {
		return File{}, fmt.Errorf("spool upload: %w", err)
	}
	defer func() { _ = body.Close() }()
	in.Body = body
	f, err := s.Upload(ctx, in)
	if err != nil && !errors.Is(err, ErrDigest) {
		return File{}, err
	}
	return f, errors.Join(err, os.Remove(path)) // damaged bytes are of no use: begin anew
}

// keyLock is a mutex a name.
type keyLock struct {
	mu sync.Mutex
	m  map[string]*namedLock
}

type namedLock struct {
	sync.Mutex
	users int // guarded by keyLock.mu
}

// lock takes the lock of a name and returns its release.
func (k *keyLock) lock(name string) func() {
	k.mu.Lock()
	if k.m == nil {
		k.m = map[string]*namedLock{}
	}
	l := k.m[name]
	if l == nil {
		l = &namedLock{}
		k.m[name] = l
	}
	l.users++
	k.mu.Unlock()
	l.Lock()
	return func() {
		l.Unlock()
		k.mu.Lock()
		defer k.mu.Unlock()
		if l.users--; l.users == 0 {
			delete(k.m, name)
		}
	}
}
