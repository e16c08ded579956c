package workforce

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"anxin/internal/catalog"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/problem"
)

const staffColumns = `id, number, outlet_id, outlet_path, user_id, name, job, state, brands, skills, lat, lon, point_precision, point_source,
	van_place, max_visits, key_id, phone_sealed, joined_on, left_on, created_at, updated_at, version, tools`

func scanEngineer(s db.Scanner) (Engineer, error) {
	var e Engineer
	var number, user *string
	var lat, lon *float64
	var precision, source, brands, skills, joined, left, tools string
	var created, updated int64
	err := s.Scan(&e.ID, &number, &e.OutletID, &e.OutletPath, &user, &e.Name, &e.Job, &e.State, &brands, &skills, &lat, &lon, &precision, &source,
		&e.VanPlace, &e.MaxVisits, &e.KeyID, &e.PhoneSealed, &joined, &left, &created, &updated, &e.Version, &tools)
	if err != nil {
		return e, err
	}
	if lat != nil && lon != nil {
		e.StartPoint = geo.Point{Lat: *lat, Lon: *lon, Datum: geo.WGS84, Precision: geo.Precision(precision), Source: source}
	}
	e.Number, e.UserID = db.OrEmpty(number), db.OrEmpty(user)
	for _, b := range strings.Fields(brands) {
		e.Brands = append(e.Brands, catalog.BrandID(b))
	}
	e.Skills, e.Certificates, e.Tools = parseSkills(skills), []Certificate{}, catalog.SplitTools(tools)
	if e.JoinedOn, err = parseDay(joined); err != nil {
		return e, err
	}
	if e.LeftOn, err = parseDay(left); err != nil {
		return e, err
	}
	e.CreatedAt, e.UpdatedAt = db.FromMicros(created), db.FromMicros(updated)
	return e, nil
}

// Skills stand in one column, ' GAS:3 LVE:2 ': people are read with their skills thousands at a time.

func parseSkills(s string) []Skill {
	parts := strings.Fields(s)
	out := make([]Skill, 0, len(parts))
	for _, p := range parts {
		code, level, _ := strings.Cut(p, ":")
		n, err := strconv.Atoi(level)
		if err != nil {
			continue // written by formatSkills only
		}
		out = append(out, Skill{Code: catalog.SkillCode(code), Level: n})
	}
	return out
}

func formatSkills(list []Skill) string {
	if len(list) == 0 {
		return ""
	}
	var b strings.Builder
	for _, s := range list {
		b.WriteString(" " + string(s.Code) + ":" + strconv.Itoa(s.Level))
	}
	return b.String() + " "
}

func parseDay(s string) (calendar.Date, error) {
	if s == "" {
		return 0, nil
	}
	return calendar.ParseDate(s)
}

func formatDay(d calendar.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

func joinBrands(list []catalog.BrandID) string { return strings.Join(db.Strings(list), " ") }

func findEngineer(ctx context.Context, q db.Querier, id EngineerID) (Engineer, error) {
	return oneEngineer(ctx, q, `id = $1`, string(id))
}

func oneEngineer(ctx context.Context, q db.Querier, cond string, args ...any) (Engineer, error) {
	e, err := db.Get(ctx, q, scanEngineer, `SELECT `+staffColumns+` FROM workforce_staff WHERE `+cond, args...)
	if errors.Is(err, db.ErrNoRows) {
		return e, problem.ErrNotFound
	}
	if err != nil {
		return e, err
	}
	e.Certificates, err = db.List(ctx, q, scanCertificate, `SELECT `+certificateColumns+` FROM workforce_certificate WHERE staff_id = $1 ORDER BY code, valid_to, id`, string(e.ID))
	return e, err
}

const certificateColumns = `id, code, number_sealed, issued_on, valid_to, recheck_by`

func scanCertificate(s db.Scanner) (Certificate, error) {
	var c Certificate
	var issued, valid, recheck string
	if err := s.Scan(&c.ID, &c.Code, &c.NumberSealed, &issued, &valid, &recheck); err != nil {
		return c, err
	}
	var err error
	if c.IssuedOn, err = parseDay(issued); err != nil {
		return c, err
	}
	if c.ValidTo, err = parseDay(valid); err != nil {
		return c, err
	}
	c.RecheckBy, err = parseDay(recheck)
	return c, err
}

// visible finds a person within the actor's scope; others are not there. Everybody sees himself.
func (s *Service) visible(ctx context.Context, q db.Querier, id EngineerID) (Engineer, error) {
	e, err := findEngineer(ctx, q, id)
	if err != nil {
		return e, err
	}
	ok, err := s.sees(ctx, q, e)
	if err != nil {
		return Engineer{}, err
	}
	if !ok {
		return Engineer{}, problem.ErrNotFound
	}
	return e, nil
}

func (s *Service) sees(ctx context.Context, q db.Querier, e Engineer) (bool, error) {
	a := access.From(ctx)
	if a.EngineerID != "" && a.EngineerID == string(e.ID) {
		return true, nil
	}
	if !a.Scope.Sees("", e.OutletPath) {
		return false, nil
	}
	if a.Scope.Brands == nil {
		return true, nil
	}
	o, err := s.outlets.Get(ctx, q, e.OutletID)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(o.Brands, func(b catalog.BrandID) bool { return e.Serves(b) && a.Scope.SeesBrand(string(b)) }), nil
}

// limit is [Service.sees] in SQL: those of the outlets below the actor's path that serve one of his brands,
// unless they work for others only.
func (s *Service) limit(ctx context.Context, q db.Querier, w *db.Where, scope access.Scope) error {
	scope.Limit(w, "", "outlet_path")
	if scope.Brands == nil {
		return nil
	}
	ids, err := s.outlets.IDsServing(ctx, q, scope.Brands)
	if err != nil {
		return err
	}
	cond, args := "", []any{}
	for _, b := range scope.Brands {
		cond += " OR brands LIKE ?"
		args = append(args, "%"+b+"%")
	}
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = w.Arg(string(id))
	}
	if len(list) == 0 {
		w.And("1 = 0")
		return nil
	}
	w.And("(brands = ''"+cond+")", args...)
	w.And("outlet_id IN (" + strings.Join(list, ", ") + ")")
	return nil
}

