package entitlement

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/catalog"
	"anxin/internal/entitlement/rules"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/httpapi"
	"anxin/internal/units"
)

type confirmationBody struct {
	Cell   string    `json:"cell"`
	Source string    `json:"source"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

type packFaultBody struct {
	At   string `json:"at"`
	Text string `json:"text"`
}

type packBody struct {
	rules.Pack
	Origin    string             `json:"origin" enum:"product,firm"`
	Brand     catalog.BrandID    `json:"brand_id,omitempty" doc:"whose goods alone it judges"`
	State     PackState          `json:"state" enum:"draft,published,withdrawn"`
	Confirmed []confirmationBody `json:"confirmed"`
	Open      []string           `json:"open" doc:"cells that nobody has confirmed: rules.<id>, items.<item>.<column>"`
	Faults    []packFaultBody    `json:"faults,omitempty" doc:"why a published pack is left out since the product changed"`
	SavedBy   string             `json:"saved_by,omitempty"`
	SavedAt   time.Time          `json:"saved_at,omitzero"`
	DecidedBy string             `json:"decided_by,omitempty" doc:"who published or withdrew it last"`
	DecidedAt time.Time          `json:"decided_at,omitzero"`
	Record    int64              `json:"record_version" doc:"for If-Match"`
}

func packBodyOf(r PackRecord) packBody {
	out := packBody{
		Pack: r.Pack, Origin: "firm", Brand: r.Brand, State: r.State, Confirmed: []confirmationBody{}, Open: r.Open, SavedBy: r.SavedBy, SavedAt: r.SavedAt, DecidedBy: r.DecidedBy,
		DecidedAt: r.DecidedAt, Record: r.Version,
	}
	if r.Product {
		out.Origin = "product"
	}
	for _, c := range r.Confirmed {
		out.Confirmed = append(out.Confirmed, confirmationBody(c))
	}
	for _, f := range r.Faults {
		out.Faults = append(out.Faults, packFaultBody{f.At, f.Text})
	}
	return out
}

type packOut struct {
	ETag string `header:"ETag"`
	Body packBody
}

func packRendered(_ context.Context, r PackRecord) (*packOut, error) {
	return &packOut{httpapi.ETag(r.Version), packBodyOf(r)}, nil
}

// PackIn names a version of a pack in the path.
type PackIn struct {
	ID      string `path:"id" maxLength:"64"`
	Edition int    `path:"edition" minimum:"1" doc:"the pack's version"`
}

// PackBodyIn is a pack as its author wrote it; exported, since an embedded type that is not is left out of requests.
type PackBodyIn struct {
	Pack  map[string]any  `json:"pack" doc:"as docs/rule-packs.md says"`
	Brand catalog.BrandID `json:"brand_id,omitempty" maxLength:"36" doc:"whose goods alone it judges; absent: all"`
}

func (b PackBodyIn) input() (PackInput, error) {
	body, err := json.Marshal(b.Pack)
	return PackInput{body, b.Brand}, err
}

// registerPacks adds rule packs.
func (s *Service) registerPacks(api *httpapi.Server) {
	tags := []string{"entitlement"}
	httpapi.Register(api, huma.Operation{
		OperationID: "list-rule-packs", Method: http.MethodGet, Path: "/rule-packs", Tags: tags, Summary: "List the rule packs",
		Description: "Laws and promises with their rules, sources and what is unverified: the product's, and those that the firm wrote, drafts too.",
	}, func(ctx context.Context, _ *struct{}) (*struct{ Body []packBody }, error) {
		list, err := s.Packs(ctx)
		if err != nil {
			return nil, err
		}
		out := &struct{ Body []packBody }{make([]packBody, len(list))}
		for i, r := range list {
			out.Body[i] = packBodyOf(r)
		}
		return out, nil
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "get-rule-pack", Method: http.MethodGet, Path: "/rule-packs/{id}/{edition}", Tags: tags, Summary: "Read a version of a rule pack",
	}, func(ctx context.Context, in *PackIn) (*packOut, error) {
		r, err := s.Pack(ctx, in.ID, in.Edition)
		if err != nil {
			return nil, err
		}
		return packRendered(ctx, r)
	})
	httpapi.Act(api, huma.Operation{
		OperationID: "save-rule-pack", Method: http.MethodPost, Path: "/rule-packs", Tags: tags, Summary: "Keep a rule pack as a draft",
		Description: "The draft of the same version is written over. Faults come back at their places in the pack.",
	}, func(ctx context.Context, in *struct{ Body PackBodyIn }) (PackRecord, error) {
		p, err := in.Body.input()
		if err != nil {
			return PackRecord{}, err
		}
		return s.SavePack(ctx, p)
	}, packRendered)
	httpapi.Register(api, huma.Operation{
		OperationID: "try-rule-pack", Method: http.MethodPost, Path: "/rule-packs/try", Tags: tags, Summary: "Ask what a rule pack would give",
		Description: "Reads a pack as saving does, and decides with it beside the packs in force: about facts, or about a unit. Keeps nothing.",
	}, func(ctx context.Context, in *struct {
		Body struct {
			PackBodyIn
			Facts *rules.Facts      `json:"facts,omitempty"`
			Unit  units.ID          `json:"unit_id,omitempty" maxLength:"36"`
			On    calendar.Date     `json:"on,omitzero" doc:"day of the question about a unit; today when absent"`
			Fault *rules.FaultFacts `json:"fault,omitempty" doc:"of a unit"`
		}
	},
	) (*struct {
		Body struct {
			Open     []string        `json:"open" doc:"cells that would be unverified"`
			Decision *rules.Decision `json:"decision,omitempty"`
		}
	}, error,
	) {
		p, err := in.Body.input()
		if err != nil {
			return nil, err
		}
		got, err := s.TryPack(ctx, TryInput{PackInput: p, Facts: in.Body.Facts, Unit: in.Body.Unit, Ask: RightsInput{Unit: in.Body.Unit, On: in.Body.On, Fault: in.Body.Fault}})
		if err != nil {
			return nil, err
		}
		var out struct {
			Body struct {
				Open     []string        `json:"open" doc:"cells that would be unverified"`
				Decision *rules.Decision `json:"decision,omitempty"`
			}
		}
		out.Body.Open, out.Body.Decision = got.Open, got.Decision
		return &out, nil
	})
	decide := func(id, path, summary, about string, to PackState) {
		httpapi.Act(api, huma.Operation{
			OperationID: id, Method: http.MethodPost, Path: "/rule-packs/{id}/{edition}/" + path, Tags: tags, Summary: summary, Description: about,
		}, func(ctx context.Context, in *struct {
			PackIn
			httpapi.VersionIn
			Body struct {
				Note string `json:"note,omitempty" maxLength:"500"`
			}
		},
		) (PackRecord, error) {
			v, err := in.Version()
			if err != nil {
				return PackRecord{}, err
			}
			return s.DecidePack(ctx, in.ID, in.Edition, v, to, in.Body.Note)
		}, packRendered)
	}
	decide("publish-rule-pack", "publish", "Put a rule pack in force", "Open decisions are decided anew within ten minutes, and their customers told what changed.", PackPublished)
	decide("withdraw-rule-pack", "withdraw", "Take a rule pack out of force", "With a note that says why. What was decided by it is decided anew.", PackWithdrawn)
	httpapi.Act(api, huma.Operation{
		OperationID: "confirm-rule-cell", Method: http.MethodPost, Path: "/rule-packs/{id}/{edition}/confirm", Tags: tags, Summary: "Confirm a cell of a rule pack",
		Description: "Somebody who knows the law has read it in a text. Without a source the confirmation is taken back.",
	}, func(ctx context.Context, in *struct {
		PackIn
		Body struct {
			Cell   string `json:"cell" maxLength:"200" minLength:"1"`
			Source string `json:"source" maxLength:"500" doc:"article and edition; empty takes the confirmation back"`
		}
	},
	) (PackRecord, error) {
		return s.ConfirmCell(ctx, in.ID, in.Edition, in.Body.Cell, in.Body.Source)
	}, packRendered)
}
