package workforce

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/catalog"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/httpapi"
)

// staffPoint is a place in a body; without a datum it is WGS-84.
type staffPoint struct {
	Lat       float64       `json:"lat" minimum:"-90" maximum:"90"`
	Lon       float64       `json:"lon" minimum:"-180" maximum:"180"`
	Datum     geo.Datum     `json:"datum,omitempty" enum:"WGS84,GCJ02,BD09" doc:"Kept as WGS-84"`
	Precision geo.Precision `json:"precision,omitempty" enum:"door,street,district,city"`
	Source    string        `json:"source,omitempty" maxLength:"40"`
}

func (p *staffPoint) point() *geo.Point {
	if p == nil {
		return nil
	}
	v := geo.Point{Lat: p.Lat, Lon: p.Lon, Datum: p.Datum, Precision: p.Precision, Source: p.Source}
	if v.Datum == "" {
		v.Datum = geo.WGS84
	}
	return &v
}

type staffSkill Skill

type staffCertificate struct {
	ID        CertificateID     `json:"id"`
	Code      catalog.SkillCode `json:"code" doc:"The skill that it is for"`
	Number    string            `json:"number,omitempty" doc:"Its end only, without workforce.private"`
	IssuedOn  calendar.Date     `json:"issued_on" format:"date"`
	ValidTo   *calendar.Date    `json:"valid_to,omitempty" format:"date" doc:"Last day; absent is without end"`
	RecheckBy *calendar.Date    `json:"recheck_by,omitempty" format:"date" doc:"Not valid after it until re-checked"`
	Valid     bool              `json:"valid" doc:"Counts today"`
}

type staffBody struct {
	ID           EngineerID         `json:"id"`
	Number       string             `json:"number,omitempty"`
	OutletID     outlets.ID         `json:"outlet_id"`
	OutletPath   string             `json:"outlet_path"`
	UserID       string             `json:"user_id,omitempty"`
	Name         string             `json:"name"`
	Job          Job                `json:"job"`
	State        State              `json:"state"`
	Brands       []catalog.BrandID  `json:"brands" doc:"Empty: all that the outlet serves"`
	Skills       []staffSkill       `json:"skills"`
	Certificates []staffCertificate `json:"certificates"`
	Tools        []catalog.ToolCode `json:"tools" doc:"Along, the person's own or in the van"`
	StartPoint   *staffPoint        `json:"start_point,omitempty" doc:"Where the day begins; absent is the outlet"`
	VanPlace     string             `json:"van_place,omitempty"`
	MaxVisits    int                `json:"max_visits" doc:"A day; 0 is no bound"`
	Phone        string             `json:"phone,omitempty" doc:"Masked without workforce.private"`
	JoinedOn     *calendar.Date     `json:"joined_on,omitempty" format:"date"`
	LeftOn       *calendar.Date     `json:"left_on,omitempty" format:"date"`
	CreatedAt    time.Time          `json:"created_at"`
	UpdatedAt    time.Time          `json:"updated_at"`
	Version      int64              `json:"version"`
	NextActs     []string           `json:"next_acts" doc:"Acts that the state allows"`
}

type staffOut struct {
	ETag string `header:"ETag"`
	Body staffBody
}

// render makes the answer of every operation on one person.
func (s *Service) render(ctx context.Context, e Engineer) (*staffOut, error) {
	b, err := s.bodies(ctx, []Engineer{e})
	if err != nil {
		return nil, err
	}
	return &staffOut{ETag: httpapi.ETag(e.Version), Body: b[0]}, nil
}

// bodies opens the sealed parts of a whole list at once; without the permission they are masked, and one's
// own are always clear.
func (s *Service) bodies(ctx context.Context, list []Engineer) ([]staffBody, error) {
	var sealed []crypt.Sealed
	for _, e := range list {
		sealed = append(sealed, crypt.Sealed{Key: e.KeyID, Data: e.PhoneSealed})
		for _, c := range e.Certificates {
			sealed = append(sealed, crypt.Sealed{Key: e.KeyID, Data: c.NumberSealed})
		}
	}
	open, err := s.keys.OpenMany(ctx, s.db, sealed)
	if err != nil {
		return nil, err
	}
	a, out := access.From(ctx), make([]staffBody, len(list))
	for i, e := range list {
		inClear := a.Permissions.Has(PermPrivate) || a.EngineerID == string(e.ID)
		b := bodyOf(e)
		if b.Phone = open[0].Text; !inClear {
			b.Phone = crypt.MaskPhone(b.Phone)
		}
		open = open[1:]
		for j := range b.Certificates {
			if b.Certificates[j].Number = open[j].Text; !inClear {
				b.Certificates[j].Number = crypt.MaskSerial(open[j].Text)
			}
			b.Certificates[j].Valid = e.Certificates[j].ValidOn(calendar.DateOf(s.db.Now(), shanghai))
		}
		open = open[len(b.Certificates):]
		out[i] = b
	}
	return out, nil
}

// shanghai is where certificates of this law count.
var shanghai = time.FixedZone("CST", 8*3600)

