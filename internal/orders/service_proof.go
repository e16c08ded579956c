package orders

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/files"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

// ProofInput is what an engineer hands in for an order, all at once or piece by piece.
type ProofInput struct {
	Diagnosis  Diagnosis
	Answers    []AnswerItem
	Photos     []PhotoInput
	Serial     string
	Parts      []PartUse
	FinishCode string // that the customer told: signs the work off
	Absent     bool   // nobody was there to sign
	// ToCome lets photos be named that are still being uploaded: they are attached when they arrive.
	ToCome bool
	Note   string // of the engineer
}

// PhotoInput attaches an uploaded file.
type PhotoInput struct {
	FileID files.ID
	Kind   PhotoKind
}

const maxAnswer = 500

func (p ProofInput) check(f *problem.Fields, snap *catalog.Snapshot, at string) {
	checkWork(f, snap, "", p.Diagnosis.Symptom, p.Diagnosis.Cause, p.Diagnosis.Action)
	f.Check(len(p.Answers) <= 100, at+"answers", problem.TooLong, "limit", 100)
	for i, a := range p.Answers {
		item, ok := snap.ChecklistItem(a.Item)
		field := at + index("answers", i)
		f.Check(ok, field+".item", problem.Unknown)
		switch {
		case !ok, a.NA:
		case item.Kind == catalog.ItemCheck:
			f.Check(a.Checked != nil, field+".checked", problem.Required)
		case item.Kind == catalog.ItemReading:
			f.Check(a.Number != nil, field+".number", problem.Required)
		default:
			f.Check(strings.TrimSpace(a.Text) != "", field+".text", problem.Required)
			f.Check(len([]rune(a.Text)) <= maxAnswer, field+".text", problem.TooLong, "limit", maxAnswer)
		}
	}
	f.Check(len(p.Photos) <= 50, at+"photos", problem.TooLong, "limit", 50)
	for i, ph := range p.Photos {
		f.Check(slices.Contains(PhotoKinds, ph.Kind), at+index("photos", i)+".kind", problem.BadChoice)
		f.Check(ph.FileID != "", at+index("photos", i)+".file_id", problem.Required)
	}
	f.Check(len([]rune(p.Serial)) <= 64, at+"serial", problem.TooLong, "limit", 64)
	f.Check(len(p.Parts) <= 50, at+"parts", problem.TooLong, "limit", 50)
	f.Check(len([]rune(p.Note)) <= 4000, at+"note", problem.TooLong, "limit", 4000)
	for i, u := range p.Parts {
		u.check(f, at+index("parts", i))
	}
}

// AddProofInput hands in proof for an order.
type AddProofInput struct {
	ActInput
	Visit VisitID // on which it was made; empty: the order's last
	Proof ProofInput
}

// AddProof keeps proof of the work: answers, photos, the serial number, parts, the customer's finish code.
// A completed order whose proof was incomplete is judged again.
func (s *Service) AddProof(ctx context.Context, in AddProofInput) (Order, error) {
	snap, err := s.Catalog.Current(ctx, s.db)
	if err != nil {
		return Order{}, err
	}
	var f problem.Fields
	in.Proof.check(&f, snap, "")
	if err := f.Err(); err != nil {
		return Order{}, err
	}
	return s.actOn(ctx, PermFieldAny, "proof", in.ActInput, func(ctx context.Context, tx *db.Tx, o *Order, at time.Time) (tell, error) {
		if o.State == StatePosted || o.State == StateDraft {
			return nil, ErrState.With("act", "proof", "state", string(o.State))
		}
		v, err := s.visitForProof(ctx, tx, *o, in.Visit)
		if err != nil {
			return nil, err
		}
		if err := s.applyProof(ctx, tx, snap, o, v, in.Proof, !o.Live(), at); err != nil {
			return nil, err
		}
		if o.State == StateCompleted && o.Review != ReviewPassed {
			return nil, s.judge(ctx, tx, snap, o)
		}
		return nil, nil
	})
}

// AttachPhotoInput hands in one picture.
type AttachPhotoInput struct {
	ActInput
	Visit VisitID
	Photo PhotoInput
}

// AttachPhoto keeps one uploaded picture of a visit's order, also after the visit ended: it may have waited
// for a network. Even a cancelled order keeps it. Who was on the visit may hand it in.
func (s *Service) AttachPhoto(ctx context.Context, in AttachPhotoInput) (Order, error) {
	if err := mayField(ctx); err != nil {
		return Order{}, err
	}
	snap, err := s.Catalog.Current(ctx, s.db)
	if err != nil {
		return Order{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Order, error) {
		v, err := s.findField(ctx, tx, in.Visit)
		if err != nil {
			return Order{}, err
		}
		if !slices.ContainsFunc(v.Orders, func(o VisitOrder) bool { return o.OrderID == in.ID }) {
			return Order{}, ErrNotFound
		}
		o, err := findOrder(ctx, tx, access.Everything, in.ID)
		if err != nil {
			return Order{}, err
		}
		return s.actAndPost(ctx, tx, o, "photo", in.Act, func(ctx context.Context, tx *db.Tx, o *Order, at time.Time) (tell, error) {
			if err := s.attachPhoto(ctx, tx, o, v.ID, in.Photo, at); err != nil {
				return nil, err
			}
			if o.State == StateCompleted && o.Review != ReviewPassed {
				return nil, s.judge(ctx, tx, snap, o)
			}
			return nil, nil
		})
	})
}

