package maintenance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/parts"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/jobs"
	"anxin/internal/platform/notify"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

// Deps are what the service stands on.
type Deps struct {
	DB        *db.DB
	Numbers   *db.Numbers
	Tasks     *jobs.Tasks
	Identity  *identity.Service
	Notify    *notify.Service // nil tells nobody
	Catalog   *catalog.Service
	Customers *customers.Service
	Outlets   *outlets.Service
	Units     *units.Service
	Parts     *parts.Service
	Cases     *cases.Service
	Orders    *orders.Service
	Zone      *time.Location
}

// Service is what one can do with campaigns.
type Service struct {
	Deps
	db  *db.DB
	cal *calendar.Calendar // working days that the law counts in
}

// New makes the service.
func New(d Deps) *Service {
	cal, err := calendar.ChinaWorkdays("recall-law", d.Zone)
	if err != nil {
		panic("maintenance: " + err.Error()) // the product's own calendar
	}
	return &Service{Deps: d, db: d.DB, cal: cal}
}

// Bounds of a plan.
const (
	maxTitle    = 100
	maxWords    = 1000
	maxReminder = 365

	maxPerMinute     = 10_000
	defaultPerMinute = 600
)

// check finds what is wrong with a plan. A draft may lack words; an approval asks for all of them.
func (s *Service) check(ctx context.Context, q db.Querier, brand catalog.BrandID, p *Plan, whole bool) error {
	snap, err := s.Catalog.Current(ctx, q)
	if err != nil {
		return err
	}
	var f problem.Fields
	f.Check(slices.Contains(Kinds, p.Kind), "kind", problem.BadChoice)
	for _, x := range []struct {
		field string
		words *Text
		limit int
		need  bool
	}{{"title", &p.Title, maxTitle, true}, {"hazard", &p.Hazard, maxWords, p.Kind.Recall()}, {"remedy", &p.Remedy, maxWords, true}} {
		x.words.Zh, x.words.En = strings.TrimSpace(x.words.Zh), strings.TrimSpace(x.words.En)
		checkText(&f, x.field+".zh", x.words.Zh, x.limit)
		checkText(&f, x.field+".en", x.words.En, x.limit)
		if whole && x.need && !x.words.whole() {
			f.Add(x.field, ErrWordsMissing)
		}
	}
	f.Check(p.Title.Zh != "" || p.Title.En != "", "title", problem.Required)
	st, ok := snap.ServiceType(p.ServiceType)
	f.Check(ok && st.Active, "service_type", problem.Unknown)
	f.Check(len(p.Reminders) <= 20, "reminders", problem.TooLong, "limit", 20)
	f.Check(p.PerMinute >= 0 && p.PerMinute <= maxPerMinute, "per_minute", problem.OutOfRange, "limit", fmt.Sprintf("0–%d", maxPerMinute))
	for i, days := range p.Reminders {
		f.Check(days >= 1 && days <= maxReminder, fmt.Sprintf("reminders[%d]", i), problem.OutOfRange, "limit", fmt.Sprintf("1–%d", maxReminder))
	}
	p.Conditions.Brand = brand
	p.Conditions.Check(&f, "conditions", snap)
	if err := f.Err(); err != nil {
		return err
	}
	for i, n := range p.Parts {
		if n.Quantity < 1 || n.Quantity > 100 {
			return problem.Field(fmt.Sprintf("parts[%d].quantity", i), problem.OutOfRange, "limit", "1–100")
		}
		part, err := s.Parts.Get(ctx, q, n.Part)
		if err != nil && problem.CodeOf(err).Kind == problem.NotFound || err == nil && part.Brand != "" && part.Brand != brand {
			return problem.Field(fmt.Sprintf("parts[%d].part_id", i), problem.Unknown)
		}
		if err != nil {
			return err
		}
	}
	for i, id := range p.Excluding {
		if c, err := findCampaign(ctx, q, access.Everything, id); err != nil || c.Brand != brand {
			return problem.Field(fmt.Sprintf("excluding[%d]", i), problem.Unknown)
		}
	}
	return nil
}

// checkText refuses text that no screen and no message shows well.
func checkText(f *problem.Fields, field, text string, limit int) {
	f.Check(utf8.RuneCountInString(text) <= limit, field, problem.TooLong, "limit", limit)
	f.Check(utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }), field, problem.BadText)
}

// CreateInput drafts a campaign.
type CreateInput struct {
	access.Act
	Brand catalog.BrandID
	Plan  Plan
	Dates Dates
}