func bodyOf(e Engineer) staffBody {
	b := staffBody{
		ID: e.ID, Number: e.Number, OutletID: e.OutletID, OutletPath: e.OutletPath, UserID: e.UserID, Name: e.Name, Job: e.Job, State: e.State,
		Brands: append([]catalog.BrandID{}, e.Brands...), Skills: mapped(e.Skills, func(v Skill) staffSkill { return staffSkill(v) }),
		Certificates: []staffCertificate{}, Tools: catalog.SortedTools(e.Tools), VanPlace: e.VanPlace, MaxVisits: e.MaxVisits, JoinedOn: dayOrNil(e.JoinedOn), LeftOn: dayOrNil(e.LeftOn),
		CreatedAt: e.CreatedAt, UpdatedAt: e.UpdatedAt, Version: e.Version, NextActs: e.nextActs(),
	}
	if p := e.StartPoint; p != (geo.Point{}) {
		b.StartPoint = &staffPoint{p.Lat, p.Lon, p.Datum, p.Precision, p.Source}
	}
	for _, c := range e.Certificates {
		b.Certificates = append(b.Certificates, staffCertificate{
			ID: c.ID, Code: c.Code, IssuedOn: c.IssuedOn, ValidTo: dayOrNil(c.ValidTo), RecheckBy: dayOrNil(c.RecheckBy),
		})
	}
	return b
}

func dayOrNil(d calendar.Date) *calendar.Date {
	if d.IsZero() {
		return nil
	}
	return &d
}

func dayOrZero(d *calendar.Date) calendar.Date {
	if d == nil {
		return 0
	}
	return *d
}

type staffIn struct {
	ID EngineerID `path:"id" maxLength:"40"`
}

func op(id, method, path, summary, description string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"workforce"}, Summary: summary, Description: description}
}

