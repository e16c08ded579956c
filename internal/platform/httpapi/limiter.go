package httpapi

import (
	"sync"
	"time"
)

// limiter is a token bucket per key, refilled over a minute; a burst may take half a minute's worth at
// once. It forgets keys whose bucket is full again.
type limiter struct {
	rate  float64
	burst float64
	mu    sync.Mutex
	m     map[string]bucket
	swept time.Time
}

type bucket struct {
	tokens float64
	at     time.Time
}

func newLimiter(perMinute int) *limiter {
	return &limiter{rate: float64(perMinute) / 60, burst: max(1, float64(perMinute)/2), m: map[string]bucket{}}
}

func (l *limiter) allow(key string, now time.Time) bool {
	if l.rate <= 0 {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.swept) > time.Minute {
		l.swept = now
		for k, b := range l.m {
			if b.tokens+now.Sub(b.at).Seconds()*l.rate >= l.burst {
				delete(l.m, k)
			}
		}
	}
	b, known := l.m[key]
	if !known {
		b = bucket{tokens: l.burst, at: now}
	}
	b.tokens = min(l.burst, b.tokens+now.Sub(b.at).Seconds()*l.rate)
	b.at = now
	ok := b.tokens >= 1
	if ok {
		b.tokens--
	}
	l.m[key] = b
	return ok
}
