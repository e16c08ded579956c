package customers

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/catalog"
	"anxin/internal/platform/httpapi"
)

var tags = []string{"customers"}

// Register adds the module's operations.
func (s *Service) Register(api *httpapi.Server) {
	httpapi.Register(api, huma.Operation{
		OperationID: "list-customers", Method: http.MethodGet, Path: "/customers", Tags: tags, Summary: "List customers",
		Description: "Newest first. q finds a whole phone number, its last four digits, an e-mail or a whole name; parts of names are not found, since names are sealed.",
	}, s.apiList)
	httpapi.Register(api, huma.Operation{
		OperationID: "get-customer", Method: http.MethodGet, Path: "/customers/{id}", Tags: tags, Summary: "Get a customer",
		Description: "Names and contacts are masked. A merged record answers with the one it leads to.",
	}, s.apiGet)
	httpapi.Act(api, huma.Operation{
		OperationID: "create-customer", Method: http.MethodPost, Path: "/customers", Tags: tags, Summary: "Create a customer",
		Description: "A name, a phone or an e-mail is enough. Pasted addresses are taken apart.",
	}, s.apiCreate, s.render)
	httpapi.Act(api, huma.Operation{
		OperationID: "edit-customer", Method: http.MethodPatch, Path: "/customers/{id}", Tags: tags, Summary: "Change a customer's own fields",
	}, s.apiEdit, s.render)
	httpapi.Act(api, huma.Operation{
		OperationID: "add-customer-phone", Method: http.MethodPost, Path: "/customers/{id}/phones", Tags: tags, Summary: "Add a phone number",
	}, s.apiAddPhone, s.render)
	httpapi.Act(api, huma.Operation{
		OperationID: "remove-customer-phone", Method: http.MethodDelete, Path: "/customers/{id}/phones/{phone}", Tags: tags, Summary: "Remove a phone number",
	}, s.apiRemovePhone, s.render)
	httpapi.Act(api, huma.Operation{
		OperationID: "prefer-customer-phone", Method: http.MethodPost, Path: "/customers/{id}/phones/{phone}/prefer", Tags: tags, Summary: "Make a phone number the one to call first",
	}, s.apiPreferPhone, s.render)
	s.registerAddresses(api)
	httpapi.Register(api, huma.Operation{
		OperationID: "reveal-customer", Method: http.MethodPost, Path: "/customers/{id}/reveal", Tags: tags, Summary: "Show one value in the clear",
		Description: "Needs a reason, is written to the audit trail, and is limited to 30 an hour and person.",
	}, s.apiReveal)
	httpapi.Act(api, huma.Operation{
		OperationID: "merge-customer", Method: http.MethodPost, Path: "/customers/{id}/merge", Tags: tags, Summary: "Merge a customer into another",
		Description: "The record leads to the other from then on; nothing is rewritten and the merge can be taken back.",
	}, s.apiMerge, s.render)
	httpapi.Act(api, huma.Operation{
		OperationID: "unmerge-customer", Method: http.MethodPost, Path: "/customers/{id}/unmerge", Tags: tags, Summary: "Take a merge back",
	}, s.apiUnmerge, s.render)
	httpapi.Act(api, huma.Operation{
		OperationID: "erase-customer", Method: http.MethodPost, Path: "/customers/{id}/erase", Tags: tags, Summary: "Erase a person's data",
		Description: "Destroys the person's key: nothing that was sealed by it can be read again, backups included.",
	}, s.apiErase, s.render)
	httpapi.Register(api, huma.Operation{
		OperationID: "list-customer-consents", Method: http.MethodGet, Path: "/customers/{id}/consents", Tags: tags, Summary: "List a customer's consents",
	}, s.apiConsents)
	httpapi.Act(api, huma.Operation{
		OperationID: "record-customer-consent", Method: http.MethodPost, Path: "/customers/{id}/consents", Tags: tags, Summary: "Record that a consent was given or withdrawn",
	}, s.apiRecordConsent, s.render)
}

// IDIn names the customer in the path.
type IDIn struct {
	ID string `path:"id" maxLength:"64"`
}

// EditIn is what a field edit carries: the customer and the version it was made on.
type EditIn struct {
	IDIn
	httpapi.VersionIn
}

type phoneBody struct {
	ID      string `json:"id"`
	Number  string `json:"number" doc:"Masked"`
	Label   string `json:"label,omitempty"`
	Primary bool   `json:"primary"`
}

