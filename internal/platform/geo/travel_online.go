package geo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"sync"
	"time"
)

// ServiceKind is a routing service that [NewOnline] can ask.
type ServiceKind string

// Kinds of service.
const (
	ServiceOSRM     ServiceKind = "osrm"
	ServiceValhalla ServiceKind = "valhalla"
	ServiceAMap     ServiceKind = "amap"
)

// OnlineOptions say which service is asked and how.
type OnlineOptions struct {
	Kind     ServiceKind
	URL      string        // empty only for amap
	Key      string        // for amap; never logged
	Timeout  time.Duration // of one request; 5 s when 0
	Points   int           // origins and destinations of one request together; 100 when 0. amap has bounds of its own
	Factor   float64       // the service's times are multiplied by it; 1 when 0
	Memory   int           // legs kept; 400 000 when 0
	Fallback Travel        // what is not known yet, or cannot be asked; [NewStraight] when nil
	Log      *slog.Logger
	Client   *http.Client // with the machine's proxy settings when nil
}

// traffic is how much longer a way takes by time slice, for services that know of none: the speeds that [Straight]
// takes for cars in a city, against those of the day.
var traffic = map[TimeSlice]float64{SlicePeak: 27.5 / 25, SliceDay: 1, SliceNight: 27.5 / 30}

// Online answers from what a routing service told before, and never keeps a caller waiting who did not say that he may
// be: inside a transaction a leg that is not known is estimated, and asked for in the background. Who may wait says
// so by [MayAsk]. Estimates are marked in [Matrix.Guessed].
//
// A service that fails is left alone for a while; until then everything unknown is estimated.
type Online struct {
	service  service
	fallback Travel
	factor   float64
	slices   bool // the service's own times hold for any slice and get our traffic
	timeout  time.Duration
	log      *slog.Logger
	now      func() time.Time
	pause    func(context.Context, time.Duration) error

	mu      sync.Mutex
	memory  generations
	down    time.Time // until when the service is left alone
	pending map[tableKey]bool
	done    sync.WaitGroup
	life    context.Context // of what is asked in the background
	end     context.CancelFunc
}

