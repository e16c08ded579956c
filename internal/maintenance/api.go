package maintenance

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/jobs"
	"anxin/internal/units"
)

var tags = []string{"maintenance"}

// RowBody is a campaign as lists show it.
type RowBody struct {
	ID         ID         `json:"id"`
	Number     string     `json:"number"`
	Kind       Kind       `json:"kind"`
	State      State      `json:"state"`
	BrandID    string     `json:"brand_id"`
	Title      Text       `json:"title"`
	StopSale   bool       `json:"stop_sale"`
	Counted    int64      `json:"counted" doc:"units that it concerned when it was approved"`
	Units      Tally      `json:"units" doc:"by state"`
	Total      int64      `json:"total"`
	Rate       int64      `json:"rate" doc:"remedied of those that are neither exempt nor gone, hundredths of a percent"`
	NextDue    *Deadline  `json:"next_due,omitempty" doc:"the next duty of the law, or the oldest that is over"`
	StartedAt  *time.Time `json:"started_at,omitempty"`
	EndedAt    *time.Time `json:"ended_at,omitempty"`
	CreatedAt  time.Time  `json:"created_at"`
	Unverified bool       `json:"unverified,omitempty" doc:"a deadline rests on a number that nobody has confirmed"`
}

// Body is a whole campaign.
type Body struct {
	RowBody
	Plan      Plan                `json:"plan"`
	Dates     Dates               `json:"dates"`
	Affected  units.AffectedCount `json:"affected" doc:"as counted at the approval"`
	Search    SearchState         `json:"search" enum:",running,stopped,done,releasing,released"`
	TaskID    jobs.TaskID         `json:"task_id,omitempty" doc:"of the search: progress and stop are there"`
	Deadlines []Deadline          `json:"deadlines"`
	KeepUntil string              `json:"keep_until,omitempty" doc:"records are kept at least until then (C7)"`
	CreatedBy string              `json:"created_by"`
	EditedBy  string              `json:"edited_by"`
	Approver  string              `json:"approved_by,omitempty"`
	Approved  *time.Time          `json:"approved_at,omitempty"`
	EndReason string              `json:"end_reason,omitempty"`
	Acts      []string            `json:"acts" doc:"what can be done next"`
	Version   int64               `json:"version"`
}

type campaignOut struct {
	ETag string `header:"ETag"`
	Body Body
}

func (s *Service) rowOf(c Campaign, t Tally) RowBody {
	if t == nil {
		t = Tally{}
	}
	b := RowBody{
		ID: c.ID, Number: c.Number, Kind: c.Kind, State: c.State, BrandID: string(c.Brand), Title: c.Title, StopSale: c.StopSale, Counted: c.Counted.Total, Units: t,
		Total: t.Total(), Rate: t.Rate(), StartedAt: c.StartedAt, EndedAt: c.EndedAt, CreatedAt: c.CreatedAt,
	}
	for _, d := range c.Deadlines(s.cal, s.Zone, calendar.DateOf(s.db.Now(), s.Zone)) {
		b.Unverified = b.Unverified || d.Unverified
		if (d.State == "open" || d.State == "overdue") && (b.NextDue == nil || d.Due < b.NextDue.Due) {
			b.NextDue = &d
		}
	}
	return b
}

func (s *Service) render(ctx context.Context, c Campaign) (*campaignOut, error) {
	all, err := tallies(ctx, s.db, []string{string(c.ID)})
	if err != nil {
		return nil, err
	}
	b := Body{
		RowBody: s.rowOf(c, all[c.ID]), Plan: c.Plan, Dates: c.Dates, Affected: c.Counted, Search: c.Search, TaskID: c.Task,
		Deadlines: c.Deadlines(s.cal, s.Zone, calendar.DateOf(s.db.Now(), s.Zone)), CreatedBy: c.CreatedBy, EditedBy: c.EditedBy, Approver: c.ApprovedBy,
		Approved: c.ApprovedAt, EndReason: c.EndReason, Acts: acts(Transitions, c.State), Version: c.Version,
	}
	if d := c.KeepUntil(s.Zone); !d.IsZero() {
		b.KeepUntil = d.String()
	}
	switch {
	case c.State == Draft:
		b.Acts = append(b.Acts, "edit", "set_dates")
	case c.State != Cancelled:
		b.Acts = append(b.Acts, "set_dates")
	}
	if c.State == Started {
		if c.Search == SearchStopped {
			b.Acts = append(b.Acts, "go_on")
		}
		b.Acts = append(b.Acts, "print_letters")
	}
	return &campaignOut{httpapi.ETag(c.Version), b}, nil
}

