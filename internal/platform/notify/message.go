package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/jobs"
)

// ID names a message.
type ID string

// Channel is a way to reach somebody.
type Channel string

// Channels.
const (
	SMS   Channel = "sms"
	Email Channel = "email"
)

// State of a message; see the package comment.
type State string

// States of a message.
const (
	Queued     State = "queued"
	Sending    State = "sending"
	Sent       State = "sent"
	Failed     State = "failed"
	Suppressed State = "suppressed"
)

// Reasons of suppressed messages. Failed ones carry a code of the channel, such as smtp.550.
const (
	ReasonNoChannel = "no_channel" // nothing is set up, or there is no address
	ReasonOptOut    = "opt_out"
	ReasonRateLimit = "rate_limit"
	ReasonErased    = "erased"
)

// Message is what an act wants somebody to be told.
type Message struct {
	Template string         // "T02"
	Params   map[string]any // every variable of the template: text, numbers, instants

	// Phone and Email are the recipient's addresses; they are clear here and sealed at rest.
	Phone string
	Email string
	// Channels in the order of preference: the first that is set up and has an address is taken. Text
	// message, then mail, when empty.
	Channels []Channel

	RecordKind string
	RecordID   string
	BrandID    string      // chooses words and who sees it in the log
	OutletPath string      // who sees it in the log; the centre when empty
	KeyID      crypt.KeyID // the person's key; a key of its own when empty
	Lang       string      // [Options.Lang] when empty
	Dedup      string      // the same again queues nothing ("order:<id>:T02:<version>"); ids and codes only
	NotBefore  time.Time   // send later
}

// QueueTx queues a message in the act's transaction and returns its id. It is "" when nobody is to be told:
// the change is history or a replay, or the same was queued before. A template or variable that does not
// exist is an error of the caller.
func (s *Service) QueueTx(ctx context.Context, tx *db.Tx, m Message) (ID, error) {
	if access.From(ctx).Origin != access.Live {
		return "", nil
	}
	t, ok := findTemplate(m.Template)
	if !ok {
		return "", fmt.Errorf("notify: no template %q", m.Template)
	}
	if !i18n.ForCustomers(m.Lang) {
		m.Lang = s.opt.Lang
	}
	m.Lang = i18n.Nearest(m.Lang) // templates exist in the languages of the whole product
	words, err := s.textFor(ctx, tx, t, m.Lang, m.BrandID)
	if err != nil {
		return "", err
	}
	text, err := words.fill(m.Lang, s.opt.Zone, m.Params)
	if err != nil {
		return "", fmt.Errorf("notify: template %s: %w", t.Code, err)
	}
	r := record{
		ID: ID(db.NewID()), Template: t.Code, Class: t.Class, Lang: m.Lang, State: Queued, RecordKind: m.RecordKind, RecordID: m.RecordID,
		BrandID: m.BrandID, OutletPath: m.OutletPath, KeyID: m.KeyID, QueuedAt: tx.Now(), NextAt: tx.Now(),
	}
	if r.OutletPath == "" {
		r.OutletPath = "/"
	}
	var to string
	r.Channel, to = s.choose(m)
	r.toHash = s.hashTo(r.Channel, to)
	if r.Channel == SMS {
		r.Segments = int64(Segments(text.Body))
	}
	if m.NotBefore.After(r.NextAt) {
		r.NextAt = m.NotBefore
	}
	r.NextAt = s.awake(t.Class, r.NextAt)
	if err := s.decide(ctx, tx, &r, to); err != nil {
		return "", err
	}
	if err := s.sealInto(ctx, tx, &r, to, text); errors.Is(err, crypt.ErrErased) {
		return "", nil // there is nobody left to tell
	} else if err != nil {
		return "", err
	}
	if n, err := insertMessage(ctx, tx, r, m.Dedup); err != nil || n == 0 {
		return "", err
	}
	if r.State == Queued {
		return r.ID, jobs.InsertTx(ctx, tx, sendArgs{r.ID}, jobs.At(r.NextAt))
	}
	return r.ID, nil
}

