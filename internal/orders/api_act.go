package orders

import (
	"context"
	"net/http"
	"time"

	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/reason"
)

// actIn is an act with nothing but who, when and why.
type actIn struct {
	ID   ID `path:"id" maxLength:"36"`
	Body struct{ httpapi.ActIn }
}

func (in actIn) act() ActInput { return ActInput{Act: in.Body.Act(), ID: in.ID} }

type offerIn struct {
	ID   ID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		OutletID  outlets.ID `json:"outlet_id" maxLength:"36"`
		ExpiresAt time.Time  `json:"expires_at,omitzero" doc:"default: by policy"`
	}
}

type suspendIn struct {
	ID   ID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		WaitFor WaitFor `json:"wait_for" enum:"customer,part,approval,product_owner,force_majeure"`
	}
}

type continueIn struct {
	ID   ID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		ChangeOutlet bool `json:"change_outlet,omitempty" doc:"another outlet is needed"`
	}
}

type contactIn struct {
	ID   ID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		Channel string `json:"channel" enum:"call,sms,chat,mail"`
		Result  string `json:"result" enum:"reached,no_answer,busy,off,wrong_number,refused"`
	}
}

type promiseIn struct {
	ID   ID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		From      time.Time `json:"from"`
		To        time.Time `json:"to"`
		ChangedBy Party     `json:"changed_by,omitempty" enum:"customer,centre,outlet,engineer,part,force_majeure" doc:"who wanted the promise before changed"`
	}
}

type rejectIn struct {
	ID   ID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		OnlyProof bool `json:"only_proof,omitempty" doc:"the work is done: only proof is missing"`
	}
}

type revealIn struct {
	ID   ID `path:"id" maxLength:"36"`
	Body struct {
		Reason string `json:"reason" maxLength:"64" doc:"call_customer, prepare_visit, check_identity …"`
	}
}

type revealOut struct {
	Body struct {
		Name    string `json:"name,omitempty"`
		Phone   string `json:"phone,omitempty"`
		Address string `json:"address,omitempty"`
		Access  string `json:"access,omitempty" doc:"how to get in"`
	}
}

