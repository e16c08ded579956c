package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/crypt/crypttest"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/jobs"
	"anxin/internal/platform/problem"
)

// start is a Saturday afternoon in China.
var start = time.Date(2026, 11, 21, 7, 0, 0, 0, time.UTC)

// outbox is a channel that keeps what it was given and fails as it is told.
type outbox struct {
	mu   sync.Mutex
	got  []Outgoing
	fail []error
	hook func()
}

func (o *outbox) Send(_ context.Context, m Outgoing) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.hook != nil {
		o.hook()
	}
	if len(o.fail) > 0 {
		err := o.fail[0]
		o.fail = o.fail[1:]
		if err != nil {
			return err
		}
	}
	o.got = append(o.got, m)
	return nil
}

func (o *outbox) texts() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := []string{}
	for _, m := range o.got {
		out = append(out, m.Text)
	}
	return out
}

type fixture struct {
	*Service
	d         *db.DB
	ctx       context.Context
	sms, mail *outbox
	advance   func(time.Duration)
}

func newFixture(t *testing.T, d *db.DB) *fixture {
	t.Helper()
	f := &fixture{d: d, sms: &outbox{}, mail: &outbox{}, advance: dbtest.Clock(d, start)}
	f.Service = New(d, crypttest.New(t, d), Options{SMS: f.sms, Email: f.mail})
	f.ctx = access.With(t.Context(), access.Actor{Kind: access.User, ID: "u1", Permissions: access.Set{"*": true}, Scope: access.Everything, Lang: i18n.Chinese})
	return f
}

func survey() Message {
	return Message{
		Template: "T13", Params: map[string]any{"brand": "安心", "url": "https://s/l/x"}, Phone: "13812345678", RecordKind: "order", RecordID: "o1", BrandID: "b1", OutletPath: "/hz/west/",
	}
}

func quote(phone string) Message {
	return Message{
		Template: "T06", Params: map[string]any{"brand": "安心", "amount": "380.00", "url": "https://s/l/y"}, Phone: phone, RecordKind: "order", RecordID: "o2", BrandID: "b2",
		OutletPath: "/hz/east/",
	}
}

func (f *fixture) queue(t *testing.T, m Message) ID {
	t.Helper()
	id, err := f.tryQueue(f.ctx, m)
	if err != nil {
		t.Fatalf("queue %s: %v", m.Template, err)
	}
	return id
}

func (f *fixture) tryQueue(ctx context.Context, m Message) (ID, error) {
	return db.InTx(ctx, f.d, func(ctx context.Context, tx *db.Tx) (ID, error) { return f.QueueTx(ctx, tx, m) })
}

func (f *fixture) run(t *testing.T, id ID) {
	t.Helper()
	if err := f.send(access.AsSystem(t.Context(), "jobs"), id); err != nil {
		t.Fatalf("send: %v", err)
	}
}

// expect checks state and reason of a message.
func (f *fixture) expect(t *testing.T, what string, id ID, state State, reason string) record {
	t.Helper()
	r, err := findMessage(t.Context(), f.d, id)
	if err != nil || r.State != state || r.Reason != reason {
		t.Errorf("%s: message is %s %q, %v; want %s %q", what, r.State, r.Reason, err, state, reason)
	}
	return r
}

func TestTemplatesAreWhole(t *testing.T) {
	t.Parallel()
	if n := len(templates()); n != 25 {
		t.Errorf("%d templates, want T01–T21, T30–T32 and V01", n)
	}
	for _, tpl := range templates() {
		if zh, en := paramsOf(tpl.Zh), paramsOf(tpl.En); !slices.Equal(zh, en) {
			t.Errorf("%s: variables %v in Chinese, %v in English", tpl.Code, zh, en)
		}
		for _, lang := range i18n.Languages() {
			if err := checkText(tpl, tpl.text(lang)); err != nil {
				t.Errorf("%s %s: %v", tpl.Code, lang, err)
			}
		}
		params := map[string]any{}
		for _, p := range tpl.Params() {
			if samples[p] == "" {
				t.Errorf("%s: no example for {%s}", tpl.Code, p)
			}
			params[p] = samples[p]
		}
		text, err := tpl.text(i18n.Chinese).fill(i18n.Chinese, time.UTC, params)
		if n := Segments(text.Body); err != nil || n > 2 {
			t.Errorf("%s takes %d text messages, %v; want two at most", tpl.Code, n, err)
		}
		if !slices.Contains([]Class{ClassService, ClassSurvey, ClassSafety, ClassCode}, tpl.Class) || tpl.NameZh == "" || tpl.NameEn == "" {
			t.Errorf("%s has class %q and names %q, %q", tpl.Code, tpl.Class, tpl.NameZh, tpl.NameEn)
		}
	}
	c := i18n.Must(Words)
	for _, p := range c.Problems() {
		t.Error(p)
	}
	for _, code := range problem.Codes() {
		if strings.HasPrefix(code.Key, "notify.") && !c.Has(i18n.Chinese, "problem."+code.Key) {
			t.Errorf("no words for %s", code.Key)
		}
	}
}