type externalBody struct {
	System string `json:"system" maxLength:"50"`
	ID     string `json:"id" maxLength:"100"`
}

type customerBody struct {
	ID          string         `json:"id"`
	Kind        string         `json:"kind" enum:"person,firm"`
	Name        string         `json:"name" doc:"Masked, unless it is a firm"`
	Phones      []phoneBody    `json:"phones"`
	Email       string         `json:"email,omitempty" doc:"Masked"`
	Note        string         `json:"note,omitempty" doc:"Numbers in it are masked"`
	Lang        string         `json:"lang,omitempty" enum:"zh-CN,en,ja,ko" doc:"Language of messages and pages; absent when nobody asked"`
	ExternalIDs []externalBody `json:"external_ids,omitempty"`
	MergedInto  string         `json:"merged_into,omitempty" doc:"The record asked for leads to this one"`
	Erased      bool           `json:"erased,omitempty"`
	CreatedAt   time.Time      `json:"created_at"`
	UpdatedAt   time.Time      `json:"updated_at"`
	Version     int64          `json:"version"`
	Part        string         `json:"part,omitempty" doc:"Id of the phone or address that the operation made"`
}

type customerOut struct {
	ETag string `header:"ETag"`
	Body customerBody
}

func (s *Service) render(ctx context.Context, ref Ref) (*customerOut, error) {
	c, err := s.Get(ctx, s.db, ref.ID)
	if err != nil {
		return nil, err
	}
	out, err := s.out(ctx, c)
	if err != nil {
		return nil, err
	}
	out.Body.Part = ref.Part
	return out, nil
}

func (s *Service) out(ctx context.Context, c Customer) (*customerOut, error) {
	b := bodyOf(c)
	ids, err := s.ExternalIDs(ctx, s.db, c.ID)
	if err != nil {
		return nil, err
	}
	for _, x := range ids {
		b.ExternalIDs = append(b.ExternalIDs, externalBody{System: x.System, ID: MaskExternal(x)})
	}
	return &customerOut{ETag: httpapi.ETag(c.Version), Body: b}, nil
}

type listIn struct {
	httpapi.PageIn
	Q              string    `query:"q" maxLength:"100" doc:"Whole phone number, its last four digits, e-mail, whole name or its pinyin initials"`
	Kind           string    `query:"kind" enum:"person,firm"`
	ExternalSystem string    `query:"external_system" maxLength:"50"`
	ExternalID     string    `query:"external_id" maxLength:"100"`
	UpdatedSince   time.Time `query:"updated_since"`
}

func (s *Service) apiList(ctx context.Context, in *listIn) (*httpapi.PageOut[customerBody], error) {
	f := Filter{Text: in.Q, Kind: Kind(in.Kind), UpdatedSince: in.UpdatedSince, Limit: in.Limit}
	if in.ExternalSystem != "" {
		f.External = ExternalID{System: in.ExternalSystem, ID: in.ExternalID}
	}
	if _, err := httpapi.DecodeCursor(in.Cursor, &f.Before); err != nil {
		return nil, err
	}
	list, err := s.List(ctx, f)
	if err != nil {
		return nil, err
	}
	return &httpapi.PageOut[customerBody]{Body: httpapi.MakePage(list, in.Limit, bodyOf, func(c Customer) []any { return []any{c.ID} })}, nil
}

func (s *Service) apiGet(ctx context.Context, in *IDIn) (*customerOut, error) {
	c, err := s.Find(ctx, s.db, ID(in.ID))
	if err != nil {
		return nil, err
	}
	return s.out(ctx, c)
}

type phoneIn struct {
	Number  string `json:"number" minLength:"3" maxLength:"50"`
	Label   string `json:"label,omitempty" maxLength:"50"`
	Primary bool   `json:"primary,omitempty"`
}

type createIn struct {
	Body struct {
		Kind        string         `json:"kind,omitempty" enum:"person,firm"`
		Name        string         `json:"name,omitempty" maxLength:"100"`
		Phones      []phoneIn      `json:"phones,omitempty" maxItems:"10"`
		Email       string         `json:"email,omitempty" maxLength:"254"`
		Note        string         `json:"note,omitempty" maxLength:"4000"`
		Lang        string         `json:"lang,omitempty" enum:"zh-CN,en,ja,ko" doc:"Language of messages and pages"`
		Addresses   []addressIn    `json:"addresses,omitempty" maxItems:"50"`
		BrandID     string         `json:"brand_id,omitempty" maxLength:"64"`
		ExternalIDs []externalBody `json:"external_ids,omitempty" maxItems:"20"`
	}
}