// registerActs adds the acts of the order's state table and those that are counted.
func (s *Service) registerActs(api *httpapi.Server) {
	plain := func(name, summary, description string, do func(ctx context.Context, in ActInput) (Order, error)) {
		httpapi.Act(api, op(name+"-order", http.MethodPost, "/orders/{id}/"+name, summary, description),
			func(ctx context.Context, in *actIn) (Order, error) { return do(ctx, in.act()) }, s.out)
	}
	plain("release", "Make a draft ready", "Service type and, for a visit, the place must be known.", s.Release)
	plain("accept", "Accept an offered order", "For the outlet that was asked, before the offer expires.", s.Accept)
	plain("decline", "Decline an offered order", "Needs a reason of order.decline; dispatch asks the next.", s.Decline)
	plain("withdraw", "Withdraw an offer", "Before it was answered.", s.Withdraw)
	plain("give-back", "Give an order back to the centre", "Needs a reason of order.give_back; planned visits are cancelled.", s.GiveBack)
	plain("resume", "Resume a suspended order", "Back to where it was; scheduled without a visit becomes accepted or ready.", s.Resume)
	plain("cancel", "Cancel an order", "Before it is completed; needs a reason of order.cancel.", s.Cancel)
	plain("chase", "Count that the customer asked", "", s.Chase)
	plain("approve-review", "Pass the review of a completed order", "By a person who saw what is missing or odd.", s.ApproveReview)
	httpapi.Act(api, op("offer-order", http.MethodPost, "/orders/{id}/offer", "Offer an order to an outlet", "The outlet answers until expires_at."),
		func(ctx context.Context, in *offerIn) (Order, error) {
			return s.Offer(ctx, OfferInput{ActInput: ActInput{Act: in.Body.Act(), ID: in.ID}, OutletID: in.Body.OutletID, ExpiresAt: in.Body.ExpiresAt})
		}, s.out)
	httpapi.Act(api, op("suspend-order", http.MethodPost, "/orders/{id}/suspend", "Let an order wait",
		"Names who is waited for; the clocks of those not at fault stand still. Needs a reason of order.suspend."),
		func(ctx context.Context, in *suspendIn) (Order, error) {
			return s.Suspend(ctx, SuspendInput{ActInput: ActInput{Act: in.Body.Act(), ID: in.ID}, WaitFor: in.Body.WaitFor})
		}, s.out)
	httpapi.Act(api, op("continue-order", http.MethodPost, "/orders/{id}/continue", "Let an incomplete order go on", "It stays with its outlet unless that must change."),
		func(ctx context.Context, in *continueIn) (Order, error) {
			return s.Continue(ctx, ContinueInput{ActInput: ActInput{Act: in.Body.Act(), ID: in.ID}, ChangeOutlet: in.Body.ChangeOutlet})
		}, s.out)
	httpapi.Act(api, op("note-contact", http.MethodPost, "/orders/{id}/contacts", "Note an attempt to reach the customer", "The first that reaches him meets the first-contact clock."),
		func(ctx context.Context, in *contactIn) (Order, error) {
			return s.Contact(ctx, ContactInput{ActInput: ActInput{Act: in.Body.Act(), ID: in.ID}, Channel: in.Body.Channel, Result: in.Body.Result})
		}, s.out)
	httpapi.Act(api, op("promise-window", http.MethodPost, "/orders/{id}/promises", "Promise the customer a window",
		"A promise before is followed by this one: then say who wanted it changed, with a reason of promise.change."),
		func(ctx context.Context, in *promiseIn) (Order, error) {
			b := in.Body
			return s.Promise(ctx, PromiseInput{Act: b.Act(), Order: in.ID, From: b.From, To: b.To, ChangedBy: b.ChangedBy})
		}, s.out)
	httpapi.Act(api, op("reject-order", http.MethodPost, "/orders/{id}/reject", "Send a completed order back",
		"Needs a reason of order.reject. With only_proof it stays completed and the engineer owes proof."),
		func(ctx context.Context, in *rejectIn) (Order, error) {
			return s.Reject(ctx, RejectInput{ActInput: ActInput{Act: in.Body.Act(), ID: in.ID}, OnlyProof: in.Body.OnlyProof})
		}, s.out)
	httpapi.Register(api, op("reveal-order-contact", http.MethodPost, "/orders/{id}/reveal", "Show whom to call and where to go",
		"Audited and limited. Engineers see it for their own visits of today and tomorrow."), func(ctx context.Context, in *revealIn) (*revealOut, error) {
		who, err := s.Reveal(ctx, RevealInput{ID: in.ID, Reason: in.Body.Reason})
		if err != nil {
			return nil, err
		}
		var out revealOut
		out.Body.Name, out.Body.Phone, out.Body.Address, out.Body.Access = who.Name, who.Phone, who.Address, who.Access
		return &out, nil
	})
}

type promiseBody struct {
	ID         PromiseID  `json:"id"`
	From       time.Time  `json:"from"`
	To         time.Time  `json:"to"`
	MadeBy     string     `json:"made_by"`
	MadeAt     time.Time  `json:"made_at"`
	ChangedBy  Party      `json:"changed_by,omitempty"`
	Reason     string     `json:"reason,omitempty"`
	Kept       *bool      `json:"kept,omitempty" doc:"absent while not judged"`
	ArrivedAt  *time.Time `json:"arrived_at,omitempty"`
	LateBySecs *int64     `json:"late_by_s,omitempty" doc:"after the window's end; negative: before its begin"`
}

func promiseBodyOf(p Promise) promiseBody {
	b := promiseBody{ID: p.ID, From: p.Window.From, To: p.Window.To, MadeBy: p.MadeBy, MadeAt: p.MadeAt, ChangedBy: p.ChangedBy, Reason: p.Reason}
	if v := p.Verdict; v != nil {
		b.Kept, b.ArrivedAt, b.LateBySecs = &v.Kept, v.ArrivedAt, new(int64(v.LateBy/time.Second))
	}
	return b
}

type offerBody struct {
	ID         OfferID    `json:"id"`
	OrderID    ID         `json:"order_id"`
	OutletID   string     `json:"outlet_id"`
	Round      int64      `json:"round"`
	OfferedAt  time.Time  `json:"offered_at"`
	ExpiresAt  time.Time  `json:"expires_at"`
	Answer     Answer     `json:"answer,omitempty"`
	AnsweredAt *time.Time `json:"answered_at,omitempty"`
	Reason     string     `json:"reason,omitempty"`
	Blame      string     `json:"responsibility,omitempty"`
}

func offerBodyOf(f Offer) offerBody {
	return offerBody{f.ID, f.OrderID, string(f.OutletID), f.Round, f.OfferedAt, f.ExpiresAt, f.Answer, f.AnsweredAt, f.Reason, string(f.Blame)}
}

