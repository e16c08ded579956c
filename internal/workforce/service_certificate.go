package workforce

import (
	"context"
	"strings"

	"anxin/internal/catalog"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// AddCertificateInput is a certificate that was seen. ValidTo and RecheckBy zero are reckoned from the rule
// of the skill (特种作业操作证: six years, re-checked every three).
type AddCertificateInput struct {
	ID        EngineerID
	Version   int64
	Code      catalog.SkillCode
	Number    string // sealed at once
	IssuedOn  calendar.Date
	ValidTo   calendar.Date
	RecheckBy calendar.Date
}

// AddCertificate notes a certificate and bumps the person's days from today on.
func (s *Service) AddCertificate(ctx context.Context, in AddCertificateInput) (Engineer, error) {
	snap, err := s.catalog.Current(ctx, s.db)
	if err != nil {
		return Engineer{}, err
	}
	skill, known := snap.Skill(in.Code)
	var f problem.Fields
	f.Check(known, "code", problem.Unknown)
	f.Check(!known || skill.Certificate, "code", ErrNoPaper)
	text(&f, "number", in.Number, true, 60)
	f.Check(!in.IssuedOn.IsZero(), "issued_on", problem.Required)
	if in.ValidTo.IsZero() && skill.ValidYears > 0 {
		in.ValidTo = addYears(in.IssuedOn, skill.ValidYears) - 1
	}
	if in.RecheckBy.IsZero() && skill.RecheckYears > 0 {
		in.RecheckBy = min(addYears(in.IssuedOn, skill.RecheckYears)-1, in.ValidTo)
	}
	f.Check(in.ValidTo.IsZero() || in.ValidTo >= in.IssuedOn, "valid_to", ErrOrder)
	f.Check(in.RecheckBy.IsZero() || in.RecheckBy >= in.IssuedOn, "recheck_by", ErrOrder)
	if err := f.Err(); err != nil {
		return Engineer{}, err
	}
	return s.edit(ctx, PermWrite, in.ID, in.Version, "add_certificate", func(ctx context.Context, tx *db.Tx, e *Engineer) error {
		number, err := s.keys.Seal(ctx, tx, e.KeyID, strings.TrimSpace(in.Number))
		if err != nil {
			return err
		}
		c := Certificate{
			ID: CertificateID(db.NewID()), Code: in.Code, NumberSealed: number, IssuedOn: in.IssuedOn, ValidTo: in.ValidTo, RecheckBy: in.RecheckBy,
		}
		tx.Later(`INSERT INTO workforce_certificate (id, staff_id, code, number_sealed, issued_on, valid_to, recheck_by, due)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			string(c.ID), string(e.ID), string(c.Code), number, c.IssuedOn.String(), formatDay(c.ValidTo), formatDay(c.RecheckBy), formatDay(c.Due()))
		e.Certificates = append(e.Certificates, c)
		return s.bumpToday(ctx, tx, *e)
	})
}

func addYears(d calendar.Date, n int) calendar.Date {
	y, m, day := d.Civil()
	return calendar.NewDate(y+n, m, day)
}

func (s *Service) bumpToday(ctx context.Context, tx *db.Tx, e Engineer) error {
	o, err := s.outlets.Get(ctx, tx, e.OutletID)
	if err != nil {
		return err
	}
	return s.bumpFrom(ctx, tx, e.ID, s.today(tx, o))
}

// RecheckCertificateInput notes that a certificate was re-checked.
type RecheckCertificateInput struct {
	ID          EngineerID
	Version     int64
	Certificate CertificateID
	RecheckBy   calendar.Date // the next one; zero is none before the end
}

// RecheckCertificate moves the day by which a certificate must be re-checked.
func (s *Service) RecheckCertificate(ctx context.Context, in RecheckCertificateInput) (Engineer, error) {
	return s.edit(ctx, PermWrite, in.ID, in.Version, "recheck_certificate", func(ctx context.Context, tx *db.Tx, e *Engineer) error {
		for i := range e.Certificates {
			c := &e.Certificates[i]
			if c.ID != in.Certificate {
				continue
			}
			if !in.RecheckBy.IsZero() && (in.RecheckBy < c.IssuedOn || !c.ValidTo.IsZero() && in.RecheckBy > c.ValidTo) {
				return problem.Field("recheck_by", problem.OutOfRange)
			}
			c.RecheckBy = in.RecheckBy
			if _, err := tx.Exec(ctx, `UPDATE workforce_certificate SET recheck_by = $1, due = $2 WHERE id = $3`,
				formatDay(c.RecheckBy), formatDay(c.Due()), string(c.ID)); err != nil {
				return err
			}
			return s.bumpToday(ctx, tx, *e)
		}
		return problem.ErrNotFound
	})
}

// RemoveCertificateInput takes a certificate away that was noted wrongly or withdrawn.
type RemoveCertificateInput struct {
	ID          EngineerID
	Version     int64
	Certificate CertificateID
}

// RemoveCertificate takes a certificate away and bumps the person's days from today on.
func (s *Service) RemoveCertificate(ctx context.Context, in RemoveCertificateInput) (Engineer, error) {
	return s.edit(ctx, PermWrite, in.ID, in.Version, "remove_certificate", func(ctx context.Context, tx *db.Tx, e *Engineer) error {
		n, err := tx.Exec(ctx, `DELETE FROM workforce_certificate WHERE id = $1 AND staff_id = $2`, string(in.Certificate), string(e.ID))
		if err != nil {
			return err
		}
		if n == 0 {
			return problem.ErrNotFound
		}
		kept := []Certificate{}
		for _, c := range e.Certificates {
			if c.ID != in.Certificate {
				kept = append(kept, c)
			}
		}
		e.Certificates = kept
		return s.bumpToday(ctx, tx, *e)
	})
}

// CertificateNumbers opens the numbers of a person's certificates, by their id.
func (s *Service) CertificateNumbers(ctx context.Context, q db.Querier, e Engineer) (map[CertificateID]string, error) {
	out := make(map[CertificateID]string, len(e.Certificates))
	for _, c := range e.Certificates {
		n, err := s.keys.Open(ctx, q, e.KeyID, c.NumberSealed)
		if err != nil {
			return nil, err
		}
		out[c.ID] = n
	}
	return out, nil
}

// DueCertificate is a certificate that ends soon, or has ended.
type DueCertificate struct {
	ID         CertificateID
	Staff      EngineerID
	Name       string
	OutletID   outlets.ID
	OutletPath string
	Code       catalog.SkillCode
	Due        calendar.Date
}

// DueCertificates lists the certificates of people in the actor's scope who have not left that end by a
// day, the most urgent first, one more than the limit. After is the due day and id of the row before.
func (s *Service) DueCertificates(ctx context.Context, by calendar.Date, after [2]string, limit int) ([]DueCertificate, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	var w db.Where
	if err := s.limit(ctx, s.db, &w, access.From(ctx).Scope); err != nil {
		return nil, err
	}
	w.And("c.due <> '' AND c.due <= ?", by.String())
	w.And("state <> ?", string(StateLeft))
	if after[1] != "" {
		w.And("(c.due, c.id) > (?, ?)", after[0], after[1])
	}
	return db.List(ctx, s.db, func(sc db.Scanner) (DueCertificate, error) {
		var d DueCertificate
		var due string
		if err := sc.Scan(&d.ID, &d.Staff, &d.Name, &d.OutletID, &d.OutletPath, &d.Code, &due); err != nil {
			return d, err
		}
		var err error
		d.Due, err = parseDay(due)
		return d, err
	}, `SELECT c.id, staff_id, name, outlet_id, outlet_path, c.code, c.due FROM workforce_certificate c
		JOIN workforce_staff e ON e.id = c.staff_id`+w.String()+` ORDER BY c.due, c.id LIMIT `+w.Arg(limit+1), w.Args()...)
}
