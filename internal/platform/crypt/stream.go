package crypt

import (
	"bytes"
	"context"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"anxin/internal/platform/db"
)

// A sealed stream is: format byte 2, key id, a salt of 16 bytes, then chunks of 64 KiB, each with its
// GCM tag. Every stream has a key of its own, derived from the data key by the salt; a chunk's nonce is
// its number and whether it is the last one, so that chunks cannot be moved, dropped or cut off.
const (
	formatStream     = 2
	saltSize         = 16
	streamHeaderSize = headerSize + saltSize
	chunkSize        = 64 << 10
)

// SealedSize is the length of the sealed form of a stream of n bytes.
func SealedSize(n int64) int64 {
	return streamHeaderSize + n + tagSize*(lastChunk(n)+1)
}

func lastChunk(n int64) int64 { return max(0, (n-1)/chunkSize) }

func (k *dataKey) stream(salt []byte) (cipher.AEAD, error) {
	sub, err := hkdf.Key(sha256.New, k.raw[:], salt, "anxin/stream", keySize)
	if err != nil {
		return nil, err
	}
	return newAEAD(sub)
}

func chunkNonce(n int64, last bool) []byte {
	nonce := make([]byte, nonceSize)
	binary.BigEndian.PutUint64(nonce[3:], uint64(n))
	if last {
		nonce[11] = 1
	}
	return nonce
}

type streamWriter struct {
	dst  io.Writer
	aead cipher.AEAD
	head []byte
	buf  []byte
	n    int64
	err  error
}

// SealStream returns a writer that seals what it is given into dst; only Close makes it whole.
func (k *Keys) SealStream(ctx context.Context, q db.Querier, id KeyID, dst io.Writer) (io.WriteCloser, error) {
	key, err := k.key(ctx, q, id)
	if err != nil {
		return nil, err
	}
	head, err := header(formatStream, id)
	if err != nil {
		return nil, err
	}
	salt := make([]byte, saltSize)
	if _, err := rand.Read(salt); err != nil {
		return nil, err
	}
	aead, err := key.stream(salt)
	if err != nil {
		return nil, err
	}
	head = append(head, salt...)
	if _, err := dst.Write(head); err != nil {
		return nil, err
	}
	return &streamWriter{dst: dst, aead: aead, head: head, buf: make([]byte, 0, chunkSize+tagSize)}, nil
}

// Write implements io.Writer.
func (w *streamWriter) Write(p []byte) (int, error) {
	n := 0
	for len(p) > 0 && w.err == nil {
		if len(w.buf) == chunkSize { // more follows, so this one is not the last
			w.flush(false)
			continue
		}
		m := min(len(p), chunkSize-len(w.buf))
		w.buf = append(w.buf, p[:m]...)
		p, n = p[m:], n+m
	}
	return n, w.err
}

func (w *streamWriter) flush(last bool) {
	_, w.err = w.dst.Write(w.aead.Seal(w.buf[:0], chunkNonce(w.n, last), w.buf, w.head))
	w.buf = w.buf[:0]
	w.n++
}

// Close writes the last chunk; it does not close dst.
func (w *streamWriter) Close() error {
	if w.err != nil {
		return w.err
	}
	w.flush(true)
	if w.err != nil {
		return w.err
	}
	w.err = errors.New("crypt: the stream is closed")
	return nil
}

// Ranger reads length bytes from offset off of a stored object.
type Ranger func(off, length int64) (io.ReadCloser, error)

