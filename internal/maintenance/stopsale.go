package maintenance

import (
	"context"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

// Sale tells whether a serial may be sold.
type Sale struct {
	Verdict   string     `json:"verdict" enum:"free,stop" doc:"stop: nobody may sell, give or lend it; free: nothing is known against it"`
	Known     bool       `json:"known" doc:"a unit with this serial is recorded"`
	Campaigns []SaleStop `json:"campaigns" doc:"that stop the sale"`
}

// SaleStop is a campaign that stops the sale of a unit.
type SaleStop struct {
	ID     ID     `json:"id"`
	Number string `json:"number"`
	Kind   Kind   `json:"kind"`
	Title  Text   `json:"title"`
	Hazard Text   `json:"hazard"`
	Mark   string `json:"mark,omitempty"`
}

// MayBeSold tells whether a serial of a brand may be sold. A unit that is not recorded yet is judged by the serial ranges of the
// campaigns under way: what lies within one is stopped, whatever its model.
func (s *Service) MayBeSold(ctx context.Context, brand catalog.BrandID, serial string) (Sale, error) {
	if err := access.Require(ctx, PermStopSale); err != nil {
		return Sale{}, err
	}
	snap, err := s.Catalog.Current(ctx, s.db)
	if err != nil {
		return Sale{}, err
	}
	if _, ok := snap.Brand(brand); !ok || !access.From(ctx).Scope.SeesBrand(string(brand)) {
		return Sale{}, problem.Field("brand_id", problem.Unknown)
	}
	return s.sale(ctx, s.db, brand, serial)
}

func (s *Service) sale(ctx context.Context, q db.Querier, brand catalog.BrandID, serial string) (Sale, error) {
	out := Sale{Verdict: "free", Campaigns: []SaleStop{}}
	u, err := s.Units.FindBySerial(ctx, q, brand, serial)
	if err != nil && !problem.Match(err, problem.ErrNotFound) {
		return out, err
	}
	var by []Campaign
	if err == nil {
		out.Known = true
		marks, err := s.Units.MarksOf(ctx, q, u.ID)
		if err != nil {
			return out, err
		}
		ids := []string{}
		for _, m := range marks {
			if !m.StopSale {
				continue
			}
			out.Verdict = "stop"
			if m.Ref != "" {
				ids = append(ids, m.Ref)
			}
		}
		found, err := campaignsByIDs(ctx, q, ids)
		if err != nil {
			return out, err
		}
		for _, id := range ids {
			if c, ok := found[ID(id)]; ok {
				by = append(by, c)
			}
		}
	} else {
		list, err := running(ctx, q, brand)
		if err != nil {
			return out, err
		}
		for _, c := range list {
			if c.StopSale && c.Conditions.HoldsSerial(serial) {
				out.Verdict = "stop"
				by = append(by, c)
			}
		}
	}
	for _, c := range by {
		out.Campaigns = append(out.Campaigns, SaleStop{c.ID, c.Number, c.Kind, c.Title, c.Hazard, c.Kind.Mark()})
	}
	return out, nil
}

// MayGive refuses a serial that a campaign stops the sale of; returns asks it before a replacement goes out.
func (s *Service) MayGive(ctx context.Context, q db.Querier, brand catalog.BrandID, serial string) error {
	if serial == "" {
		return nil
	}
	x, err := s.sale(ctx, q, brand, serial)
	if err != nil || x.Verdict == "free" {
		return err
	}
	mark := "recall"
	if len(x.Campaigns) > 0 {
		mark = x.Campaigns[0].Mark
	}
	return units.ErrStopSale.With("mark", mark)
}

// Stops lists what must not be sold, one more than the limit.
func (s *Service) Stops(ctx context.Context, f units.StoppedFilter) ([]units.Stopped, error) {
	if err := access.Require(ctx, PermStopSale); err != nil {
		return nil, err
	}
	return s.Units.StopSales(ctx, f)
}

// numbersOf finds the numbers of the campaigns that marks name.
func (s *Service) numbersOf(ctx context.Context, list []units.Stopped) (map[ID]Campaign, error) {
	ids := []string{}
	for _, x := range list {
		if x.Ref != "" {
			ids = append(ids, x.Ref)
		}
	}
	out, err := campaignsByIDs(ctx, s.db, ids)
	return out, err
}