// Register adds the module's operations to the API.
func (s *Service) Register(api *httpapi.Server) {
	httpapi.Register(api, op("list-staff", http.MethodGet, "/staff", "Staff and engineers",
		"People in the caller's scope, by outlet. q matches a part of the name or the whole staff number."), s.listStaff)
	httpapi.Register(api, op("get-staff", http.MethodGet, "/staff/{id}", "A person", "ETag carries the version for edits, certificates and shifts."),
		func(ctx context.Context, in *staffIn) (*staffOut, error) {
			e, err := s.Find(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return s.render(ctx, e)
		})
	httpapi.Act(api, op("create-staff", http.MethodPost, "/staff", "Add a person", "To an outlet in the caller's scope."), s.createStaff, s.render)
	httpapi.Act(api, op("edit-staff", http.MethodPatch, "/staff/{id}", "Edit a person",
		"Only the given fields change; If-Match is required. What dispatch looks at bumps the person's days."), s.editStaff, s.render)
	for _, a := range []struct {
		name, summary, description string
		run                        func(context.Context, ActInput) (Engineer, error)
	}{
		{"suspend", "Suspend a person", "Off the board, with a reason.", s.Suspend},
		{"resume", "Resume a person", "Back on the board.", s.Resume},
		{"leave", "A person leaves", "Ends the work here and the link to the user; needs a reason.", s.Leave},
		{"rejoin", "A person comes back", "Takes back somebody who had left.", s.Rejoin},
	} {
		httpapi.Act(api, op(a.name+"-staff", http.MethodPost, "/staff/{id}/"+a.name, a.summary, a.description),
			func(ctx context.Context, in *staffActIn) (Engineer, error) {
				return a.run(ctx, ActInput{ID: in.ID, Act: in.Body.Act()})
			}, s.render)
	}
	httpapi.Act(api, op("move-staff", http.MethodPost, "/staff/{id}/move", "Move a person to another outlet", "Brands that the new outlet does not serve are dropped."),
		func(ctx context.Context, in *moveStaffIn) (Engineer, error) {
			return s.Move(ctx, MoveInput{ID: in.ID, OutletID: in.Body.OutletID, Act: in.Body.Act()})
		}, s.render)
	s.registerCertificates(api)
	s.registerShifts(api)
}

type staffActIn struct {
	ID   EngineerID `path:"id" maxLength:"40"`
	Body struct{ httpapi.ActIn }
}

type moveStaffIn struct {
	ID   EngineerID `path:"id" maxLength:"40"`
	Body struct {
		httpapi.ActIn
		OutletID outlets.ID `json:"outlet_id" minLength:"1" maxLength:"40"`
	}
}

type listStaffIn struct {
	httpapi.PageIn
	State  State             `query:"state" enum:"active,suspended,left"`
	Job    Job               `query:"job" enum:"engineer,dispatcher,manager,storekeeper,office"`
	Outlet outlets.ID        `query:"outlet" maxLength:"40"`
	Under  string            `query:"under" maxLength:"200" doc:"Path of an outlet: its people and those of outlets below"`
	Skill  catalog.SkillCode `query:"skill" maxLength:"20"`
	Query  string            `query:"q" maxLength:"60"`
}

func (s *Service) listStaff(ctx context.Context, in *listStaffIn) (*httpapi.PageOut[staffBody], error) {
	f := Filter{State: in.State, Job: in.Job, Outlet: in.Outlet, Under: in.Under, Skill: in.Skill, Query: in.Query, Limit: in.Limit}
	if _, err := httpapi.DecodeCursor(in.Cursor, &f.After[0], &f.After[1]); err != nil {
		return nil, err
	}
	rows, err := s.List(ctx, f)
	if err != nil {
		return nil, err
	}
	bodies, err := s.bodies(ctx, rows)
	if err != nil {
		return nil, err
	}
	return &httpapi.PageOut[staffBody]{Body: httpapi.MakePage(bodies, in.Limit,
		func(b staffBody) staffBody { return b }, func(b staffBody) []any { return []any{b.OutletPath, string(b.ID)} })}, nil
}

type createStaffIn struct {
	Body struct {
		Number      string               `json:"number,omitempty" maxLength:"40"`
		OutletID    outlets.ID           `json:"outlet_id" minLength:"1" maxLength:"40"`
		UserID      string               `json:"user_id,omitempty" maxLength:"64"`
		Name        string               `json:"name" minLength:"1" maxLength:"60" doc:"As customers see it"`
		Phone       string               `json:"phone,omitempty" maxLength:"32"`
		Job         Job                  `json:"job" enum:"engineer,dispatcher,manager,storekeeper,office"`
		Brands      []catalog.BrandID    `json:"brands,omitempty" maxItems:"200" doc:"Absent: all that the outlet serves"`
		Skills      []staffSkill         `json:"skills,omitempty" maxItems:"60"`
		Tools       []catalog.ToolCode   `json:"tools,omitempty" maxItems:"60"`
		StartPoint  *staffPoint          `json:"start_point,omitempty"`
		VanPlace    string               `json:"van_place,omitempty" maxLength:"64"`
		MaxVisits   int                  `json:"max_visits,omitempty" minimum:"0" maximum:"50"`
		JoinedOn    *calendar.Date       `json:"joined_on,omitempty" format:"date"`
		ExternalIDs []outlets.ExternalID `json:"external_ids,omitempty" maxItems:"20"`
	}
}

func (s *Service) createStaff(ctx context.Context, in *createStaffIn) (Engineer, error) {
	b := in.Body
	c := CreateInput{
		Number: b.Number, OutletID: b.OutletID, UserID: b.UserID, Name: b.Name, Phone: b.Phone, Job: b.Job, Brands: b.Brands,
		Skills: mapped(b.Skills, func(v staffSkill) Skill { return Skill(v) }), Tools: b.Tools, VanPlace: b.VanPlace, MaxVisits: b.MaxVisits,
		JoinedOn: dayOrZero(b.JoinedOn), ExternalIDs: b.ExternalIDs,
	}
	if p := b.StartPoint.point(); p != nil {
		c.StartPoint = *p
	}
	return s.Create(ctx, c)
}

type editStaffIn struct {
	ID EngineerID `path:"id" maxLength:"40"`
	httpapi.VersionIn
	Body struct {
		Number     *string            `json:"number,omitempty" maxLength:"40"`
		UserID     *string            `json:"user_id,omitempty" maxLength:"64" doc:"Empty ends the link"`
		Name       *string            `json:"name,omitempty" maxLength:"60"`
		Phone      *string            `json:"phone,omitempty" maxLength:"32"`
		Job        *Job               `json:"job,omitempty" enum:"engineer,dispatcher,manager,storekeeper,office"`
		Brands     []catalog.BrandID  `json:"brands,omitempty" maxItems:"200"`
		Skills     []staffSkill       `json:"skills,omitempty" maxItems:"60"`
		Tools      []catalog.ToolCode `json:"tools,omitempty" maxItems:"60"`
		StartPoint *staffPoint        `json:"start_point,omitempty"`
		VanPlace   *string            `json:"van_place,omitempty" maxLength:"64"`
		MaxVisits  *int               `json:"max_visits,omitempty" minimum:"0" maximum:"50"`
		JoinedOn   *calendar.Date     `json:"joined_on,omitempty" format:"date"`
	}
}

func (s *Service) editStaff(ctx context.Context, in *editStaffIn) (Engineer, error) {
	v, err := in.Version()
	if err != nil {
		return Engineer{}, err
	}
	b := in.Body
	e := EditInput{
		ID: in.ID, Version: v, Number: b.Number, UserID: b.UserID, Name: b.Name, Phone: b.Phone, Job: b.Job, Brands: b.Brands,
		Tools: b.Tools, StartPoint: b.StartPoint.point(), VanPlace: b.VanPlace, MaxVisits: b.MaxVisits, JoinedOn: b.JoinedOn,
	}
	if b.Skills != nil {
		e.Skills = mapped(b.Skills, func(v staffSkill) Skill { return Skill(v) })
	}
	return s.Edit(ctx, e)
}

func mapped[A, B any](list []A, f func(A) B) []B {
	out := make([]B, len(list))
	for i, v := range list {
		out[i] = f(v)
	}
	return out
}
