package dispatch

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// PlanPolicy is what plans and repairs weigh for a brand beside promises, priorities and ways. Prices are in minutes of travel.
type PlanPolicy struct {
	BrandID       catalog.BrandID // "" is for every brand without a policy of its own
	NearHours     int             // how long ahead it begins to cost more to move what was promised; 0 is never
	Rush          int             // per cent that it costs more when it is about to begin
	MarginMinutes int             // how long before the end of the promised window one should be there; 0 is no matter
	MarginPrice   int             // what each minute later costs
	VisitMinutes  int             // what each visit to a household costs, so that its orders are done together
	SharePrice    int             // what a squared hour costs by which an outlet does more or less than its share
	Shares        []OutletShare
	RushHours     []RushHours // when ways take longer; also offers and whoever moves a visit go by them
	UpdatedBy     string      // "" where nobody has set it
	UpdatedAt     time.Time
	Version       int64 // 0 where nobody has set it
}

// OutletShare is the part of all work that the engineers of an outlet, and of those below it, should do.
type OutletShare struct {
	OutletID outlets.ID `json:"outlet_id" maxLength:"36"`
	PerMille int        `json:"per_mille" minimum:"1" maximum:"1000" doc:"thousandths of the work of a plan"`
}

// defaultPolicy holds until somebody sets another: moves near their time cost twice as much, orders of one household are done
// together, and the rest does not weigh.
func defaultPolicy(brand catalog.BrandID) PlanPolicy {
	return PlanPolicy{BrandID: brand, NearHours: 24, Rush: 100, VisitMinutes: 10, Shares: []OutletShare{}, RushHours: []RushHours{}}
}

// Bounds of a policy.
const (
	maxNearHours     = 14 * 24
	maxRush          = 1000
	maxMarginMinutes = 240
	maxMarginPrice   = 60
	maxVisitMinutes  = 240
	maxSharePrice    = 1440
	maxShares        = 200
)

// PolicyInput sets the policy of a brand at the version that the editor saw; 0 is none.
type PolicyInput struct {
	access.Act
	PlanPolicy
}

func (in *PolicyInput) check() error {
	var f problem.Fields
	within := func(n, most int, at string) {
		f.Check(n >= 0 && n <= most, at, problem.OutOfRange, "limit", "0–"+strconv.Itoa(most))
	}
	within(in.NearHours, maxNearHours, "near_hours")
	within(in.Rush, maxRush, "rush_percent")
	within(in.MarginMinutes, maxMarginMinutes, "margin_minutes")
	within(in.MarginPrice, maxMarginPrice, "margin_price")
	within(in.VisitMinutes, maxVisitMinutes, "visit_minutes")
	within(in.SharePrice, maxSharePrice, "share_price")
	f.Check(len(in.Shares) <= maxShares, "shares", problem.TooLong, "limit", maxShares)
	sum := 0
	for i, sh := range in.Shares {
		at := "shares." + strconv.Itoa(i)
		sum += sh.PerMille
		f.Check(sh.PerMille >= 1 && sum <= 1000, at+".per_mille", problem.OutOfRange, "limit", "1–1000")
		twice := slices.ContainsFunc(in.Shares[:i], func(o OutletShare) bool { return o.OutletID == sh.OutletID })
		f.Check(sh.OutletID != "" && !twice, at+".outlet_id", problem.BadChoice)
	}
	checkRush(&f, in.RushHours)
	return f.Err()
}

func (p PlanPolicy) trail() map[string]any {
	return map[string]any{
		"near_hours": p.NearHours, "rush_percent": p.Rush, "margin_minutes": p.MarginMinutes, "margin_price": p.MarginPrice, "visit_minutes": p.VisitMinutes,
		"share_price": p.SharePrice, "shares": p.Shares, "rush_hours": p.RushHours,
	}
}

// policyRecord names a policy in the trail.
func policyRecord(brand catalog.BrandID) string {
	if brand == "" {
		return "all"
	}
	return string(brand)
}

