package console

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/orders"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/files"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
	"anxin/internal/workforce"
)

// The visit badge: a QR code on the engineer's phone that whoever is at the door can scan. It leads to a page of ours that
// says who stands there. The code is a link of its own, good for some minutes and only around the visit's time; a picture
// of it is worth nothing the day after.

const (
	badgePath    = "/b/"
	purposeBadge = "badge"
	badgeFor     = 10 * time.Minute
	// badgeEarly and badgeLate are how far around its planned time a visit may be shown.
	badgeEarly = time.Hour
	badgeLate  = 3 * time.Hour
	// badgeMisses is how many wrong codes an address may try within a minute.
	badgeMisses = 10
	// staffRecord is what a photo of an engineer is attached to.
	staffRecord = "staff"
)

// ErrBadgeTime says that a badge is shown around the visit's time only.
var ErrBadgeTime = problem.Declare("console.badge_time", problem.Conflict)

// shows tells whether a visit may be proved now: somebody is to come and it is about the time, or he is there.
func shows(v orders.Visit, now time.Time) bool {
	switch v.State {
	case orders.VisitStateTravelling, orders.VisitStateOnSite:
		return now.Before(v.End.Add(12 * time.Hour))
	case orders.VisitStateDispatched, orders.VisitStateAccepted:
		return now.After(v.Start.Add(-badgeEarly)) && now.Before(v.End.Add(badgeLate))
	}
	return false
}

// Badge is what an engineer's phone shows at the door.
type Badge struct {
	URL       string    `json:"url"`
	QR        string    `json:"qr" doc:"the address as a QR code: data URL of a PNG"`
	ExpiresAt time.Time `json:"expires_at"`
}

// ShowBadge makes a badge for a visit of one's own.
func (s *Service) ShowBadge(ctx context.Context, id orders.VisitID) (Badge, error) {
	v, err := s.Orders.OwnVisit(ctx, s.DB, id)
	if err != nil {
		return Badge{}, err
	}
	if !shows(v, s.DB.Now()) {
		return Badge{}, ErrBadgeTime.With()
	}
	l, err := db.InTx(ctx, s.DB, func(ctx context.Context, tx *db.Tx) (identity.NewLink, error) {
		return s.Identity.MakeLinkTx(ctx, tx, identity.LinkInput{Purpose: purposeBadge, RecordKind: "visit", RecordID: string(v.ID), BrandID: string(v.BrandID), Valid: badgeFor})
	})
	if err != nil {
		return Badge{}, err
	}
	b := Badge{URL: s.Identity.URL(badgePath + l.Token), ExpiresAt: l.Link.ExpiresAt}
	png, err := units.QRImage(b.URL, 360)
	b.QR = "data:image/png;base64," + base64.StdEncoding.EncodeToString(png)
	return b, err
}

// misses counts wrong codes by address, so that nobody tries them through.
type misses struct {
	clientIP func(*http.Request) string
	mu       sync.Mutex
	since    time.Time
	n        map[string]int
}

// add counts one and tells whether it was too many.
func (m *misses) add(r *http.Request, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now.Sub(m.since) > time.Minute || m.n == nil {
		m.since, m.n = now, map[string]int{}
	}
	ip := r.RemoteAddr
	if m.clientIP != nil {
		ip = m.clientIP(r)
	}
	m.n[ip]++
	return m.n[ip] > badgeMisses
}

// spent tells whether an address has missed too often already.
func (m *misses) spent(r *http.Request, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.clientIP == nil || now.Sub(m.since) > time.Minute {
		return false
	}
	return m.n[m.clientIP(r)] > badgeMisses
}

// badgePage answers whether the person at the door was sent by us.
type badgePage struct {
	Token    string
	Real     bool
	Engineer []badgeEngineer
	Outlet   string
	Brand    catalog.Brand
	Visit    orders.Visit
	Services []catalog.ServiceType
}

func (p badgePage) zone() string { return p.Visit.Zone }

type badgeEngineer struct {
	face
	Certificates []badgeCertificate
}

type badgeCertificate struct {
	Skill   catalog.Skill
	ValidTo calendar.Date
}

