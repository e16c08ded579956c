package customers

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/platform/crypt"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/httpapi"
)

func bodyOf(c Customer) customerBody {
	b := customerBody{
		ID: string(c.ID), Kind: string(c.Kind), Name: c.MaskedName(), Phones: []phoneBody{}, Email: crypt.MaskEmail(c.Email), Note: crypt.MaskText(c.Note), Lang: c.Lang,
		MergedInto: string(c.MergedInto), Erased: c.Erased, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, Version: c.Version,
	}
	for _, p := range c.Phones {
		b.Phones = append(b.Phones, phoneBody{ID: string(p.ID), Number: crypt.MaskPhone(p.Number), Label: crypt.MaskText(p.Label), Primary: p.Primary})
	}
	return b
}

func (s *Service) registerAddresses(api *httpapi.Server) {
	httpapi.Register(api, huma.Operation{
		OperationID: "list-customer-addresses", Method: http.MethodGet, Path: "/customers/{id}/addresses", Tags: tags, Summary: "List a customer's addresses",
		Description: "Masked to the town or street; the point is that of the division when nothing finer is known.",
	}, s.apiAddresses)
	httpapi.Act(api, huma.Operation{
		OperationID: "add-customer-address", Method: http.MethodPost, Path: "/customers/{id}/addresses", Tags: tags, Summary: "Add an address",
	}, s.apiAddAddress, s.render)
	httpapi.Act(api, huma.Operation{
		OperationID: "edit-customer-address", Method: http.MethodPut, Path: "/customers/{id}/addresses/{address}", Tags: tags, Summary: "Replace an address",
		Description: "Snapshots that orders took of it stay as they were.",
	}, s.apiEditAddress, s.render)
	httpapi.Act(api, huma.Operation{
		OperationID: "remove-customer-address", Method: http.MethodDelete, Path: "/customers/{id}/addresses/{address}", Tags: tags, Summary: "Remove an address",
	}, s.apiRemoveAddress, s.render)
	httpapi.Register(api, huma.Operation{
		OperationID: "parse-address", Method: http.MethodPost, Path: "/addresses/parse", Tags: tags, Summary: "Take a pasted address apart",
		Description: "Keeps nothing. A name and a phone pasted along are found too.",
	}, s.apiParse)
	s.registerDivisions(api)
}

type addressIn struct {
	Label    string     `json:"label,omitempty" maxLength:"50"`
	Text     string     `json:"text,omitempty" maxLength:"500" doc:"As pasted; it is taken apart"`
	Access   string     `json:"access,omitempty" maxLength:"500" doc:"Access notes"`
	Division string     `json:"division,omitempty" maxLength:"12" doc:"Code of the division, when it is known better than the text says"`
	Point    *geo.Point `json:"point,omitempty"`
}

func (a addressIn) input() AddressInput {
	return AddressInput{Label: a.Label, Text: a.Text, Access: a.Access, Division: a.Division, Point: a.Point}
}

type addressOut struct {
	ID       string     `json:"id"`
	Label    string     `json:"label,omitempty"`
	Text     string     `json:"text" doc:"Masked to the town or street"`
	Division string     `json:"division,omitempty"`
	Point    *geo.Point `json:"point,omitempty"`
	Access   bool       `json:"has_access_notes"`
}

type addressesOut struct {
	Body struct {
		Items []addressOut `json:"items"`
	}
}

func (s *Service) apiAddresses(ctx context.Context, in *IDIn) (*addressesOut, error) {
	if err := s.mustSee(ctx, s.db, PermRead, ID(in.ID)); err != nil {
		return nil, err
	}
	list, err := s.Addresses(ctx, s.db, ID(in.ID))
	if err != nil {
		return nil, err
	}
	out := &addressesOut{}
	out.Body.Items = []addressOut{}
	for _, a := range list {
		if a.Erased {
			continue
		}
		b := addressOut{ID: string(a.ID), Label: crypt.MaskText(a.Label), Text: a.Place().Masked(), Division: a.Division, Access: a.Access != ""}
		if a.Point != (geo.Point{}) {
			at := Rough(a.Point)
			b.Point = &at
		}
		out.Body.Items = append(out.Body.Items, b)
	}
	return out, nil
}

type addAddressIn struct {
	EditIn
	Body addressIn
}