// NewOnline makes the provider; it asks nothing yet.
func NewOnline(o OnlineOptions) (*Online, error) {
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.Points < 2 {
		o.Points = 100
	}
	if o.Factor <= 0 {
		o.Factor = 1
	}
	if o.Memory <= 0 {
		o.Memory = 400_000
	}
	if o.Fallback == nil {
		o.Fallback = NewStraight()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Client == nil {
		o.Client = &http.Client{}
	}
	if o.Kind == ServiceAMap && o.URL == "" {
		o.URL = amapURL
	}
	c, err := newCaller(o.Client, o.URL, o.Key)
	if err != nil {
		return nil, err
	}
	if o.Kind == ServiceAMap && o.Key == "" {
		return nil, errors.New("travel.key is missing: amap answers nobody without one")
	}
	out := &Online{
		fallback: o.Fallback, factor: o.Factor, timeout: o.Timeout, log: o.Log, now: time.Now, pause: sleep, memory: newGenerations(o.Memory / 2),
		pending: map[tableKey]bool{}, slices: true,
	}
	switch o.Kind {
	case ServiceOSRM:
		out.service = osrm{c, o.Points}
	case ServiceValhalla:
		out.service = valhalla{c, o.Points}
	case ServiceAMap:
		out.service, out.slices = amap{c}, false
	default:
		return nil, fmt.Errorf("travel.kind %q is unknown", o.Kind)
	}
	out.life, out.end = context.WithCancel(context.Background())
	return out, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

type mayAskKey struct{}

// MayAsk says that the caller can wait for a routing service: he holds no transaction.
func MayAsk(ctx context.Context) context.Context { return context.WithValue(ctx, mayAskKey{}, true) }

// slice under which a leg is kept: services without traffic tell one time for all.
func (o *Online) slice(s TimeSlice) TimeSlice {
	if o.slices {
		return ""
	}
	return s
}

// Matrix implements [Travel].
func (o *Online) Matrix(ctx context.Context, profile Profile, departures TimeSlice, from, to []Point) (*Matrix, error) {
	guess, err := o.fallback.Matrix(ctx, profile, departures, from, to) // also refuses what cannot be answered
	if err != nil {
		return nil, err
	}
	if !o.service.knows(profile) {
		guess.guessAll()
		return guess, nil
	}
	m, unknown := o.remembered(profile, departures, from, to)
	if len(unknown) == 0 {
		return m, nil
	}
	if ask, _ := ctx.Value(mayAskKey{}).(bool); ask {
		if err := o.learn(ctx, profile, departures, unknown); err != nil && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		m, _ = o.remembered(profile, departures, from, to)
	} else {
		o.later(profile, departures, unknown)
	}
	for k := range m.Seconds {
		if m.Seconds[k] == unknownLeg {
			m.Seconds[k], m.Metres[k] = guess.Seconds[k], guess.Metres[k]
			m.guess(k)
		}
	}
	return m, nil
}

// way is an origin and a destination.
type way struct{ from, to Point }

// remembered fills what is known; the rest is unknownLeg, and listed.
func (o *Online) remembered(profile Profile, departures TimeSlice, from, to []Point) (*Matrix, []way) {
	m := NewMatrix(len(from), len(to))
	rows, columns := make([]travelKey, len(from)), make([]travelKey, len(to))
	for i, p := range from {
		rows[i] = keyOf(p)
	}
	for j, p := range to {
		columns[j] = keyOf(p)
	}
	factor := o.factor
	if o.slices {
		if t, ok := traffic[departures]; ok {
			factor *= t
		}
	}
	var unknown []way
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, r := range rows {
		for j, c := range columns {
			if r == c {
				m.set(i, j, 0, 0)
				continue
			}
			l, ok := o.memory.get(tableKey{profile, o.slice(departures), r, c})
			switch {
			case !ok:
				unknown = append(unknown, way{from[i], to[j]})
				m.set(i, j, unknownLeg, 0)
			case l.seconds == unknownLeg, l.seconds == Unreachable:
				m.set(i, j, l.seconds, l.metres)
			default:
				m.set(i, j, int32(min(math.Ceil(float64(l.seconds)*factor), Unreachable-1)), l.metres)
			}
		}
	}
	return m, unknown
}

// later learns ways in the background, one worker at a time; what waits already is not queued again.
func (o *Online) later(profile Profile, departures TimeSlice, list []way) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var fresh []way
	for _, w := range list {
		k := tableKey{profile, o.slice(departures), keyOf(w.from), keyOf(w.to)}
		if !o.pending[k] {
			o.pending[k] = true
			fresh = append(fresh, w)
		}
	}
	if len(fresh) == 0 || o.now().Before(o.down) {
		for _, w := range fresh {
			delete(o.pending, tableKey{profile, o.slice(departures), keyOf(w.from), keyOf(w.to)})
		}
		return
	}
	o.done.Go(func() {
		// An error was logged; the ways are asked for again when they are wanted again.
		_ = o.learn(o.life, profile, departures, fresh)
		o.mu.Lock()
		defer o.mu.Unlock()
		for _, w := range fresh {
			delete(o.pending, tableKey{profile, o.slice(departures), keyOf(w.from), keyOf(w.to)})
		}
	})
}

// Close stops what is asked in the background.
func (o *Online) Close() error {
	o.end()
	o.done.Wait()
	return nil
}

// Wait returns when nothing is asked in the background any more.
func (o *Online) Wait() { o.done.Wait() }

// learn asks the service for ways, in questions of the size that it takes.
func (o *Online) learn(ctx context.Context, profile Profile, departures TimeSlice, list []way) error {
	o.mu.Lock()
	down := o.now().Before(o.down)
	o.mu.Unlock()
	if down {
		return ErrTravel
	}
	for _, q := range o.questions(list) {
		m, err := o.ask(ctx, profile, q)
		if err != nil {
			if ctx.Err() == nil {
				o.rest(err)
			}
			return err
		}
		o.mu.Lock()
		for i, p := range q.from {
			for j, r := range q.to {
				seconds, metres := m.At(i, j)
				o.memory.put(tableKey{profile, o.slice(departures), keyOf(p), keyOf(r)}, leg{seconds, metres})
			}
		}
		o.mu.Unlock()
	}
	return nil
}

// question is one request's origins and destinations, in WGS-84.
type question struct{ from, to []Point }

// questions covers ways by few requests: origins that want the same destinations are asked together.
func (o *Online) questions(list []way) []question {
	var rows, columns []Point
	at := map[travelKey]map[travelKey]bool{}
	seen := map[travelKey]bool{}
	for _, w := range list {
		k, c := keyOf(w.from), keyOf(w.to)
		if at[k] == nil {
			at[k] = map[travelKey]bool{}
			rows = append(rows, w.from)
		}
		at[k][c] = true
		if !seen[c] {
			seen[c] = true
			columns = append(columns, w.to)
		}
	}
	origins, destinations := o.service.most()
	var out []question
	for i := 0; i < len(rows); i += origins {
		for j := 0; j < len(columns); j += destinations {
			q := question{}
			for _, c := range columns[j:min(j+destinations, len(columns))] {
				if wanted(at, rows[i:min(i+origins, len(rows))], c) {
					q.to = append(q.to, c)
				}
			}
			for _, r := range rows[i:min(i+origins, len(rows))] {
				for _, c := range q.to {
					if at[keyOf(r)][keyOf(c)] {
						q.from = append(q.from, r)
						break
					}
				}
			}
			if len(q.from) > 0 {
				out = append(out, q)
			}
		}
	}
	return out
}

func wanted(at map[travelKey]map[travelKey]bool, rows []Point, c Point) bool {
	for _, r := range rows {
		if at[keyOf(r)][keyOf(c)] {
			return true
		}
	}
	return false
}

const (
	tries    = 3
	firstGap = 250 * time.Millisecond // before the second try; twice as long before each further one
	restFor  = 30 * time.Second       // how long a service that failed is left alone
)

// ask puts one question, and again where the service is only busy.
func (o *Online) ask(ctx context.Context, profile Profile, q question) (*Matrix, error) {
	shifted := func(list []Point) []Point {
		out := make([]Point, len(list))
		for i, p := range list {
			out[i] = p.To(o.service.datum())
		}
		return out
	}
	from, to := shifted(q.from), shifted(q.to)
	gap := firstGap
	for try := 1; ; try++ {
		one, cancel := context.WithTimeout(ctx, o.timeout)
		m, err := o.service.table(one, profile, from, to)
		cancel()
		if err == nil {
			return m, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("no answer within %s: %w", o.timeout, errBusy)
		}
		if try == tries || !errors.Is(err, errBusy) {
			return nil, fmt.Errorf("%w: %w", ErrTravel, err)
		}
		if err := o.pause(ctx, gap); err != nil {
			return nil, err
		}
		gap *= 2
	}
}

// rest leaves the service alone for a while, and says so once.
func (o *Online) rest(err error) {
	o.mu.Lock()
	o.down = o.now().Add(restFor)
	o.mu.Unlock()
	o.log.Warn("the routing service does not answer; ways are estimated", "error", err.Error(), "for", restFor.String())
}

func (m *Matrix) guess(k int) {
	if m.Guessed == nil {
		m.Guessed = make([]bool, len(m.Seconds))
	}
	m.Guessed[k] = true
}

func (m *Matrix) guessAll() {
	for k := range m.Seconds {
		m.guess(k)
	}
}