// OpenStream reads length bytes from off of a sealed stream whose plain size is known. It fetches only
// the chunks it needs, and fails with [ErrSealed] rather than hand out a byte that was tampered with.
func (k *Keys) OpenStream(ctx context.Context, q db.Querier, id KeyID, size int64, src Ranger, off, length int64) (io.ReadCloser, error) {
	if off < 0 || length < 0 || off+length > size {
		return nil, fmt.Errorf("crypt: range %d+%d of %d bytes", off, length, size)
	}
	key, err := k.key(ctx, q, id)
	if err != nil {
		return nil, err
	}
	first := off / chunkSize
	if length == 0 {
		first = lastChunk(size)
	}
	final := first
	if length > 0 {
		final = (off + length - 1) / chunkSize
	}
	const step = chunkSize + tagSize
	end := min(streamHeaderSize+(final+1)*step, SealedSize(size))
	var body io.ReadCloser
	head := make([]byte, streamHeaderSize)
	if first == 0 { // header and chunks are neighbours: one fetch
		if body, err = src(0, end); err != nil {
			return nil, err
		}
		if _, err := io.ReadFull(body, head); err != nil {
			return nil, errors.Join(ErrSealed, body.Close())
		}
	} else {
		if err := readHead(src, head); err != nil {
			return nil, err
		}
		at := streamHeaderSize + first*step
		if body, err = src(at, end-at); err != nil {
			return nil, err
		}
	}
	if head[0] != formatStream || KeyOf(head) != id {
		return nil, errors.Join(ErrSealed, body.Close())
	}
	aead, err := key.stream(head[headerSize:])
	if err != nil {
		return nil, errors.Join(err, body.Close())
	}
	r := &streamReader{src: body, aead: aead, head: head, n: first, last: lastChunk(size), final: final, skip: off - first*chunkSize, left: length}
	if length == 0 {
		r.skip = 0
	}
	return r, nil
}

func readHead(src Ranger, head []byte) error {
	rc, err := src(0, streamHeaderSize)
	if err != nil {
		return err
	}
	_, err = io.ReadFull(rc, head)
	if err != nil {
		err = ErrSealed
	}
	return errors.Join(err, rc.Close())
}

type streamReader struct {
	src            io.ReadCloser
	aead           cipher.AEAD
	head           []byte
	n, last, final int64 // next chunk, the stream's last one, the last one wanted
	skip, left     int64
	plain          bytes.Reader
	buf            []byte
}

// Read implements io.Reader.
func (r *streamReader) Read(p []byte) (int, error) {
	for r.plain.Len() == 0 {
		if r.left == 0 {
			return 0, io.EOF
		}
		if err := r.next(); err != nil {
			return 0, err
		}
	}
	if int64(len(p)) > r.left {
		p = p[:r.left]
	}
	n, err := r.plain.Read(p)
	r.left -= int64(n)
	if r.left == 0 {
		r.plain.Reset(nil)
	}
	return n, err
}

func (r *streamReader) next() error {
	if r.n > r.final {
		return ErrSealed
	}
	if r.buf == nil {
		r.buf = make([]byte, chunkSize+tagSize)
	}
	n, err := io.ReadFull(r.src, r.buf)
	if err != nil && !(errors.Is(err, io.ErrUnexpectedEOF) && r.n == r.last) {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return ErrSealed // cut off
		}
		return err
	}
	plain, err := r.aead.Open(r.buf[:0], chunkNonce(r.n, r.n == r.last), r.buf[:n], r.head)
	if err != nil {
		return ErrSealed
	}
	r.n++
	if int64(len(plain)) < r.skip {
		return ErrSealed
	}
	r.plain.Reset(plain[r.skip:])
	r.skip = 0
	return nil
}

// Close implements io.Closer.
func (r *streamReader) Close() error { return r.src.Close() }

// PlainSize is the inverse of [SealedSize]; [ErrSealed] for a length no sealed stream has.
func PlainSize(sealed int64) (int64, error) {
	n := sealed - streamHeaderSize
	if n < tagSize {
		return 0, ErrSealed
	}
	chunks := (n + chunkSize + tagSize - 1) / (chunkSize + tagSize)
	if plain := n - chunks*tagSize; plain >= 0 && SealedSize(plain) == sealed {
		return plain, nil
	}
	return 0, ErrSealed
}
