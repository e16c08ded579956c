package dispatch

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"anxin/internal/orders"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/httpapi"
	"anxin/internal/workforce"
)

// liveTopics are the facts after which a day looks otherwise.
var liveTopics = topics(
	orders.VisitPlanned{}, orders.VisitDispatched{}, orders.VisitAccepted{}, orders.VisitDeclined{}, orders.VisitRescheduled{}, orders.VisitDeparted{},
	orders.VisitDelayed{}, orders.VisitArrived{}, orders.VisitFinished{}, orders.VisitFailed{}, orders.VisitCancelled{},
	orders.MadeReady{}, orders.Offered{}, orders.Withdrawn{}, orders.Accepted{}, orders.Declined{}, orders.GivenBack{}, orders.Scheduled{},
	orders.Unscheduled{}, orders.Suspended{}, orders.Resumed{}, orders.Incomplete{}, orders.Cancelled{}, orders.Edited{},
	orders.PromiseMade{}, orders.PromiseChanged{},
	workforce.ShiftsChanged{}, workforce.AbsenceChanged{}, workforce.Moved{}, workforce.Suspended{}, workforce.Resumed{}, workforce.Left{},
	AlertRaised{}, AlertClosed{}, PlanPublished{},
)

func topics(list ...events.Event) []string {
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = e.Topic()
	}
	return out
}

const (
	liveEvery = time.Second      // how often the feed is looked at
	livePulse = 15 * time.Second // how often a silent stream shows that it lives
	liveFor   = 5 * time.Minute  // after it the reader asks again, and is looked at again
	liveMost  = 200              // facts told at once
)

// liveFact is what a reader is told: that something changed, not what.
type liveFact struct {
	Topic string `json:"topic"`
	Kind  string `json:"kind"`
	ID    string `json:"id"`
}

type liveIn struct {
	Last string `header:"Last-Event-ID" maxLength:"200" doc:"where the reader was; sent by browsers when they come back"`
}

func (s *Service) registerLive(api *httpapi.Server) {
	httpapi.Register(api, huma.Operation{
		OperationID: "follow-dispatch", Method: http.MethodGet, Path: "/dispatch/live", Tags: tags, Summary: "Follow what changes days",
		Description: "An event stream (text/event-stream): \"ready\" first, then \"change\" with {\"facts\": [{\"topic\", \"kind\", \"id\"}]} of what you may see. " +
			"It ends after some minutes; who comes back with Last-Event-ID misses nothing.",
		Responses: map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: "string"}}}}},
	}, func(ctx context.Context, in *liveIn) (*huma.StreamResponse, error) {
		if err := access.Require(ctx, PermRead); err != nil {
			return nil, err
		}
		var c events.Cursor
		known, err := httpapi.DecodeCursor(in.Last, &c.TxID, &c.Seq)
		if err != nil || !known {
			if c, err = events.Last(ctx, s.db); err != nil {
				return nil, err
			}
		}
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			_, w := humago.Unwrap(hc)
			w.Header().Set("Content-Type", "text/event-stream")
			w.Header().Set("Cache-Control", "no-store")
			w.Header().Set("X-Accel-Buffering", "no") // proxies would hold it back
			out := http.NewResponseController(w)
			// The time to read a request is over long before the stream is; a writer without deadlines needs none.
			_ = out.SetReadDeadline(time.Time{})
			stream := live{db: s.db, w: w, flush: out.Flush, cursor: c}
			stream.run(hc.Context(), api.Stopping())
		}}, nil
	})
}

// live is one reader's stream.
type live struct {
	db     *db.DB
	w      io.Writer
	flush  func() error
	cursor events.Cursor
	silent time.Duration
}

// run writes until the reader leaves, the server stops or the stream has lived long enough.
func (l *live) run(ctx context.Context, stopping <-chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, liveFor)
	defer cancel()
	if l.send("ready", struct{}{}) != nil {
		return
	}
	tick := time.NewTicker(liveEvery)
	defer tick.Stop()
	for {
		if l.tell(ctx) != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-stopping:
			return
		case <-tick.C:
			l.silent += liveEvery
		}
	}
}

// tell writes what is new, or now and then that nothing is.
func (l *live) tell(ctx context.Context) error {
	list, next, err := events.After(ctx, l.db, access.From(ctx).Scope, l.cursor, liveTopics, liveMost)
	if err != nil {
		return err
	}
	l.cursor = next
	if len(list) > 0 {
		facts := make([]liveFact, len(list))
		for i, e := range list {
			facts[i] = liveFact{e.Topic, e.RecordKind, e.RecordID}
		}
		return l.send("change", map[string]any{"facts": facts})
	}
	if l.silent < livePulse {
		return nil
	}
	l.silent = 0
	if _, err := io.WriteString(l.w, ":\n\n"); err != nil {
		return err
	}
	return l.flush()
}

func (l *live) send(name string, data any) error {
	body, err := json.Marshal(data)
	if err != nil {
		return err
	}
	l.silent = 0
	if _, err := fmt.Fprintf(l.w, "id: %s\nevent: %s\ndata: %s\n\n", httpapi.EncodeCursor(l.cursor.TxID, l.cursor.Seq), name, body); err != nil {
		return err
	}
	return l.flush()
}
