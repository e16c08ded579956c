// Package crypttest gives tests a key service with a key file that lives in memory.
package crypttest

import (
	"context"
	"testing"

	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
)

// New starts a key service on d.
func New(t testing.TB, d *db.DB) *crypt.Keys {
	t.Helper()
	f, err := crypt.Memory()
	if err != nil {
		t.Fatalf("key file: %v", err)
	}
	k, err := crypt.New(context.Background(), d, f)
	if err != nil {
		t.Fatalf("keys: %v", err)
	}
	return k
}

// Key makes a data key in a transaction of its own.
func Key(t testing.TB, d *db.DB, k *crypt.Keys) crypt.KeyID {
	t.Helper()
	id, err := db.InTx(context.Background(), d, func(ctx context.Context, tx *db.Tx) (crypt.KeyID, error) {
		return k.NewKeyTx(ctx, tx, "person")
	})
	if err != nil {
		t.Fatalf("new key: %v", err)
	}
	return id
}
