package webhooks

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Headers of a delivery.
const (
	SignatureHeader = "X-Anxin-Signature"
	TopicHeader     = "X-Anxin-Event"
	EventIDHeader   = "X-Anxin-Event-Id"
	DeliveryHeader  = "X-Anxin-Delivery"
)

// secretPrefix lets people and secret scanners recognise a signing secret.
const secretPrefix = "whs_"

func newSecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	return secretPrefix + base64.RawURLEncoding.EncodeToString(b)
}

func mac(secret string, at int64, body []byte) []byte {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write(fmt.Appendf(nil, "%d.", at))
	h.Write(body)
	return h.Sum(nil)
}

// Sign makes the signature header of a body for all secrets that are valid.
func Sign(at time.Time, body []byte, secrets ...string) string {
	out := "t=" + strconv.FormatInt(at.Unix(), 10)
	for _, s := range secrets {
		out += ",v1=" + hex.EncodeToString(mac(s, at.Unix(), body))
	}
	return out
}

// ErrSignature says that a body did not come from us, was changed, or is too old.
var ErrSignature = errors.New("webhooks: the signature does not fit")

// Verify is what a receiver does: it checks the header against the secret and refuses what was signed
// longer ago, or further ahead, than tolerance, so that nobody can send it again later.
func Verify(secret, header string, body []byte, now time.Time, tolerance time.Duration) error {
	var at int64
	var sigs [][]byte
	for part := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			v, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return ErrSignature
			}
			at = v
		case "v1":
			b, err := hex.DecodeString(value)
			if err != nil {
				return ErrSignature
			}
			sigs = append(sigs, b)
		}
	}
	if age := now.Sub(time.Unix(at, 0)); age > tolerance || age < -tolerance {
		return ErrSignature
	}
	want := mac(secret, at, body)
	for _, s := range sigs {
		if hmac.Equal(s, want) {
			return nil
		}
	}
	return ErrSignature
}
