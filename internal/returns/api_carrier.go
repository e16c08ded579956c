package returns

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/catalog"
	"anxin/internal/platform/carrier"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/pay"
)

type accountBody struct {
	ID         AccountID  `json:"id"`
	Kind       string     `json:"kind" enum:"wechat,alipay,stripe"`
	BrandID    string     `json:"brand_id,omitempty" doc:"empty: all brands without one of their own"`
	Name       string     `json:"name"`
	Active     bool       `json:"active"`
	NoticeURL  string     `json:"notice_url" doc:"where the provider tells what became of refunds"`
	Verified   bool       `json:"verified" doc:"somebody has seen a real refund arrive; written from documentation until then"`
	VerifiedAt *time.Time `json:"verified_at,omitempty"`
	Version    int64      `json:"version"`
}

func (s *Service) accountBody(a Account) accountBody {
	return accountBody{a.ID, a.Kind, string(a.Brand), a.Name, a.Active, s.PublicURL + NoticePath + string(a.ID), a.VerifiedAt != nil, a.VerifiedAt, a.Version}
}

type accountOut struct {
	ETag string      `header:"ETag"`
	Body accountBody `nameHint:"PaymentAccount"`
}

// settingsIn are an account's settings as they are sent; they are never shown again.
type settingsIn struct {
	BaseURL     string `json:"base_url,omitempty" maxLength:"2000"`
	Merchant    string `json:"merchant,omitempty" maxLength:"64" doc:"WeChat: merchant number; Alipay: app id"`
	Serial      string `json:"serial,omitempty" maxLength:"64" doc:"WeChat: serial number of the merchant's certificate"`
	PrivateKey  string `json:"private_key,omitempty" maxLength:"8000" doc:"PEM"`
	ProviderKey string `json:"provider_key,omitempty" maxLength:"8000" doc:"PEM of the provider's public key or certificate"`
	KeySerial   string `json:"provider_serial,omitempty" maxLength:"64"`
	Secret      string `json:"secret,omitempty" maxLength:"500" doc:"WeChat: API v3 key; Stripe: secret key"`
	HookSecret  string `json:"hook_secret,omitempty" maxLength:"500" doc:"Stripe: signing secret of the webhook"`
}

type accountIn struct {
	httpapi.ActIn
	Kind     string          `json:"kind" enum:"wechat,alipay,stripe"`
	BrandID  catalog.BrandID `json:"brand_id,omitempty" maxLength:"36"`
	Name     string          `json:"name" maxLength:"200"`
	Active   bool            `json:"active,omitempty"`
	Settings settingsIn      `json:"settings"`
	Version  int64           `json:"version,omitempty" doc:"of the account that is changed"`
}

func (b accountIn) input(id AccountID) SaveAccountInput {
	x := b.Settings
	return SaveAccountInput{Act: b.Act(), ID: id, Kind: b.Kind, Brand: b.BrandID, Name: b.Name, Active: b.Active, Version: b.Version, Settings: pay.Settings{
		BaseURL: x.BaseURL, Merchant: x.Merchant, Serial: x.Serial, PrivateKey: x.PrivateKey, ProviderKey: x.ProviderKey, KeySerial: x.KeySerial, Secret: x.Secret, HookSecret: x.HookSecret,
	}}
}

type carrierBody struct {
	ID         CarrierID    `json:"id"`
	BrandID    string       `json:"brand_id,omitempty"`
	Name       string       `json:"name"`
	Kind       string       `json:"kind" doc:"manual, custom, or one that comes with the product"`
	Spec       carrier.Spec `json:"spec" nameHint:"CarrierSpec"`
	Books      bool         `json:"books" doc:"makes shipments; else somebody types the number in"`
	Tracks     bool         `json:"tracks"`
	HookURL    string       `json:"hook_url" doc:"where the carrier tells what happened"`
	StuckHours int64        `json:"stuck_hours"`
	LostDays   int64        `json:"lost_days"`
	Active     bool         `json:"active"`
	Verified   bool         `json:"verified"`
	Version    int64        `json:"version"`
}

func (s *Service) carrierBody(c Carrier) carrierBody {
	return carrierBody{c.ID, string(c.Brand), c.Name, c.Kind, c.Spec, c.Spec.Book != nil, c.Spec.Track != nil, s.PublicURL + CarrierPath + string(c.ID), c.StuckHours, c.LostDays, c.Active, c.VerifiedAt != nil || c.Kind == "manual", c.Version}
}

type carrierOut struct {
	ETag string      `header:"ETag"`
	Body carrierBody `nameHint:"Carrier"`
}