func pointArgs(p geo.Point) (lat, lon *float64, precision, source string) {
	if p == (geo.Point{}) {
		return nil, nil, "", ""
	}
	return &p.Lat, &p.Lon, string(p.Precision), p.Source
}

func insertEngineer(ctx context.Context, tx *db.Tx, e Engineer, lookup []byte) error {
	lat, lon, precision, source := pointArgs(e.StartPoint)
	_, err := tx.Exec(ctx, `INSERT INTO workforce_staff (`+staffColumns+`, phone_lookup)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)`,
		string(e.ID), db.NullString(e.Number), string(e.OutletID), e.OutletPath, db.NullString(e.UserID), e.Name, string(e.Job), string(e.State),
		joinBrands(e.Brands), formatSkills(e.Skills), lat, lon, precision, source, e.VanPlace, e.MaxVisits, string(e.KeyID), e.PhoneSealed,
		formatDay(e.JoinedOn), formatDay(e.LeftOn), db.Micros(e.CreatedAt), db.Micros(e.UpdatedAt), e.Version, catalog.JoinTools(e.Tools), lookup)
	return taken(err)
}

// updateEngineer writes what may change; e.Version is the new one.
func updateEngineer(ctx context.Context, tx *db.Tx, e Engineer) error {
	lat, lon, precision, source := pointArgs(e.StartPoint)
	return taken(tx.ExecOne(ctx, `UPDATE workforce_staff SET number = $1, outlet_id = $2, outlet_path = $3, user_id = $4, name = $5, job = $6, state = $7,
			brands = $8, skills = $9, lat = $10, lon = $11, point_precision = $12, point_source = $13, van_place = $14, max_visits = $15,
			joined_on = $16, left_on = $17, updated_at = $18, version = $19, tools = $21
		WHERE id = $20 AND version = $19 - 1`,
		db.NullString(e.Number), string(e.OutletID), e.OutletPath, db.NullString(e.UserID), e.Name, string(e.Job), string(e.State),
		joinBrands(e.Brands), formatSkills(e.Skills), lat, lon, precision, source, e.VanPlace, e.MaxVisits,
		formatDay(e.JoinedOn), formatDay(e.LeftOn), db.Micros(e.UpdatedAt), e.Version, string(e.ID), catalog.JoinTools(e.Tools)))
}

// taken turns unique violations into problems: PostgreSQL names the index, SQLite the column.
func taken(err error) error {
	switch {
	case err == nil:
		return nil
	case db.IsUnique(err, "workforce_staff_number") || db.IsUnique(err, "workforce_staff.number"):
		return ErrNumberTaken.With()
	case db.IsUnique(err, "workforce_staff_user") || db.IsUnique(err, "workforce_staff.user_id"):
		return ErrUserTaken.With()
	}
	return err
}

