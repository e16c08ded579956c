package identity

import (
	"context"
	"time"

	"anxin/internal/platform/access"
)

// kindSeal sets the keys of devices apart from other keyed hashes.
const kindSeal = "device.seal"

type sealOut struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Key        []byte    `json:"key" doc:"32 bytes, base64"`
		ValidUntil time.Time `json:"valid_until" doc:"Until when the session lives if it is not used: ended before, it was ended by somebody"`
	}
}

// apiSeal gives a person the key of their devices. It is derived, not stored: whoever erases the
// installation's keys makes what devices keep unreadable as well.
func (s *Service) apiSeal(ctx context.Context, _ *struct{}) (*sealOut, error) {
	a := access.From(ctx)
	if a.Kind != access.User {
		return nil, ErrPeopleOnly
	}
	list, err := s.sessionsOut(ctx, ID(a.ID))
	if err != nil {
		return nil, err
	}
	out := &sealOut{CacheControl: "no-store"}
	out.Body.Key = s.keys.Lookup(kindSeal, a.ID)
	out.Body.ValidUntil = s.db.Now().Add(s.opt.Idle)
	for _, one := range list.Body.Items {
		if one.Current && one.ExpiresAt.Before(out.Body.ValidUntil) {
			out.Body.ValidUntil = one.ExpiresAt
		}
	}
	return out, nil
}