// choose takes the first channel that is set up and has an address; when none is set up, the first with an
// address, so that the log says what would have gone where.
func (s *Service) choose(m Message) (Channel, string) {
	if len(m.Channels) == 0 {
		m.Channels = []Channel{SMS, Email}
	}
	address := map[Channel]string{}
	if e164, ok := crypt.NormalizePhone(m.Phone); ok {
		address[SMS] = e164
	}
	if a, err := mail.ParseAddress(strings.TrimSpace(m.Email)); err == nil {
		address[Email] = a.Address
	}
	for _, c := range m.Channels {
		if address[c] != "" && s.senders[c] != nil {
			return c, address[c]
		}
	}
	for _, c := range m.Channels {
		if address[c] != "" {
			return c, address[c]
		}
	}
	return m.Channels[0], ""
}

func (s *Service) hashTo(c Channel, to string) []byte {
	if c == SMS {
		return s.keys.Lookup(crypt.KindPhone, to)
	}
	return s.keys.Lookup(crypt.KindEmail, to)
}

// The night during which nobody is asked for an opinion, in the firm's time zone.
const (
	nightFrom = 21
	nightTo   = 8
)

// awake moves a survey out of the night.
func (s *Service) awake(c Class, at time.Time) time.Time {
	if c != ClassSurvey {
		return at
	}
	local := at.In(s.opt.Zone)
	y, m, d := local.Date()
	switch {
	case local.Hour() >= nightFrom:
		return time.Date(y, m, d+1, nightTo, 0, 0, 0, s.opt.Zone).UTC()
	case local.Hour() < nightTo:
		return time.Date(y, m, d, nightTo, 0, 0, 0, s.opt.Zone).UTC()
	}
	return at
}

// decide suppresses a message that must not or cannot go.
func (s *Service) decide(ctx context.Context, q db.Querier, r *record, to string) error {
	suppress := func(reason string) { r.State, r.Reason = Suppressed, reason }
	if to == "" || s.senders[r.Channel] == nil {
		suppress(ReasonNoChannel)
		return nil
	}
	if r.Class == ClassSafety || r.Class == ClassCode {
		return nil
	}
	var reach *string
	var hour, day int64
	err := q.QueryRow(ctx, `SELECT (SELECT scope FROM notify_optout WHERE address_hash = $1 AND channel = $2), COUNT(*), COUNT(*) FILTER (WHERE queued_at > $3)
		FROM notify_message WHERE to_hash = $1 AND queued_at > $4 AND state IN ('queued', 'sending', 'sent') AND class IN ('service', 'survey')`,
		r.toHash, r.Channel, db.Micros(q.Now().Add(-time.Hour)), db.Micros(q.Now().Add(-24*time.Hour))).Scan(&reach, &day, &hour)
	if err != nil {
		return fmt.Errorf("limits of the recipient: %w", err)
	}
	if refuses(reach, r.Class) {
		suppress(ReasonOptOut)
		return nil
	}
	if hour >= s.opt.PerHour || day >= s.opt.PerDay {
		suppress(ReasonRateLimit)
	}
	return nil
}

// sealInto seals recipient and text by the person's key, or by a key that this message alone has.
func (s *Service) sealInto(ctx context.Context, tx *db.Tx, r *record, to string, text Text) (err error) {
	if r.KeyID == "" {
		if r.KeyID, err = s.keys.NewKeyTx(ctx, tx, "message"); err != nil {
			return err
		}
		r.ownKey = true
	}
	plain, err := json.Marshal(text)
	if err != nil {
		return err
	}
	if r.toSealed, err = s.keys.Seal(ctx, tx, r.KeyID, to); err != nil {
		return fmt.Errorf("seal recipient: %w", err)
	}
	if r.textSealed, err = s.keys.Seal(ctx, tx, r.KeyID, string(plain)); err != nil {
		return fmt.Errorf("seal text: %w", err)
	}
	return nil
}

