package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// sealPurpose is what the key of SEAL is derived for.
const sealPurpose = "backup.seal"

// writer writes an archive. The list of digests grows in a temporary file: a store may hold millions.
type writer struct {
	tar  *tar.Writer
	sums *os.File
	at   time.Time
	key  []byte
}

func (w *writer) add(ctx context.Context, name string, size int64, body io.Reader) error {
	err := w.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: w.at, Format: tar.FormatPAX})
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(w.tar, h), io.LimitReader(reader{ctx, body}, size))
	if err == nil && n != size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	_, err = fmt.Fprintf(w.sums, "%x  %s\n", h.Sum(nil), name)
	return err
}

func (w *writer) addFile(ctx context.Context, name, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	st, err := f.Stat()
	if err == nil {
		err = w.add(ctx, name, st.Size(), f)
	}
	return errors.Join(err, f.Close())
}

// finish writes the digests, their seal and the end.
func (w *writer) finish(ctx context.Context) error {
	size, err := w.sums.Seek(0, io.SeekCurrent)
	if err == nil {
		_, err = w.sums.Seek(0, io.SeekStart)
	}
	if err != nil {
		return err
	}
	mac := hmac.New(sha256.New, w.key)
	err = w.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: sumsMember, Size: size, Mode: 0o600, ModTime: w.at, Format: tar.FormatPAX})
	if err == nil {
		_, err = io.Copy(io.MultiWriter(w.tar, mac), reader{ctx, w.sums})
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", sumsMember, err)
	}
	seal := []byte(hex.EncodeToString(mac.Sum(nil)) + "\n")
	err = w.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: sealMember, Size: int64(len(seal)), Mode: 0o600, ModTime: w.at, Format: tar.FormatPAX})
	if err == nil {
		_, err = io.Copy(w.tar, bytes.NewReader(seal))
	}
	return errors.Join(err, w.tar.Close())
}

// create writes the archive under another name in tmp and gives it its own only when it is whole and on the disk.
func create(path, tmp string, key []byte, at time.Time, fill func(w *writer) error) (err error) {
	sums, err := os.Create(filepath.Join(tmp, "sums"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sums.Close()) }()
	part := filepath.Join(tmp, "archive")
	out, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w := &writer{tar: tar.NewWriter(out), sums: sums, at: at, key: key}
	if err = fill(w); err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s: %w", path, ErrExists)
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// reader ends a copy when its context does.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (c reader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