func TestSegments(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		want int
	}{
		{"", 1},
		{strings.Repeat("a", 160), 1},
		{strings.Repeat("a", 161), 2},
		{strings.Repeat("a", 306), 2},
		{strings.Repeat("a", 307), 3},
		{strings.Repeat("€", 80), 1},
		{strings.Repeat("€", 81), 2},
		{strings.Repeat("中", 70), 1},
		{strings.Repeat("中", 71), 2},
		{strings.Repeat("中", 134), 2},
		{strings.Repeat("中", 135), 3},
		{strings.Repeat("😀", 35), 1},
		{strings.Repeat("😀", 36), 2},
		{"a中", 1},
	} {
		if got := Segments(tt.text); got != tt.want {
			t.Errorf("Segments(%.8q × %d) = %d, want %d", tt.text, len([]rune(tt.text)), got, tt.want)
		}
	}
}

func TestFill(t *testing.T) {
	t.Parallel()
	text := Text{Subject: "{brand}", Body: "{brand} {n} {at} {note}"}
	got, err := text.fill(i18n.Chinese, time.UTC, map[string]any{
		"brand": "安{note}心", "n": 3, "at": start, "note": "a\r\nBcc: x@y\x00\xff" + strings.Repeat("长", 500),
	})
	if err != nil || !strings.HasPrefix(got.Body, "安{note}心 3 11月21日 周六 07:00 a Bcc: x@y 长") || strings.ContainsAny(got.Body, "\r\n\x00") || len([]rune(got.Body)) > 350 {
		t.Errorf("filled %q, %v", got.Body, err)
	}
	if _, err := text.fill(i18n.Chinese, time.UTC, map[string]any{"brand": "x"}); err == nil {
		t.Error("a message without its values was made")
	}
}