// record is a message as it is kept.
type record struct {
	ID         ID
	Template   string
	Class      Class
	Channel    Channel
	Lang       string
	State      State
	Reason     string
	RecordKind string
	RecordID   string
	BrandID    string
	OutletPath string
	KeyID      crypt.KeyID
	Segments   int64
	Attempts   int64
	QueuedAt   time.Time
	NextAt     time.Time
	UpdatedAt  time.Time
	SentAt     *time.Time

	ownKey     bool
	toHash     []byte
	toSealed   []byte
	textSealed []byte
}

const messageColumns = `id, template, class, channel, lang, state, reason, record_kind, record_id, brand_id, outlet_path, key_id, own_key,
	to_hash, to_sealed, text_sealed, segments, attempts, queued_at, next_at, updated_at, sent_at`

func scanMessage(s db.Scanner) (record, error) {
	var r record
	var reason, brand *string
	var queued, next, updated int64
	var sent *int64
	err := s.Scan(&r.ID, &r.Template, &r.Class, &r.Channel, &r.Lang, &r.State, &reason, &r.RecordKind, &r.RecordID, &brand, &r.OutletPath,
		&r.KeyID, &r.ownKey, &r.toHash, &r.toSealed, &r.textSealed, &r.Segments, &r.Attempts, &queued, &next, &updated, &sent)
	r.Reason, r.BrandID = db.OrEmpty(reason), db.OrEmpty(brand)
	r.QueuedAt, r.NextAt, r.UpdatedAt, r.SentAt = db.FromMicros(queued), db.FromMicros(next), db.FromMicros(updated), db.FromMicrosPtr(sent)
	return r, err
}

// insertMessage keeps a message; none when the same was queued before.
func insertMessage(ctx context.Context, tx *db.Tx, r record, dedup string) (int64, error) {
	return tx.Exec(ctx, `INSERT INTO notify_message (id, template, class, channel, lang, state, reason, record_kind, record_id, brand_id, outlet_path,
			key_id, own_key, to_hash, to_sealed, text_sealed, segments, attempts, dedup, queued_at, next_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 0, $18, $19, $20, $19) ON CONFLICT DO NOTHING`,
		r.ID, r.Template, r.Class, r.Channel, r.Lang, r.State, db.NullString(r.Reason), r.RecordKind, r.RecordID, db.NullString(r.BrandID), r.OutletPath,
		r.KeyID, r.ownKey, r.toHash, r.toSealed, r.textSealed, r.Segments, db.NullString(dedup), db.Micros(r.QueuedAt), db.Micros(r.NextAt))
}

func findMessage(ctx context.Context, q db.Querier, id ID) (record, error) {
	r, err := db.Get(ctx, q, scanMessage, `SELECT `+messageColumns+` FROM notify_message WHERE id = $1`, id)
	if errors.Is(err, db.ErrNoRows) {
		return record{}, ErrNoMessage
	}
	return r, err
}

// Logged is a message as the delivery log shows it: whom and what masked.
type Logged struct {
	ID         ID
	Template   string
	Class      Class
	Channel    Channel
	Lang       string
	State      State
	Reason     string
	RecordKind string
	RecordID   string
	BrandID    string
	Segments   int64
	Attempts   int64
	QueuedAt   time.Time
	NextAt     time.Time // when it is tried, or tried again
	SentAt     *time.Time
	MaskedTo   string
	MaskedText string // empty for codes, and once the text has faded
	Erased     bool   // recipient and text are gone
}