// policyBrand is whether the actor may see, or set, the policy of a brand: that for all belongs to the centre.
func (s *Service) policyBrand(ctx context.Context, q db.Querier, brand catalog.BrandID, edit bool) error {
	scope := access.From(ctx).Scope
	if brand == "" {
		if edit && !scope.All() {
			return problem.ErrForbidden.With()
		}
		return nil
	}
	snap, err := s.catalog.Current(ctx, q)
	if err != nil {
		return err
	}
	if _, ok := snap.Brand(brand); !ok || !scope.SeesBrand(string(brand)) {
		return problem.ErrNotFound.With()
	}
	if edit && !scope.Centre() {
		return problem.ErrForbidden.With()
	}
	return nil
}

// PlanPolicy reads what is weighed for a brand: its own policy, or else the one for all, or else what holds from the start.
func (s *Service) PlanPolicy(ctx context.Context, brand catalog.BrandID) (PlanPolicy, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return PlanPolicy{}, err
	}
	if err := s.policyBrand(ctx, s.db, brand, false); err != nil {
		return PlanPolicy{}, err
	}
	return policyOf(ctx, s.db, brand)
}

// policyOf is the policy that holds for a brand; one that it has not of its own has version 0.
func policyOf(ctx context.Context, q db.Querier, brand catalog.BrandID) (PlanPolicy, error) {
	list, err := policiesOf(ctx, q, []catalog.BrandID{brand, ""})
	if err != nil {
		return PlanPolicy{}, err
	}
	if p, ok := list[brand]; ok {
		return p, nil
	}
	p, ok := list[""]
	if !ok {
		return defaultPolicy(brand), nil
	}
	p.BrandID, p.Version, p.UpdatedBy, p.UpdatedAt = brand, 0, "", time.Time{}
	return p, nil
}