func TestSendAndLog(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		person := crypttest.Key(t, d, f.keys)
		m := quote("+86 138-1234-5678")
		m.KeyID = person
		id := f.queue(t, m)
		f.expect(t, "queued", id, Queued, "")
		f.run(t, id)
		r := f.expect(t, "sent", id, Sent, "")
		if len(f.sms.got) != 1 || f.sms.got[0].To != "+8613812345678" || f.sms.got[0].Text != "【安心】维修报价380.00元，确认后施工，不确认不收维修费。明细：https://s/l/y" || r.SentAt == nil || r.Attempts != 1 {
			t.Errorf("sent %+v, record %+v", f.sms.got, r)
		}
		f.run(t, id)
		if len(f.sms.got) != 1 {
			t.Errorf("a second run sent it again: %d", len(f.sms.got))
		}
		f.run(t, "nobody") // its message is gone

		mail := quote("")
		mail.Email, mail.Lang = "Wang <wang@example.com>", i18n.English
		id2 := f.queue(t, mail)
		f.run(t, id2)
		if len(f.mail.got) != 1 || f.mail.got[0].To != "wang@example.com" || f.mail.got[0].Subject != "安心: Repair quote" || !strings.HasPrefix(f.mail.got[0].Text, "安心: repair quote 380.00") {
			t.Errorf("mailed %+v", f.mail.got)
		}
		west := survey()
		f.queue(t, west)

		ids := func(scope access.Scope, in LogInput) string {
			t.Helper()
			in.Limit = 10
			list, err := f.Log(access.With(t.Context(), access.Actor{Kind: access.User, ID: "u", Permissions: access.Set{PermRead: true}, Scope: scope}), in)
			if err != nil {
				t.Fatal(err)
			}
			out := []string{}
			for _, l := range list {
				out = append(out, l.Template+" "+l.MaskedTo)
			}
			return strings.Join(out, ", ")
		}
		for _, tt := range []struct {
			name  string
			scope access.Scope
			in    LogInput
			want  string
		}{
			{"centre", access.Everything, LogInput{}, "T13 138****5678, T06 w***@example.com, T06 138****5678"},
			{"outlet", access.Scope{OutletPath: "/hz/west/"}, LogInput{}, "T13 138****5678"},
			{"other outlet", access.Scope{OutletPath: "/hz/south/"}, LogInput{}, ""},
			{"brand", access.Scope{OutletPath: "/", Brands: []string{"b2"}}, LogInput{}, "T06 w***@example.com, T06 138****5678"},
			{"other brand", access.Scope{OutletPath: "/", Brands: []string{"b3"}}, LogInput{}, ""},
			{"record", access.Everything, LogInput{RecordKind: "order", RecordID: "o1"}, "T13 138****5678"},
			{"state and channel", access.Everything, LogInput{State: Sent, Channel: Email, Template: "T06"}, "T06 w***@example.com"},
		} {
			if got := ids(tt.scope, tt.in); got != tt.want {
				t.Errorf("%s sees %q, want %q", tt.name, got, tt.want)
			}
		}
		if _, err := f.Log(access.With(t.Context(), access.Actor{Kind: access.User, ID: "u"}), LogInput{Limit: 1}); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("log without permission = %v", err)
		}
		if err := db.InTx0(t.Context(), d, func(ctx context.Context, tx *db.Tx) error { return f.keys.DestroyTx(ctx, tx, person) }); err != nil {
			t.Fatal(err)
		}
		list, err := f.OfRecord(t.Context(), d, "order", "o2")
		if err != nil || len(list) != 2 || !list[0].Erased || list[0].MaskedTo != "" || list[0].MaskedText != "" || list[1].Erased {
			t.Errorf("after the erasure the log shows %+v, %v", list, err)
		}
		again, err := f.tryQueue(f.ctx, m)
		if err != nil || again != "" {
			t.Errorf("message to somebody erased = %q, %v; want none", again, err)
		}
	})
}

func TestNothingReadableAtRest(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		var logged strings.Builder
		f.opt.Log = slog.New(slog.NewTextHandler(&logged, nil))
		f.sms.fail = []error{&SendError{Code: "sms.500"}}
		id := f.queue(t, Message{Template: "V01", Params: map[string]any{"brand": "安心", "code": "482913", "minutes": 10, "purpose": "确认报价"}, Phone: "13812345678", RecordKind: "order", RecordID: "o"})
		f.run(t, id)
		rows, err := db.List(t.Context(), d, scanMessage, `SELECT `+messageColumns+` FROM notify_message`)
		if err != nil || len(rows) != 1 {
			t.Fatal(rows, err)
		}
		for _, secret := range []string{"13812345678", "482913", "3812345678"} {
			if strings.Contains(fmt.Sprintf("%+v %s %s", rows[0], rows[0].toSealed, rows[0].textSealed), secret) || strings.Contains(logged.String(), secret) {
				t.Errorf("%s is readable at rest or in the log", secret)
			}
		}
		list, err := f.Log(f.ctx, LogInput{Limit: 5})
		if err != nil || list[0].MaskedText != "" || list[0].MaskedTo != "138****5678" {
			t.Errorf("staff sees of a code %+v, %v", list, err)
		}
	})
}

