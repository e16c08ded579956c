package entitlement

import (
	"context"

	"anxin/internal/entitlement/rules"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/units"
)

// RightsTx decides as [Service.Rights] within the caller's change. more completes the facts of the unit's record with
// what the caller was told; nil for nothing. It is for modules: it asks for no permission and no scope. Facts that cannot
// be are said at their fields.
func (s *Service) RightsTx(ctx context.Context, q db.Querier, u units.Unit, in RightsInput, more func(*rules.Facts)) (rules.Decision, rules.Facts, error) {
	on := in.On
	if on.IsZero() {
		on = calendar.DateOf(q.Now(), s.zone)
	}
	return s.rights(ctx, q, u, in, on, more)
}

// RightsOfFacts decides on facts alone, about goods of which there is no record. Channel is a firm's own code, which is
// put into the words of the rules.
func (s *Service) RightsOfFacts(ctx context.Context, q db.Querier, f rules.Facts) (rules.Decision, rules.Facts, error) {
	if f.Jurisdiction == "" {
		f.Jurisdiction = homeCountry
	}
	f.Channel = channelOf(f.Channel)
	set, err := s.rules(ctx, q)
	if err != nil {
		return rules.Decision{}, f, err
	}
	d, err := set.Decide(f)
	return d, f, factProblem(err)
}

// ChannelOf puts a firm's own code of a channel of purchase into the words of the rules.
func ChannelOf(code string) string { return channelOf(code) }
