package notify

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/jobs"
)

// Options of the service; zero values are the product's defaults.
type Options struct {
	SMS   Sender         // nil: text messages are not set up
	Email Sender         // nil: mail is not set up
	Zone  *time.Location // whose night is quiet; Asia/Shanghai
	Lang  string         // of who chose none; Chinese
	// PerHour and PerDay bound the service and survey messages to one address; 6 and 15.
	PerHour, PerDay int64
	Keep            time.Duration // how long recipient and text are kept; 180 days
	Log             *slog.Logger
}

// Service queues and sends messages and keeps notices. It is safe for concurrent use.
type Service struct {
	db      *db.DB
	keys    *crypt.Keys
	opt     Options
	senders map[Channel]Sender
	own     *ownTexts
}

// New makes the service.
func New(d *db.DB, keys *crypt.Keys, o Options) *Service {
	if o.Zone == nil {
		zone, err := time.LoadLocation(i18n.DefaultZone)
		if err != nil {
			zone = time.UTC
		}
		o.Zone = zone
	}
	if !i18n.Supported(o.Lang) {
		o.Lang = i18n.Chinese
	}
	o.PerHour, o.PerDay = cmp.Or(o.PerHour, 6), cmp.Or(o.PerDay, 15)
	o.Keep = cmp.Or(o.Keep, 180*24*time.Hour)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{db: d, keys: keys, opt: o, senders: map[Channel]Sender{}, own: &ownTexts{}}
	if o.SMS != nil {
		s.senders[SMS] = o.SMS
	}
	if o.Email != nil {
		s.senders[Email] = o.Email
	}
	return s
}

// RegisterJobs adds sending, the second look at what a dying node left behind, and the fading of old
// messages.
func (s *Service) RegisterJobs(r *jobs.Runner) {
	jobs.Register(r, func(ctx context.Context, j *jobs.Job[sendArgs]) error { return s.send(ctx, j.Args.ID) })
	r.Every("notify.recover", 5*time.Minute, s.recover)
	r.Every("notify.sweep", 24*time.Hour, s.Sweep)
}

// ChannelsReady tells which channels are set up.
func (s *Service) ChannelsReady() map[Channel]bool {
	return map[Channel]bool{SMS: s.senders[SMS] != nil, Email: s.senders[Email] != nil}
}