func (s *Service) visitForProof(ctx context.Context, q db.Querier, o Order, id VisitID) (Visit, error) {
	list, err := visitsOfOrder(ctx, q, o.ID)
	if err != nil {
		return Visit{}, err
	}
	if id == "" {
		if len(list) == 0 {
			return Visit{}, nil
		}
		return list[len(list)-1], nil
	}
	i := slices.IndexFunc(list, func(v Visit) bool { return v.ID == id })
	if i < 0 {
		return Visit{}, problem.Field("visit_id", problem.Unknown)
	}
	return list[i], nil
}

// storeProof keeps the proof that came with a visit's end and writes the order when it changed. With only,
// the order itself stays as it is: it moved on meanwhile.
func (s *Service) storeProof(ctx context.Context, tx *db.Tx, snap *catalog.Snapshot, o *Order, v Visit, p ProofInput, only bool, at time.Time) error {
	was := *o
	if err := s.applyProof(ctx, tx, snap, o, v, p, only, at); err != nil {
		return err
	}
	if only {
		*o = was
		return nil
	}
	if o.UnitID == was.UnitID && o.Symptom == was.Symptom && o.Cause == was.Cause && o.Action == was.Action && o.Sign == was.Sign {
		return nil
	}
	return updateOrder(ctx, tx, o)
}

func (s *Service) applyProof(ctx context.Context, tx *db.Tx, snap *catalog.Snapshot, o *Order, v Visit, p ProofInput, only bool, at time.Time) error {
	if err := s.keepAnswers(ctx, tx, snap, *o, v.ID, p.Answers, at); err != nil {
		return err
	}
	for _, ph := range p.Photos {
		if err := s.attachPhoto(ctx, tx, o, v.ID, ph, at); err != nil && !(p.ToCome && errors.Is(err, files.ErrNotFound)) {
			return err
		}
	}
	if serial := strings.TrimSpace(p.Serial); serial != "" {
		if err := s.scanSerial(ctx, tx, o, v.ID, serial, only, at); err != nil {
			return err
		}
	}
	for _, u := range p.Parts {
		if err := s.usePart(ctx, tx, o, v, u, at); err != nil {
			return err
		}
	}
	if err := applyDiagnosis(snap, o, p.Diagnosis); err != nil {
		return err
	}
	if note := strings.TrimSpace(p.Note); note != "" {
		if err := s.noteTx(ctx, tx, *o, "note", "proof", note, at); err != nil {
			return err
		}
	}
	if p.Absent && o.Sign == SignNone {
		o.Sign = SignAbsent
	}
	if p.FinishCode == "" {
		return nil
	}
	ok, err := s.Identity.MatchTx(ctx, tx, identity.FinishCode, recordKind, string(o.ID), p.FinishCode)
	switch {
	case err != nil:
		return err
	case ok:
		o.Sign = SignCode
	case o.Sign == SignNone || o.Sign == SignAbsent:
		o.Sign = SignMismatch
	}
	return nil
}

// keepAnswers writes answers; what contradicts safety, or lies out of bounds, is a finding, not an error.
func (s *Service) keepAnswers(ctx context.Context, tx *db.Tx, snap *catalog.Snapshot, o Order, v VisitID, list []AnswerItem, at time.Time) error {
	for _, a := range list {
		item, _ := snap.ChecklistItem(a.Item)
		row := answerRow{AnswerItem: a}
		row.VisitID, row.At = v, at
		if a.NA {
			row.Checked, row.Number, row.Text, a.Text = nil, nil, "", ""
		}
		switch item.Kind {
		case catalog.ItemCheck:
			row.Finding = item.Safety && a.Checked != nil && !*a.Checked
		case catalog.ItemReading:
			row.Finding = a.Number != nil && (item.Min != nil && *a.Number < *item.Min || item.Max != nil && *a.Number > *item.Max)
		}
		var err error
		if row.sealed, err = s.Keys.Seal(ctx, tx, o.KeyID, strings.TrimSpace(a.Text)); err != nil {
			return err
		}
		upsertAnswer(tx, o.ID, row)
	}
	return nil
}

