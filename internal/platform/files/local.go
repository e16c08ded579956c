package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"time"

	"anxin/internal/platform/db"
)

// Local keeps bytes in a folder. Every path is opened beneath the folder ([os.Root]): neither a key nor
// a symbolic link can lead out of it.
type Local struct{ root *os.Root }

const (
	tempDir = "tmp.d"        // beside the data; the dot keeps it from being a key
	tempOld = 24 * time.Hour // what a crash left behind
)

// OpenLocal opens a folder, made when missing, and removes what uploads of crashed processes left.
func OpenLocal(dir string) (*Local, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("folder of files: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("folder of files: %w", err)
	}
	if err := root.MkdirAll(tempDir, 0o700); err != nil {
		return nil, errors.Join(fmt.Errorf("folder of files: %w", err), root.Close())
	}
	old, err := fs.ReadDir(root.FS(), tempDir)
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	for _, e := range old {
		if st, err := e.Info(); err == nil && time.Since(st.ModTime()) > tempOld {
			_ = root.Remove(path.Join(tempDir, e.Name())) // another process may be first
		}
	}
	return &Local{root: root}, nil
}

// Close releases the folder.
func (l *Local) Close() error { return l.root.Close() }

// Put implements [Store]: a temporary file, synced, renamed into place, its folder synced.
func (l *Local) Put(ctx context.Context, key string, body io.Reader, size int64) error {
	if err := validKey(key); err != nil {
		return err
	}
	tmp := path.Join(tempDir, db.NewID())
	if err := l.write(ctx, tmp, body, size); err != nil {
		return errors.Join(fmt.Errorf("store %s: %w", key, err), l.remove(tmp))
	}
	dir := path.Dir(key)
	for try := 0; ; try++ {
		err := l.root.MkdirAll(dir, 0o700)
		if err == nil {
			err = l.root.Rename(tmp, key)
		}
		if err == nil {
			break
		}
		// Delete may have removed the empty folder between the two steps.
		if !errors.Is(err, fs.ErrNotExist) || try == 5 {
			return errors.Join(fmt.Errorf("store %s: %w", key, err), l.remove(tmp))
		}
	}
	for d := dir; ; d = path.Dir(d) { // new folders are names in their parents
		if err := l.sync(d); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("sync folder of %s: %w", key, err)
		}
		if d == "." {
			return nil
		}
	}
}

func (l *Local) write(ctx context.Context, name string, body io.Reader, size int64) error {
	f, err := l.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	n, err := io.Copy(f, io.LimitReader(ctxReader{ctx, body}, size+1))
	if err == nil && n != size {
		err = errShort
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func (l *Local) sync(dir string) error {
	d, err := l.root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (l *Local) remove(name string) error {
	if err := l.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// ctxReader ends a copy when its context does.
type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

func (c ctxReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// Get implements [Store].
func (l *Local) Get(_ context.Context, key string, off, length int64) (io.ReadCloser, error) {
	if err := validKey(key); err != nil {
		return nil, err
	}
	f, err := l.root.Open(key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrMissing
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", key, err)
	}
	if length < 0 {
		st, err := f.Stat()
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		length = max(0, st.Size()-off)
	}
	return &section{io.NewSectionReader(f, off, length), f}, nil
}

type section struct {
	*io.SectionReader
	io.Closer
}

// Stat implements [Store].
func (l *Local) Stat(_ context.Context, key string) (Info, error) {
	if err := validKey(key); err != nil {
		return Info{}, err
	}
	st, err := l.root.Stat(key)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !st.Mode().IsRegular() {
		return Info{}, ErrMissing
	}
	if err != nil {
		return Info{}, fmt.Errorf("stat %s: %w", key, err)
	}
	return Info{Key: key, Size: st.Size(), ModTime: st.ModTime()}, nil
}

// Delete implements [Store].
func (l *Local) Delete(_ context.Context, key string) error {
	if err := validKey(key); err != nil {
		return err
	}
	if err := l.remove(key); err != nil {
		return fmt.Errorf("delete %s: %w", key, err)
	}
	if dir := path.Dir(key); dir != "." {
		_ = l.root.Remove(dir) // its own folder, when nothing is left in it; otherwise this fails
	}
	return nil
}

// List implements [Store]. The prefix must end where a segment does.
func (l *Local) List(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	start := "."
	if prefix != "" {
		start = path.Clean(prefix)
	}
	return func(yield func(Info, error) bool) {
		err := fs.WalkDir(l.root.FS(), start, func(name string, e fs.DirEntry, err error) error {
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case errors.Is(err, fs.ErrNotExist):
				return nil // removed while we look
			case err != nil:
				return err
			case e.IsDir() && name == tempDir:
				return fs.SkipDir
			case e.IsDir():
				return nil
			}
			st, err := e.Info()
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil {
				return err
			}
			if !yield(Info{Key: name, Size: st.Size(), ModTime: st.ModTime()}, nil) {
				return fs.SkipAll
			}
			return nil
		})
		if err != nil {
			yield(Info{}, fmt.Errorf("list files: %w", err))
		}
	}
}

// Check implements [Store].
func (l *Local) Check(context.Context) error {
	name := path.Join(tempDir, db.NewID())
	f, err := l.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("folder of files: %w", err)
	}
	_, err = f.Write([]byte("check"))
	return errors.Join(err, f.Close(), l.remove(name))
}