func TestRetries(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		for range len(pauses) {
			f.sms.fail = append(f.sms.fail, &SendError{Code: "sms.503"})
		}
		id := f.queue(t, quote("13812345678"))
		for i, p := range pauses {
			f.run(t, id)
			r := f.expect(t, fmt.Sprintf("after try %d", i+1), id, Queued, "sms.503")
			if got := r.NextAt.Sub(d.Now()); got != p || r.Attempts != int64(i+1) {
				t.Errorf("after try %d: attempts %d, pause %v; want %v", i+1, r.Attempts, got, p)
			}
			f.run(t, id) // too early
			if r := f.expect(t, "too early", id, Queued, "sms.503"); r.Attempts != int64(i+1) {
				t.Errorf("a run before its time tried: %d", r.Attempts)
			}
			f.advance(p)
		}
		f.run(t, id)
		f.expect(t, "the last try", id, Sent, "")

		f.sms.fail = slices.Repeat([]error{errors.New("panic-like fault with 13812345678")}, len(pauses)+1)
		id = f.queue(t, quote("13812345679"))
		for _, p := range append(pauses, 0) {
			f.run(t, id)
			f.advance(p)
		}
		f.expect(t, "too many failures", id, Failed, "unknown")
		f.sms.fail = []error{&SendError{Code: "sms.400", Permanent: true}}
		id = f.queue(t, quote("13812345670"))
		f.run(t, id)
		f.expect(t, "refused for good", id, Failed, "sms.400")

		l, err := f.Resend(f.ctx, id)
		if err != nil || l.State != Queued || l.MaskedTo != "138****5670" {
			t.Fatalf("resend = %+v, %v", l, err)
		}
		f.run(t, id)
		f.expect(t, "sent again", id, Sent, "")
		if _, err = f.Resend(f.ctx, id); !problem.Match(err, ErrState) {
			t.Errorf("resend of a sent message = %v", err)
		}
		west := access.With(t.Context(), access.Actor{Kind: access.User, ID: "u", Permissions: access.Set{PermSend: true}, Scope: access.Scope{OutletPath: "/hz/west/"}})
		if _, err = f.Resend(west, id); !problem.Match(err, ErrNoMessage) {
			t.Errorf("resend from another outlet = %v", err)
		}
	})
}

func TestNodeDiesWhileSending(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		id := f.queue(t, quote("13812345678"))
		ctx, die := context.WithCancel(t.Context())
		f.sms.hook = die
		f.sms.fail = []error{errors.New("connection lost")}
		if err := f.send(ctx, id); !errors.Is(err, context.Canceled) {
			t.Fatalf("send = %v", err)
		}
		f.sms.hook = nil
		f.expect(t, "left behind", id, Sending, "")
		f.run(t, id)
		f.expect(t, "another run at once", id, Sending, "")
		f.advance(stuckAfter + time.Second)
		if err := f.recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		f.run(t, id)
		f.expect(t, "recovered", id, Sent, "")
	})
}