// show opens and masks messages, one query for all keys.
func (s *Service) show(ctx context.Context, q db.Querier, rows []record) ([]Logged, error) {
	sealed := make([]crypt.Sealed, 0, 2*len(rows))
	for _, r := range rows {
		sealed = append(sealed, crypt.Sealed{Key: r.KeyID, Data: r.toSealed}, crypt.Sealed{Key: r.KeyID, Data: r.textSealed})
	}
	opened, err := s.keys.OpenMany(ctx, q, sealed)
	if err != nil {
		return nil, fmt.Errorf("open messages: %w", err)
	}
	out := make([]Logged, len(rows))
	for i, r := range rows {
		to, text := opened[2*i], opened[2*i+1]
		l := Logged{
			ID: r.ID, Template: r.Template, Class: r.Class, Channel: r.Channel, Lang: r.Lang, State: r.State, Reason: r.Reason, RecordKind: r.RecordKind,
			RecordID: r.RecordID, BrandID: r.BrandID, Segments: r.Segments, Attempts: r.Attempts, QueuedAt: r.QueuedAt, NextAt: r.NextAt, SentAt: r.SentAt,
			Erased: text.Erased || len(r.textSealed) == 0,
		}
		if r.Channel == SMS {
			l.MaskedTo = crypt.MaskPhone(to.Text)
		} else {
			l.MaskedTo = crypt.MaskEmail(to.Text)
		}
		if r.Class != ClassCode && text.Text != "" {
			var t Text
			if err := json.Unmarshal([]byte(text.Text), &t); err != nil {
				return nil, fmt.Errorf("message %s: %w", r.ID, err)
			}
			l.MaskedText = crypt.MaskText(t.Body)
		}
		out[i] = l
	}
	return out, nil
}

// LogInput chooses messages of the delivery log.
type LogInput struct {
	RecordKind, RecordID string
	State                State
	Channel              Channel
	Template             string
	AfterAt              time.Time
	AfterID              ID
	Limit                int
}

// Log lists messages inside the actor's scope, the newest first.
func (s *Service) Log(ctx context.Context, in LogInput) ([]Logged, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	var w db.Where
	access.From(ctx).Scope.Limit(&w, "brand_id", "outlet_path")
	for _, c := range []struct{ column, value string }{
		{"record_kind", in.RecordKind}, {"record_id", in.RecordID}, {"state", string(in.State)}, {"channel", string(in.Channel)}, {"template", in.Template},
	} {
		if c.value != "" {
			w.And(c.column+" = ?", c.value)
		}
	}
	if in.AfterID != "" {
		w.And("(queued_at, id) < (?, ?)", db.Micros(in.AfterAt), in.AfterID)
	}
	rows, err := db.List(ctx, s.db, scanMessage, `SELECT `+messageColumns+` FROM notify_message`+w.String()+` ORDER BY queued_at DESC, id DESC LIMIT `+w.Arg(in.Limit), w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list messages: %w", err)
	}
	return s.show(ctx, s.db, rows)
}

// OfRecord lists what was sent about a record, the oldest first; the caller has decided that the actor sees
// the record.
func (s *Service) OfRecord(ctx context.Context, q db.Querier, kind, id string) ([]Logged, error) {
	rows, err := db.List(ctx, q, scanMessage, `SELECT `+messageColumns+` FROM notify_message WHERE record_kind = $1 AND record_id = $2 ORDER BY queued_at DESC, id DESC LIMIT 500`, kind, id)
	if err != nil {
		return nil, fmt.Errorf("messages of %s: %w", kind, err)
	}
	slices.Reverse(rows)
	return s.show(ctx, q, rows)
}

// Delivery is what became of a message.
type Delivery struct {
	Channel Channel
	State   State
	Reason  string
	SentAt  *time.Time
}

// Deliveries tells what became of messages; unknown ids are absent. The caller has decided that the actor sees their records.
func (s *Service) Deliveries(ctx context.Context, q db.Querier, ids []ID) (map[ID]Delivery, error) {
	type row struct {
		id ID
		d  Delivery
	}
	var w db.Where
	w.In("id", db.Strings(ids))
	list, err := db.List(ctx, q, func(r db.Scanner) (x row, err error) {
		var reason *string
		var sent *int64
		err = r.Scan(&x.id, &x.d.Channel, &x.d.State, &reason, &sent)
		x.d.Reason, x.d.SentAt = db.OrEmpty(reason), db.FromMicrosPtr(sent)
		return x, err
	}, `SELECT id, channel, state, reason, sent_at FROM notify_message`+w.String(), w.Args()...)
	out := make(map[ID]Delivery, len(list))
	for _, x := range list {
		out[x.id] = x.d
	}
	return out, err
}
