package orders

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/catalog"
	"anxin/internal/parts"
	"anxin/internal/platform/access"
	"anxin/internal/platform/files"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/problem"
)

// UsedPartIn is a part that was used.
type UsedPartIn struct {
	PartID    parts.PartID  `json:"part_id,omitempty" maxLength:"36"`
	Code      string        `json:"code,omitempty" maxLength:"64" doc:"instead of part_id"`
	PlaceID   parts.PlaceID `json:"place_id,omitempty" maxLength:"64" doc:"default: the engineer's van"`
	Quantity  int64         `json:"quantity" minimum:"1"`
	OldSerial string        `json:"old_serial,omitempty" maxLength:"64"`
	NewSerial string        `json:"new_serial,omitempty" maxLength:"64"`
}

func (p UsedPartIn) use() PartUse {
	return PartUse{Part: p.PartID, Code: p.Code, Place: p.PlaceID, Quantity: p.Quantity, OldSerial: p.OldSerial, NewSerial: p.NewSerial}
}

// ProofIn is what an engineer hands in for one order.
type ProofIn struct {
	Symptom  catalog.SymptomCode `json:"symptom,omitempty" maxLength:"32"`
	Cause    catalog.CauseCode   `json:"cause,omitempty" maxLength:"32"`
	Action   catalog.ActionCode  `json:"action,omitempty" maxLength:"32"`
	Checks   map[string]string   `json:"checks,omitempty" doc:"by item: ok, bad or na"`
	Readings map[string]float64  `json:"readings,omitempty" doc:"by item"`
	Texts    map[string]string   `json:"texts,omitempty" doc:"by item"`
	Serial   string              `json:"serial,omitempty" maxLength:"64"`
	Parts    []UsedPartIn        `json:"parts,omitempty" maxItems:"50"`
	Files    []proofFileIn       `json:"files,omitempty" maxItems:"50" doc:"those not uploaded yet are attached when they arrive"`
	Note     string              `json:"work_note,omitempty" maxLength:"4000"`
}

type proofFileIn struct {
	ID   files.ID  `json:"id" maxLength:"36"`
	Slot PhotoKind `json:"slot" enum:"before,after,serial,signature,old_part,other"`
}

func (p ProofIn) input() (ProofInput, error) {
	out := ProofInput{Diagnosis: Diagnosis{p.Symptom, p.Cause, p.Action}, Serial: p.Serial, ToCome: true, Note: p.Note}
	for item, v := range p.Checks {
		a := AnswerItem{Item: item}
		switch v {
		case "ok":
			a.Checked = new(true)
		case "bad":
			a.Checked = new(false)
		case "na":
			a.NA = true
		default:
			return out, problem.Field("checks."+item, problem.BadChoice)
		}
		out.Answers = append(out.Answers, a)
	}
	for item, v := range p.Readings {
		out.Answers = append(out.Answers, AnswerItem{Item: item, Number: &v})
	}
	for item, v := range p.Texts {
		out.Answers = append(out.Answers, AnswerItem{Item: item, Text: v})
	}
	slices.SortFunc(out.Answers, func(a, b AnswerItem) int { return strings.Compare(a.Item, b.Item) })
	for _, u := range p.Parts {
		out.Parts = append(out.Parts, u.use())
	}
	for _, f := range p.Files {
		out.Photos = append(out.Photos, PhotoInput{FileID: f.ID, Kind: f.Slot})
	}
	return out, nil
}

type signIn struct {
	Kind   string   `json:"kind" enum:"signature,code,absent"`
	File   files.ID `json:"file,omitempty" maxLength:"36" doc:"picture of the signature"`
	Code   string   `json:"code,omitempty" maxLength:"16" doc:"finish code that the customer told"`
	Reason string   `json:"reason,omitempty" maxLength:"200" doc:"why nobody signed"`
}

