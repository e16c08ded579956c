package db

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"sync"
	"time"
)

var lastID struct {
	sync.Mutex
	ms  int64
	seq uint16
}

// NewID makes a UUIDv7 (RFC 9562 §5.7) as lower-case text. Identifiers of one process rise strictly:
// within a millisecond a 12-bit counter does it, and the counter's overflow borrows from the next.
func NewID() string { return newIDAt(time.Now().UnixMilli()) }

// NewIDAt makes a UUIDv7 of another time: history and demo data sort where they belong. It does not
// rise within its millisecond.
func NewIDAt(t time.Time) string {
	var seq [2]byte
	_, _ = rand.Read(seq[:])
	return format(t.UnixMilli(), binary.BigEndian.Uint16(seq[:])&0xfff)
}

func newIDAt(ms int64) string {
	lastID.Lock()
	switch {
	case ms > lastID.ms:
		lastID.ms, lastID.seq = ms, 0
	case lastID.seq == 0xfff:
		lastID.ms, lastID.seq = lastID.ms+1, 0
	default:
		lastID.seq++
	}
	ms, seq := lastID.ms, lastID.seq
	lastID.Unlock()
	return format(ms, seq)
}

func format(ms int64, seq uint16) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(ms)<<16|uint64(seq))
	_, _ = rand.Read(b[8:]) // never fails: crypto/rand ends the program instead
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	var out [36]byte
	hex.Encode(out[0:8], b[0:4])
	hex.Encode(out[9:13], b[4:6])
	hex.Encode(out[14:18], b[6:8])
	hex.Encode(out[19:23], b[8:10])
	hex.Encode(out[24:36], b[10:16])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}

// Micros is t as it is stored: Unix microseconds.
func Micros(t time.Time) int64 { return t.UnixMicro() }

// FromMicros is the instant of a stored value, in UTC.
func FromMicros(v int64) time.Time { return time.UnixMicro(v).UTC() }

// MicrosPtr is a nullable instant as it is stored; the zero time counts as none.
func MicrosPtr(t *time.Time) *int64 {
	if t == nil || t.IsZero() {
		return nil
	}
	v := t.UnixMicro()
	return &v
}

// FromMicrosPtr is the instant of a nullable stored value.
func FromMicrosPtr(v *int64) *time.Time {
	if v == nil {
		return nil
	}
	t := FromMicros(*v)
	return &t
}

// MicrosOrNull stores the zero time as NULL.
func MicrosOrNull(t time.Time) *int64 { return MicrosPtr(&t) }

// TimeOrZero reads a nullable instant; NULL is the zero time.
func TimeOrZero(v *int64) time.Time {
	if v == nil {
		return time.Time{}
	}
	return FromMicros(*v)
}

// NullString stores an empty text or key as NULL: optional references must not be "".
func NullString[T ~string](s T) *string {
	if s == "" {
		return nil
	}
	v := string(s)
	return &v
}

// OrEmpty reads a nullable text; NULL is "".
func OrEmpty[T ~string](p *T) T {
	if p == nil {
		return ""
	}
	return *p
}
