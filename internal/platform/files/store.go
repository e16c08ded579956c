package files

import (
	"context"
	"errors"
	"io"
	"iter"
	"strings"
	"time"
)

// Store keeps bytes under keys; [Local] and [S3] are the two kinds. Keys are made by this package:
// lower-case letters, digits and "-" in segments parted by "/".
type Store interface {
	// Put stores size bytes of body: all of them, durably, or an error and nothing. It replaces.
	Put(ctx context.Context, key string, body io.Reader, size int64) error
	// Get reads length bytes from off; length -1 reads to the end. [ErrMissing] when there is no such key.
	Get(ctx context.Context, key string, off, length int64) (io.ReadCloser, error)
	// Stat tells size and time, or [ErrMissing].
	Stat(ctx context.Context, key string) (Info, error)
	// Delete removes the key; a missing one is no error.
	Delete(ctx context.Context, key string) error
	// List runs through the keys with a prefix, in no particular order.
	List(ctx context.Context, prefix string) iter.Seq2[Info, error]
	// Check tells whether the store can be written, for the health page.
	Check(ctx context.Context) error
}

// Info describes stored bytes.
type Info struct {
	Key     string
	Size    int64
	ModTime time.Time
}

// Errors of stores.
var (
	ErrMissing = errors.New("files: no such object")
	errKey     = errors.New("files: bad object key")
	errShort   = errors.New("files: body ended early or goes on past its size")
)

// validKey keeps a key from ever being read as something else by a file system or a server.
func validKey(key string) error {
	if key == "" || len(key) > 200 {
		return errKey
	}
	for seg := range strings.SplitSeq(key, "/") {
		if seg == "" {
			return errKey
		}
		for _, c := range seg {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
				return errKey
			}
		}
	}
	return nil
}