type carrierIn struct {
	httpapi.ActIn
	BrandID    catalog.BrandID `json:"brand_id,omitempty" maxLength:"36"`
	Name       string          `json:"name" maxLength:"64"`
	Kind       string          `json:"kind" enum:"manual,custom,easypost,kuaidi100"`
	Spec       *carrier.Spec   `json:"spec,omitempty" nameHint:"CarrierSpec" doc:"of kind custom"`
	Secrets    Secrets         `json:"secrets,omitempty" doc:"what is left empty stays as it was"`
	StuckHours int64           `json:"stuck_hours,omitempty" minimum:"0" doc:"72 when absent"`
	LostDays   int64           `json:"lost_days,omitempty" minimum:"0" doc:"15 when absent"`
	Active     bool            `json:"active,omitempty"`
	Version    int64           `json:"version,omitempty"`
}

func (b carrierIn) input(id CarrierID) SaveCarrierInput {
	return SaveCarrierInput{Act: b.Act(), ID: id, Brand: b.BrandID, Name: b.Name, Kind: b.Kind, Spec: b.Spec, Secrets: b.Secrets, StuckHours: b.StuckHours, LostDays: b.LostDays, Active: b.Active, Version: b.Version}
}

type trackBody struct {
	At    time.Time     `json:"at"`
	State carrier.State `json:"state,omitempty"`
	Code  string        `json:"code"`
	Text  string        `json:"text,omitempty"`
	Place string        `json:"place,omitempty"`
}

type shipmentBody struct {
	ID          ShipmentID    `json:"id"`
	ReturnID    ID            `json:"return_id"`
	Direction   string        `json:"direction" enum:"back,out,onward"`
	Lines       []LineID      `json:"lines"`
	CarrierID   CarrierID     `json:"carrier_id"`
	Carrier     string        `json:"carrier,omitempty"`
	Number      string        `json:"number"`
	LabelURL    string        `json:"label_url,omitempty"`
	State       carrier.State `json:"state"`
	Price       int64         `json:"price"`
	Currency    string        `json:"currency"`
	PromisedAt  *time.Time    `json:"promised_at,omitempty"`
	DeliveredAt *time.Time    `json:"delivered_at,omitempty"`
	LastAt      time.Time     `json:"last_at"`
	Stuck       bool          `json:"stuck,omitempty"`
	Lost        bool          `json:"lost,omitempty"`
	Late        bool          `json:"late,omitempty"`
	Damaged     bool          `json:"damaged,omitempty"`
	Attitude    int64         `json:"attitude,omitempty"`
	Events      []trackBody   `json:"events"`
}

func (s *Service) shipmentBody(p Parcel) shipmentBody {
	b := shipmentBody{
		p.ID, p.Return, p.Direction, p.Lines, p.Carrier, p.Name, p.Number, p.Label, p.State, p.Price, string(p.Currency), p.PromisedAt, p.DeliveredAt, p.LastAt, p.StuckAt != nil, p.LostAt != nil,
		p.Late(s.db.Now()), p.Damaged, p.Attitude, make([]trackBody, len(p.Events)),
	}
	for i, e := range p.Events {
		b.Events[i] = trackBody{e.At, e.State, e.Code, e.Text, e.Place}
	}
	return b
}

type shipmentOut struct{ Body shipmentBody }

func (s *Service) shipmentRender(_ context.Context, x Shipment) (*shipmentOut, error) {
	return &shipmentOut{s.shipmentBody(Parcel{Shipment: x})}, nil
}

// CarrierPath is where carriers tell what happened to parcels, followed by the carrier.
const CarrierPath = "/hooks/carrier/"

