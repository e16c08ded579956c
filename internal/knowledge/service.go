package knowledge

import (
	"context"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
)

// openFor is how long a form may be open after its questions were replaced and still be answered by them.
const openFor = 24 * time.Hour

// maxSets bounds a list.
const maxSets = 500

// Service is what one can do with sets of questions.
type Service struct {
	db      *db.DB
	catalog *catalog.Service
}

// New makes the service.
func New(d *db.DB, cat *catalog.Service) *Service { return &Service{db: d, catalog: cat} }

// InForce is the set that is asked at a place: the model's, the brand's, that of all brands, the product's. It asks for no
// permission, since whoever reports is asked by it.
func (s *Service) InForce(ctx context.Context, q db.Querier, p Place) (Set, error) {
	list, err := db.List(ctx, q, scan, `SELECT `+columns+` FROM knowledge_question_set WHERE category = $1 AND brand_id IN ($2, '') AND model_id IN ($3, '') AND state = 'published'
		ORDER BY brand_id DESC, model_id DESC LIMIT 4`, string(p.Category), string(p.Brand), string(p.Model))
	if err != nil {
		return Set{}, err
	}
	if len(list) > 0 {
		return list[0], nil
	}
	return s.product(ctx, q, p.Category)
}

// ProductSet stands for the product's set where a form says from which it was made.
const ProductSet ID = "product"

// AskedBy is the set that a form was made from, while it may still be answered: the one in force, or one from before, up to a
// day after the change. Else it is the one in force.
func (s *Service) AskedBy(ctx context.Context, q db.Querier, p Place, id ID) (Set, error) {
	now, err := s.InForce(ctx, q, p)
	if err != nil || !codeForm.MatchString(string(id)) || id == now.ID || id == ProductSet && now.Product() {
		return now, err
	}
	recent := func(v Set) bool { return q.Now().Sub(v.DecidedAt) < openFor }
	if id == ProductSet {
		if recent(now) {
			return s.product(ctx, q, p.Category)
		}
		return now, nil
	}
	v, err := find(ctx, q, id)
	if problem.Match(err, ErrNotFound) {
		return now, nil
	}
	if err != nil {
		return Set{}, err
	}
	here := v.Category == p.Category && (v.Brand == "" || v.Brand == p.Brand) && (v.Model == "" || v.Model == p.Model)
	if here && v.State != Draft && (recent(v) || recent(now)) {
		return v, nil
	}
	return now, nil
}

func (s *Service) product(ctx context.Context, q db.Querier, c catalog.CategoryCode) (Set, error) {
	snap, err := s.catalog.Current(ctx, q)
	if err != nil {
		return Set{}, err
	}
	return Set{Place: Place{Category: c}, State: Published, Questions: product().of(snap, c), Missing: []Danger{}}, nil
}

// Product is what the product asks about a product line.
func (s *Service) Product(ctx context.Context, c catalog.CategoryCode) (Set, error) {
	if err := access.Require(ctx, PermQuestions); err != nil {
		return Set{}, err
	}
	snap, err := s.catalog.Current(ctx, s.db)
	if err != nil {
		return Set{}, err
	}
	if _, ok := snap.Category(c); !ok {
		return Set{}, ErrNotFound
	}
	return s.product(ctx, s.db, c)
}

// Filter narrows a list of sets; what is nil or empty does not.
type Filter struct {
	Brand    *catalog.BrandID // empty: those of all brands
	Category catalog.CategoryCode
	Model    *catalog.ModelID
	State    State
}

// List reads the firm's sets that the actor sees, by product line, the newest edition of a place first.
func (s *Service) List(ctx context.Context, f Filter) ([]Set, error) {
	if err := access.Require(ctx, PermQuestions); err != nil {
		return nil, err
	}
	var w db.Where
	if brands := access.From(ctx).Scope.Brands; brands != nil {
		w.In("brand_id", append([]string{""}, brands...))
	}
	if f.Brand != nil {
		w.And("brand_id = ?", string(*f.Brand))
	}
	if f.Category != "" {
		w.And("category = ?", string(f.Category))
	}
	if f.Model != nil {
		w.And("model_id = ?", string(*f.Model))
	}
	if f.State != "" {
		w.And("state = ?", string(f.State))
	}
	return db.List(ctx, s.db, scan, `SELECT `+columns+` FROM knowledge_question_set`+w.String()+
		` ORDER BY category, brand_id, model_id, CASE state WHEN 'draft' THEN 0 ELSE 1 END, edition DESC LIMIT `+w.Arg(maxSets), w.Args()...)
}