// Create drafts a campaign.
func (s *Service) Create(ctx context.Context, in CreateInput) (Campaign, error) {
	if err := access.Require(ctx, PermEdit); err != nil {
		return Campaign{}, err
	}
	if err := s.mayUse(ctx, in.Brand); err != nil {
		return Campaign{}, err
	}
	if err := s.check(ctx, s.db, in.Brand, &in.Plan, false); err != nil {
		return Campaign{}, err
	}
	number, err := s.Numbers.Next(ctx, "M", s.db.Now())
	if err != nil {
		return Campaign{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Campaign, error) {
		a := access.From(ctx)
		if err := in.Dates.check(calendar.DateOf(tx.Now(), s.Zone)); err != nil {
			return Campaign{}, err
		}
		at, err := in.At(a.Origin, tx.Now())
		if err != nil {
			return Campaign{}, err
		}
		who := a.Kind + ":" + a.ID
		c := Campaign{
			ID: ID(db.NewID()), Number: number, State: Draft, Brand: in.Brand, OutletPath: "/", Plan: in.Plan, Dates: in.Dates, CreatedBy: who, EditedBy: who,
			CreatedAt: tx.Now(), UpdatedAt: tx.Now(), Version: 1,
		}
		if len(c.Reminders) == 0 {
			c.Reminders = slices.Clone(standardReminders)
		}
		if err := insertCampaign(ctx, tx, c); err != nil {
			return Campaign{}, err
		}
		return c, audit.Append(ctx, tx, audit.Entry{Kind: recordKind, Record: string(c.ID), Act: "create", After: c.trail(), OccurredAt: at, New: true})
	})
}

// mayUse refuses a brand that does not exist or that the actor does not see; campaigns are the centre's.
func (s *Service) mayUse(ctx context.Context, brand catalog.BrandID) error {
	snap, err := s.Catalog.Current(ctx, s.db)
	if err != nil {
		return err
	}
	scope := access.From(ctx).Scope
	if _, ok := snap.Brand(brand); !ok || !scope.SeesBrand(string(brand)) {
		return problem.Field("brand_id", problem.Unknown)
	}
	if !scope.Centre() {
		return problem.ErrForbidden.With("permission", PermEdit)
	}
	return nil
}

// trail is what the audit keeps of a campaign: its whole plan, which holds no personal data.
func (c Campaign) trail() map[string]any {
	return map[string]any{"state": c.State, "plan": c.Plan, "dates": c.Dates, "counted": c.Counted.Total, "search": c.Search}
}

// change is what an act does to a campaign; it returns the event that tells of it, nil for none.
type change func(ctx context.Context, tx *db.Tx, c *Campaign, at time.Time) (events.Event, error)

// ActInput names the campaign of an act.
type ActInput struct {
	access.Act
	ID ID
}

// act runs one act on a campaign in a transaction of its own.
func (s *Service) act(ctx context.Context, perm, name string, in ActInput, do change) (Campaign, error) {
	if err := access.Require(ctx, perm); err != nil {
		return Campaign{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Campaign, error) {
		c, err := findCampaign(ctx, tx, access.From(ctx).Scope, in.ID)
		if err != nil {
			return Campaign{}, err
		}
		if done, err := seen(ctx, tx, string(c.ID), in.OperationID); done || err != nil {
			return c, err
		}
		a := access.From(ctx)
		at, err := in.At(a.Origin, tx.Now())
		if err != nil {
			return Campaign{}, err
		}
		before := c.trail()
		ev, err := do(ctx, tx, &c, at)
		if err != nil {
			return Campaign{}, err
		}
		if err := updateCampaign(ctx, tx, &c); err != nil {
			return Campaign{}, err
		}
		remember(tx, string(c.ID), in.OperationID, name, a.Kind+":"+a.ID, at)
		err = audit.Append(ctx, tx, audit.Entry{Kind: recordKind, Record: string(c.ID), Act: name, Reason: in.Reason, Before: before, After: c.trail(), OccurredAt: at})
		if err != nil || ev == nil {
			return c, err
		}
		return c, events.Publish(ctx, tx, ev)
	})
}

// reasonFor refuses a reason that does not fit the act.
func (s *Service) reasonFor(ctx context.Context, q db.Querier, kind string, act access.Act) error {
	snap, err := s.Catalog.Current(ctx, q)
	if err != nil {
		return err
	}
	_, err = snap.CheckReason(kind, catalog.ReasonCode(act.Reason), act.Note)
	return err
}

// EditInput changes the plan of a draft.
type EditInput struct {
	ID      ID
	Version int64 // that the edit was made on
	Plan    Plan
}

