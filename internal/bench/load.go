package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Times are the latencies of one measurement.
type Times struct {
	took   []time.Duration
	Took   time.Duration // of the whole measurement
	Errors int
	First  string // what the first error was
}

// N is how many requests were answered well.
func (t *Times) N() int { return len(t.took) }

// Rate is how many a second.
func (t *Times) Rate() float64 { return float64(t.N()) / t.Took.Seconds() }

// P is a percentile in milliseconds.
func (t *Times) P(percent int) float64 {
	if len(t.took) == 0 {
		return 0
	}
	slices.Sort(t.took)
	return float64(t.took[min(len(t.took)-1, len(t.took)*percent/100)].Microseconds()) / 1000
}

func (t *Times) String() string {
	return fmt.Sprintf("p50 %.1f, p95 %.1f, p99 %.1f ms (n %d)", t.P(50), t.P(95), t.P(99), t.N())
}

// client talks to one server as one key.
type client struct {
	http  *http.Client
	base  string
	token string
}

func newClient(base, token string) *client {
	return &client{&http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 128, DisableCompression: true}, Timeout: time.Minute}, base + "/api/v1", token}
}

// call sends a request and returns the answer's body; any status but 2xx is an error.
func (c *client) call(ctx context.Context, method, path string, body any, key string) ([]byte, error) {
	var r io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		r = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, r)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(res.Body)
	if e := res.Body.Close(); err == nil {
		err = e
	}
	if err != nil {
		return nil, err
	}
	if res.StatusCode/100 != 2 {
		return nil, fmt.Errorf("%s %s: %d %.300s", method, path, res.StatusCode, raw)
	}
	return raw, nil
}

// measure runs do from so many clients at once for a while, after a short warm-up that is not counted.
func measure(ctx context.Context, clients int, d time.Duration, do func(ctx context.Context, client, i int) error) *Times {
	run := func(d time.Duration, from int) *Times {
		out := &Times{}
		var mu sync.Mutex
		var wg sync.WaitGroup
		start := time.Now()
		for c := range clients {
			wg.Go(func() {
				var took []time.Duration
				var errs int
				var first string
				for i := from; time.Since(start) < d && ctx.Err() == nil; i++ {
					begin := time.Now()
					if err := do(ctx, c, i); err != nil {
						errs++
						if first == "" {
							first = err.Error()
						}
						continue
					}
					took = append(took, time.Since(begin))
				}
				mu.Lock()
				defer mu.Unlock()
				out.took = append(out.took, took...)
				out.Errors += errs
				if out.First == "" {
					out.First = first
				}
			})
		}
		wg.Wait()
		out.Took = time.Since(start)
		return out
	}
	run(min(d/4, time.Second), 1<<40)
	return run(d, 0)
}