func (s *Service) registerCarriers(api *httpapi.Server) {
	op := func(id, method, path, summary, description string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"returns"}, Summary: summary, Description: description}
	}
	httpapi.Register(api, op("list-carriers", http.MethodGet, "/carriers", "List carriers", ""), func(ctx context.Context, _ *struct{}) (*struct{ Body []carrierBody }, error) {
		list, err := s.Carriers(ctx)
		out := make([]carrierBody, len(list))
		for i, c := range list {
			out[i] = s.carrierBody(c)
		}
		return &struct{ Body []carrierBody }{out}, err
	})
	render := func(_ context.Context, c Carrier) (*carrierOut, error) {
		return &carrierOut{httpapi.ETag(c.Version), s.carrierBody(c)}, nil
	}
	httpapi.Act(api, op("create-carrier", http.MethodPost, "/carriers", "Set a carrier up", "Presets and custom specs count as unverified until a real account was tried."), func(ctx context.Context, in *struct{ Body carrierIn }) (Carrier, error) {
		return s.SaveCarrier(ctx, in.Body.input(""))
	}, render)
	httpapi.Act(api, op("set-carrier", http.MethodPut, "/carriers/{id}", "Change a carrier", "Has to be verified again."), func(ctx context.Context, in *struct {
		ID   CarrierID `path:"id" maxLength:"36"`
		Body carrierIn
	},
	) (Carrier, error) {
		return s.SaveCarrier(ctx, in.Body.input(in.ID))
	}, render)
	httpapi.Act(api, op("verify-carrier", http.MethodPost, "/carriers/{id}/verify", "Note that a real account of a carrier was tried", ""), func(ctx context.Context, in *struct {
		ID   CarrierID `path:"id" maxLength:"36"`
		Body httpapi.ActIn
	},
	) (Carrier, error) {
		return s.VerifyCarrier(ctx, in.ID, in.Body.Act())
	}, render)
	httpapi.Register(api, op("list-carrier-scores", http.MethodGet, "/carrier-scores", "How carriers did", "By time kept, damage, attitude and price; the best first."), func(ctx context.Context, in *struct {
		Days int `query:"days" default:"90" minimum:"1" maximum:"730"`
	},
	) (*struct{ Body []Score }, error) {
		list, err := s.Scores(ctx, in.Days)
		return &struct{ Body []Score }{list}, err
	})
	s.registerShipments(api, op)
	s.registerAccounts(api, op)
	api.Mux.HandleFunc("POST "+CarrierPath+"{id}", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxNotice))
		if err != nil {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		answer, err := s.CarrierTold(r.Context(), CarrierID(r.PathValue("id")), r.Header, body)
		hookAnswer(w, answer, err, errors.Is(err, carrier.ErrSignature), errors.Is(err, carrier.ErrUnanswered))
	})
	api.Mux.HandleFunc("POST "+NoticePath+"{id}", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxNotice))
		if err != nil {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		kind, err := s.Notice(r.Context(), AccountID(r.PathValue("id")), r.Header, body)
		answer := ""
		if kind == "alipay" {
			answer = "success" // the word that it wants to hear
		}
		hookAnswer(w, answer, err, errors.Is(err, pay.ErrSignature), false)
	})
}

// maxNotice bounds what a provider or carrier sends.
const maxNotice = 1 << 20

// hookAnswer answers a machine: nothing but a status, or the word that it expects.
func hookAnswer(w http.ResponseWriter, answer string, err error, forged, unread bool) {
	switch {
	case forged:
		w.WriteHeader(http.StatusUnauthorized)
	case unread:
		w.WriteHeader(http.StatusUnprocessableEntity)
	case errors.Is(err, ErrNotFound):
		w.WriteHeader(http.StatusNotFound)
	case err != nil:
		w.WriteHeader(http.StatusInternalServerError)
	default:
		w.WriteHeader(http.StatusOK)
		_, _ = io.WriteString(w, answer)
	}
}