// Edit changes the plan of a draft.
func (s *Service) Edit(ctx context.Context, in EditInput) (Campaign, error) {
	return s.act(ctx, PermEdit, "edit", ActInput{ID: in.ID}, func(ctx context.Context, tx *db.Tx, c *Campaign, _ time.Time) (events.Event, error) {
		if c.State != Draft {
			return nil, ErrState.With("state", string(c.State), "act", "edit")
		}
		if c.Version != in.Version {
			return nil, problem.ErrStale.With("version", c.Version)
		}
		if err := s.check(ctx, tx, c.Brand, &in.Plan, false); err != nil {
			return nil, err
		}
		if len(in.Plan.Reminders) == 0 {
			in.Plan.Reminders = slices.Clone(standardReminders)
		}
		a := access.From(ctx)
		c.Plan, c.EditedBy = in.Plan, a.Kind+":"+a.ID
		return nil, nil
	})
}

// check refuses days that lie in the future or before what they follow.
func (d Dates) check(today calendar.Date) error {
	var f problem.Fields
	day := func(field string, v, after *calendar.Date) {
		if v == nil {
			return
		}
		f.Check(*v <= today, "dates."+field, ErrFuture)
		f.Check(v.Year() >= 1990, "dates."+field, problem.OutOfRange, "limit", "≥ 1990")
		f.Check(after == nil || *v >= *after, "dates."+field, ErrDayOrder)
	}
	day("learnt", d.Learnt, nil)
	day("told", d.Told, d.Learnt)
	day("found", d.Found, nil)
	day("stopped", d.Stopped, nil)
	day("reported", d.Reported, d.Found)
	day("published", d.Published, d.Reported)
	day("ordered", d.Ordered, nil)
	day("objected", d.Objected, d.Ordered)
	day("final", d.Final, d.Found)
	f.Check(len(d.Interim) <= 100, "dates.interim", problem.TooLong, "limit", 100)
	for i := range d.Interim[:min(len(d.Interim), 100)] {
		day(fmt.Sprintf("interim[%d]", i), &d.Interim[i], d.Found)
	}
	return f.Err()
}

// DatesInput notes the days that the law counts.
type DatesInput struct {
	ActInput
	Dates Dates
}

// SetDates notes the days that the law counts; they replace those before.
func (s *Service) SetDates(ctx context.Context, in DatesInput) (Campaign, error) {
	return s.act(ctx, PermEdit, "set_dates", in.ActInput, func(_ context.Context, tx *db.Tx, c *Campaign, _ time.Time) (events.Event, error) {
		if c.State == Cancelled {
			return nil, ErrState.With("state", string(c.State), "act", "set_dates")
		}
		c.Dates = in.Dates
		return nil, in.Dates.check(calendar.DateOf(tx.Now(), s.Zone))
	})
}

// Preview counts the units that conditions would concern.
func (s *Service) Preview(ctx context.Context, brand catalog.BrandID, a units.Affected) (units.AffectedCount, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return units.AffectedCount{}, err
	}
	if err := s.mayUse(ctx, brand); err != nil {
		return units.AffectedCount{}, err
	}
	snap, err := s.Catalog.Current(ctx, s.db)
	if err != nil {
		return units.AffectedCount{}, err
	}
	a.Brand = brand
	var f problem.Fields
	if a.Check(&f, "conditions", snap); f.Err() != nil {
		return units.AffectedCount{}, f.Err()
	}
	return s.Units.CountAffected(ctx, s.db, a)
}

// ApproveInput agrees to a campaign.
type ApproveInput struct {
	ActInput
	Count *int64 // of units that was shown; another is refused
}

// Approve agrees to a campaign, as another person than who wrote it.
func (s *Service) Approve(ctx context.Context, in ApproveInput) (Campaign, error) {
	return s.act(ctx, PermApprove, "approve", in.ActInput, func(ctx context.Context, tx *db.Tx, c *Campaign, at time.Time) (events.Event, error) {
		to, err := step(Transitions, "approve", c.State, "")
		if err != nil {
			return nil, err
		}
		a := access.From(ctx)
		who := a.Kind + ":" + a.ID
		if who == c.EditedBy || who == c.CreatedBy {
			return nil, ErrSamePerson
		}
		if err := s.check(ctx, tx, c.Brand, &c.Plan, true); err != nil {
			return nil, err
		}
		if c.Counted, err = s.Units.CountAffected(ctx, tx, c.Conditions); err != nil {
			return nil, err
		}
		if c.Counted.Total == 0 {
			return nil, ErrNobody
		}
		if in.Count != nil && *in.Count != c.Counted.Total {
			return nil, ErrCounted.With("shown", *in.Count, "count", c.Counted.Total)
		}
		c.State, c.ApprovedBy, c.ApprovedAt = to, who, &at
		return ApprovedEvent{c.fact(at, "")}, nil
	})
}