func TestSlowTryIsOvertaken(t *testing.T) {
	t.Parallel()
	f := newFixture(t, dbtest.SQLite(t))
	id := f.queue(t, quote("13812345678"))
	f.sms.fail = []error{&SendError{Code: "sms.400", Permanent: true}}
	r, _, err := f.claim(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	f.advance(stuckAfter + time.Second)
	f.sms.fail = nil
	f.run(t, id)
	if err := f.settle(t.Context(), r, &SendError{Code: "sms.400", Permanent: true}); err != nil {
		t.Fatal(err)
	}
	f.expect(t, "what the later run noted", id, Sent, "")
}

func TestQuietHours(t *testing.T) {
	t.Parallel()
	f := newFixture(t, dbtest.SQLite(t))
	for _, tt := range []struct{ at, want string }{
		{"2026-11-21 08:00", "2026-11-21 08:00"},
		{"2026-11-21 20:59", "2026-11-21 20:59"},
		{"2026-11-21 21:00", "2026-11-22 08:00"},
		{"2026-11-30 23:30", "2026-12-01 08:00"},
		{"2026-11-21 00:00", "2026-11-21 08:00"},
		{"2026-11-21 07:59", "2026-11-21 08:00"},
	} {
		at, err := time.ParseInLocation("2006-01-02 15:04", tt.at, f.opt.Zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.awake(ClassSurvey, at).In(f.opt.Zone).Format("2006-01-02 15:04"); got != tt.want {
			t.Errorf("a survey at %s goes at %s, want %s", tt.at, got, tt.want)
		}
		if got := f.awake(ClassService, at); !got.Equal(at) {
			t.Errorf("a service message at %s waits until %s", tt.at, got)
		}
	}
	f.advance(7 * time.Hour) // 22:00 in China
	id := f.queue(t, survey())
	f.run(t, id)
	if r := f.expect(t, "at night", id, Queued, ""); !r.NextAt.Equal(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)) || len(f.sms.got) != 0 {
		t.Errorf("next at %s, sent %d", r.NextAt, len(f.sms.got))
	}
	f.advance(10 * time.Hour)
	f.sms.fail = []error{&SendError{Code: "sms.503"}}
	f.run(t, id)
	f.expect(t, "in the morning", id, Queued, "sms.503")
	f.advance(14 * time.Hour) // the retry falls into the next night
	f.run(t, id)
	if r := f.expect(t, "the next night", id, Queued, "sms.503"); !r.NextAt.Equal(time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("the retry goes at %s", r.NextAt)
	}
}

func TestWhoIsNotTold(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		for _, origin := range []access.Origin{access.History, access.Replay} {
			a := access.From(f.ctx)
			a.Origin = origin
			ctx := access.With(t.Context(), a)
			if id, err := f.tryQueue(ctx, survey()); err != nil || id != "" {
				t.Errorf("%s queued %q, %v", origin, id, err)
			}
			if err := db.InTx0(ctx, d, func(ctx context.Context, tx *db.Tx) error {
				return f.NoticeTx(ctx, tx, NoticeInput{Users: []identity.ID{"nobody"}, Kind: "x"})
			}); err != nil {
				t.Errorf("%s notice: %v", origin, err)
			}
		}
		m := survey()
		m.Dedup = "o1:T13"
		first := f.queue(t, m)
		if again, err := f.tryQueue(f.ctx, m); err != nil || again != "" || first == "" {
			t.Errorf("the same again queued %q, %v", again, err)
		}
		for _, bad := range []Message{{Template: "T99"}, {Template: "T13", Params: map[string]any{"brand": "x"}}} {
			if _, err := f.tryQueue(f.ctx, bad); err == nil {
				t.Errorf("message %+v was queued", bad)
			}
		}

		// Opt-outs.
		out := func(reach Reach) {
			t.Helper()
			if err := f.OptOut(f.ctx, OptOutInput{Channel: SMS, Address: "138 1234 5678", Reach: reach}); err != nil {
				t.Fatal(err)
			}
		}
		out(NoSurveys)
		f.run(t, first) // queued before, not sent after
		f.expect(t, "queued before the opt-out", first, Suppressed, ReasonOptOut)
		f.expect(t, "survey after the opt-out", f.queue(t, survey()), Suppressed, ReasonOptOut)
		f.expect(t, "service after an opt-out of surveys", f.queue(t, quote("13812345678")), Queued, "")
		out(Nothing)
		f.expect(t, "service after an opt-out of all", f.queue(t, quote("+8613812345678")), Suppressed, ReasonOptOut)
		f.expect(t, "another number", f.queue(t, quote("13812345679")), Queued, "")
		recall := Message{
			Template: "T14", Phone: "13812345678", RecordKind: "recall", RecordID: "r",
			Params: map[string]any{"brand": "安心", "model": "M", "sn": "8812", "remedy": "更换", "url": "u", "hotline": "h"},
		}
		f.expect(t, "safety after an opt-out of all", f.queue(t, recall), Queued, "")
		if err := f.OptIn(f.ctx, OptOutInput{Channel: SMS, Address: "13812345678"}); err != nil {
			t.Fatal(err)
		}
		f.expect(t, "after opting in again", f.queue(t, survey()), Queued, "")
		for _, bad := range []OptOutInput{{Channel: SMS, Address: "x", Reach: Nothing}, {Channel: Email, Address: "x", Reach: Nothing}, {Channel: "fax", Address: "13812345678", Reach: Nothing}, {Channel: SMS, Address: "13812345678", Reach: "some"}} {
			if err := f.OptOut(f.ctx, bad); !problem.Match(err, problem.ErrInvalid) {
				t.Errorf("opt-out %+v = %v", bad, err)
			}
		}
	})
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.opt.PerHour, f.opt.PerDay = 2, 3
		state := func(m Message) string {
			t.Helper()
			r, err := findMessage(t.Context(), d, f.queue(t, m))
			if err != nil {
				t.Fatal(err)
			}
			return string(r.State) + r.Reason
		}
		code := Message{Template: "V01", Params: map[string]any{"brand": "b", "code": "1", "minutes": 1, "purpose": "p"}, Phone: "13812345678", RecordKind: "o", RecordID: "o"}
		for i, want := range []string{"queued", "queued", "suppressed" + ReasonRateLimit} {
			if got := state(quote("13812345678")); got != want {
				t.Errorf("message %d is %s, want %s", i+1, got, want)
			}
		}
		if got := state(quote("13812345679")); got != "queued" {
			t.Errorf("another number is %s", got)
		}
		if got := state(code); got != "queued" {
			t.Errorf("a code is %s", got)
		}
		f.advance(time.Hour + time.Second)
		for i, want := range []string{"queued", "suppressed" + ReasonRateLimit} {
			if got := state(quote("13812345678")); got != want {
				t.Errorf("message %d an hour later is %s, want %s", i+1, got, want)
			}
		}
		f.advance(24 * time.Hour)
		if got := state(quote("13812345678")); got != "queued" {
			t.Errorf("a day later: %s", got)
		}
	})
}

