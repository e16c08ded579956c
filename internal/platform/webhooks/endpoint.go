package webhooks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/problem"
)

// ID names an endpoint.
type ID string

// State of an endpoint.
type State string

// States of an endpoint: pause moves active to paused; failing for a day, or an answer of 410, moves active
// to disabled; enable moves both back.
const (
	Active   State = "active"
	Paused   State = "paused"
	Disabled State = "disabled"
)

// Endpoint is where events are sent.
type Endpoint struct {
	ID           ID
	Name         string
	URL          string
	Host         string
	Topics       []string // exact ones, or "order.*"; nil is all
	Scope        access.Scope
	State        State
	OldUntil     *time.Time // until when the secret before signs too
	FailingSince *time.Time // nothing was taken since
	CreatedBy    identity.ID
	CreatedAt    time.Time
	UpdatedAt    time.Time
	Version      int64

	urlSealed, secretSealed, oldSealed []byte
}

const (
	maxEndpoints = 100
	maxTopics    = 100
	maxName      = 100
	overlap      = 24 * time.Hour // how long the secret before signs too
)

const endpointColumns = `id, name, url_sealed, host, topics, outlet_path, brands, state, secret_sealed, old_secret_sealed, old_until, failing_since,
	created_by, created_at, updated_at, version`

func scanEndpoint(s db.Scanner) (Endpoint, error) {
	var e Endpoint
	var topics, brands *string
	var old, failing *int64
	var created, updated int64
	err := s.Scan(&e.ID, &e.Name, &e.urlSealed, &e.Host, &topics, &e.Scope.OutletPath, &brands, &e.State, &e.secretSealed, &e.oldSealed, &old, &failing,
		&e.CreatedBy, &created, &updated, &e.Version)
	if err != nil {
		return e, err
	}
	e.OldUntil, e.FailingSince, e.CreatedAt, e.UpdatedAt = db.FromMicrosPtr(old), db.FromMicrosPtr(failing), db.FromMicros(created), db.FromMicros(updated)
	return e, errors.Join(fromJSON(topics, &e.Topics), fromJSON(brands, &e.Scope.Brands))
}

func fromJSON(text *string, v *[]string) error {
	if text == nil {
		return nil
	}
	if err := json.Unmarshal([]byte(*text), v); err != nil {
		return fmt.Errorf("webhooks: a stored list is damaged: %w", err)
	}
	return nil
}

func toJSON(v []string) (*string, error) {
	if v == nil {
		return nil, nil
	}
	b, err := json.Marshal(v)
	text := string(b)
	return &text, err
}

// wants tells whether an event of this topic, brand and outlet is for the endpoint. An event without a
// brand goes to endpoints of every brand only, one without an outlet is the centre's.
func (e Endpoint) wants(topic, brand, outletPath string) bool {
	if outletPath == "" {
		outletPath = "/"
	}
	if !e.Scope.Sees(brand, outletPath) || brand == "" && e.Scope.Brands != nil {
		return false
	}
	return e.Topics == nil || slices.ContainsFunc(e.Topics, func(t string) bool {
		prefix, wild := strings.CutSuffix(t, "*")
		return t == topic || wild && strings.HasPrefix(topic, prefix)
	})
}

// openSecrets opens the address and the secrets that sign now.
func (s *Service) openSecrets(ctx context.Context, q db.Querier, e *Endpoint) (secrets []string, err error) {
	if e.URL, err = s.keys.Open(ctx, q, s.keys.Installation(), e.urlSealed); err != nil {
		return nil, fmt.Errorf("open the address of endpoint %s: %w", e.ID, err)
	}
	sealed := [][]byte{e.secretSealed}
	if e.OldUntil != nil && q.Now().Before(*e.OldUntil) {
		sealed = append(sealed, e.oldSealed)
	}
	for _, b := range sealed {
		secret, err := s.keys.Open(ctx, q, s.keys.Installation(), b)
		if err != nil {
			return nil, fmt.Errorf("open a secret of endpoint %s: %w", e.ID, err)
		}
		secrets = append(secrets, secret)
	}
	return secrets, nil
}