type wishBody struct {
	ID       WishID     `json:"id"`
	OrderID  ID         `json:"order_id"`
	VisitID  VisitID    `json:"visit_id,omitempty"`
	Why      Outcome    `json:"why"`
	Reason   string     `json:"reason,omitempty"`
	Earliest *time.Time `json:"earliest,omitempty"`
	Skill    string     `json:"skill,omitempty"`
	State    string     `json:"state"`
	MetBy    VisitID    `json:"met_by,omitempty"`
	RaisedAt time.Time  `json:"raised_at"`
}

func wishBodyOf(w Wish) wishBody {
	return wishBody{w.ID, w.OrderID, w.VisitID, w.Why, w.Reason, w.Earliest, string(w.Skill), w.State, w.MetBy, w.RaisedAt}
}

type attemptBody struct {
	Channel    string    `json:"channel"`
	Result     string    `json:"result"`
	Actor      string    `json:"actor"`
	Note       string    `json:"note,omitempty"`
	OccurredAt time.Time `json:"occurred_at"`
	RecordedAt time.Time `json:"recorded_at"`
}

type proofBody struct {
	Answers []answerBody  `json:"answers"`
	Photos  []photoBody   `json:"photos"`
	Scans   []scanBody    `json:"scans"`
	Parts   []partBody    `json:"parts"`
	Missing reason.List   `json:"missing" doc:"what the service type still asks for"`
	Notes   []attemptBody `json:"notes"`
}

type answerBody struct {
	Item    string    `json:"item"`
	Checked *bool     `json:"checked,omitempty"`
	Number  *float64  `json:"number,omitempty"`
	Text    string    `json:"text,omitempty"`
	NA      bool      `json:"na,omitempty"`
	Finding bool      `json:"finding,omitempty"`
	VisitID VisitID   `json:"visit_id,omitempty"`
	At      time.Time `json:"at"`
}

type photoBody struct {
	FileID   string     `json:"file_id"`
	Kind     PhotoKind  `json:"kind"`
	VisitID  VisitID    `json:"visit_id,omitempty"`
	TakenAt  *time.Time `json:"taken_at,omitempty"`
	Distance *float64   `json:"distance_m,omitempty"`
	Reused   bool       `json:"reused,omitempty"`
	At       time.Time  `json:"at"`
}

type scanBody struct {
	Serial  string     `json:"serial"`
	Result  ScanResult `json:"result"`
	VisitID VisitID    `json:"visit_id,omitempty"`
	At      time.Time  `json:"at"`
}

type partBody struct {
	ID        string    `json:"id"`
	PartID    string    `json:"part_id"`
	PlaceID   string    `json:"place_id"`
	Quantity  int64     `json:"quantity"`
	State     PartState `json:"state"`
	OldPart   string    `json:"old_part,omitempty" doc:"owed back"`
	OldSerial string    `json:"old_serial,omitempty"`
	NewSerial string    `json:"new_serial,omitempty"`
	Short     bool      `json:"short,omitempty" doc:"more than the books had"`
	VisitID   VisitID   `json:"visit_id,omitempty"`
	At        time.Time `json:"at"`
}

func (s *Service) proofBody(ctx context.Context, o Order) (proofBody, error) {
	p, err := s.Proof(ctx, s.db, o.ID)
	if err != nil {
		return proofBody{}, err
	}
	out := proofBody{Answers: []answerBody{}, Photos: []photoBody{}, Scans: []scanBody{}, Parts: []partBody{}}
	for _, a := range p.Answers {
		out.Answers = append(out.Answers, answerBody(a))
	}
	for _, f := range p.Photos {
		out.Photos = append(out.Photos, photoBody{string(f.FileID), f.Kind, f.VisitID, f.TakenAt, f.Distance, f.Reused, f.At})
	}
	for _, c := range p.Scans {
		out.Scans = append(out.Scans, scanBody(c))
	}
	for _, l := range p.Parts {
		out.Parts = append(out.Parts, partBody{
			l.ID, string(l.PartID), string(l.PlaceID), l.Quantity, l.State, string(l.OldPart), l.OldSerial, l.NewSerial, l.Short, l.VisitID, l.At,
		})
	}
	if out.Missing, err = s.MissingProof(ctx, s.db, o); err != nil {
		return proofBody{}, err
	}
	out.Notes, err = s.attemptBodies(ctx, o)
	return out, err
}