// IDIn names the campaign in the path.
type IDIn struct {
	ID ID `path:"id" maxLength:"64"`
}

type actIn struct {
	IDIn
	Body struct{ httpapi.ActIn }
}

func operation(id, method, path, summary, description string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Tags: tags, Summary: summary, Description: description}
}

// Register adds this module's operations.
func (s *Service) Register(api *httpapi.Server) {
	httpapi.Register(api, operation("list-campaigns", http.MethodGet, "/campaigns", "List recalls and service campaigns, the newest first", ""), s.apiList)
	httpapi.Act(api, operation("create-campaign", http.MethodPost, "/campaigns", "Draft a campaign",
		"It concerns nobody before another person has approved it and it was started."), func(ctx context.Context, in *struct {
		Body struct {
			httpapi.ActIn
			BrandID string `json:"brand_id" maxLength:"64"`
			Plan    Plan   `json:"plan"`
			Dates   Dates  `json:"dates,omitempty"`
		}
	},
	) (Campaign, error) {
		b := in.Body
		return s.Create(ctx, CreateInput{Act: b.Act(), Brand: catalog.BrandID(b.BrandID), Plan: b.Plan, Dates: b.Dates})
	}, s.render)
	httpapi.Register(api, operation("preview-campaign", http.MethodPost, "/campaigns/preview", "Count the units that conditions would concern", "It changes nothing."), func(ctx context.Context, in *struct {
		Body struct {
			BrandID    string         `json:"brand_id" maxLength:"64"`
			Conditions units.Affected `json:"conditions"`
		}
	},
	) (*struct{ Body units.AffectedCount }, error) {
		n, err := s.Preview(ctx, catalog.BrandID(in.Body.BrandID), in.Body.Conditions)
		if err != nil {
			return nil, err
		}
		return &struct{ Body units.AffectedCount }{n}, nil
	})
	httpapi.Register(api, operation("get-campaign", http.MethodGet, "/campaigns/{id}", "Read a campaign", ""), func(ctx context.Context, in *IDIn) (*campaignOut, error) {
		c, err := s.Get(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return s.render(ctx, c)
	})
	httpapi.Register(api, operation("get-campaign-progress", http.MethodGet, "/campaigns/{id}/progress", "Read how far a campaign has come",
		"By state, week, model, city and outlet, with what became of the notices."), func(ctx context.Context, in *IDIn) (*struct{ Body Progress }, error) {
		p, err := s.Progress(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return &struct{ Body Progress }{p}, nil
	})
	httpapi.Register(api, operation("get-campaign-report", http.MethodGet, "/campaigns/{id}/report", "Fetch the report of a campaign",
		"A PDF: dates, units by state, notices by what became of them, by week, model, city and outlet. It names no customer."), func(ctx context.Context, in *IDIn) (*reportOut, error) {
		name, raw, err := s.Report(ctx, api.Words(), langOf(ctx), in.ID)
		if err != nil {
			return nil, err
		}
		return &reportOut{"application/pdf", `inline; filename="` + name + `"`, raw}, nil
	})
	httpapi.Act(api, operation("edit-campaign", http.MethodPut, "/campaigns/{id}", "Change the plan of a draft", ""), func(ctx context.Context, in *struct {
		IDIn
		httpapi.VersionIn
		Body struct {
			Plan Plan `json:"plan"`
		}
	},
	) (Campaign, error) {
		v, err := in.Version()
		if err != nil {
			return Campaign{}, err
		}
		return s.Edit(ctx, EditInput{ID: in.ID, Version: v, Plan: in.Body.Plan})
	}, s.render)
	s.registerActs(api)
	s.registerUnits(api)
	s.registerStops(api)
}

func (s *Service) apiList(ctx context.Context, in *struct {
	httpapi.PageIn
	State   State  `query:"state" maxLength:"20"`
	Kind    Kind   `query:"kind" maxLength:"20"`
	BrandID string `query:"brand_id" maxLength:"64"`
},
) (*httpapi.PageOut[RowBody], error) {
	f := Filter{State: in.State, Kind: in.Kind, Brand: catalog.BrandID(in.BrandID), Limit: in.Limit + 1}
	var err error
	if f.HasAfter, err = httpapi.DecodeCursor(in.Cursor, &f.Before, &f.BeforeID); err != nil {
		return nil, err
	}
	list, err := s.List(ctx, f)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(list))
	for i, c := range list {
		ids[i] = string(c.ID)
	}
	all, err := tallies(ctx, s.db, ids)
	if err != nil {
		return nil, err
	}
	return &httpapi.PageOut[RowBody]{Body: httpapi.MakePage(list, in.Limit, func(c Campaign) RowBody { return s.rowOf(c, all[c.ID]) },
		func(c Campaign) []any { return []any{c.CreatedAt.UnixMicro(), c.ID} })}, nil
}

func (s *Service) registerActs(api *httpapi.Server) {
	httpapi.Act(api, operation("approve-campaign", http.MethodPost, "/campaigns/{id}/approve", "Approve a campaign as the second person",
		"Its words stand in both languages and it concerns some unit. Who wrote it does not approve it."), func(ctx context.Context, in *struct {
		IDIn
		Body struct {
			httpapi.ActIn
			Count *int64 `json:"count,omitempty" doc:"of units that was shown; refused when others are concerned meanwhile"`
		}
	},
	) (Campaign, error) {
		return s.Approve(ctx, ApproveInput{ActInput{in.Body.Act(), in.ID}, in.Body.Count})
	}, s.render)
	for _, x := range []struct {
		id, path, summary, description string
		run                            func(context.Context, ActInput) (Campaign, error)
	}{
		{"withdraw-campaign", "withdraw", "Take back an approval", "It is a draft again.", s.Withdraw},
		{"start-campaign", "start", "Start a campaign", "A task looks for its units and marks them; their customers are told.", s.Start},
		{"continue-campaign", "continue", "Go on looking for units", "After the task was stopped; it goes on where it was.", s.GoOn},
		{"close-campaign", "close", "Close a campaign", "Units that are open need a reason and keep their marks.", s.Close},
		{"cancel-campaign", "cancel", "Call a campaign off", "A task takes back the marks of units that were not remedied.", s.Cancel},
	} {
		httpapi.Act(api, operation(x.id, http.MethodPost, "/campaigns/{id}/"+x.path, x.summary, x.description), func(ctx context.Context, in *actIn) (Campaign, error) {
			return x.run(ctx, ActInput{in.Body.Act(), in.ID})
		}, s.render)
	}
	httpapi.Act(api, operation("set-campaign-dates", http.MethodPost, "/campaigns/{id}/dates", "Note the days that the law counts", "They replace those before."), func(ctx context.Context, in *struct {
		IDIn
		Body struct {
			httpapi.ActIn
			Dates Dates `json:"dates"`
		}
	},
	) (Campaign, error) {
		return s.SetDates(ctx, DatesInput{ActInput{in.Body.Act(), in.ID}, in.Body.Dates})
	}, s.render)
	httpapi.Register(api, operation("print-campaign-letters", http.MethodPost, "/campaigns/{id}/letters", "Make the list for letters",
		"Comma-separated, with names and addresses in the clear, of those whom no message reaches; each then counts as told by letter. The trail notes who asked. The header X-Left tells how many are left for the next list."),
		func(ctx context.Context, in *actIn) (*lettersOut, error) {
			l, err := s.PrintLetters(ctx, ActInput{in.Body.Act(), in.ID})
			if err != nil {
				return nil, err
			}
			return &lettersOut{"text/csv; charset=utf-8", `attachment; filename="` + l.Name + `"`, l.Count, l.Left, l.CSV}, nil
		})
}

type reportOut struct {
	Type        string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

type lettersOut struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Count       int    `header:"X-Count"`
	Left        int    `header:"X-Left"`
	Body        []byte
}

// names finds masked names of the owners of units, for who may read customers.
func (s *Service) names(ctx context.Context, found map[units.ID]units.Unit) (map[customers.ID]customers.Customer, error) {
	if !access.From(ctx).Permissions.Has(customers.PermRead) {
		return map[customers.ID]customers.Customer{}, nil
	}
	ids := []customers.ID{}
	for _, u := range found {
		if u.Owner != "" {
			ids = append(ids, u.Owner)
		}
	}
	return s.Customers.ByIDs(ctx, s.db, ids)
}