func TestWithoutChannels(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		bare := New(d, f.keys, Options{})
		with := f.Service
		f.Service = bare
		id := f.queue(t, quote("13812345678"))
		f.expect(t, "nothing is set up", id, Suppressed, ReasonNoChannel)
		list, err := f.Log(f.ctx, LogInput{Limit: 1})
		if err != nil || list[0].MaskedTo != "138****5678" || !strings.Contains(list[0].MaskedText, "380.00") {
			t.Errorf("the log shows %+v, %v", list, err)
		}
		if _, err = f.Resend(f.ctx, id); !problem.Match(err, ErrNoChannel) {
			t.Errorf("resend without a channel = %v", err)
		}
		f.Service = with
		if _, err = f.Resend(f.ctx, id); err != nil {
			t.Fatal(err)
		}
		f.run(t, id)
		f.expect(t, "once it is set up", id, Sent, "")
		none := f.queue(t, quote("not a number"))
		f.expect(t, "no address", none, Suppressed, ReasonNoChannel)
		if _, err = f.Resend(f.ctx, none); !problem.Match(err, ErrNoChannel) {
			t.Errorf("resend without an address = %v", err)
		}

		// Preference: mail first, and what is not set up is passed over.
		both := quote("13812345678")
		both.Email, both.Channels = "w@example.com", []Channel{Email, SMS}
		if r := f.expect(t, "mail first", f.queue(t, both), Queued, ""); r.Channel != Email || r.Segments != 0 {
			t.Errorf("went by %s", r.Channel)
		}
		f.Service = New(d, f.keys, Options{SMS: f.sms})
		if r := f.expect(t, "mail is not set up", f.queue(t, both), Queued, ""); r.Channel != SMS || r.Segments != 1 {
			t.Errorf("went by %s in %d parts", r.Channel, r.Segments)
		}
	})
}

func TestFading(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		person := crypttest.Key(t, d, f.keys)
		m := quote("13812345678")
		own := f.queue(t, m)
		m.KeyID = person
		theirs := f.queue(t, m)
		ownKey := f.expect(t, "own key", own, Queued, "").KeyID
		f.advance(181 * 24 * time.Hour)
		fresh := f.queue(t, m)
		if err := f.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		for id, gone := range map[ID]bool{own: true, theirs: true, fresh: false} {
			r, err := findMessage(t.Context(), d, id)
			if err != nil || (r.toSealed == nil) != gone || (r.textSealed == nil) != gone {
				t.Errorf("faded %v, %v; want %v", r.toSealed == nil, err, gone)
			}
		}
		if _, err := f.keys.Seal(t.Context(), d, ownKey, "x"); !errors.Is(err, crypt.ErrErased) {
			t.Errorf("the message's own key is left: %v", err)
		}
		if _, err := f.keys.Seal(t.Context(), d, person, "x"); err != nil {
			t.Errorf("the person's key is gone: %v", err)
		}
		f.run(t, own)
		f.expect(t, "a faded message is not sent", own, Suppressed, ReasonErased)
		if _, err := f.Resend(f.ctx, own); !problem.Match(err, ErrFaded) {
			t.Errorf("resend of a faded message = %v", err)
		}
	})
}

func TestTheJobSends(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		d.SetClock(nil)
		r := jobs.New(d, slog.New(slog.DiscardHandler))
		f.RegisterJobs(r)
		sent := make(chan struct{}, 1)
		f.sms.hook = func() { sent <- struct{}{} }
		f.queue(t, quote("13812345678"))
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- r.Run(ctx) }()
		select {
		case <-sent:
		case <-time.After(dbtest.Patience):
			t.Error("the job did not run")
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if got := f.sms.texts(); len(got) != 1 {
			t.Errorf("sent %v", got)
		}
	})
}
