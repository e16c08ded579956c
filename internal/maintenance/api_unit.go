package maintenance

import (
	"context"
	"net/http"
	"time"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/orders"
	"anxin/internal/platform/httpapi"
	"anxin/internal/units"
)

// UnitBody is one unit in one campaign.
type UnitBody struct {
	ID         UnitID     `json:"id"`
	CampaignID ID         `json:"campaign_id"`
	UnitID     units.ID   `json:"unit_id"`
	BrandID    string     `json:"brand_id"`
	ModelID    string     `json:"model_id,omitempty"`
	Serial     string     `json:"serial,omitempty"`
	Customer   string     `json:"customer,omitempty" doc:"masked, for who may read customers"`
	Region     string     `json:"region,omitempty" doc:"code of the city"`
	OutletPath string     `json:"outlet_path"`
	State      UnitState  `json:"state"`
	Reach      string     `json:"reach" enum:"unknown,message,letter,posted,no_owner"`
	FoundBy    string     `json:"found_by" enum:"search,event"`
	Notices    int64      `json:"notices"`
	Calls      int64      `json:"calls"`
	NoticedAt  *time.Time `json:"noticed_at,omitempty"`
	NextAt     *time.Time `json:"next_notice_at,omitempty"`
	CaseID     cases.ID   `json:"case_id,omitempty"`
	OrderID    orders.ID  `json:"order_id,omitempty"`
	Reason     string     `json:"reason,omitempty"`
	Reference  string     `json:"reference,omitempty"`
	FoundAt    time.Time  `json:"found_at"`
	MovedAt    time.Time  `json:"moved_at"`
	RemediedAt *time.Time `json:"remedied_at,omitempty"`
	Acts       []string   `json:"acts"`
	Version    int64      `json:"version"`
}

// UnitDetail is one unit in one campaign, with what its customer was told.
type UnitDetail struct {
	UnitBody
	Proof []Notice `json:"proof" doc:"notices, the oldest first, with what became of each"`
}

type unitOut struct{ Body UnitDetail }

func bodyOfUnit(u Unit) UnitBody {
	reach := string(u.Reach)
	if reach == "" {
		reach = "unknown"
	}
	b := UnitBody{
		ID: u.ID, CampaignID: u.Campaign, UnitID: u.Unit, BrandID: string(u.Brand), ModelID: string(u.Model), Region: u.Region, OutletPath: u.OutletPath, State: u.State,
		Reach: reach, FoundBy: u.FoundBy, Notices: u.Notices, Calls: u.Calls, NoticedAt: u.NoticedAt, NextAt: u.NextAt, CaseID: u.Case, OrderID: u.Order, Reason: u.Reason,
		Reference: u.Reference, FoundAt: u.FoundAt, MovedAt: u.MovedAt, RemediedAt: u.RemediedAt, Acts: acts(UnitTransitions, u.State), Version: u.Version,
	}
	if u.State == Appointment {
		b.Acts = []string{"remedy"}
	}
	if u.waits() || u.State == Unreachable || u.State == Refused {
		b.Acts = append(b.Acts, "call")
	}
	return b
}

// fill adds serials and masked names to rows, two queries a page.
func (s *Service) fill(ctx context.Context, rows []UnitBody) error {
	ids := make([]units.ID, len(rows))
	for i, r := range rows {
		ids[i] = r.UnitID
	}
	found, err := s.Units.ByIDs(ctx, s.db, ids)
	if err != nil {
		return err
	}
	people, err := s.names(ctx, found)
	if err != nil {
		return err
	}
	for i := range rows {
		u := found[rows[i].UnitID]
		rows[i].Serial = u.Serial
		if cu, ok := people[u.Owner]; ok && !cu.Erased {
			rows[i].Customer = cu.MaskedName()
		}
	}
	return nil
}

func (s *Service) renderUnit(ctx context.Context, u Unit) (*unitOut, error) {
	rows := []UnitBody{bodyOfUnit(u)}
	if err := s.fill(ctx, rows); err != nil {
		return nil, err
	}
	proof, err := noticesOf(ctx, s.db, u.ID)
	return &unitOut{UnitDetail{rows[0], proof}}, err
}

// StandingBody is a campaign that bears on a unit: the words that everybody reads who deals with it.
type StandingBody struct {
	CampaignID ID         `json:"campaign_id"`
	RowID      UnitID     `json:"campaign_unit_id"`
	Number     string     `json:"number"`
	Kind       Kind       `json:"kind"`
	State      State      `json:"state" doc:"of the campaign"`
	Unit       UnitState  `json:"unit" doc:"of the unit in it"`
	Title      Text       `json:"title"`
	Hazard     Text       `json:"hazard"`
	Remedy     Text       `json:"remedy"`
	StopUse    bool       `json:"stop_use"`
	StopSale   bool       `json:"stop_sale"`
	Open       bool       `json:"open" doc:"the unit still bears its mark"`
	OrderID    orders.ID  `json:"order_id,omitempty"`
	RemediedAt *time.Time `json:"remedied_at,omitempty"`
}

// UnitIDIn names a unit of a campaign in the path.
type UnitIDIn struct {
	ID UnitID `path:"id" maxLength:"64"`
}