// badgeVisit is the visit of a badge that holds now.
func (s *Service) badgeVisit(ctx context.Context, r *http.Request) (orders.Visit, error) {
	if s.misses.spent(r, s.DB.Now()) {
		return orders.Visit{}, problem.ErrTooMany.With()
	}
	l, err := s.Identity.Open(ctx, r.PathValue("token"))
	if err == nil && (l.Purpose != purposeBadge || l.RecordKind != "visit") {
		err = identity.ErrLink
	}
	if err != nil {
		if problem.Match(err, identity.ErrLink) && s.misses.add(r, s.DB.Now()) {
			err = problem.ErrTooMany.With()
		}
		return orders.Visit{}, err
	}
	v, err := s.Orders.FindVisit(ctx, s.DB, orders.VisitID(l.RecordID))
	if err == nil && !shows(v, s.DB.Now()) {
		err = identity.ErrLinkExpired
	}
	return v, err
}

// badge is a clear yes with who it is, or a clear no: an old, foreign or made-up code says nothing else.
func (s *Service) badge(_ http.ResponseWriter, r *http.Request, v *view) (string, error) {
	ctx := portal(r.Context(), v.Lang)
	v.Title = s.Words.T(v.Lang, "portal.check.title", nil)
	v.Page = badgePage{}
	visit, err := s.badgeVisit(ctx, r)
	if c := problem.CodeOf(err); err != nil && c != nil && c.Kind != problem.TooMany && c.Kind != problem.Internal {
		v.Status = http.StatusNotFound
		return "badge.html", nil
	}
	if err != nil {
		return "", err
	}
	p := badgePage{Token: r.PathValue("token"), Real: true, Visit: visit}
	snap, err := s.Catalog.Current(ctx, s.DB)
	if err != nil {
		return "", err
	}
	p.Brand, _ = snap.Brand(visit.BrandID)
	o, err := s.Outlets.Get(ctx, s.DB, visit.OutletID)
	if err != nil {
		return "", err
	}
	p.Outlet = o.Name
	ids := make([]workforce.EngineerID, len(visit.Members))
	for i, m := range visit.Members {
		ids[i] = m.EngineerID
	}
	people, err := s.Workforce.ByIDs(ctx, s.DB, ids)
	if err != nil {
		return "", err
	}
	faces, err := s.faces(ctx, people, ids)
	if err != nil {
		return "", err
	}
	today := calendar.DateOf(s.DB.Now(), s.Zone)
	for i, f := range faces {
		e := badgeEngineer{face: f}
		for _, c := range people[ids[i]].Certificates {
			if skill, ok := snap.Skill(c.Code); ok && c.ValidOn(today) {
				e.Certificates = append(e.Certificates, badgeCertificate{skill, c.Due()})
			}
		}
		p.Engineer = append(p.Engineer, e)
	}
	for _, vo := range visit.Orders {
		order, err := s.Orders.Find(ctx, s.DB, vo.OrderID)
		if err != nil {
			return "", err
		}
		if st, ok := snap.ServiceType(order.ServiceType); ok && !slices.ContainsFunc(p.Services, func(x catalog.ServiceType) bool { return x.Code == st.Code }) {
			p.Services = append(p.Services, st)
		}
	}
	v.Page = p
	return "badge.html", nil
}

// face is an engineer as customers see him.
type face struct {
	ID    workforce.EngineerID
	Name  string
	Photo files.ID // empty: none
}

// Letter stands where there is no photo.
func (f face) Letter() string {
	for _, r := range f.Name {
		return string(r)
	}
	return "?"
}

func (s *Service) faces(ctx context.Context, people map[workforce.EngineerID]workforce.Engineer, ids []workforce.EngineerID) ([]face, error) {
	out := make([]face, len(ids))
	photos, err := s.photos(ctx, s.DB, ids)
	for i, id := range ids {
		out[i] = face{id, people[id].Name, photos[id]}
	}
	return out, err
}

// photos finds the newest photo of each.
func (s *Service) photos(ctx context.Context, q db.Querier, ids []workforce.EngineerID) (map[workforce.EngineerID]files.ID, error) {
	out := map[workforce.EngineerID]files.ID{}
	if s.Files == nil || len(ids) == 0 {
		return out, nil
	}
	list, err := s.Files.ByRecords(ctx, q, staffRecord, db.Strings(ids)...)
	for id, of := range list {
		for _, f := range of {
			if f.Purpose == files.Avatar {
				out[workforce.EngineerID(id)] = f.ID
			}
		}
	}
	return out, err
}