// many reads people with their certificates in two queries.
func many(ctx context.Context, q db.Querier, w *db.Where, tail string) ([]Engineer, error) {
	list, err := db.List(ctx, q, scanEngineer, `SELECT `+staffColumns+` FROM workforce_staff`+w.String()+tail, w.Args()...)
	if err != nil || len(list) == 0 {
		return list, err
	}
	at := make(map[EngineerID]int, len(list))
	ids := make([]EngineerID, len(list))
	for i, e := range list {
		at[e.ID], ids[i] = i, e.ID
	}
	type owned struct {
		staff EngineerID
		c     Certificate
	}
	for part := range slices.Chunk(ids, 1000) {
		var in db.Where
		in.In("staff_id", db.Strings(part))
		rows, err := db.List(ctx, q, func(s db.Scanner) (owned, error) {
			var o owned
			var err error
			o.c, err = scanCertificate(prepend{s, &o.staff})
			return o, err
		}, `SELECT staff_id, `+certificateColumns+` FROM workforce_certificate`+in.String()+` ORDER BY staff_id, code, valid_to, id`, in.Args()...)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			e := &list[at[r.staff]]
			e.Certificates = append(e.Certificates, r.c)
		}
	}
	return list, nil
}

// prepend scans one more column before those that a scan function knows.
type prepend struct {
	s     db.Scanner
	first any
}

// Scan implements [db.Scanner].
func (p prepend) Scan(dest ...any) error { return p.s.Scan(append([]any{p.first}, dest...)...) }

// Get reads a person for another module; no scope is applied.
func (s *Service) Get(ctx context.Context, q db.Querier, id EngineerID) (Engineer, error) {
	return findEngineer(ctx, q, id)
}

// ByIDs reads people in two queries; unknown ids are absent.
func (s *Service) ByIDs(ctx context.Context, q db.Querier, ids []EngineerID) (map[EngineerID]Engineer, error) {
	out := make(map[EngineerID]Engineer, len(ids))
	for part := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(ids))), 1000) {
		var w db.Where
		w.In("id", db.Strings(part))
		list, err := many(ctx, q, &w, "")
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			out[e.ID] = e
		}
	}
	return out, nil
}

// OfOutlets lists the active engineers of the outlets at and below the paths, by outlet and id.
func (s *Service) OfOutlets(ctx context.Context, q db.Querier, paths ...string) ([]Engineer, error) {
	out := []Engineer{}
	slices.Sort(paths)
	last := ""
	for _, p := range slices.Compact(paths) {
		if p == "" || last != "" && strings.HasPrefix(p, last) {
			continue // below one that was read
		}
		last = p
		var w db.Where
		w.Prefix("outlet_path", p)
		w.And("state = ? AND job = ?", string(StateActive), string(JobEngineer))
		list, err := many(ctx, q, &w, ` ORDER BY outlet_path, id`)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// EngineerOfUser finds the person that a user of identity is.
func (s *Service) EngineerOfUser(ctx context.Context, q db.Querier, user string) (Engineer, error) {
	return oneEngineer(ctx, q, `user_id = $1`, user)
}

// ByNumber finds a person by the firm's staff number.
func (s *Service) ByNumber(ctx context.Context, q db.Querier, number string) (Engineer, error) {
	return oneEngineer(ctx, q, `number = $1`, number)
}

// ByExternalID finds a person by his name in another system.
func (s *Service) ByExternalID(ctx context.Context, q db.Querier, system, id string) (Engineer, error) {
	return oneEngineer(ctx, q, `id = (SELECT staff_id FROM workforce_external WHERE system = $1 AND external_id = $2)`, system, id)
}

// IsStaffPhone tells whether a phone number is that of somebody who works here: an answer to a callback
// from it counts for nothing.
func (s *Service) IsStaffPhone(ctx context.Context, q db.Querier, phone string) (bool, error) {
	h := s.lookup(phone)
	if h == nil {
		return false, nil
	}
	return db.Exists(ctx, q, `SELECT 1 FROM workforce_staff WHERE phone_lookup = $1 AND state <> $2`, h, string(StateLeft))
}

func insertExternal(ctx context.Context, tx *db.Tx, id EngineerID, list []outlets.ExternalID) error {
	for _, e := range list {
		_, err := tx.Exec(ctx, `INSERT INTO workforce_external (system, external_id, staff_id) VALUES ($1, $2, $3)`, e.System, e.ID, string(id))
		if db.IsUnique(err, "workforce_external") {
			return ErrExternal.With()
		}
		if err != nil {
			return err
		}
	}
	return nil
}