func (s *Service) apiAddAddress(ctx context.Context, in *addAddressIn) (Ref, error) {
	v, err := in.Version()
	if err != nil {
		return Ref{}, err
	}
	return s.AddAddress(ctx, AddAddressInput{ID: ID(in.ID), Version: v, Address: in.Body.input()})
}

type editAddressIn struct {
	EditIn
	Address string `path:"address" maxLength:"64"`
	Body    addressIn
}

func (s *Service) apiEditAddress(ctx context.Context, in *editAddressIn) (Ref, error) {
	v, err := in.Version()
	if err != nil {
		return Ref{}, err
	}
	return s.EditAddress(ctx, EditAddressInput{ID: ID(in.ID), Version: v, Address: AddressID(in.Address), New: in.Body.input()})
}

type removeAddressIn struct {
	EditIn
	Address string `path:"address" maxLength:"64"`
}

func (s *Service) apiRemoveAddress(ctx context.Context, in *removeAddressIn) (Ref, error) {
	v, err := in.Version()
	if err != nil {
		return Ref{}, err
	}
	return s.RemoveAddress(ctx, EditAddressInput{ID: ID(in.ID), Version: v, Address: AddressID(in.Address)})
}

type parseIn struct {
	Body struct {
		Text string `json:"text" minLength:"1" maxLength:"500"`
	}
}

type parseOut struct {
	Body struct {
		Parts    geo.Address `json:"parts"`
		Division string      `json:"division,omitempty"`
		Point    *geo.Point  `json:"point,omitempty"`
	}
}

func (s *Service) apiParse(_ context.Context, in *parseIn) (*parseOut, error) {
	p, err := PlaceOf(AddressInput{Text: in.Body.Text})
	if err != nil {
		return nil, err
	}
	out := &parseOut{}
	out.Body.Parts, out.Body.Division = p.Parts, p.Division
	if p.Point != (geo.Point{}) {
		out.Body.Point = &p.Point
	}
	return out, nil
}

type consentBody struct {
	ID            string    `json:"id"`
	Purpose       string    `json:"purpose"`
	Granted       bool      `json:"granted"`
	NoticeVersion string    `json:"notice_version,omitempty"`
	Channel       string    `json:"channel"`
	Evidence      string    `json:"evidence,omitempty"`
	OccurredAt    time.Time `json:"occurred_at"`
	RecordedAt    time.Time `json:"recorded_at"`
}

type consentsOut struct {
	Body struct {
		Items []consentBody `json:"items"`
	}
}

func (s *Service) apiConsents(ctx context.Context, in *IDIn) (*consentsOut, error) {
	list, err := s.Consents(ctx, ID(in.ID))
	if err != nil {
		return nil, err
	}
	out := &consentsOut{}
	out.Body.Items = []consentBody{}
	for _, c := range list {
		out.Body.Items = append(out.Body.Items, consentBody{
			ID: c.ID, Purpose: c.Purpose, Granted: c.Granted, NoticeVersion: c.NoticeVersion, Channel: c.Channel, Evidence: c.Evidence,
			OccurredAt: c.OccurredAt, RecordedAt: c.RecordedAt,
		})
	}
	return out, nil
}

type consentIn struct {
	IDIn
	Body struct {
		httpapi.ActIn
		Purpose       string `json:"purpose" enum:"marketing,call_recording,location_sharing,home_video,share_with_brand,share_with_insurer,cross_border,satisfaction_survey"`
		Granted       bool   `json:"granted"`
		NoticeVersion string `json:"notice_version,omitempty" maxLength:"50" doc:"Which text the person was shown; required when granted"`
		Channel       string `json:"channel" enum:"phone,web,sms,app,paper,on_site,import"`
		Evidence      string `json:"evidence,omitempty" maxLength:"100" doc:"Id of a file, message or recording"`
	}
}

func (s *Service) apiRecordConsent(ctx context.Context, in *consentIn) (Ref, error) {
	b := &in.Body
	return s.RecordConsent(ctx, ConsentInput{
		Act: b.Act(), ID: ID(in.ID), Purpose: b.Purpose, Granted: b.Granted, NoticeVersion: b.NoticeVersion, Channel: b.Channel, Evidence: b.Evidence,
	})
}
