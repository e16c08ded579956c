package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// Register adds a reading operation (or a change that needs no kept answer): huma.Register plus one
// translation of errors.
func Register[I, O any](s *Server, op huma.Operation, handle func(context.Context, *I) (*O, error)) {
	mustShow(reflect.TypeFor[I]())
	mustShow(reflect.TypeFor[O]())
	document(s, &op, reflect.TypeFor[I]())
	huma.Register(s.API, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, s.body(ctx, err)
		}
		return out, nil
	})
}

// ForEverybody is the Metadata of the few operations that nobody has to sign in for.
var ForEverybody = map[string]any{"everybody": true}

// turnAway answers 401 to whoever has not signed in, before anything that was sent is looked at.
func turnAway(s *Server) func(hc huma.Context, next func(huma.Context)) {
	return func(hc huma.Context, next func(huma.Context)) {
		if kind := access.From(hc.Context()).Kind; kind == "" || kind == access.Public {
			r, w := humago.Unwrap(hc)
			s.Problem(w, r, problem.ErrUnauth)
			return
		}
		next(hc)
	}
}

// document adds what every operation has in common.
func document(s *Server, op *huma.Operation, in reflect.Type) {
	if op.Metadata["everybody"] != true {
		op.Middlewares = append(huma.Middlewares{turnAway(s)}, op.Middlewares...)
	}
	if op.DefaultStatus == 0 && op.Method == http.MethodPost && strings.HasPrefix(op.OperationID, "create-") {
		op.DefaultStatus = http.StatusCreated
	}
	if op.MaxBodyBytes == 0 {
		op.MaxBodyBytes = s.opt.MaxBody
	}
	if takesForm(in) {
		op.Middlewares = append(op.Middlewares, s.readForm(op.MaxBodyBytes))
	}
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	schema := s.API.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	op.Responses["default"] = &huma.Response{
		Description: "Problem", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: schema}},
	}
}

// ErrKeyReused says that an Idempotency-Key came again with another request.
var ErrKeyReused = problem.Declare("idempotency_key_reused", problem.Conflict)

// Act adds a changing operation. run makes the change in one transaction whose result is T; render turns
// T into the answer. When the request carries an Idempotency-Key, T is kept, sealed, in that very
// transaction: the same request again renders the same T, another request with the key is refused. T is
// therefore data that survives JSON: exported fields, no interfaces.
func Act[I, T, O any](s *Server, op huma.Operation, run func(context.Context, *I) (T, error), render func(context.Context, T) (*O, error)) {
	op.Parameters = append(op.Parameters, &huma.Param{
		Name: "Idempotency-Key", In: "header", Schema: &huma.Schema{Type: "string", MaxLength: new(200)},
		Description: "Makes a repeated request answer as the first did; kept 7 days per caller.",
	})
	mustShow(reflect.TypeFor[I]())
	mustShow(reflect.TypeFor[O]())
	document(s, &op, reflect.TypeFor[I]())
	keyed := func(next huma.Context) string { return next.Header("Idempotency-Key") }
	op.Middlewares = append(op.Middlewares, func(hc huma.Context, next func(huma.Context)) {
		next(huma.WithValue(hc, ctxIdem, keyed(hc)))
	})
	huma.Register(s.API, op, func(ctx context.Context, in *I) (*O, error) {
		var v T
		err := s.once(ctx, op.OperationID, in, &v, func(ctx context.Context) (err error) {
			v, err = run(ctx, in)
			return err
		})
		if err != nil {
			return nil, s.body(ctx, err)
		}
		out, err := render(ctx, v)
		if err != nil {
			return nil, s.body(ctx, err)
		}
		return out, nil
	})
}

// once runs an act that sets *value, or sets it to what the same request came to before. It is not generic, so that
// hundreds of operations share one copy.
func (s *Server) once(ctx context.Context, operation string, in, value any, run func(context.Context) error) error {
	key, _ := ctx.Value(ctxIdem).(string)
	if key == "" {
		return run(ctx)
	}
	if len(key) > 200 {
		return problem.Field("Idempotency-Key", problem.TooLong, "limit", 200)
	}
	a := access.From(ctx)
	k := idemKey{actor: a.Kind + ":" + a.ID, key: key}
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("hash request: %w", err)
	}
	sum := sha256.Sum256(append([]byte(operation+"\n"), body...))
	k.hash = sum[:]
	if found, err := s.replay(ctx, k, value); found || err != nil {
		return err
	}
	ctx = db.WithCommitHook(ctx, func(ctx context.Context, tx *db.Tx, result any) error {
		if reflect.TypeOf(result) != reflect.TypeOf(value).Elem() {
			return nil // a smaller change on the way, such as taking a block of numbers
		}
		plain, err := json.Marshal(result)
		if err != nil {
			return fmt.Errorf("keep answer: %w", err)
		}
		sealed, err := s.opt.Seal.SealBytes(ctx, tx, plain)
		if err != nil {
			return fmt.Errorf("seal answer: %w", err)
		}
		tx.Later(`INSERT INTO httpapi_idempotency (actor, idem_key, request_hash, status, answer_sealed, created_at) VALUES ($1, $2, $3, 0, $4, $5)`,
			k.actor, k.key, k.hash, sealed, db.Micros(tx.Now()))
		return nil
	})
	err = run(ctx)
	if err != nil && db.IsUnique(err, "httpapi_idempotency") { // the same request was faster beside us
		if found, err := s.replay(ctx, k, value); found || err != nil {
			return err
		}
	}
	return err
}