func (s *Service) registerUnits(api *httpapi.Server) {
	httpapi.Register(api, operation("list-campaign-units", http.MethodGet, "/campaigns/{id}/units", "List the units of a campaign",
		"An outlet sees those whose orders it has."), s.apiUnits)
	httpapi.Register(api, operation("list-campaign-notices", http.MethodGet, "/campaigns/{id}/notices", "List notices with their proof, the newest first",
		"Recipient and text stand masked in the delivery log, by message_id."), func(ctx context.Context, in *struct {
		IDIn
		httpapi.PageIn
		State string `query:"state" maxLength:"20"`
	},
	) (*httpapi.PageOut[Notice], error) {
		f := NoticeFilter{Campaign: in.ID, State: in.State, Limit: in.Limit + 1}
		if _, err := httpapi.DecodeCursor(in.Cursor, &f.After); err != nil {
			return nil, err
		}
		list, err := s.Notices(ctx, f)
		if err != nil {
			return nil, err
		}
		return &httpapi.PageOut[Notice]{Body: httpapi.MakePage(list, in.Limit, func(n Notice) Notice { return n }, func(n Notice) []any { return []any{n.ID} })}, nil
	})
	httpapi.Register(api, operation("get-campaign-unit", http.MethodGet, "/campaign-units/{id}", "Read a unit's row in a campaign", ""), func(ctx context.Context, in *UnitIDIn) (*unitOut, error) {
		u, err := s.GetUnit(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return s.renderUnit(ctx, u)
	})
	httpapi.Act(api, operation("appoint-campaign-unit", http.MethodPost, "/campaign-units/{id}/appoint", "Arrange the remedy of a unit",
		"A case and an order are made, free of charge for the customer; or an order that is there is taken."), func(ctx context.Context, in *struct {
		UnitIDIn
		Body struct {
			httpapi.ActIn
			OrderID orders.ID `json:"order_id,omitempty" maxLength:"64"`
			Address string    `json:"address,omitempty" maxLength:"500" doc:"where the unit stands, if that is not known"`
			Phone   string    `json:"phone,omitempty" maxLength:"32"`
		}
	},
	) (Unit, error) {
		b := in.Body
		return s.AskVisit(ctx, VisitInput{Act: b.Act(), ID: in.ID, Order: b.OrderID, Address: b.Address, Phone: b.Phone})
	}, s.renderUnit)
	httpapi.Act(api, operation("move-campaign-unit", http.MethodPost, "/campaign-units/{id}/move", "Note what became of a unit",
		"remedy: done otherwise, with a reference; refuse; exempt: not concerned, its mark is cleared; lost: gone, it keeps its mark; return: take it in again."), func(ctx context.Context, in *struct {
		UnitIDIn
		Body struct {
			httpapi.ActIn
			How       string `json:"how" enum:"remedy,refuse,exempt,lost,return"`
			Reference string `json:"reference,omitempty" maxLength:"64" doc:"of a remedy: number of the return or of the paper"`
		}
	},
	) (Unit, error) {
		b := in.Body
		return s.MoveUnit(ctx, UnitAct{Act: b.Act(), ID: in.ID, How: b.How, Reference: b.Reference})
	}, s.renderUnit)
	httpapi.Act(api, operation("call-campaign-unit", http.MethodPost, "/campaign-units/{id}/call", "Note a call to the customer of a unit", ""), func(ctx context.Context, in *struct {
		UnitIDIn
		Body struct {
			httpapi.ActIn
			Reached bool `json:"reached"`
		}
	},
	) (Unit, error) {
		return s.Call(ctx, CallInput{Act: in.Body.Act(), ID: in.ID, Reached: in.Body.Reached})
	}, s.renderUnit)
	httpapi.Register(api, operation("list-unit-campaigns", http.MethodGet, "/units/{id}/campaigns", "List the campaigns that bear on a unit",
		"For who sees the unit: read it at every contact."), func(ctx context.Context, in *struct {
		ID units.ID `path:"id" maxLength:"64"`
	},
	) (*struct{ Body []StandingBody }, error) {
		list, err := s.OfUnit(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		out := []StandingBody{}
		for _, x := range list {
			c := x.Campaign
			out = append(out, StandingBody{
				CampaignID: c.ID, RowID: x.Unit.ID, Number: c.Number, Kind: c.Kind, State: c.State, Unit: x.Unit.State, Title: c.Title, Hazard: c.Hazard, Remedy: c.Remedy,
				StopUse: c.StopUse, StopSale: c.StopSale, Open: x.Unit.State.bears(), OrderID: x.Unit.Order, RemediedAt: x.Unit.RemediedAt,
			})
		}
		return &struct{ Body []StandingBody }{out}, nil
	})
}

func (s *Service) apiUnits(ctx context.Context, in *struct {
	IDIn
	httpapi.PageIn
	State   UnitState `query:"state" maxLength:"20"`
	Reach   Reach     `query:"reach" maxLength:"20"`
	ModelID string    `query:"model_id" maxLength:"64"`
	Region  string    `query:"region" maxLength:"12"`
	Outlet  string    `query:"outlet_path" maxLength:"200"`
	UnitID  units.ID  `query:"unit_id" maxLength:"64"`
	Open    bool      `query:"open" doc:"those that still need something"`
	Calls   bool      `query:"calls" doc:"those that a person has to call: told in vain, or refusing"`
},
) (*httpapi.PageOut[UnitBody], error) {
	f := UnitFilter{
		Campaign: in.ID, State: in.State, Reach: in.Reach, Model: catalog.ModelID(in.ModelID), Region: in.Region, Outlet: in.Outlet, Unit: in.UnitID, Open: in.Open, Calls: in.Calls,
		Limit: in.Limit + 1,
	}
	if _, err := httpapi.DecodeCursor(in.Cursor, &f.After); err != nil {
		return nil, err
	}
	list, err := s.ListUnits(ctx, f)
	if err != nil {
		return nil, err
	}
	page := httpapi.MakePage(list, in.Limit, bodyOfUnit, func(u Unit) []any { return []any{u.ID} })
	return &httpapi.PageOut[UnitBody]{Body: page}, s.fill(ctx, page.Items)
}
