package console

import (
	"cmp"
	"context"
	"slices"

	"anxin/internal/clocks"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
)

// settled lists the deadlines of a period with whoever owed them: those kept on the day they were kept, those
// broken on the day they ran out. A deadline of an order is of the outlet that has the order, any other of the
// one that has the case.
const settled = `SELECT c.id AS key, c.record_kind, COALESCE(o.id, k.id, '') AS record, c.party, c.milestone, COALESCE(o.brand_id, k.brand_id, c.brand_id) AS brand_id,
	COALESCE(o.outlet_path, k.outlet_path, '/') AS outlet_path, c.at, c.hit
	FROM (SELECT id, record_kind, record_id, job_kind, job_id, party, milestone, brand_id, met_at AS at, 1 AS hit FROM clocks_pub_clock
			WHERE status = 'met' AND met_at >= {from} AND met_at < {to}
		UNION ALL SELECT id, record_kind, record_id, job_kind, job_id, party, milestone, brand_id, breached_at AS at, 0 AS hit FROM clocks_pub_clock
			WHERE status = 'breached' AND breached_at >= {from} AND breached_at < {to}) c
	LEFT JOIN orders_pub_order o ON c.record_kind = 'order' AND o.id = c.record_id
	LEFT JOIN cases_pub_case k ON c.job_kind = 'case' AND k.id = c.job_id`

// MilestoneClocks are the deadlines of one kind.
type MilestoneClocks struct {
	Milestone clocks.Milestone `json:"milestone"`
	Met       int64            `json:"met"`
	Breached  int64            `json:"breached"`
}

// PartyClocks are the deadlines that one party owed.
type PartyClocks struct {
	Party      clocks.Party      `json:"party" doc:"whose clock it was: firm, centre, outlet, engineer, customer, parts, approver, product_owner, seller, carrier, platform"`
	Met        int64             `json:"met"`
	Breached   int64             `json:"breached"`
	Milestones []MilestoneClocks `json:"milestones" doc:"those broken most often first"`
}

// ClocksKept tells of a period who kept his deadlines.
type ClocksKept struct {
	From    calendar.Date `json:"from"`
	To      calendar.Date `json:"to"`
	Parties []PartyClocks `json:"parties" doc:"in the order of the way from the firm to the world outside"`
}

// ClocksKept counts deadlines kept and broken by whoever owed them, within the actor's scope. What fell away, and what
// still runs, is not counted.
func (s *Service) ClocksKept(ctx context.Context, in KPIInput) (ClocksKept, error) {
	if err := access.Require(ctx, permKPI); err != nil {
		return ClocksKept{}, err
	}
	in, path, err := s.period(ctx, in)
	if err != nil {
		return ClocksKept{}, err
	}
	var w db.Where
	sql := s.counting(ctx, &w, settled, in, path)
	type row struct {
		party clocks.Party
		m     MilestoneClocks
	}
	rows, err := db.List(ctx, s.DB, func(sc db.Scanner) (v row, err error) {
		return v, sc.Scan(&v.party, &v.m.Milestone, &v.m.Met, &v.m.Breached)
	}, `SELECT party, milestone, SUM(hit), SUM(1 - hit) FROM (`+sql+`) AS counted`+w.String()+` GROUP BY party, milestone`, w.Args()...)
	if err != nil {
		return ClocksKept{}, err
	}
	out := ClocksKept{From: in.From, To: in.To, Parties: []PartyClocks{}}
	for _, party := range clocks.AllParties() {
		p := PartyClocks{Party: party, Milestones: []MilestoneClocks{}}
		for _, r := range rows {
			if r.party == party {
				p.Met, p.Breached, p.Milestones = p.Met+r.m.Met, p.Breached+r.m.Breached, append(p.Milestones, r.m)
			}
		}
		slices.SortFunc(p.Milestones, func(a, b MilestoneClocks) int {
			return cmp.Or(cmp.Compare(b.Breached, a.Breached), cmp.Compare(b.Met, a.Met), cmp.Compare(a.Milestone, b.Milestone))
		})
		if len(p.Milestones) > 0 {
			out.Parties = append(out.Parties, p)
		}
	}
	return out, nil
}
