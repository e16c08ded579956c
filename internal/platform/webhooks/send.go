package webhooks

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/notify"
)

const (
	// lease is how long claimed deliveries belong to a node; well over the time that a batch takes at most.
	lease = 2 * time.Minute
	// batch deliveries are claimed at once, and lanes of them posted side by side.
	batch = 16
	lanes = 4
	// shift is how long one visit to an endpoint goes on while there is more.
	shift = 20 * time.Second
	// excerptLen bytes of an answer are kept.
	excerptLen = 1024
	// disableAfter an endpoint that took nothing is disabled.
	disableAfter = 23*time.Hour + 30*time.Minute
)

// pauses between tries: together almost 24 hours.
var pauses = []time.Duration{
	10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 4 * time.Hour, 7 * time.Hour, 9 * time.Hour,
}

// start begins to send what is due to every endpoint that this node is not sending to already; the wait
// group ends when all of it has.
func (s *Service) start(ctx context.Context) (*sync.WaitGroup, error) {
	var wg sync.WaitGroup
	ids, err := db.List(ctx, s.db, db.ScanString, `SELECT e.id FROM webhooks_endpoint e WHERE e.state = $1
		AND EXISTS (SELECT 1 FROM webhooks_delivery d WHERE d.endpoint_id = e.id AND d.state = 'queued' AND d.next_at <= $2) ORDER BY e.id`, Active, db.Micros(s.db.Now()))
	if err != nil {
		return &wg, fmt.Errorf("look for due deliveries: %w", err)
	}
	for _, id := range ids {
		if !s.take(ID(id)) {
			continue
		}
		wg.Go(func() {
			defer s.leave(ID(id))
			select {
			case s.turn <- struct{}{}:
				defer func() { <-s.turn }()
			case <-ctx.Done():
				return
			}
			if err := s.visit(ctx, ID(id)); err != nil && ctx.Err() == nil {
				s.opt.Log.ErrorContext(ctx, "send to a webhook endpoint", "endpoint", id, "error", err)
			}
		})
	}
	return &wg, nil
}

// SendDue sends what is due and waits for it; for commands and tests.
func (s *Service) SendDue(ctx context.Context) error {
	wg, err := s.start(ctx)
	wg.Wait()
	return err
}

func (s *Service) take(id ID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[id] {
		return false
	}
	s.busy[id] = true
	return true
}

func (s *Service) leave(id ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.busy, id)
}

// visit sends batch after batch until nothing is due, something fails, or the shift is over.
func (s *Service) visit(ctx context.Context, id ID) error {
	until := time.Now().Add(shift)
	for {
		e, err := db.Get(ctx, s.db, scanEndpoint, `SELECT `+endpointColumns+` FROM webhooks_endpoint WHERE id = $1`, id)
		if errors.Is(err, db.ErrNoRows) || err == nil && e.State != Active {
			return nil
		}
		if err != nil {
			return err
		}
		secrets, err := s.openSecrets(ctx, s.db, &e)
		if err != nil {
			return err
		}
		list, err := s.claim(ctx, id)
		if err != nil || len(list) == 0 {
			return err
		}
		ok, err := s.sendBatch(ctx, e, secrets, list)
		if err != nil || !ok || time.Now().After(until) || ctx.Err() != nil {
			return err
		}
	}
}

// claim leases the oldest due deliveries to this node. Whoever dies with them loses them when the lease
// ends.
func (s *Service) claim(ctx context.Context, id ID) ([]Delivery, error) {
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) ([]Delivery, error) {
		return db.List(ctx, tx, scanDelivery, `UPDATE webhooks_delivery SET next_at = $1 WHERE id IN (
				SELECT id FROM webhooks_delivery WHERE endpoint_id = $2 AND state = 'queued' AND next_at <= $3 ORDER BY next_at, id LIMIT $4)
			AND state = 'queued' AND next_at <= $3 RETURNING `+deliveryColumns, db.Micros(tx.Now().Add(lease)), id, db.Micros(tx.Now()), batch)
	})
}

// sendBatch posts a batch in lanes. After a failure nothing more is begun, and what was not tried is due
// again at once.
func (s *Service) sendBatch(ctx context.Context, e Endpoint, secrets []string, list []Delivery) (ok bool, err error) {
	var next atomic.Int64
	var stop atomic.Bool
	var mu sync.Mutex
	var left []string
	var errs []error
	var wg sync.WaitGroup
	for range min(lanes, len(list)) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(list) {
					return
				}
				if stop.Load() || ctx.Err() != nil {
					mu.Lock()
					left = append(left, string(list[i].ID))
					mu.Unlock()
					continue
				}
				r := s.post(ctx, e, secrets, list[i])
				if ctx.Err() != nil && r.code != "" {
					continue // the node stops; the lease brings it back
				}
				if r.code != "" {
					stop.Store(true)
				}
				if err := s.settle(context.WithoutCancel(ctx), e, list[i], r); err != nil {
					stop.Store(true)
					mu.Lock()
					errs = append(errs, err)
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	if len(left) > 0 {
		errs = append(errs, s.release(context.WithoutCancel(ctx), left))
	}
	return !stop.Load(), errors.Join(errs...)
}

func (s *Service) release(ctx context.Context, ids []string) error {
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		var w db.Where
		set := `UPDATE webhooks_delivery SET next_at = ` + w.Arg(db.Micros(tx.Now()))
		w.And("state = 'queued'")
		w.In("id", ids)
		_, err := tx.Exec(ctx, set+w.String(), w.Args()...)
		return err
	})
}