// apply signs one order off.
func (in signIn) apply(p *ProofInput) {
	switch in.Kind {
	case "signature":
		if in.File != "" && !slices.ContainsFunc(p.Photos, func(ph PhotoInput) bool { return ph.FileID == in.File }) {
			p.Photos = append(p.Photos, PhotoInput{FileID: in.File, Kind: PhotoSignature})
		}
	case "code":
		p.FinishCode = in.Code
	case "absent":
		p.Absent = true
		if in.Reason != "" {
			p.Note = strings.TrimSpace(p.Note + "\n" + in.Reason)
		}
	}
}

type finishOrderIn struct {
	ProofIn
	OrderID  ID                `json:"order_id" maxLength:"36"`
	Outcome  Outcome           `json:"outcome" enum:"fixed,guided,no_fault_found,declined_by_customer,needs_part,second_visit,quote_approval,depot,another_skill"`
	Reason   string            `json:"break_reason,omitempty" maxLength:"64" doc:"of order.break_off; default: by the outcome"`
	Earliest *time.Time        `json:"next_earliest,omitempty" doc:"when the next visit makes sense: the part's date"`
	Skill    catalog.SkillCode `json:"next_skill,omitempty" maxLength:"16"`
}

type finishIn struct {
	ID   VisitID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		Point   *pointIn        `json:"point,omitempty"`
		Orders  []finishOrderIn `json:"orders" minItems:"1" maxItems:"20"`
		SignOff *signIn         `json:"sign_off,omitempty"`
	}
}

func (in finishIn) input() (FinishInput, error) {
	b := in.Body
	out := FinishInput{FieldInput: FieldInput{VisitInput: VisitInput{Act: b.Act(), ID: in.ID}, Point: b.Point.point()}}
	for _, o := range b.Orders {
		p, err := o.ProofIn.input()
		if err != nil {
			return out, err
		}
		if b.SignOff != nil {
			b.SignOff.apply(&p)
		}
		out.Results = append(out.Results, OrderResult{Order: o.OrderID, Outcome: o.Outcome, Reason: o.Reason, Earliest: o.Earliest, Skill: o.Skill, Proof: p})
	}
	return out, nil
}

// uploadIn is a picture that is handed in for an order.
type uploadIn struct {
	ID      VisitID `path:"id" maxLength:"36"`
	RawBody huma.MultipartFormFiles[struct {
		File        huma.FormFile `form:"file" contentType:"image/jpeg,image/png,image/webp,application/octet-stream" required:"true"`
		FileID      string        `form:"id" maxLength:"36" required:"true"`
		OrderID     string        `form:"order_id" maxLength:"36" required:"true"`
		Slot        string        `form:"slot" required:"true" enum:"before,after,serial,signature,old_part,other"`
		OperationID string        `form:"operation_id" maxLength:"64" required:"false"`
		OccurredAt  string        `form:"occurred_at" required:"false"`
		OffsetMS    int64         `form:"device_offset_ms" required:"false"`
		TakenAt     string        `form:"taken_at" required:"false"`
	}]
}

const maxUpload = 30 << 20

