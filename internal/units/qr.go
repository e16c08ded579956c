package units

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"image/png"
	"strconv"
	"strings"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// PublicPath is where a unit's code leads, below the installation's public address.
const PublicPath = "/u/"

// tokenText writes tokens without l, o, 0 and 1, which people mistake.
var tokenText = base32.NewEncoding("abcdefghijkmnpqrstuvwxyz23456789").WithPadding(base32.NoPadding)

// qrToken is the token on a unit's label: 120 bits that nobody guesses, made anew from the unit's id
// whenever a label is printed, and again after the generation moved on.
func qrToken(key []byte, id ID, generation int64) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(string(id) + ":" + strconv.FormatInt(generation, 10)))
	return tokenText.EncodeToString(h.Sum(nil)[:15])
}

// qrHash is what the database keeps of a token.
func (s *Service) qrHash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// QR returns the token on the label of a unit that the actor sees; the code's text is the installation's
// public address, [PublicPath] and the token.
func (s *Service) QR(ctx context.Context, id ID) (string, error) {
	u, err := s.Find(ctx, s.db, id)
	if err != nil {
		return "", err
	}
	return s.token(ctx, s.db, u.ID)
}

func (s *Service) token(ctx context.Context, q db.Querier, id ID) (string, error) {
	generation, err := db.Get(ctx, q, db.ScanInt, `SELECT qr_generation FROM units_unit WHERE id = $1`, string(id))
	if err != nil {
		return "", noRows(err, problem.ErrNotFound)
	}
	return qrToken(s.qrKey, id, generation), nil
}

// FindByToken finds the unit whose label bears a token. It asks for no permission and no scope: the
// caller decides what the holder of a label may learn.
func (s *Service) FindByToken(ctx context.Context, q db.Querier, token string) (Unit, error) {
	token = strings.ToLower(strings.TrimSpace(token))
	id, err := db.Get(ctx, q, db.ScanString, `SELECT id FROM units_unit WHERE qr_hash = $1`, s.qrHash(token))
	if err != nil {
		return Unit{}, noRows(err, problem.ErrNotFound)
	}
	return s.Get(ctx, q, ID(id))
}

// RenewQR makes the labels printed so far lead nowhere.
func (s *Service) RenewQR(ctx context.Context, in StateInput) (Ref, error) {
	if err := access.Require(ctx, PermEdit); err != nil {
		return Ref{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Ref, error) {
		u, err := s.find(ctx, tx, in.ID)
		if err != nil {
			return Ref{}, err
		}
		generation, err := db.Get(ctx, tx, db.ScanInt, `SELECT qr_generation FROM units_unit WHERE id = $1`, string(u.ID))
		if err != nil {
			return Ref{}, err
		}
		generation++
		tx.Later(`UPDATE units_unit SET qr_generation = $1, qr_hash = $2 WHERE id = $3`, generation, s.qrHash(qrToken(s.qrKey, u.ID, generation)), string(u.ID))
		s.note(ctx, tx, Entry{Unit: u.ID, Kind: "label_renewed", Params: map[string]any{"reason": in.Reason}})
		err = s.plainChange(ctx, tx, &u, "renew_label", nil, map[string]any{"generation": generation})
		return Ref{ID: u.ID, Version: u.Version}, err
	})
}

// QRImage draws a text as a QR code: PNG, a square of size pixels.
func QRImage(text string, size int) ([]byte, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("QR code: %w", err)
	}
	if code, err = barcode.Scale(code, size, size); err != nil {
		return nil, fmt.Errorf("QR code: %w", err)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, code); err != nil {
		return nil, fmt.Errorf("QR code: %w", err)
	}
	return b.Bytes(), nil
}
