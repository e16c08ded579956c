package backup

import (
	"archive/tar"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"anxin/internal/platform/crypt"
)

// visit is given each member that holds data: the database and the files.
type visit func(name string, size int64, body io.Reader) error

// walk reads a whole archive and checks it: the members and their order, every digest, the seal. What visit was
// given is to be trusted only once walk has returned without an error. key may be nil for a look at the
// manifest alone, which ends there.
func walk(ctx context.Context, path string, key *crypt.KeyFile, fn visit) (m Manifest, err error) {
	f, err := os.Open(path)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	a := newArchive(ctx, f)
	if m, err = a.manifest(); err != nil || key == nil {
		return m, err
	}
	if !key.Opens(m.Fingerprint) {
		return m, fmt.Errorf("%w (%s; the backup's: %s)", ErrKey, key.Fingerprint(), m.Fingerprint)
	}
	err = a.rest(m, key, fn)
	if c := ctx.Err(); c != nil {
		err = c
	}
	return m, err
}

func newArchive(ctx context.Context, r io.Reader) *archive {
	return &archive{tar: tar.NewReader(reader{ctx, r}), sums: sha256.New()}
}

type archive struct {
	tar  *tar.Reader
	sums interface {
		io.Writer
		Sum(b []byte) []byte
	}
	size int64 // of the digests' text
}

func (a *archive) manifest() (Manifest, error) {
	h, err := a.tar.Next()
	if err != nil || h.Typeflag != tar.TypeReg || h.Name != manifestMember || h.Size > maxManifest {
		return Manifest{}, ErrFormat
	}
	var m Manifest
	err = a.member(h, func(_ string, _ int64, body io.Reader) (err error) {
		m, err = readManifest(body)
		return err
	})
	return m, err
}

// member gives a member's bytes to fn and notes their digest.
func (a *archive) member(h *tar.Header, fn visit) error {
	sum := sha256.New()
	body := io.TeeReader(a.tar, sum)
	if err := fn(h.Name, h.Size, body); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, body); err != nil {
		return damaged(h.Name, err)
	}
	line := fmt.Sprintf("%x  %s\n", sum.Sum(nil), h.Name)
	a.size += int64(len(line))
	_, err := io.WriteString(a.sums, line)
	return err
}

// rest reads what follows the manifest: the erased, database, files, digests, seal, end.
func (a *archive) rest(m Manifest, key *crypt.KeyFile, fn visit) error {
	list, seen := false, false // what must come before the files: the erased, the database
	for {
		h, err := a.tar.Next()
		if err != nil {
			return damaged("it ends early", err)
		}
		if h.Typeflag != tar.TypeReg {
			return fmt.Errorf("%w: %q is no plain file", ErrDamaged, h.Name)
		}
		switch {
		case h.Name == erasedMember && !list:
			list = true
		case h.Name == m.database() && list && !seen:
			seen = true
		case fileMember.MatchString(h.Name) && seen && m.Files:
		case h.Name == sumsMember && seen:
			return a.end(h, key)
		default:
			return fmt.Errorf("%w: %q does not belong in it", ErrDamaged, h.Name)
		}
		if err := a.member(h, fn); err != nil {
			return err
		}
	}
}

// end compares the digests noted with those in the archive, and checks their seal.
func (a *archive) end(h *tar.Header, key *crypt.KeyFile) error {
	mac, sum := hmac.New(sha256.New, key.Derive(sealPurpose)), sha256.New()
	if _, err := io.Copy(io.MultiWriter(mac, sum), a.tar); err != nil {
		return damaged(sumsMember, err)
	}
	if h.Size != a.size || !hmac.Equal(sum.Sum(nil), a.sums.Sum(nil)) {
		return fmt.Errorf("%w: a member is not what %s says", ErrDamaged, sumsMember)
	}
	h, err := a.tar.Next()
	if err != nil || h.Name != sealMember || h.Typeflag != tar.TypeReg {
		return fmt.Errorf("%w: it has no seal", ErrDamaged)
	}
	text, err := io.ReadAll(io.LimitReader(a.tar, 1024))
	if err != nil {
		return damaged(sealMember, err)
	}
	if seal, err := hex.DecodeString(strings.TrimSpace(string(text))); err != nil || !hmac.Equal(seal, mac.Sum(nil)) {
		return ErrTampered
	}
	if _, err := a.tar.Next(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something follows its seal", ErrDamaged)
	}
	return nil
}

// Read tells what an archive says of itself; nothing of it is checked yet.
func Read(ctx context.Context, path string) (Manifest, error) { return walk(ctx, path, nil, nil) }

// Verify reads a whole archive and checks every digest and the seal.
func Verify(ctx context.Context, path string, key *crypt.KeyFile) (Manifest, error) {
	return walk(ctx, path, key, func(string, int64, io.Reader) error { return nil })
}