// Input makes or replaces an endpoint.
type Input struct {
	ID      ID    // of the endpoint that is replaced
	Version int64 // of the endpoint that was read
	Name    string
	URL     string
	Topics  []string // nil: all
	Scope   access.Scope
}

var topicLike = regexp.MustCompile(`^[a-z][a-z_]*\.([a-z_]+\.v[0-9]+|\*)$`)

func (s *Service) check(ctx context.Context, in *Input) (host string, err error) {
	in.Name, in.URL = strings.TrimSpace(in.Name), strings.TrimSpace(in.URL)
	for _, list := range []*[]string{&in.Topics, &in.Scope.Brands} {
		*list = slices.Clone(*list)
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	var f problem.Fields
	f.Check(in.Name != "", "name", problem.Required)
	f.Check(utf8.RuneCountInString(in.Name) <= maxName, "name", problem.TooLong, "limit", maxName)
	f.Check(utf8.ValidString(in.Name) && !strings.ContainsFunc(in.Name, unicode.IsControl), "name", problem.BadText)
	host, ok := checkURL(in.URL, s.opt.AllowPrivate)
	f.Check(ok, "url", ErrAddress)
	f.Check(in.Topics == nil || len(in.Topics) > 0, "topics", problem.Required)
	f.Check(len(in.Topics) <= maxTopics, "topics", problem.TooLong, "limit", maxTopics)
	for _, t := range in.Topics {
		f.Check(topicLike.MatchString(t), "topics", problem.BadFormat)
	}
	f.Check(strings.HasPrefix(in.Scope.OutletPath, "/") && strings.HasSuffix(in.Scope.OutletPath, "/") && len(in.Scope.OutletPath) <= 512, "outlet_path", problem.BadFormat)
	f.Check(in.Scope.Brands == nil || len(in.Scope.Brands) > 0, "brands", problem.Required)
	if err := f.Err(); err != nil {
		return "", err
	}
	if !identity.Within(in.Scope, access.From(ctx).Scope) {
		return "", identity.ErrBeyond
	}
	return host, nil
}

// Created is an endpoint with a secret that is shown this once.
type Created struct {
	Endpoint Endpoint
	Secret   string
}

// trace is what the audit trail keeps of an endpoint.
func trace(e Endpoint) map[string]any {
	return map[string]any{"host": e.Host, "topics": e.Topics, "outlet_path": e.Scope.OutletPath, "brands": e.Scope.Brands, "state": e.State}
}

// Create adds an endpoint within the actor's scope.
func (s *Service) Create(ctx context.Context, in Input) (Created, error) {
	if err := access.Require(ctx, PermManage); err != nil {
		return Created{}, err
	}
	host, err := s.check(ctx, &in)
	if err != nil {
		return Created{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Created, error) {
		var n int64
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM webhooks_endpoint`).Scan(&n); err != nil {
			return Created{}, err
		}
		if n >= maxEndpoints {
			return Created{}, ErrFull.With("limit", maxEndpoints)
		}
		secret := newSecret()
		e := Endpoint{
			ID: ID(db.NewID()), Name: in.Name, URL: in.URL, Host: host, Topics: in.Topics, Scope: in.Scope, State: Active,
			CreatedBy: identity.ID(access.From(ctx).ID), CreatedAt: tx.Now(), UpdatedAt: tx.Now(), Version: 1,
		}
		url, err1 := s.seal(ctx, tx, e.URL)
		sealed, err2 := s.seal(ctx, tx, secret)
		topics, err3 := toJSON(e.Topics)
		brands, err4 := toJSON(e.Scope.Brands)
		if err := errors.Join(err1, err2, err3, err4); err != nil {
			return Created{}, err
		}
		_, err := tx.Exec(ctx, `INSERT INTO webhooks_endpoint (id, name, url_sealed, host, topics, outlet_path, brands, state, secret_sealed, created_by, created_at, updated_at, version)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, 1)`,
			e.ID, e.Name, url, e.Host, topics, e.Scope.OutletPath, brands, e.State, sealed, e.CreatedBy, db.Micros(tx.Now()))
		if err != nil {
			return Created{}, fmt.Errorf("make endpoint: %w", err)
		}
		tx.AfterCommit(s.drop)
		return Created{e, secret}, audit.Append(ctx, tx, audit.Entry{Kind: "webhook", Record: string(e.ID), Act: "create", After: trace(e), New: true})
	})
}

func (s *Service) seal(ctx context.Context, q db.Querier, text string) ([]byte, error) {
	return s.keys.Seal(ctx, q, s.keys.Installation(), text)
}

// find reads an endpoint inside the actor's scope; others are not found.
func find(ctx context.Context, q db.Querier, id ID) (Endpoint, error) {
	if err := access.Require(ctx, PermManage); err != nil {
		return Endpoint{}, err
	}
	e, err := db.Get(ctx, q, scanEndpoint, `SELECT `+endpointColumns+` FROM webhooks_endpoint WHERE id = $1`, id)
	if errors.Is(err, db.ErrNoRows) || err == nil && !identity.Within(e.Scope, access.From(ctx).Scope) {
		return Endpoint{}, ErrNoEndpoint
	}
	return e, err
}

// Get returns one endpoint.
func (s *Service) Get(ctx context.Context, id ID) (Endpoint, error) {
	e, err := find(ctx, s.db, id)
	if err != nil {
		return Endpoint{}, err
	}
	_, err = s.openSecrets(ctx, s.db, &e)
	return e, err
}

// List returns the endpoints inside the actor's scope, the oldest first; there are a hundred at most.
func (s *Service) List(ctx context.Context) ([]Endpoint, error) {
	if err := access.Require(ctx, PermManage); err != nil {
		return nil, err
	}
	var w db.Where
	scope := access.From(ctx).Scope
	scope.Limit(&w, "", "outlet_path")
	list, err := db.List(ctx, s.db, scanEndpoint, `SELECT `+endpointColumns+` FROM webhooks_endpoint`+w.String()+` ORDER BY created_at, id`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list endpoints: %w", err)
	}
	list = slices.DeleteFunc(list, func(e Endpoint) bool { return !identity.Within(e.Scope, scope) })
	for i := range list {
		if _, err := s.openSecrets(ctx, s.db, &list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Edit replaces name, address, topics and scope of an endpoint.
func (s *Service) Edit(ctx context.Context, in Input) (Endpoint, error) {
	if err := access.Require(ctx, PermManage); err != nil {
		return Endpoint{}, err
	}
	if _, err := find(ctx, s.db, in.ID); err != nil {
		return Endpoint{}, err
	}
	host, err := s.check(ctx, &in)
	if err != nil {
		return Endpoint{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Endpoint, error) {
		e, err := find(ctx, tx, in.ID)
		if err != nil {
			return Endpoint{}, err
		}
		if e.Version != in.Version {
			return Endpoint{}, problem.ErrStale.With("version", e.Version)
		}
		before := trace(e)
		e.Name, e.URL, e.Host, e.Topics, e.Scope, e.UpdatedAt = in.Name, in.URL, host, in.Topics, in.Scope, tx.Now()
		url, err1 := s.seal(ctx, tx, e.URL)
		topics, err2 := toJSON(e.Topics)
		brands, err3 := toJSON(e.Scope.Brands)
		if err := errors.Join(err1, err2, err3); err != nil {
			return Endpoint{}, err
		}
		err = tx.ExecOne(ctx, `UPDATE webhooks_endpoint SET name = $1, url_sealed = $2, host = $3, topics = $4, outlet_path = $5, brands = $6, updated_at = $7, version = version + 1
			WHERE id = $8 AND version = $9`, e.Name, url, e.Host, topics, e.Scope.OutletPath, brands, db.Micros(tx.Now()), e.ID, e.Version)
		if err != nil {
			return Endpoint{}, err
		}
		e.Version++
		tx.AfterCommit(s.drop)
		return e, audit.Append(ctx, tx, audit.Entry{Kind: "webhook", Record: string(e.ID), Act: "edit", Before: before, After: trace(e)})
	})
}

// Pause stops sending; what happens meanwhile is not queued.
func (s *Service) Pause(ctx context.Context, id ID) (Endpoint, error) {
	return s.change(ctx, id, []State{Active}, Paused, "pause")
}

// Enable begins again, also after failures; what waits goes out.
func (s *Service) Enable(ctx context.Context, id ID) (Endpoint, error) {
	return s.change(ctx, id, []State{Paused, Disabled}, Active, "enable")
}

func (s *Service) change(ctx context.Context, id ID, from []State, to State, act string) (Endpoint, error) {
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Endpoint, error) {
		e, err := find(ctx, tx, id)
		if err != nil {
			return Endpoint{}, err
		}
		if !slices.Contains(from, e.State) {
			return Endpoint{}, ErrState.With("state", string(e.State))
		}
		if _, err := s.openSecrets(ctx, tx, &e); err != nil {
			return Endpoint{}, err
		}
		return s.setState(ctx, tx, e, to, act)
	})
}

func (s *Service) setState(ctx context.Context, tx *db.Tx, e Endpoint, to State, act string) (Endpoint, error) {
	err := tx.ExecOne(ctx, `UPDATE webhooks_endpoint SET state = $1, failing_since = NULL, updated_at = $2, version = version + 1 WHERE id = $3 AND version = $4`,
		to, db.Micros(tx.Now()), e.ID, e.Version)
	if err != nil {
		return Endpoint{}, err
	}
	before := e.State
	e.State, e.FailingSince, e.UpdatedAt, e.Version = to, nil, tx.Now(), e.Version+1
	tx.AfterCommit(s.drop)
	return e, audit.Append(ctx, tx, audit.Entry{Kind: "webhook", Record: string(e.ID), Act: act, Before: map[string]any{"state": before}, After: map[string]any{"state": to}})
}

// Rotate gives the endpoint a new secret; the one before signs along for a day.
func (s *Service) Rotate(ctx context.Context, id ID) (Created, error) {
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Created, error) {
		e, err := find(ctx, tx, id)
		if err != nil {
			return Created{}, err
		}
		if _, err := s.openSecrets(ctx, tx, &e); err != nil {
			return Created{}, err
		}
		secret := newSecret()
		sealed, err := s.seal(ctx, tx, secret)
		if err != nil {
			return Created{}, err
		}
		until := tx.Now().Add(overlap)
		err = tx.ExecOne(ctx, `UPDATE webhooks_endpoint SET old_secret_sealed = secret_sealed, secret_sealed = $1, old_until = $2, updated_at = $3, version = version + 1
			WHERE id = $4 AND version = $5`, sealed, db.Micros(until), db.Micros(tx.Now()), e.ID, e.Version)
		if err != nil {
			return Created{}, err
		}
		e.OldUntil, e.UpdatedAt, e.Version = &until, tx.Now(), e.Version+1
		return Created{e, secret}, audit.Append(ctx, tx, audit.Entry{Kind: "webhook", Record: string(e.ID), Act: "rotate"})
	})
}

// Delete removes an endpoint with its delivery log.
func (s *Service) Delete(ctx context.Context, id ID) error {
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		e, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM webhooks_delivery WHERE endpoint_id = $1`, id); err != nil {
			return err
		}
		err = tx.ExecOne(ctx, `DELETE FROM webhooks_endpoint WHERE id = $1`, id)
		if db.IsForeignKey(err) {
			return db.ErrRace // an event was queued in between
		}
		if err != nil {
			return err
		}
		tx.AfterCommit(s.drop)
		return audit.Append(ctx, tx, audit.Entry{Kind: "webhook", Record: string(id), Act: "delete", Before: trace(e)})
	})
}