type idemKey struct {
	actor, key string
	hash       []byte
}

// replay sets *value to the answer that was kept, if one was.
func (s *Server) replay(ctx context.Context, k idemKey, value any) (found bool, err error) {
	var hash, sealed []byte
	err = s.opt.DB.QueryRow(ctx, `SELECT request_hash, answer_sealed FROM httpapi_idempotency WHERE actor = $1 AND idem_key = $2`, k.actor, k.key).Scan(&hash, &sealed)
	if errors.Is(err, db.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if string(hash) != string(k.hash) {
		return true, ErrKeyReused
	}
	plain, err := s.opt.Seal.OpenBytes(ctx, s.opt.DB, sealed)
	if err != nil {
		return true, fmt.Errorf("open kept answer: %w", err)
	}
	return true, json.Unmarshal(plain, value)
}

// IdempotencyKept is how long answers are kept.
const IdempotencyKept = 7 * 24 * time.Hour

// SweepIdempotency forgets answers older than [IdempotencyKept]; a daily duty.
func SweepIdempotency(ctx context.Context, d *db.DB) error {
	return db.InTx0(ctx, d, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM httpapi_idempotency WHERE created_at < $1`, db.Micros(tx.Now().Add(-IdempotencyKept)))
		return err
	})
}

// ActIn is the part of the body that every act has; embed it in the body.
type ActIn struct {
	OperationID string    `json:"operation_id,omitempty" maxLength:"64" doc:"Client's id of this act; the same id again has no second effect"`
	OccurredAt  time.Time `json:"occurred_at,omitzero" doc:"When it happened; at most 90 days back and 5 minutes ahead. Default: now"`
	OffsetMS    int64     `json:"device_offset_ms,omitempty" minimum:"-315360000000" maximum:"315360000000" doc:"How far the device's clock runs ahead of the server's"`
	Reason      string    `json:"reason,omitempty" maxLength:"64" doc:"Reason code"`
	Note        string    `json:"note,omitempty" maxLength:"4000" doc:"Free text"`
}

// Act is the input of a service's act.
func (in ActIn) Act() access.Act {
	return access.Act{
		OperationID: in.OperationID, OccurredAt: in.OccurredAt, DeviceOffset: time.Duration(in.OffsetMS) * time.Millisecond,
		Reason: in.Reason, Note: in.Note,
	}
}

// VersionIn is the If-Match of a field edit; embed it in the input.
type VersionIn struct {
	IfMatch string `header:"If-Match" doc:"Version of the record that the edit was made on, as in ETag"`
}

// Version reads If-Match; an edit without one is refused.
func (in VersionIn) Version() (int64, error) {
	if in.IfMatch == "" {
		return 0, problem.ErrNoVersion
	}
	v, err := strconv.ParseInt(strings.Trim(strings.TrimPrefix(in.IfMatch, "W/"), `"`), 10, 64)
	if err != nil {
		return 0, problem.Field("If-Match", problem.BadFormat)
	}
	return v, nil
}

// ETag is a version as the header carries it.
func ETag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// PageIn is what every list takes; embed it in the input.
type PageIn struct {
	Cursor string `query:"cursor" maxLength:"512" doc:"next_cursor of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Rows a page"`
}

// Page is a list's body.
type Page[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"next_cursor,omitempty" doc:"Absent on the last page"`
	// Total counts up to a bound: an honest "1,000+" instead of a count of everything.
	Total     *int `json:"total,omitempty"`
	TotalOver bool `json:"total_over,omitempty" doc:"There are more than total"`
}

// PageOut is a list's answer.
type PageOut[T any] struct{ Body Page[T] }

// EncodeCursor packs the sort key of the last row.
func EncodeCursor(key ...any) string {
	b, err := json.Marshal(key)
	if err != nil {
		panic("httpapi: cursor of unknown type: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// DecodeCursor unpacks a cursor into pointers of the types it was made of; an empty cursor leaves them
// alone and returns false.
func DecodeCursor(cursor string, key ...any) (bool, error) {
	if cursor == "" {
		return false, nil
	}
	bad := problem.Field("cursor", problem.BadFormat)
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return false, bad
	}
	var parts []json.RawMessage
	if err := json.Unmarshal(b, &parts); err != nil || len(parts) != len(key) {
		return false, bad
	}
	for i, p := range parts {
		if err := json.Unmarshal(p, key[i]); err != nil {
			return false, bad
		}
	}
	return true, nil
}

// MakePage cuts a list that was read with limit+1 rows into a page; key is the sort key of a row.
func MakePage[R, T any](rows []R, limit int, body func(R) T, key func(R) []any) Page[T] {
	p := Page[T]{Items: make([]T, 0, min(len(rows), limit))}
	if len(rows) > limit {
		rows = rows[:limit]
		p.NextCursor = EncodeCursor(key(rows[limit-1])...)
	}
	for _, r := range rows {
		p.Items = append(p.Items, body(r))
	}
	return p
}