// result is what came of one post; code is empty when it was taken.
type result struct {
	status  int
	code    string
	excerpt string
}

func (s *Service) post(ctx context.Context, e Endpoint, secrets []string, d Delivery) result {
	body := []byte(d.Payload)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.URL, bytes.NewReader(body))
	if err != nil {
		return result{code: "unreachable"}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Anxin-Webhooks/"+s.opt.Version)
	req.Header.Set(TopicHeader, d.Topic)
	req.Header.Set(EventIDHeader, d.EventID)
	req.Header.Set(DeliveryHeader, string(d.ID))
	req.Header.Set(SignatureHeader, Sign(s.db.Now(), body, secrets...))
	res, err := s.client.Do(req)
	if err != nil {
		return result{code: codeOf(err)}
	}
	defer func() { _ = res.Body.Close() }()
	// An answer that breaks off after its status is an answer all the same.
	raw, _ := io.ReadAll(io.LimitReader(res.Body, excerptLen))
	r := result{status: res.StatusCode, excerpt: printable(raw)}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		r.code = "status"
	}
	return r
}

// printable keeps what a screen can show; a character that was cut in the middle goes.
func printable(raw []byte) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || r >= ' ' && r != 0x7f {
			return r
		}
		return -1
	}, strings.ToValidUTF8(string(raw), ""))
}

// codeOf names what went wrong without the address.
func codeOf(err error) string {
	var dns *net.DNSError
	var timeout net.Error
	var alert tls.AlertError
	var header tls.RecordHeaderError
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var verify *tls.CertificateVerificationError
	switch {
	case errors.Is(err, errRefused):
		return "refused_address"
	case errors.As(err, &dns):
		return "name"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &alert), errors.As(err, &header), errors.As(err, &authority), errors.As(err, &name), errors.As(err, &invalid), errors.As(err, &verify):
		return "tls"
	}
	return "unreachable"
}

// settle notes what came of a try and, when the endpoint took nothing for too long, disables it.
func (s *Service) settle(ctx context.Context, e Endpoint, d Delivery, r result) error {
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		d, now := d, tx.Now()
		d.Attempts++
		d.State, d.NextAt = Queued, now
		switch {
		case r.code == "":
			d.State, d.DeliveredAt = Delivered, &now
		case int(d.Attempts) > len(pauses):
			d.State = Failed
		default:
			d.NextAt = now.Add(pauses[d.Attempts-1])
		}
		excerpt, err := s.seal(ctx, tx, r.excerpt)
		if err != nil {
			return err
		}
		var status *int64
		if r.status > 0 {
			v := int64(r.status)
			status = &v
		}
		_, err = tx.Exec(ctx, `UPDATE webhooks_delivery SET state = $1, attempts = $2, next_at = $3, status = $4, error = $5, excerpt_sealed = $6, tried_at = $7, delivered_at = $8
			WHERE id = $9`, d.State, d.Attempts, db.Micros(d.NextAt), status, db.NullString(r.code), excerpt, db.Micros(now), db.MicrosPtr(d.DeliveredAt), d.ID)
		if err != nil {
			return fmt.Errorf("note delivery %s: %w", d.ID, err)
		}
		return s.judge(ctx, tx, e.ID, r)
	})
}

// judge keeps since when an endpoint takes nothing, and disables it when that is too long.
func (s *Service) judge(ctx context.Context, tx *db.Tx, id ID, r result) error {
	e, err := db.Get(ctx, tx, scanEndpoint, `SELECT `+endpointColumns+` FROM webhooks_endpoint WHERE id = $1`, id)
	if errors.Is(err, db.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	switch {
	case r.code == "" && e.FailingSince != nil:
		_, err = tx.Exec(ctx, `UPDATE webhooks_endpoint SET failing_since = NULL WHERE id = $1`, id)
		return err
	case r.code == "" || e.State != Active:
		return nil
	case e.FailingSince == nil && r.status != http.StatusGone:
		_, err = tx.Exec(ctx, `UPDATE webhooks_endpoint SET failing_since = $1 WHERE id = $2 AND failing_since IS NULL`, db.Micros(tx.Now()), id)
		return err
	case r.status != http.StatusGone && tx.Now().Sub(*e.FailingSince) < disableAfter:
		return nil
	}
	if _, err := s.setState(ctx, tx, e, Disabled, "disable"); err != nil {
		return err
	}
	s.opt.Log.WarnContext(ctx, "webhook endpoint disabled", "endpoint", e.ID, "status", r.status, "error", r.code)
	users, err := identity.UsersFor(ctx, tx, identity.Audience{Roles: []string{access.RoleAdmin}, OutletPath: "/"})
	if err != nil {
		return err
	}
	maker, err := identity.Names(ctx, tx, []identity.ID{e.CreatedBy}) // it may have been made by an API key
	if err != nil {
		return err
	}
	for id := range maker {
		users = append(users, id)
	}
	return s.notify.NoticeTx(ctx, tx, notify.NoticeInput{
		Users: users, Kind: "webhooks.disabled", Params: map[string]any{"host": e.Host}, RecordKind: "webhook", RecordID: string(e.ID),
	})
}