// registerProof adds handing in proof, one picture or a piece at a time.
func (s *Service) registerProof(api *httpapi.Server) {
	upload := visitOp("upload-visit-file", http.MethodPost, "/visits/{id}/files", "Hand in a picture",
		"A picture of a visit's order, before or after the visit was finished. The same id with the same bytes again changes nothing.")
	upload.MaxBodyBytes = maxUpload
	httpapi.Register(api, upload, s.uploadFile)
	httpapi.Act(api, op("add-order-proof", http.MethodPost, "/orders/{id}/proof", "Hand in proof", "A completed order whose proof was incomplete is judged again."),
		func(ctx context.Context, in *struct {
			ID   ID `path:"id" maxLength:"36"`
			Body struct {
				httpapi.ActIn
				ProofIn
				VisitID VisitID `json:"visit_id,omitempty" maxLength:"36"`
				SignOff *signIn `json:"sign_off,omitempty"`
			}
		},
		) (Order, error) {
			p, err := in.Body.ProofIn.input()
			if err != nil {
				return Order{}, err
			}
			p.ToCome = false
			if in.Body.SignOff != nil {
				in.Body.SignOff.apply(&p)
			}
			return s.AddProof(ctx, AddProofInput{ActInput: ActInput{Act: in.Body.Act(), ID: in.ID}, Visit: in.Body.VisitID, Proof: p})
		}, s.out)
	httpapi.Act(api, op("reserve-order-part", http.MethodPost, "/orders/{id}/parts", "Keep a part for an order", ""),
		func(ctx context.Context, in *struct {
			ID   ID `path:"id" maxLength:"36"`
			Body struct {
				httpapi.ActIn
				UsedPartIn
			}
		},
		) (Order, error) {
			return s.ReservePart(ctx, ReservePartInput{ActInput: ActInput{Act: in.Body.Act(), ID: in.ID}, Part: in.Body.use()})
		}, s.out)
	httpapi.Act(api, op("release-order-part", http.MethodPost, "/orders/{id}/parts/{line}/release", "Give a reserved part back", ""),
		func(ctx context.Context, in *struct {
			ID   ID     `path:"id" maxLength:"36"`
			Line string `path:"line" maxLength:"36"`
			Body struct{ httpapi.ActIn }
		},
		) (Order, error) {
			return s.ReleasePart(ctx, PartLineInput{ActInput: ActInput{Act: in.Body.Act(), ID: in.ID}, Line: in.Line})
		}, s.out)
}

// uploadFile stores a picture and attaches it to its order: two steps, since bytes are never stored inside
// a transaction. A repeated upload finds the first.
func (s *Service) uploadFile(ctx context.Context, in *uploadIn) (*struct{ Body photoBody }, error) {
	if err := mayField(ctx); err != nil {
		return nil, err
	}
	d := in.RawBody.Data()
	defer func() { _ = d.File.Close() }()
	v, err := s.findField(ctx, s.db, in.ID)
	if err != nil {
		return nil, err
	}
	id := ID(d.OrderID)
	if !slices.ContainsFunc(v.Orders, func(o VisitOrder) bool { return o.OrderID == id }) {
		return nil, problem.Field("order_id", problem.Unknown)
	}
	o, err := findOrder(ctx, s.db, access.Everything, id)
	if err != nil {
		return nil, err
	}
	purpose := files.Photo
	if PhotoKind(d.Slot) == PhotoSignature {
		purpose = files.Signature
	}
	f, err := s.Files.Upload(ctx, files.UploadInput{
		ID: files.ID(d.FileID), Purpose: purpose, Name: d.File.Filename, Key: o.KeyID, By: access.From(ctx).ID, Brand: string(o.BrandID), OutletPath: v.OutletPath,
		Body: d.File,
	})
	if err != nil {
		return nil, err
	}
	act := httpapi.ActIn{OperationID: d.OperationID, OffsetMS: d.OffsetMS}
	if at, err := time.Parse(time.RFC3339Nano, d.OccurredAt); err == nil {
		act.OccurredAt = at
	}
	o, err = s.AttachPhoto(ctx, AttachPhotoInput{ActInput: ActInput{Act: act.Act(), ID: id}, Visit: v.ID, Photo: PhotoInput{FileID: f.ID, Kind: PhotoKind(d.Slot)}})
	if err != nil {
		return nil, err
	}
	list, err := listPhotos(ctx, s.db, o.ID)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(p Photo) bool { return p.FileID == f.ID })
	if i < 0 {
		return nil, errors.New("orders: an attached photo is gone")
	}
	p := list[i]
	return &struct{ Body photoBody }{photoBody{string(p.FileID), p.Kind, p.VisitID, p.TakenAt, p.Distance, p.Reused, p.At}}, nil
}