// Withdraw makes a draft of an approved campaign again.
func (s *Service) Withdraw(ctx context.Context, in ActInput) (Campaign, error) {
	return s.act(ctx, PermEdit, "withdraw", in, func(_ context.Context, _ *db.Tx, c *Campaign, at time.Time) (events.Event, error) {
		to, err := step(Transitions, "withdraw", c.State, "")
		if err != nil {
			return nil, err
		}
		c.State, c.ApprovedBy, c.ApprovedAt = to, "", nil
		return WithdrawnEvent{c.fact(at, "")}, nil
	})
}

// Start begins a campaign: affected units are looked for by a job, marked, and their customers told.
func (s *Service) Start(ctx context.Context, in ActInput) (Campaign, error) {
	return s.act(ctx, PermRun, "start", in, func(ctx context.Context, tx *db.Tx, c *Campaign, at time.Time) (events.Event, error) {
		to, err := step(Transitions, "start", c.State, "")
		if err != nil {
			return nil, err
		}
		if c.Kind.Recall() && c.Found == nil {
			return nil, problem.Field("dates.found", problem.Required)
		}
		c.State, c.StartedAt = to, &at
		return StartedEvent{c.fact(at, "")}, s.search(ctx, tx, c, SearchRunning)
	})
}

// GoOn lets a search that was stopped go on where it was.
func (s *Service) GoOn(ctx context.Context, in ActInput) (Campaign, error) {
	return s.act(ctx, PermRun, "go_on", in, func(ctx context.Context, tx *db.Tx, c *Campaign, _ time.Time) (events.Event, error) {
		if c.State != Started {
			return nil, ErrNotRunning
		}
		if c.Search != SearchStopped {
			return nil, ErrSearched
		}
		return nil, s.search(ctx, tx, c, SearchRunning)
	})
}

// Close ends a campaign. Units that are still open keep their marks: the danger has not gone.
func (s *Service) Close(ctx context.Context, in ActInput) (Campaign, error) {
	return s.act(ctx, PermRun, "close", in, func(ctx context.Context, tx *db.Tx, c *Campaign, at time.Time) (events.Event, error) {
		to, err := step(Transitions, "close", c.State, "")
		if err != nil {
			return nil, err
		}
		if c.Search != SearchDone {
			return nil, ErrSearching
		}
		left, err := countOpen(ctx, tx, c.ID)
		if err != nil {
			return nil, err
		}
		if left > 0 && in.Reason == "" {
			return nil, ErrOpenUnits.With("open", left)
		}
		if in.Reason != "" {
			if err := s.reasonFor(ctx, tx, "recall.close", in.Act); err != nil {
				return nil, err
			}
		}
		c.State, c.EndedAt, c.EndReason = to, &at, in.Reason
		return ClosedEvent{c.fact(at, in.Reason)}, silence(ctx, tx, c.ID)
	})
}

// Cancel calls a campaign off. A job takes back the marks of all units that were not remedied.
func (s *Service) Cancel(ctx context.Context, in ActInput) (Campaign, error) {
	return s.act(ctx, PermRun, "cancel", in, func(ctx context.Context, tx *db.Tx, c *Campaign, at time.Time) (events.Event, error) {
		if _, err := step(Transitions, "cancel", c.State, ""); err != nil {
			return nil, err
		}
		if err := s.reasonFor(ctx, tx, "recall.cancel", in.Act); err != nil {
			return nil, err
		}
		was := c.State
		c.State, c.EndedAt, c.EndReason = Cancelled, &at, in.Reason
		if was == Started {
			if err := silence(ctx, tx, c.ID); err != nil {
				return nil, err
			}
			if err := s.search(ctx, tx, c, SearchReleasing); err != nil {
				return nil, err
			}
		}
		return CancelledEvent{c.fact(at, in.Reason)}, nil
	})
}

// Get reads a campaign.
func (s *Service) Get(ctx context.Context, id ID) (Campaign, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return Campaign{}, err
	}
	return findCampaign(ctx, s.db, access.From(ctx).Scope, id)
}

// List reads campaigns, the newest first, one row more than asked.
func (s *Service) List(ctx context.Context, f Filter) ([]Campaign, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	return listCampaigns(ctx, s.db, access.From(ctx).Scope, f)
}

// silence ends all notices of a campaign that are still to come.
func silence(ctx context.Context, tx *db.Tx, id ID) error {
	_, err := tx.Exec(ctx, `UPDATE maintenance_unit SET next_notice_at = NULL, version = version + 1 WHERE campaign_id = $1 AND next_notice_at IS NOT NULL`, id)
	return err
}

func countOpen(ctx context.Context, q db.Querier, id ID) (int64, error) {
	var w db.Where
	w.And("campaign_id = ?", id)
	w.In("state", db.Strings(open))
	return db.Get(ctx, q, db.ScanInt, `SELECT COUNT(*) FROM maintenance_unit`+w.String(), w.Args()...)
}
