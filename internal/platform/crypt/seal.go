package crypt

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
)

const (
	formatValue = 1 // see the package comment
	headerSize  = 1 + 16
	nonceSize   = 12
	tagSize     = 16
)

// KeyID names a data key; a UUID.
type KeyID string

// ErrSealed says that a sealed value was damaged, cut, or sealed by another key than the caller named.
var ErrSealed = errors.New("crypt: the sealed value does not open")

// dataKey is an unwrapped key, ready to work.
type dataKey struct {
	raw  [keySize]byte
	aead cipher.AEAD
}

func newDataKey(raw []byte) (*dataKey, error) {
	if len(raw) != keySize {
		return nil, ErrSealed
	}
	k := &dataKey{}
	copy(k.raw[:], raw)
	aead, err := newAEAD(k.raw[:])
	if err != nil {
		return nil, err
	}
	k.aead = aead
	return k, nil
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// header is the authenticated beginning of a sealed value.
func header(format byte, id KeyID) ([]byte, error) {
	u, err := uuidBytes(string(id))
	if err != nil {
		return nil, err
	}
	return append(append(make([]byte, 0, headerSize), format), u[:]...), nil
}

func uuidBytes(s string) (u [16]byte, err error) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return u, fmt.Errorf("crypt: %q is no key id", s)
	}
	if _, err := hex.Decode(u[:], []byte(s[:8]+s[9:13]+s[14:18]+s[19:23]+s[24:])); err != nil {
		return u, fmt.Errorf("crypt: %q is no key id", s)
	}
	return u, nil
}

// KeyOf reads which key sealed a value; "" for an empty or foreign value.
func KeyOf(sealed []byte) KeyID {
	if len(sealed) < headerSize {
		return ""
	}
	h := hex.EncodeToString(sealed[1:headerSize])
	return KeyID(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:])
}

func (k *dataKey) seal(id KeyID, plain string) ([]byte, error) {
	head, err := header(formatValue, id)
	if err != nil {
		return nil, err
	}
	out := make([]byte, headerSize+nonceSize, headerSize+nonceSize+len(plain)+tagSize)
	copy(out, head)
	if _, err := rand.Read(out[headerSize:]); err != nil {
		return nil, err
	}
	return k.aead.Seal(out, out[headerSize:], []byte(plain), head), nil
}

func (k *dataKey) open(id KeyID, sealed []byte) (string, error) {
	if len(sealed) < headerSize+nonceSize+tagSize || sealed[0] != formatValue || KeyOf(sealed) != id {
		return "", ErrSealed
	}
	plain, err := k.aead.Open(nil, sealed[headerSize:headerSize+nonceSize], sealed[headerSize+nonceSize:], sealed[:headerSize])
	if err != nil {
		return "", ErrSealed
	}
	return string(plain), nil
}

// wrap seals a data key by a master; key id and version are authenticated.
func wrap(m master, id KeyID, raw []byte) ([]byte, error) {
	aead, err := newAEAD(m.raw[:])
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, nonceSize, nonceSize+keySize+tagSize)
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	return aead.Seal(nonce, nonce, raw, wrapAAD(m, id)), nil
}

func unwrap(m master, id KeyID, wrapped []byte) ([]byte, error) {
	aead, err := newAEAD(m.raw[:])
	if err != nil {
		return nil, err
	}
	if len(wrapped) < nonceSize {
		return nil, ErrSealed
	}
	raw, err := aead.Open(nil, wrapped[:nonceSize], wrapped[nonceSize:], wrapAAD(m, id))
	if err != nil {
		return nil, fmt.Errorf("unwrap key %s by master %d: %w", id, m.Version, ErrSealed)
	}
	return raw, nil
}

func wrapAAD(m master, id KeyID) []byte {
	return fmt.Appendf(nil, "anxin/key/%d/%s", m.Version, id)
}