// SetPhoto gives an engineer a photo; the one before goes. Engineers give themselves one, who writes the staff of an
// outlet gives it to anybody there.
func (s *Service) SetPhoto(ctx context.Context, id workforce.EngineerID, file files.ID) error {
	if !isEngineer(ctx, id) {
		if err := access.Require(ctx, workforce.PermWrite); err != nil {
			return err
		}
	}
	e, err := s.Workforce.Find(ctx, id)
	if err != nil {
		return err
	}
	by := access.From(ctx).ID
	return db.InTx0(ctx, s.DB, func(ctx context.Context, tx *db.Tx) error {
		f, err := s.Files.Get(ctx, tx, file)
		if err != nil || f.Purpose != files.Avatar || f.CreatedBy != by {
			return problem.Field("file", problem.Unknown)
		}
		if f.State == files.Attached && f.RecordKind == staffRecord && f.RecordID == string(id) {
			return nil // said again
		}
		before, err := s.Files.ByRecords(ctx, tx, staffRecord, string(id))
		if err != nil {
			return err
		}
		for _, old := range before[string(id)] {
			if old.Purpose == files.Avatar && old.ID != file {
				if err := s.Files.DeleteTx(ctx, tx, old.ID); err != nil {
					return err
				}
			}
		}
		if err := s.Files.AttachTx(ctx, tx, files.AttachInput{ID: file, RecordKind: staffRecord, RecordID: string(id), OutletPath: e.OutletPath, By: by}); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Entry{Kind: "staff_photo", Record: string(id), Act: "set", After: map[string]any{"file": file}})
	})
}

// isEngineer tells whether the actor is the engineer.
func isEngineer(ctx context.Context, id workforce.EngineerID) bool {
	a := access.From(ctx)
	return a.Kind == access.User && id != "" && a.EngineerID == string(id)
}

// OwnPhotoInput is a picture that an engineer's phone sends of its owner.
type OwnPhotoInput struct {
	File files.ID // chosen by the phone: it may send again when the answer was lost
	Name string
	Body io.Reader
}

// SetOwnPhoto stores a picture and makes it the actor's photo. Sent again it changes nothing, also when another photo has
// taken its place meanwhile.
func (s *Service) SetOwnPhoto(ctx context.Context, in OwnPhotoInput) error {
	a := access.From(ctx)
	id := workforce.EngineerID(a.EngineerID)
	switch {
	case a.Kind == "" || a.Kind == access.Public:
		return problem.ErrUnauth
	case !isEngineer(ctx, id):
		return problem.ErrForbidden
	}
	e, err := s.Workforce.Find(ctx, id)
	if err != nil {
		return err
	}
	if in.File != "" {
		f, err := s.Files.Get(ctx, s.DB, in.File)
		if err == nil && f.CreatedBy == a.ID && f.RecordKind == staffRecord && f.RecordID == string(id) {
			return nil
		}
		if err != nil && !problem.Match(err, files.ErrNotFound) {
			return err
		}
	}
	f, err := s.Files.Upload(ctx, files.UploadInput{ID: in.File, Purpose: files.Avatar, Name: in.Name, By: a.ID, OutletPath: e.OutletPath, Body: in.Body})
	if err != nil {
		return err
	}
	return s.SetPhoto(ctx, id, f.ID)
}

// badgePhoto is the picture on a badge that holds.
func (s *Service) badgePhoto(w http.ResponseWriter, r *http.Request, v *view) (string, error) {
	ctx := portal(r.Context(), v.Lang)
	visit, err := s.badgeVisit(ctx, r)
	if err != nil {
		return "", err
	}
	for _, m := range visit.Members {
		if string(m.EngineerID) == r.URL.Query().Get("of") {
			return "", s.servePhoto(ctx, w, r, m.EngineerID)
		}
	}
	return "", problem.ErrNotFound
}

// trackPhoto is the picture of an engineer who is to come.
func (s *Service) trackPhoto(w http.ResponseWriter, r *http.Request, v *view) (string, error) {
	l, err := s.link(r)
	if err != nil {
		return "", err
	}
	ctx := portal(r.Context(), v.Lang)
	p, err := s.track(ctx, l, r.PathValue("token"))
	if err != nil {
		return "", err
	}
	for _, o := range p.Orders {
		for _, f := range o.Faces {
			if string(f.ID) == r.PathValue("engineer") {
				return "", s.servePhoto(ctx, w, r, f.ID)
			}
		}
	}
	return "", problem.ErrNotFound
}

func (s *Service) servePhoto(ctx context.Context, w http.ResponseWriter, r *http.Request, id workforce.EngineerID) error {
	photos, err := s.photos(ctx, s.DB, []workforce.EngineerID{id})
	if err != nil {
		return err
	}
	if photos[id] == "" {
		return problem.ErrNotFound
	}
	return s.Files.Serve(w, r, photos[id], files.Thumb)
}