func (s *Service) apiCreate(ctx context.Context, in *createIn) (Ref, error) {
	b := &in.Body
	c := CreateInput{Kind: Kind(b.Kind), Name: b.Name, Email: b.Email, Note: b.Note, Lang: b.Lang, Brand: catalog.BrandID(b.BrandID)}
	for _, p := range b.Phones {
		c.Phones = append(c.Phones, PhoneInput(p))
	}
	for _, a := range b.Addresses {
		c.Addresses = append(c.Addresses, a.input())
	}
	for _, x := range b.ExternalIDs {
		c.ExternalIDs = append(c.ExternalIDs, ExternalID(x))
	}
	return s.Create(ctx, c)
}

type patchIn struct {
	EditIn
	Body struct {
		Kind  *Kind   `json:"kind,omitempty" enum:"person,firm"`
		Name  *string `json:"name,omitempty" maxLength:"100"`
		Email *string `json:"email,omitempty" maxLength:"254"`
		Note  *string `json:"note,omitempty" maxLength:"4000"`
		Lang  *string `json:"lang,omitempty" enum:"zh-CN,en,ja,ko" doc:"Language of messages and pages"`
	}
}

func (s *Service) apiEdit(ctx context.Context, in *patchIn) (Ref, error) {
	v, err := in.Version()
	if err != nil {
		return Ref{}, err
	}
	b := &in.Body
	return s.Edit(ctx, EditInput{ID: ID(in.ID), Version: v, Kind: b.Kind, Name: b.Name, Email: b.Email, Note: b.Note, Lang: b.Lang})
}

type addPhoneIn struct {
	EditIn
	Body phoneIn
}

func (s *Service) apiAddPhone(ctx context.Context, in *addPhoneIn) (Ref, error) {
	v, err := in.Version()
	if err != nil {
		return Ref{}, err
	}
	return s.AddPhone(ctx, AddPhoneInput{ID: ID(in.ID), Version: v, Phone: PhoneInput(in.Body)})
}

type onePhoneIn struct {
	EditIn
	Phone string `path:"phone" maxLength:"64"`
}

func (in *onePhoneIn) place() (PhoneInPlace, error) {
	v, err := in.Version()
	return PhoneInPlace{ID: ID(in.ID), Version: v, Phone: PhoneID(in.Phone)}, err
}

func (s *Service) apiRemovePhone(ctx context.Context, in *onePhoneIn) (Ref, error) {
	p, err := in.place()
	if err != nil {
		return Ref{}, err
	}
	return s.RemovePhone(ctx, p)
}

func (s *Service) apiPreferPhone(ctx context.Context, in *onePhoneIn) (Ref, error) {
	p, err := in.place()
	if err != nil {
		return Ref{}, err
	}
	return s.PreferPhone(ctx, p)
}

type revealIn struct {
	IDIn
	Body struct {
		Field  string `json:"field" maxLength:"100" doc:"name, email, note, phone:<id>, address:<id> or external:<system>"`
		Reason string `json:"reason" enum:"call_customer,prepare_visit,check_identity,correct_data,complaint,legal,quality_check"`
	}
}

type revealOut struct {
	Body struct {
		Value string `json:"value"`
	}
}

func (s *Service) apiReveal(ctx context.Context, in *revealIn) (*revealOut, error) {
	v, err := s.Reveal(ctx, ID(in.ID), in.Body.Field, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	out := &revealOut{}
	out.Body.Value = v
	return out, nil
}

type mergeIn struct {
	IDIn
	Body struct {
		httpapi.ActIn
		Into string `json:"into" maxLength:"64" doc:"The record that survives"`
	}
}

func (s *Service) apiMerge(ctx context.Context, in *mergeIn) (Ref, error) {
	return s.Merge(ctx, MergeInput{Act: in.Body.Act(), ID: ID(in.ID), Into: ID(in.Body.Into)})
}

type actIn struct {
	IDIn
	Body struct{ httpapi.ActIn }
}

func (s *Service) apiUnmerge(ctx context.Context, in *actIn) (Ref, error) {
	return s.Unmerge(ctx, UnmergeInput{Act: in.Body.Act(), ID: ID(in.ID)})
}

func (s *Service) apiErase(ctx context.Context, in *actIn) (Ref, error) {
	return s.Erase(ctx, EraseInput{Act: in.Body.Act(), ID: ID(in.ID)})
}