func (s *Service) registerShipments(api *httpapi.Server, op func(id, method, path, summary, description string) huma.Operation) {
	httpapi.Register(api, op("list-return-shipments", http.MethodGet, "/returns/{id}/shipments", "List the parcels of a return with what happened to them", ""), func(ctx context.Context, in *idIn) (*struct{ Body []shipmentBody }, error) {
		if _, err := s.Get(ctx, in.ID); err != nil {
			return nil, err
		}
		list, err := s.Parcels(ctx, in.ID)
		out := make([]shipmentBody, len(list))
		for i, p := range list {
			out[i] = s.shipmentBody(p)
		}
		return &struct{ Body []shipmentBody }{out}, err
	})
	httpapi.Register(api, op("list-shipments", http.MethodGet, "/shipments", "List parcels, newest first", ""), func(ctx context.Context, in *struct {
		httpapi.PageIn
		Attention bool `query:"attention" doc:"only those that are stuck, lost or in trouble"`
	},
	) (*httpapi.PageOut[shipmentBody], error) {
		f := ShipmentFilter{Attention: in.Attention, Limit: in.Limit + 1}
		var err error
		if f.HasAfter, err = httpapi.DecodeCursor(in.Cursor, &f.Before, &f.BeforeID); err != nil {
			return nil, err
		}
		list, err := s.Shipments(ctx, f)
		if err != nil {
			return nil, err
		}
		return &httpapi.PageOut[shipmentBody]{Body: httpapi.MakePage(list, in.Limit, func(x Shipment) shipmentBody { return s.shipmentBody(Parcel{Shipment: x}) },
			func(x Shipment) []any { return []any{x.CreatedAt.UnixMicro(), x.ID} })}, nil
	})
	httpapi.Act(api, op("send-parcel", http.MethodPost, "/returns/{id}/shipments", "Hand a parcel to a carrier", "Booked with the carrier where it can be, else with the number that somebody was given."), func(ctx context.Context, in *struct {
		ID   ID `path:"id" maxLength:"36"`
		Body struct {
			httpapi.ActIn
			CarrierID  CarrierID  `json:"carrier_id" maxLength:"36"`
			Direction  string     `json:"direction" enum:"back,out,onward"`
			Lines      []LineID   `json:"lines,omitempty" maxItems:"50"`
			Number     string     `json:"number,omitempty" maxLength:"64"`
			From       string     `json:"from,omitempty" maxLength:"300" doc:"the customer's address, told to the carrier and kept nowhere"`
			Price      int64      `json:"price,omitempty" minimum:"0"`
			PromisedAt *time.Time `json:"promised_at,omitempty"`
		}
	},
	) (Shipment, error) {
		b := in.Body
		return s.Send(ctx, SendInput{ActInput: ActInput{Act: b.Act(), ID: in.ID}, Carrier: b.CarrierID, Direction: b.Direction, Lines: b.Lines, Number: b.Number, From: b.From, Price: b.Price, PromisedAt: b.PromisedAt})
	}, s.shipmentRender)
	httpapi.Act(api, op("note-parcel", http.MethodPost, "/shipments/{id}/note", "Note news of a parcel", ""), func(ctx context.Context, in *struct {
		ID   ShipmentID `path:"id" maxLength:"36"`
		Body struct {
			httpapi.ActIn
			State carrier.State `json:"state" enum:"created,collected,in_transit,out_for_delivery,delivered,exception"`
			Text  string        `json:"text,omitempty" maxLength:"200"`
		}
	},
	) (Shipment, error) {
		return s.NoteTrack(ctx, NoteInput{Act: in.Body.Act(), ID: in.ID, State: in.Body.State, Text: in.Body.Text})
	}, s.shipmentRender)
	httpapi.Act(api, op("rate-parcel", http.MethodPost, "/shipments/{id}/rate", "Note how a carrier did", ""), func(ctx context.Context, in *struct {
		ID   ShipmentID `path:"id" maxLength:"36"`
		Body struct {
			httpapi.ActIn
			Damaged  bool  `json:"damaged,omitempty"`
			Attitude int64 `json:"attitude,omitempty" minimum:"0" maximum:"5"`
			Price    int64 `json:"price,omitempty" minimum:"0"`
		}
	},
	) (Shipment, error) {
		b := in.Body
		return s.Rate(ctx, RateInput{ID: in.ID, Damaged: b.Damaged, Attitude: b.Attitude, Price: b.Price})
	}, s.shipmentRender)
}

func (s *Service) registerAccounts(api *httpapi.Server, op func(id, method, path, summary, description string) huma.Operation) {
	render := func(_ context.Context, a Account) (*accountOut, error) {
		return &accountOut{httpapi.ETag(a.Version), s.accountBody(a)}, nil
	}
	httpapi.Register(api, op("list-payment-accounts", http.MethodGet, "/payment-accounts", "List accounts at payment providers", "Settings are never shown."), func(ctx context.Context, _ *struct{}) (*struct{ Body []accountBody }, error) {
		list, err := s.Accounts(ctx)
		out := make([]accountBody, len(list))
		for i, a := range list {
			out[i] = s.accountBody(a)
		}
		return &struct{ Body []accountBody }{out}, err
	})
	httpapi.Act(api, op("create-payment-account", http.MethodPost, "/payment-accounts", "Set an account at a payment provider up", "Written from the provider's documentation; unverified until somebody has seen a real refund arrive."), func(ctx context.Context, in *struct{ Body accountIn }) (Account, error) {
		return s.SaveAccount(ctx, in.Body.input(""))
	}, render)
	httpapi.Act(api, op("set-payment-account", http.MethodPut, "/payment-accounts/{id}", "Change an account at a payment provider", "Settings that are left empty stay; it has to be verified again."), func(ctx context.Context, in *struct {
		ID   AccountID `path:"id" maxLength:"36"`
		Body accountIn
	},
	) (Account, error) {
		return s.SaveAccount(ctx, in.Body.input(in.ID))
	}, render)
	httpapi.Act(api, op("verify-payment-account", http.MethodPost, "/payment-accounts/{id}/verify", "Note that a real refund of an account arrived", ""), func(ctx context.Context, in *struct {
		ID   AccountID `path:"id" maxLength:"36"`
		Body httpapi.ActIn
	},
	) (Account, error) {
		return s.VerifyAccount(ctx, in.ID, in.Body.Act())
	}, render)
}