func (s *Service) attachPhoto(ctx context.Context, tx *db.Tx, o *Order, v VisitID, in PhotoInput, at time.Time) error {
	by := access.From(ctx).ID
	err := s.Files.AttachTx(ctx, tx, files.AttachInput{
		ID: in.FileID, RecordKind: recordKind, RecordID: string(o.ID), Brand: string(o.BrandID), OutletPath: o.OutletPath, By: by,
	})
	if err != nil {
		return err
	}
	f, err := s.Files.Get(ctx, tx, in.FileID)
	if err != nil {
		return err
	}
	p := Photo{FileID: f.ID, Kind: in.Kind, VisitID: v, TakenAt: f.TakenAt, At: at}
	if place, ok := o.Point(); ok && f.Lat != nil && f.Lon != nil {
		d := float64(int64(geo.Distance(place, geo.Point{Lat: *f.Lat, Lon: *f.Lon, Datum: geo.WGS84}) + 0.5))
		p.Distance = &d
	}
	same, err := s.Files.SameContent(ctx, tx, f)
	if err != nil {
		return err
	}
	p.Reused = len(same) > 0 && in.Kind != PhotoSignature
	insertPhoto(tx, o.ID, p)
	if in.Kind == PhotoSignature && o.Sign != SignCode {
		o.Sign = SignSignature
	}
	return nil
}

// scanSerial finds out which unit stands there. A number of another unit than the order's is kept for
// review; it changes nothing.
func (s *Service) scanSerial(ctx context.Context, tx *db.Tx, o *Order, v VisitID, serial string, only bool, at time.Time) error {
	scan := Scan{Serial: serial, Result: ScanMismatch, VisitID: v, At: at}
	known, err := s.Units.FindBySerial(ctx, tx, o.BrandID, serial)
	found := err == nil
	if err != nil && !errors.Is(err, problem.ErrNotFound) {
		return err
	}
	switch {
	case only:
		if found && known.ID == o.UnitID {
			scan.Result = ScanMatched
		}
	case o.UnitID == "" && found:
		scan.Result = ScanFound
		err = s.setUnit(ctx, tx, o, known.ID)
	case o.UnitID == "":
		scan.Result = ScanCreated
		err = s.createUnit(ctx, tx, o, serial)
	case found && known.ID == o.UnitID:
		scan.Result = ScanMatched
	case !found:
		u, e := s.Units.Get(ctx, tx, o.UnitID)
		if err = e; err == nil && u.Serial == "" {
			scan.Result = ScanSet
			err = s.Units.SetSerialTx(ctx, tx, u.ID, serial)
		} else if err == nil && crypt.Normalize(crypt.KindSerial, u.Serial) == crypt.Normalize(crypt.KindSerial, serial) {
			scan.Result = ScanMatched
		}
	default:
		err = nil
	}
	switch code := problem.CodeOf(err); {
	case err == nil || code == problem.ErrNotFound:
	case code.Kind == problem.Invalid || code.Kind == problem.Conflict:
		scan.Result = ScanMismatch // no serial number at all: a person looks, the act stands
	default:
		return err
	}
	insertScan(tx, o.ID, scan)
	return nil
}

// createUnit makes a unit that nobody knew: the engineer stands before it.
func (s *Service) createUnit(ctx context.Context, tx *db.Tx, o *Order, serial string) error {
	texts, err := s.TextsOf(ctx, tx, []Order{*o})
	if err != nil {
		return err
	}
	in := units.CreateInput{Brand: o.BrandID, Category: o.Category, Serial: serial, Owner: o.CustomerID}
	if t := texts[o.ID]; !t.Erased && !t.Place.IsZero() {
		in.Place = &t.Place
	}
	u, err := s.Units.CreateTx(ctx, tx, in)
	if err != nil {
		return err
	}
	return s.setUnit(ctx, tx, o, u.ID)
}

// applyDiagnosis notes what was wrong and what helped.
func applyDiagnosis(snap *catalog.Snapshot, o *Order, d Diagnosis) error {
	if d == (Diagnosis{}) {
		return nil
	}
	if d.Symptom != "" {
		o.Symptom = d.Symptom
	}
	if d.Cause != "" {
		o.Cause = d.Cause
	}
	if d.Action != "" {
		o.Action = d.Action
	}
	if sym, ok := snap.Symptom(o.Symptom); ok {
		o.SymptomFamily = sym.Family
		if o.Category == "" {
			o.Category = sym.Category
		}
	}
	var f problem.Fields
	checkWork(&f, snap, o.Category, o.Symptom, o.Cause, o.Action)
	return f.Err()
}

// ServiceCode is the code that proves the engineer to the customer; FinishCode signs the work off when the
// customer tells it. Both are computed and nowhere at rest.
func (s *Service) ServiceCode(ctx context.Context, q db.Querier, id ID) (string, error) {
	return s.Identity.Shown(ctx, q, identity.ServiceCode, recordKind, string(id))
}

// FinishCode is the code on the customer's page; see [Service.ServiceCode].
func (s *Service) FinishCode(ctx context.Context, q db.Querier, id ID) (string, error) {
	return s.Identity.Shown(ctx, q, identity.FinishCode, recordKind, string(id))
}
