package crypt

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"anxin/internal/platform/dbtest"
)

func ranger(b []byte) Ranger {
	return func(off, length int64) (io.ReadCloser, error) {
		if off+length > int64(len(b)) {
			return nil, fmt.Errorf("asked for %d+%d of %d", off, length, len(b))
		}
		return io.NopCloser(bytes.NewReader(b[off : off+length])), nil
	}
}

func TestStream(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	ctx := t.Context()
	k := newKeys(t, d)
	id, other := newKey(t, d, k), newKey(t, d, k)
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 3 * chunkSize, 3*chunkSize + 77} {
		plain := make([]byte, n)
		for i := range plain {
			plain[i] = byte(rnd.Uint32())
		}
		var buf bytes.Buffer
		w, err := k.SealStream(ctx, d, id, &buf)
		if err != nil {
			t.Fatal(err)
		}
		for p := plain; len(p) > 0; {
			m := min(len(p), 1+rnd.IntN(100000))
			if _, err := w.Write(p[:m]); err != nil {
				t.Fatal(err)
			}
			p = p[m:]
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		sealed := buf.Bytes()
		if got := SealedSize(int64(n)); got != int64(len(sealed)) {
			t.Fatalf("SealedSize(%d) = %d, wrote %d", n, got, len(sealed))
		}
		if got, err := PlainSize(int64(len(sealed))); got != int64(n) || err != nil {
			t.Fatalf("PlainSize(%d) = %d, %v; want %d", len(sealed), got, err, n)
		}
		read := func(id KeyID, b []byte, off, length int) ([]byte, error) {
			r, err := k.OpenStream(ctx, d, id, int64(n), ranger(b), int64(off), int64(length))
			if err != nil {
				return nil, err
			}
			out, err := io.ReadAll(r)
			return out, errors.Join(err, r.Close())
		}
		for range 30 {
			off := rnd.IntN(n + 1)
			length := rnd.IntN(n - off + 1)
			if got, err := read(id, sealed, off, length); err != nil || !bytes.Equal(got, plain[off:off+length]) {
				t.Fatalf("%d bytes, range %d+%d: got %d, %v", n, off, length, len(got), err)
			}
		}
		if got, err := read(id, sealed, 0, n); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("whole of %d bytes: got %d, %v", n, len(got), err)
		}
		if n == 0 {
			continue
		}
		bad := bytes.Clone(sealed)
		bad[len(bad)/2] ^= 1
		if _, err := read(id, bad, 0, n); !errors.Is(err, ErrSealed) {
			t.Errorf("%d bytes, one changed = %v, want ErrSealed", n, err)
		}
		if _, err := read(other, sealed, 0, n); !errors.Is(err, ErrSealed) {
			t.Errorf("another key = %v, want ErrSealed", err)
		}
		if _, err := k.OpenStream(ctx, d, id, int64(n), ranger(sealed), 1, int64(n)); err == nil {
			t.Error("a range past the end was opened")
		}
		if n > 2*chunkSize { // chunks in another order
			const step = chunkSize + tagSize
			swapped := bytes.Clone(sealed)
			copy(swapped[streamHeaderSize:], sealed[streamHeaderSize+step:streamHeaderSize+2*step])
			copy(swapped[streamHeaderSize+step:], sealed[streamHeaderSize:streamHeaderSize+step])
			if _, err := read(id, swapped, 0, n); !errors.Is(err, ErrSealed) {
				t.Errorf("swapped chunks = %v, want ErrSealed", err)
			}
			// A cut at a chunk's end, with the size forged to match.
			short, err := k.OpenStream(ctx, d, id, chunkSize, ranger(sealed[:streamHeaderSize+step]), 0, chunkSize)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadAll(short); !errors.Is(err, ErrSealed) {
				t.Errorf("a stream cut at a chunk = %v, want ErrSealed", err)
			}
		}
	}
}