// Get reads a set of the firm.
func (s *Service) Get(ctx context.Context, id ID) (Set, error) {
	if err := access.Require(ctx, PermQuestions); err != nil {
		return Set{}, err
	}
	return s.seen(ctx, s.db, id)
}

func (s *Service) seen(ctx context.Context, q db.Querier, id ID) (Set, error) {
	v, err := find(ctx, q, id)
	if err == nil && !access.From(ctx).Scope.SeesBrand(string(v.Brand)) {
		return Set{}, ErrNotFound
	}
	return v, err
}

// mayChange: sets of a brand belong to those of the centre whose scope covers it, those of all brands to who sees all.
func mayChange(ctx context.Context, brand catalog.BrandID) error {
	if err := access.Require(ctx, PermQuestions); err != nil {
		return err
	}
	if scope := access.From(ctx).Scope; !scope.Centre() || brand == "" && scope.Brands != nil {
		return problem.ErrForbidden.With("permission", PermQuestions)
	}
	return nil
}

// Check reads questions as saving does: trimmed, with each fault at its field.
func (s *Service) Check(ctx context.Context, p Place, list Questions) (Questions, error) {
	return s.check(ctx, s.db, p, list)
}

func (s *Service) check(ctx context.Context, q db.Querier, p Place, list Questions) (Questions, error) {
	snap, err := s.catalog.Current(ctx, q)
	if err != nil {
		return nil, err
	}
	var f problem.Fields
	if p.Brand != "" {
		_, ok := snap.Brand(p.Brand)
		f.Check(ok && access.From(ctx).Scope.SeesBrand(string(p.Brand)), "brand_id", problem.Unknown)
	}
	_, ok := snap.Category(p.Category)
	f.Check(ok, "category", problem.Unknown)
	if p.Model != "" {
		m, ok := snap.Model(p.Model)
		f.Check(ok && m.BrandID == p.Brand && m.Category == p.Category, "model_id", problem.Unknown)
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	return list.checked(snap, p.Category)
}

// DraftInput begins a draft.
type DraftInput struct {
	Place
	Questions Questions
}

// Begin keeps a first draft for a place.
func (s *Service) Begin(ctx context.Context, in DraftInput) (Set, error) {
	if err := mayChange(ctx, in.Brand); err != nil {
		return Set{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Set, error) {
		list, err := s.check(ctx, tx, in.Place, in.Questions)
		if err != nil {
			return Set{}, err
		}
		if old, err := at(ctx, tx, in.Place, Draft); err != nil || old.ID != "" {
			if err == nil {
				err = ErrDraft.With("id", string(old.ID))
			}
			return Set{}, err
		}
		v := Set{ID: ID(db.NewID()), Place: in.Place, State: Draft, Questions: list, SavedBy: actorOf(ctx), SavedAt: tx.Now(), Version: 1}
		v.Missing = list.missing(product().dangersOf(in.Category))
		if err := insert(ctx, tx, v); db.IsUnique(err, "knowledge_question_set") {
			return Set{}, db.ErrRace // somebody began one at the same moment: read again
		} else if err != nil {
			return Set{}, err
		}
		return v, note(ctx, tx, "save", nil, v)
	})
}

// change reads a set at a version, lets act change it and writes it.
func (s *Service) change(ctx context.Context, id ID, version int64, act func(ctx context.Context, tx *db.Tx, v *Set) error) (Set, error) {
	if err := access.Require(ctx, PermQuestions); err != nil {
		return Set{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Set, error) {
		v, err := s.seen(ctx, tx, id)
		if err == nil {
			err = mayChange(ctx, v.Brand)
		}
		if err != nil {
			return Set{}, err
		}
		if v.Version != version {
			return Set{}, problem.ErrStale.With("version", v.Version)
		}
		v.Version++
		err = act(ctx, tx, &v)
		return v, err
	})
}

// Save changes a draft.
func (s *Service) Save(ctx context.Context, id ID, version int64, list Questions) (Set, error) {
	return s.change(ctx, id, version, func(ctx context.Context, tx *db.Tx, v *Set) error {
		if v.State != Draft {
			return ErrState.With("state", string(v.State))
		}
		before := *v
		checked, err := s.check(ctx, tx, v.Place, list)
		if err != nil {
			return err
		}
		v.Questions, v.SavedBy, v.SavedAt = checked, actorOf(ctx), tx.Now()
		v.Missing = checked.missing(product().dangersOf(v.Category))
		if err := update(ctx, tx, *v); err != nil {
			return err
		}
		return note(ctx, tx, "save", &before, *v)
	})
}

// Publish puts a draft in force; the set that was in force at its place is replaced. It fails where the first question does
// not name a danger to life that the product's names, or a symptom has left the catalogue since.
func (s *Service) Publish(ctx context.Context, id ID, version int64) (Set, error) {
	return s.change(ctx, id, version, func(ctx context.Context, tx *db.Tx, v *Set) error {
		if v.State != Draft {
			return ErrState.With("state", string(v.State))
		}
		if _, err := s.check(ctx, tx, v.Place, v.Questions); err != nil {
			return err
		}
		if len(v.Missing) > 0 {
			return ErrDanger.With("dangers", v.Missing)
		}
		old, err := at(ctx, tx, v.Place, Published)
		if err != nil {
			return err
		}
		if old.ID != "" {
			was := old
			old.State, old.DecidedBy, old.DecidedAt, old.Version = Replaced, actorOf(ctx), tx.Now(), old.Version+1
			if err := update(ctx, tx, old); err != nil {
				return err
			}
			if err := note(ctx, tx, "replace", &was, old); err != nil {
				return err
			}
		}
		last, err := db.Get(ctx, tx, db.ScanInt, `SELECT COALESCE(MAX(edition), 0) FROM knowledge_question_set WHERE category = $1 AND brand_id = $2 AND model_id = $3`,
			string(v.Category), string(v.Brand), string(v.Model))
		if err != nil {
			return err
		}
		before := *v
		v.Edition, v.State, v.DecidedBy, v.DecidedAt = int(last)+1, Published, actorOf(ctx), tx.Now()
		if err := update(ctx, tx, *v); db.IsUnique(err, "knowledge_question_set") {
			return db.ErrRace
		} else if err != nil {
			return err
		}
		return changed(ctx, tx, "publish", &before, *v)
	})
}

// Withdraw takes a set out of force: the next wider one is asked again, or the product's.
func (s *Service) Withdraw(ctx context.Context, id ID, version int64) (Set, error) {
	return s.change(ctx, id, version, func(ctx context.Context, tx *db.Tx, v *Set) error {
		if v.State != Published {
			return ErrState.With("state", string(v.State))
		}
		before := *v
		v.State, v.DecidedBy, v.DecidedAt = Withdrawn, actorOf(ctx), tx.Now()
		if err := update(ctx, tx, *v); err != nil {
			return err
		}
		return changed(ctx, tx, "withdraw", &before, *v)
	})
}

// Discard throws a draft away.
func (s *Service) Discard(ctx context.Context, id ID, version int64) (Set, error) {
	return s.change(ctx, id, version, func(ctx context.Context, tx *db.Tx, v *Set) error {
		if v.State != Draft {
			return ErrState.With("state", string(v.State))
		}
		err := tx.ExecOne(ctx, `DELETE FROM knowledge_question_set WHERE id = $1 AND version = $2`, string(id), version)
		if err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Entry{Kind: record, Record: string(id), Act: "discard", Before: trail(*v)})
	})
}

func trail(v Set) map[string]any {
	m := map[string]any{"state": v.State, "category": v.Category, "questions": len(v.Questions)}
	if v.Brand != "" {
		m["brand_id"] = v.Brand
	}
	if v.Model != "" {
		m["model_id"] = v.Model
	}
	if v.Edition > 0 {
		m["edition"] = v.Edition
	}
	return m
}

func note(ctx context.Context, tx *db.Tx, act string, before *Set, after Set) error {
	e := audit.Entry{Kind: record, Record: string(after.ID), Act: act, After: trail(after), New: before == nil}
	if before != nil {
		e.Before = trail(*before)
	}
	return audit.Append(ctx, tx, e)
}

func changed(ctx context.Context, tx *db.Tx, act string, before *Set, after Set) error {
	if err := note(ctx, tx, act, before, after); err != nil {
		return err
	}
	return events.Publish(ctx, tx, Changed{
		Head:     events.Head{ID: string(after.ID), Version: after.Version, OccurredAt: tx.Now(), BrandID: string(after.Brand)},
		Category: after.Category, Model: after.Model, Edition: after.Edition, State: after.State,
	})
}

func actorOf(ctx context.Context) string {
	a := access.From(ctx)
	return a.Kind + ":" + a.ID
}
