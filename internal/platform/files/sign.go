package files

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// Link is a permission to fetch one variant of one file until it expires, for pages that cannot send
// a sign-in with a picture. Whoever holds it may fetch; so it lives minutes, and Viewer tells the log
// for whom it was made.
type Link struct {
	File    ID
	Variant Variant
	Viewer  string // the actor's id
	Expires time.Time
}

// Sign makes the query part of a link's address.
func (s *Service) Sign(l Link) string {
	exp := l.Expires.Unix()
	return url.Values{
		"v": {string(l.Variant)}, "u": {l.Viewer}, "e": {strconv.FormatInt(exp, 10)},
		"s": {base64.RawURLEncoding.EncodeToString(s.mac(l, exp))},
	}.Encode()
}

// Verify reads the query of an address for a file and checks signature and time.
func (s *Service) Verify(id ID, q url.Values) (Link, error) {
	exp, err := strconv.ParseInt(q.Get("e"), 10, 64)
	if err != nil {
		return Link{}, ErrLink
	}
	l := Link{File: id, Variant: Variant(q.Get("v")), Viewer: q.Get("u"), Expires: time.Unix(exp, 0).UTC()}
	sig, err := base64.RawURLEncoding.DecodeString(q.Get("s"))
	if err != nil || !hmac.Equal(sig, s.mac(l, exp)) {
		return Link{}, ErrLink
	}
	if !s.db.Now().Before(l.Expires) {
		return Link{}, ErrExpired
	}
	return l, nil
}

func (s *Service) mac(l Link, exp int64) []byte {
	h := hmac.New(sha256.New, s.secret)
	// Quoted, so that no two links write the same text.
	_, _ = fmt.Fprintf(h, "file %q %q %q %d", l.File, l.Variant, l.Viewer, exp)
	return h.Sum(nil)
}