func (s *Service) attemptBodies(ctx context.Context, o Order) ([]attemptBody, error) {
	list, err := s.Attempts(ctx, s.db, o.ID)
	if err != nil {
		return nil, err
	}
	out := make([]attemptBody, len(list))
	for i, a := range list {
		out[i] = attemptBody{Channel: a.Channel, Result: a.Result, Actor: a.Actor, OccurredAt: a.OccurredAt, RecordedAt: a.RecordedAt}
		if a.Note == nil {
			continue
		}
		// An erased person's notes are gone; that is no reason to hide the attempt.
		if text, err := s.Keys.Open(ctx, s.db, o.KeyID, a.Note); err == nil {
			out[i].Note = text
		}
	}
	return out, nil
}

// registerStory adds what hangs on an order: promises, offers, wishes, attempts, proof.
func (s *Service) registerStory(api *httpapi.Server) {
	httpapi.Register(api, op("list-order-promises", http.MethodGet, "/orders/{id}/promises", "Read what was promised", "Oldest first, with the verdicts."),
		func(ctx context.Context, in *idIn) (*items[promiseBody], error) {
			return storyOf(ctx, s, in.ID, func(o Order) ([]Promise, error) { return s.Promises(ctx, s.db, o.ID) }, promiseBodyOf)
		})
	httpapi.Register(api, op("list-order-offers", http.MethodGet, "/orders/{id}/offers", "Read whom an order was offered to", "An outlet sees the offers to itself."),
		func(ctx context.Context, in *idIn) (*items[offerBody], error) {
			return storyOf(ctx, s, in.ID, func(o Order) ([]Offer, error) { return s.Offers(ctx, s.db, o.ID) }, offerBodyOf)
		})
	httpapi.Register(api, op("list-order-wishes", http.MethodGet, "/orders/{id}/wishes", "Read what visits left undone", ""),
		func(ctx context.Context, in *idIn) (*items[wishBody], error) {
			return storyOf(ctx, s, in.ID, func(o Order) ([]Wish, error) { return s.Wishes(ctx, s.db, o.ID) }, wishBodyOf)
		})
	httpapi.Register(api, op("list-order-contacts", http.MethodGet, "/orders/{id}/contacts", "Read attempts to reach the customer, and notes", ""),
		func(ctx context.Context, in *idIn) (*items[attemptBody], error) {
			return storyOf(ctx, s, in.ID, func(o Order) ([]attemptBody, error) { return s.attemptBodies(ctx, o) }, func(a attemptBody) attemptBody { return a })
		})
	httpapi.Register(api, op("get-order-proof", http.MethodGet, "/orders/{id}/proof", "Read the proof of an order", "With what its service type still asks for."),
		func(ctx context.Context, in *idIn) (*struct{ Body proofBody }, error) {
			o, err := s.Get(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			b, err := s.proofBody(ctx, o)
			return &struct{ Body proofBody }{b}, err
		})
	httpapi.Register(api, op("list-offers", http.MethodGet, "/offers", "List offers that wait for an answer", "To the outlets in scope, the first to expire first."),
		func(ctx context.Context, in *struct {
			OutletID outlets.ID `query:"outlet_id" maxLength:"36"`
			Limit    int        `query:"limit" minimum:"1" maximum:"200" default:"50"`
		},
		) (*items[offerBody], error) {
			if err := access.Require(ctx, PermRead); err != nil {
				return nil, err
			}
			list, err := s.OpenOffers(ctx, s.db, in.OutletID, in.Limit)
			if err != nil {
				return nil, err
			}
			return itemsOf(list, offerBodyOf), nil
		})
	httpapi.Register(api, op("list-wishes", http.MethodGet, "/wishes", "List visits that orders still need", "Oldest first."), s.listWishes)
}

// storyOf reads what hangs on an order that the actor may read.
func storyOf[R, T any](ctx context.Context, s *Service, id ID, read func(o Order) ([]R, error), one func(R) T) (*items[T], error) {
	o, err := s.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	list, err := read(o)
	if err != nil {
		return nil, err
	}
	return itemsOf(list, one), nil
}

func (s *Service) listWishes(ctx context.Context, in *httpapi.PageIn) (*httpapi.PageOut[wishBody], error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	var after time.Time
	var id WishID
	if _, err := httpapi.DecodeCursor(in.Cursor, &after, &id); err != nil {
		return nil, err
	}
	list, err := s.OpenWishes(ctx, s.db, after, id, in.Limit+1)
	if err != nil {
		return nil, err
	}
	page := httpapi.MakePage(list, in.Limit, wishBodyOf, func(w Wish) []any { return []any{w.RaisedAt, w.ID} })
	return &httpapi.PageOut[wishBody]{Body: page}, nil
}