// PlanPolicies lists the policies of all that the actor sees: the one for all brands, then each brand's, its own or not.
func (s *Service) PlanPolicies(ctx context.Context) ([]PlanPolicy, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	snap, err := s.catalog.Current(ctx, s.db)
	if err != nil {
		return nil, err
	}
	ids := []catalog.BrandID{""}
	for _, b := range snap.Brands() {
		if access.From(ctx).Scope.SeesBrand(string(b.ID)) {
			ids = append(ids, b.ID)
		}
	}
	out := make([]PlanPolicy, len(ids))
	for i, id := range ids {
		if out[i], err = policyOf(ctx, s.db, id); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// SetPlanPolicy sets the policy of a brand, or the one for all others.
func (s *Service) SetPlanPolicy(ctx context.Context, in PolicyInput) (PlanPolicy, error) {
	if err := access.Require(ctx, PermPlan); err != nil {
		return PlanPolicy{}, err
	}
	if err := in.check(); err != nil {
		return PlanPolicy{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (PlanPolicy, error) {
		if err := s.policyBrand(ctx, tx, in.BrandID, true); err != nil {
			return PlanPolicy{}, err
		}
		for i, sh := range in.Shares {
			if err := s.namedOutlet(ctx, tx, sh.OutletID, "shares."+strconv.Itoa(i)); err != nil {
				return PlanPolicy{}, err
			}
		}
		for i, r := range in.RushHours {
			if r.OutletID == "" {
				continue
			}
			if err := s.namedOutlet(ctx, tx, r.OutletID, "rush_hours."+strconv.Itoa(i)); err != nil {
				return PlanPolicy{}, err
			}
		}
		old, err := policyOf(ctx, tx, in.BrandID)
		if err != nil {
			return old, err
		}
		if old.Version != in.Version {
			return old, problem.ErrStale.With("version", old.Version)
		}
		p := in.PlanPolicy
		p.Shares, p.RushHours = append([]OutletShare{}, in.Shares...), append([]RushHours{}, in.RushHours...)
		p.UpdatedBy, p.UpdatedAt, p.Version = actorOf(ctx), tx.Now(), old.Version+1
		if err := writePolicy(ctx, tx, p); err != nil {
			return p, err
		}
		return p, audit.Append(ctx, tx, audit.Entry{
			Kind: "dispatch_policy", Record: policyRecord(p.BrandID), Act: "edit", Reason: in.Reason, OccurredAt: tx.Now(), New: p.Version == 1, Before: old.trail(), After: p.trail(),
		})
	})
}

// namedOutlet refuses a row of a policy whose outlet nobody knows.
func (s *Service) namedOutlet(ctx context.Context, tx *db.Tx, id outlets.ID, row string) error {
	_, err := s.outlets.Get(ctx, tx, id)
	if err == nil || problem.CodeOf(err) == problem.ErrInternal {
		return err
	}
	return problem.Field(row+".outlet_id", problem.Unknown)
}

// weighs lets a snapshot know what to weigh: by the policy of the brand where all its work is of one, else by the one for all.
func (s *Service) weighs(ctx context.Context, q db.Querier, w *world) error {
	var brands []catalog.BrandID
	for i := range w.Jobs {
		brands = append(brands, catalog.BrandID(w.Jobs[i].Brand))
	}
	for i := range w.Visits {
		if v := &w.Visits[i]; v.ID != "" && !v.Frozen {
			brands = append(brands, catalog.BrandID(v.Job.Brand))
		}
	}
	slices.Sort(brands)
	brand := catalog.BrandID("")
	if brands = slices.Compact(brands); len(brands) == 1 {
		brand = brands[0]
	}
	p, err := policyOf(ctx, q, brand)
	if err != nil {
		return err
	}
	w.Weights = planner.Weights{
		Near: int64(p.NearHours) * 3600, Rush: int64(p.Rush), Margin: int64(p.MarginMinutes) * 60, MarginPrice: int64(p.MarginPrice), Visit: int64(p.VisitMinutes) * 60,
	}
	if p.SharePrice > 0 {
		if err := s.addShares(ctx, q, w, p); err != nil {
			return err
		}
	}
	if p.VisitMinutes > 0 {
		return s.addSites(ctx, q, w)
	}
	return nil
}

// addShares counts each engineer to the nearest outlet above him that has a share. Of outlets of which nobody is in the plan the
// share goes to the others, unless there are people who belong to none.
func (s *Service) addShares(ctx context.Context, q db.Querier, w *world, p PlanPolicy) error {
	ids := make([]outlets.ID, len(p.Shares))
	for i, sh := range p.Shares {
		ids[i] = sh.OutletID
	}
	known, err := s.outlets.ByIDs(ctx, q, ids)
	if err != nil {
		return err
	}
	there, sum, strangers := map[outlets.ID]bool{}, 0, false
	for i := range w.Engineers {
		e := &w.Engineers[i]
		at, best := w.outlets[outlets.ID(e.Outlet)], ""
		for _, sh := range p.Shares {
			if o := known[sh.OutletID]; o.Path != "" && at.Under(o.Path) && len(o.Path) > len(best) {
				best, e.Group = o.Path, planner.OutletID(sh.OutletID)
			}
		}
		if strangers = strangers || e.Group == ""; e.Group != "" {
			there[outlets.ID(e.Group)] = true
		}
	}
	for _, sh := range p.Shares {
		if there[sh.OutletID] {
			sum += sh.PerMille
		}
	}
	if len(there) < 2 && !strangers {
		return nil
	}
	if strangers {
		sum = 1000
	}
	w.Weights.Share = int64(p.SharePrice) * 60
	for _, sh := range p.Shares {
		if there[sh.OutletID] {
			w.Weights.Shares = append(w.Weights.Shares, planner.GroupShare{Group: planner.OutletID(sh.OutletID), PerMille: int64(sh.PerMille * 1000 / sum)})
		}
	}
	return nil
}

// addSites tells which work is at one household: of one customer, at one point.
func (s *Service) addSites(ctx context.Context, q db.Querier, w *world) error {
	var ids []orders.ID
	for _, v := range w.visits {
		for _, id := range v.OrderIDs() {
			if _, ok := w.known[id]; !ok {
				ids = append(ids, id)
			}
		}
	}
	more, err := s.orders.ByIDs(systemContext(ctx), q, ids)
	if err != nil {
		return err
	}
	site := func(id orders.ID) string {
		o, ok := w.known[id]
		if !ok {
			o, ok = more[id]
		}
		p, located := o.Point()
		if !ok || !located || o.CustomerID == "" {
			return ""
		}
		return string(o.CustomerID) + " " + strconv.FormatFloat(p.Lat, 'f', 5, 64) + " " + strconv.FormatFloat(p.Lon, 'f', 5, 64)
	}
	of := map[planner.JobID]string{}
	w.sites = of
	for _, v := range w.visits {
		if list := v.OrderIDs(); len(list) > 0 {
			of[planner.JobID(visitPrefix+string(v.ID))] = site(list[0])
		}
	}
	for i := range w.Jobs {
		id := w.Jobs[i].ID
		if at, ok := of[id]; ok {
			w.Jobs[i].Site = at
		} else if !strings.HasPrefix(string(id), visitPrefix) {
			w.Jobs[i].Site = site(orders.ID(id))
			of[id] = w.Jobs[i].Site
		}
	}
	for i := range w.Visits {
		v := &w.Visits[i]
		if at, ok := of[v.Job.ID]; ok {
			v.Job.Site = at
		} else if v.ID != "" {
			v.Job.Site = of[planner.JobID(visitPrefix+string(v.ID))]
			of[v.Job.ID] = v.Job.Site
		}
	}
	return nil
}

const policyColumns = `brand_id, near_hours, rush, margin_minutes, margin_price, visit_minutes, share_price, shares, rush_hours, updated_by, updated_at, version`

func scanPolicy(s db.Scanner) (PlanPolicy, error) {
	var p PlanPolicy
	var shares, rush string
	var at int64
	err := s.Scan(&p.BrandID, &p.NearHours, &p.Rush, &p.MarginMinutes, &p.MarginPrice, &p.VisitMinutes, &p.SharePrice, &shares, &rush, &p.UpdatedBy, &at, &p.Version)
	p.UpdatedAt = db.FromMicros(at)
	return p, errors.Join(err, unpack(&shares, &p.Shares), unpack(&rush, &p.RushHours))
}

func policiesOf(ctx context.Context, q db.Querier, brands []catalog.BrandID) (map[catalog.BrandID]PlanPolicy, error) {
	var w db.Where
	w.In("brand_id", db.Strings(brands))
	list, err := db.List(ctx, q, scanPolicy, `SELECT `+policyColumns+` FROM dispatch_policy`+w.String(), w.Args()...)
	if err != nil {
		return nil, err
	}
	out := make(map[catalog.BrandID]PlanPolicy, len(list))
	for _, p := range list {
		out[p.BrandID] = p
	}
	return out, nil
}

// writePolicy writes a policy over the version before.
func writePolicy(ctx context.Context, tx *db.Tx, p PlanPolicy) error {
	shares, err := pack(p.Shares)
	if err != nil {
		return err
	}
	rush, err := pack(p.RushHours)
	if err != nil {
		return err
	}
	return tx.ExecOne(ctx, `INSERT INTO dispatch_policy (`+policyColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (brand_id) DO UPDATE SET near_hours = $2, rush = $3, margin_minutes = $4, margin_price = $5, visit_minutes = $6, share_price = $7, shares = $8,
			rush_hours = $9, updated_by = $10, updated_at = $11, version = $12 WHERE dispatch_policy.version = $12 - 1`,
		string(p.BrandID), p.NearHours, p.Rush, p.MarginMinutes, p.MarginPrice, p.VisitMinutes, p.SharePrice, shares, rush, p.UpdatedBy, db.Micros(p.UpdatedAt), p.Version)
}
