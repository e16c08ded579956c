package entitlement

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/ledger"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/money"
	"anxin/internal/platform/notify"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

// Contracts sells plans and keeps what was sold.
type Contracts struct {
	ContractDeps
	token []byte // key of the codes on certificates
}

// ContractDeps is what contracts are made of; Notify may be nil, then nobody is told.
type ContractDeps struct {
	DB        *db.DB
	Numbers   *db.Numbers
	Keys      *crypt.Keys
	Catalog   *catalog.Service
	Customers *customers.Service
	Units     *units.Service
	Ledger    *ledger.Service
	Notify    *notify.Service
	Zone      *time.Location
	PublicURL string // without the last slash; what codes on certificates lead to
}

// NewContracts makes the service.
func NewContracts(d ContractDeps) *Contracts {
	return &Contracts{ContractDeps: d, token: d.Keys.Derive("entitlement.certificate")}
}

// SellInput sells a plan for a unit.
type SellInput struct {
	Unit       units.ID
	Plan       PlanID
	Price      *money.Amount // the plan's when nil; with a reason when it differs
	Reason     string
	Inspection *Inspection // of used units
	Renews     *bool       // whether it renews by itself; as the plan says when nil
}

// Sell sells a plan for a unit: it covers nothing before it is paid for. A free one is active at once.
func (s *Contracts) Sell(ctx context.Context, in SellInput) (Contract, error) {
	if err := access.Require(ctx, permSell); err != nil {
		return Contract{}, err
	}
	number, err := s.Numbers.Next(ctx, "K", s.DB.Now())
	if err != nil {
		return Contract{}, err
	}
	return db.InTx(ctx, s.DB, func(ctx context.Context, tx *db.Tx) (Contract, error) {
		u, err := s.Units.Find(ctx, tx, in.Unit)
		if err != nil {
			return Contract{}, err
		}
		p, err := findPlan(ctx, tx, in.Plan)
		if err != nil {
			return Contract{}, problem.Field("plan_id", problem.Unknown)
		}
		if p.Brand != u.Brand || u.State != units.Active {
			return Contract{}, ErrNotSold.With("why", map[bool]string{true: "unit_retired", false: "brand"}[p.Brand == u.Brand])
		}
		today := calendar.DateOf(tx.Now(), s.Zone)
		if err := in.check(p, today); err != nil {
			return Contract{}, err
		}
		family, err := s.Units.Family(ctx, tx, u.ID)
		if err != nil {
			return Contract{}, err
		}
		had, err := contractsOf(ctx, tx, family)
		if err != nil {
			return Contract{}, err
		}
		if i := slices.IndexFunc(had, func(c Contract) bool { return c.Plan == p.ID && c.State.live() }); i >= 0 {
			return Contract{}, ErrContractLive.With("number", had[i].Number)
		}
		c, err := s.makeTx(ctx, tx, p, u, number, today, nil)
		if err != nil {
			return c, err
		}
		c.Inspection = in.Inspection
		if in.Price != nil {
			c.Price = *in.Price
		}
		if in.Renews != nil {
			c.Renews = *in.Renews && p.Terms.NoticeDays >= minNotice
		}
		return s.soldTx(ctx, tx, c, in.Reason)
	})
}

func (in SellInput) check(p Plan, today calendar.Date) error {
	var f problem.Fields
	if in.Price != nil {
		f.Check(in.Price.Currency == p.Terms.Price.Currency, "price", problem.BadChoice)
		f.Check(in.Price.Minor >= 0, "price", problem.OutOfRange, "limit", "≥ 0")
		f.Check(*in.Price == p.Terms.Price || strings.TrimSpace(in.Reason) != "", "reason", problem.Required)
	}
	if p.Kind == Inspected {
		f.Check(in.Inspection != nil, "inspection", problem.Required)
	}
	if i := in.Inspection; i != nil {
		f.Check(strings.TrimSpace(i.By) != "", "inspection.by", problem.Required)
		f.Check(len([]rune(i.By)) <= 100, "inspection.by", problem.TooLong, "limit", 100)
		f.Check(len([]rune(i.Note)) <= 500, "inspection.note", problem.TooLong, "limit", 500)
		f.Check(i.On <= today && i.On >= today-inspectionFor, "inspection.on", problem.BadTime, "earliest", (today - inspectionFor).String())
	}
	if err := f.Err(); err != nil {
		return err
	}
	if p.Kind == Inspected && !in.Inspection.Passed {
		return ErrNotSold.With("why", "inspection")
	}
	return nil
}

// makeTx makes a contract of a plan as it is now; before is the one that it renews.
func (s *Contracts) makeTx(ctx context.Context, tx *db.Tx, p Plan, u units.Unit, number string, today calendar.Date, before *Contract) (Contract, error) {
	maker, born, err := s.makerEnd(ctx, tx, u)
	if err != nil {
		return Contract{}, err
	}
	if before == nil {
		if err := p.sells(u.Category, born, today); err != nil {
			return Contract{}, err
		}
	}
	c := Contract{
		ID: ContractID(db.NewID()), Number: number, Plan: p.ID, PlanVersion: p.Version, Terms: p.Terms, Unit: u.ID, Customer: u.Owner, Brand: u.Brand,
		OutletPath: access.From(ctx).Scope.OutletPath, State: ContractSold, SoldOn: today, Price: p.Terms.Price, Renews: p.Terms.Renews, CreatedBy: actorOf(ctx), CreatedAt: tx.Now(),
	}
	if c.OutletPath == "" {
		c.OutletPath = "/"
	}
	var after calendar.Date
	if before != nil {
		c.RenewedFrom, c.OutletPath, after = before.ID, before.OutletPath, before.Ends
	}
	c.Starts, c.Ends = p.Terms.period(today, maker, after)
	hash := sha256.Sum256([]byte(s.code(c.ID)))
	c.tokenHash = hash[:]
	return c, nil
}

// makerEnd is the last day of what the maker promises for the whole unit, and the day that it began; zero where unknown.
func (s *Contracts) makerEnd(ctx context.Context, tx *db.Tx, u units.Unit) (last, born calendar.Date, err error) {
	snap, err := s.Catalog.Current(ctx, tx)
	if err != nil {
		return 0, 0, err
	}
	born, _, _ = start(u.Dates)
	m, ok := snap.Model(u.Model)
	if !ok {
		return 0, born, nil
	}
	facts, err := s.Units.Facts(ctx, tx, u.ID)
	if err != nil {
		return 0, 0, err
	}
	promised, _ := defaults(m, u, facts, s.Zone)
	for _, c := range promised {
		if c.Name == "whole" {
			last, _ = c.lengthened(outages(facts, s.Zone))
		}
	}
	return last, born, nil
}

// soldTx keeps a new contract; a free one begins.
func (s *Contracts) soldTx(ctx context.Context, tx *db.Tx, c Contract, why string) (Contract, error) {
	if err := saveContract(ctx, tx, &c, true); err != nil {
		return c, err
	}
	err := audit.Append(ctx, tx, audit.Entry{Kind: "contract", Record: string(c.ID), Act: "sell", Reason: why, After: map[string]any{"plan": c.Plan, "unit": c.Unit, "price": c.Price, "starts": c.Starts, "ends": c.Ends}, New: true})
	if err != nil {
		return c, err
	}
	if err := s.noteTx(ctx, tx, c, "contract_sold"); err != nil {
		return c, err
	}
	if err := events.Publish(ctx, tx, ContractSoldEvent{c.fact(tx.Now())}); err != nil {
		return c, err
	}
	if c.Price.IsZero() {
		return c, s.activateTx(ctx, tx, &c)
	}
	return c, nil
}

func (s *Contracts) noteTx(ctx context.Context, tx *db.Tx, c Contract, kind string) error {
	return s.Units.NoteTx(ctx, tx, units.Entry{Unit: c.Unit, Kind: kind, RefKind: "contract", RefID: string(c.ID), Params: map[string]any{"number": c.Number}})
}

// activateTx makes the coverages of a contract that is paid for. Paid late, it begins the day after it was paid and runs as
// long as it should.
func (s *Contracts) activateTx(ctx context.Context, tx *db.Tx, c *Contract) error {
	today := calendar.DateOf(tx.Now(), s.Zone)
	if today > c.SoldOn && today >= c.Starts {
		c.Starts, c.Ends = today+1, today.AddMonths(c.Terms.Months)
	}
	c.State = ContractActive
	if err := saveContract(ctx, tx, c, false); err != nil {
		return err
	}
	for _, cover := range c.Terms.Covers {
		err := insert(tx, Coverage{
			ID: CoverageID(db.NewID()), Unit: c.Unit, Brand: c.Brand, Kind: ContractKind, Name: cover.Name, Lines: cover.Lines, Classes: cover.Classes, Payer: cover.Payer,
			Share: cover.Share, Starts: c.Starts, Ends: c.Ends, Extends: true, Source: c.Number, Active: true, Version: 1, Created: tx.Now(), Updated: tx.Now(), Contract: c.ID,
		})
		if err != nil {
			return err
		}
	}
	if err := s.noteTx(ctx, tx, *c, "contract_activated"); err != nil {
		return err
	}
	return events.Publish(ctx, tx, ContractActivatedEvent{c.fact(tx.Now())})
}

// change is one act on a contract whose unit the actor sees, guarded by the contract's state.
func (s *Contracts) change(ctx context.Context, perm string, id ContractID, act, why string, from []ContractState, do func(ctx context.Context, tx *db.Tx, c *Contract) error) (Contract, error) {
	if err := access.Require(ctx, perm); err != nil {
		return Contract{}, err
	}
	return db.InTx(ctx, s.DB, func(ctx context.Context, tx *db.Tx) (Contract, error) {
		c, err := s.find(ctx, tx, id)
		if err != nil {
			return c, err
		}
		if !slices.Contains(from, c.State) {
			return c, ErrContractState.With("state", string(c.State), "act", act)
		}
		if err := do(ctx, tx, &c); err != nil {
			return c, err
		}
		return c, audit.Append(ctx, tx, audit.Entry{Kind: "contract", Record: string(c.ID), Act: act, Reason: why, After: map[string]any{"state": c.State, "starts": c.Starts, "ends": c.Ends, "ended": c.Ended, "renews": c.Renews}})
	})
}

// find reads a contract that the actor sees: who sees its unit, and who sold it.
func (s *Contracts) find(ctx context.Context, q db.Querier, id ContractID) (Contract, error) {
	c, err := getContract(ctx, q, id)
	if err != nil || access.From(ctx).Scope.Sees(string(c.Brand), c.OutletPath) {
		return c, err
	}
	if _, err := s.Units.Find(ctx, q, c.Unit); err != nil {
		return Contract{}, ErrContractNotFound
	}
	return c, nil
}

// PayInput records that a contract was paid for.
type PayInput struct {
	ID        ContractID
	Method    string
	Reference string
	At        time.Time // now when zero
}

func checkPayment(method, reference string, at, now time.Time) error {
	var f problem.Fields
	f.Check(slices.Contains(PayMethods, method), "method", problem.BadChoice)
	f.Check(len([]rune(reference)) <= 100, "reference", problem.TooLong, "limit", 100)
	f.Check(!at.After(now.Add(5*time.Minute)), "at", problem.BadTime, "latest", now.UTC().Format(time.RFC3339))
	return f.Err()
}

// Pay records that a contract was paid for: it is active from then on. Paid twice, nothing happens the second time.
func (s *Contracts) Pay(ctx context.Context, in PayInput) (Contract, error) {
	if in.At.IsZero() {
		in.At = s.DB.Now()
	}
	if err := checkPayment(in.Method, in.Reference, in.At, s.DB.Now()); err != nil {
		return Contract{}, err
	}
	return s.change(ctx, permSell, in.ID, "pay", "", []ContractState{ContractSold}, func(ctx context.Context, tx *db.Tx, c *Contract) error {
		c.Paid = &Payment{in.Method, strings.TrimSpace(in.Reference), c.Price, in.At.UTC()}
		if err := s.book(ctx, tx, *c, "contract.paid", "", in.At, "collected:"+c.OutletPath, "deferred:contract", c.Price); err != nil {
			return err
		}
		return s.activateTx(ctx, tx, c)
	})
}

// book moves an amount between two accounts for a contract, once for a kind and part; part is empty where a kind happens once.
func (s *Contracts) book(ctx context.Context, tx *db.Tx, c Contract, kind, part string, at time.Time, debit, credit string, a money.Amount) error {
	if a.IsZero() {
		return nil
	}
	neg, err := a.Neg()
	if err != nil {
		return err
	}
	_, err = s.Ledger.PostTx(ctx, tx, ledger.Entry{
		Kind: kind, Ref: string(c.ID) + part, BrandID: string(c.Brand), OutletPath: c.OutletPath, OccurredAt: at,
		Lines: []ledger.Line{{Account: debit, Amount: a}, {Account: credit, Amount: neg}},
	})
	return err
}

// CancelReasons are why a contract is cancelled; their words are "contract.reason.<code>".
var CancelReasons = []string{"changed_mind", "unit_gone", "sold_by_mistake", "replaced", "other"}

// CancelInput ends a contract before its time.
type CancelInput struct {
	ID     ContractID
	Reason string // one of [CancelReasons]
	By     string // [ByCustomer] or [ByBrand]
}

// CancelQuote tells what would be paid back if a contract were cancelled today, and why; it changes nothing.
func (s *Contracts) CancelQuote(ctx context.Context, id ContractID, by string) (Ending, error) {
	if err := access.Require(ctx, permRead); err != nil {
		return Ending{}, err
	}
	c, err := s.find(ctx, s.DB, id)
	if err != nil {
		return Ending{}, err
	}
	return s.ending(c, by, "", calendar.DateOf(s.DB.Now(), s.Zone))
}

func (s *Contracts) ending(c Contract, by, why string, on calendar.Date) (Ending, error) {
	e := Ending{On: on, Reason: why, By: by, Refund: money.Zero(c.Price.Currency)}
	switch c.State {
	case ContractSold:
		return e, nil // nothing was paid
	case ContractActive, ContractUsedUp:
		e.Refund, e.Why = c.refund(on, by)
		return e, nil
	}
	return e, ErrContractState.With("state", string(c.State), "act", "cancel")
}

// Cancel ends a contract; what is paid back stands in it, and is owed until [Contracts.Repay].
func (s *Contracts) Cancel(ctx context.Context, in CancelInput) (Contract, error) {
	var f problem.Fields
	f.Check(slices.Contains(CancelReasons, in.Reason), "reason", problem.BadChoice)
	f.Check(in.By == ByCustomer || in.By == ByBrand, "by", problem.BadChoice)
	if err := f.Err(); err != nil {
		return Contract{}, err
	}
	return s.change(ctx, permSell, in.ID, "cancel", in.Reason, []ContractState{ContractSold, ContractActive, ContractUsedUp}, func(ctx context.Context, tx *db.Tx, c *Contract) error {
		e, err := s.ending(*c, in.By, in.Reason, calendar.DateOf(tx.Now(), s.Zone))
		if err != nil {
			return err
		}
		paid := c.Paid != nil
		c.State, c.Ended, c.Renews = ContractCancelled, &e, false
		if err := s.stop(ctx, tx, c, e.On); err != nil || !paid {
			return err
		}
		kept, err := c.Price.Sub(e.Refund)
		if err != nil {
			return err
		}
		if err := s.book(ctx, tx, *c, "contract.cancelled", "", tx.Now(), "deferred:contract", "payable:customer", e.Refund); err != nil {
			return err
		}
		return s.earnTx(ctx, tx, c, kept.Minor, e.On)
	})
}

// stop ends the coverages of a contract with a day, and says so.
func (s *Contracts) stop(ctx context.Context, tx *db.Tx, c *Contract, last calendar.Date) error {
	if err := saveContract(ctx, tx, c, false); err != nil {
		return err
	}
	// A day that was covered stays covered: decisions about it may still be made.
	tx.Later(`UPDATE entitlement_coverage SET ends_on = $1, extends = $2, version = version + 1, updated_at = $3 WHERE contract_id = $4 AND ends_on > $1`,
		last.String(), false, db.Micros(tx.Now()), string(c.ID))
	if err := s.noteTx(ctx, tx, *c, "contract_ended"); err != nil {
		return err
	}
	return events.Publish(ctx, tx, ContractEndedEvent{c.fact(tx.Now())})
}

// Repay records that what was owed after a cancellation was paid back.
func (s *Contracts) Repay(ctx context.Context, in PayInput) (Contract, error) {
	if in.At.IsZero() {
		in.At = s.DB.Now()
	}
	if err := checkPayment(in.Method, in.Reference, in.At, s.DB.Now()); err != nil {
		return Contract{}, err
	}
	return s.change(ctx, permPay, in.ID, "repay", "", []ContractState{ContractCancelled}, func(ctx context.Context, tx *db.Tx, c *Contract) error {
		if c.Ended == nil || c.Ended.Refund.IsZero() || c.Ended.Repaid != nil {
			return ErrNothingBack
		}
		c.Ended.Repaid = &Payment{in.Method, strings.TrimSpace(in.Reference), c.Ended.Refund, in.At.UTC()}
		if err := saveContract(ctx, tx, c, false); err != nil {
			return err
		}
		return s.book(ctx, tx, *c, "contract.repaid", "", in.At, "payable:customer", "collected:"+c.OutletPath, c.Ended.Refund)
	})
}

// SetRenews says whether a contract renews by itself.
func (s *Contracts) SetRenews(ctx context.Context, id ContractID, renews bool) (Contract, error) {
	return s.change(ctx, permSell, id, "set_renews", "", []ContractState{ContractSold, ContractActive}, func(ctx context.Context, tx *db.Tx, c *Contract) error {
		if renews && c.Terms.NoticeDays < minNotice {
			return ErrNotSold.With("why", "no_renewal")
		}
		c.Renews = renews
		return saveContract(ctx, tx, c, false)
	})
}

// Renew sells the plan again, as it is now, for the time after the contract.
func (s *Contracts) Renew(ctx context.Context, id ContractID) (Contract, error) {
	number, err := s.Numbers.Next(ctx, "K", s.DB.Now())
	if err != nil {
		return Contract{}, err
	}
	var next Contract
	_, err = s.change(ctx, permSell, id, "renew", "", []ContractState{ContractActive, ContractUsedUp, ContractExpired}, func(ctx context.Context, tx *db.Tx, c *Contract) error {
		next, err = s.renewTx(ctx, tx, c, number)
		return err
	})
	return next, err
}

// renewTx makes the contract that follows one, to be paid for.
func (s *Contracts) renewTx(ctx context.Context, tx *db.Tx, c *Contract, number string) (Contract, error) {
	if c.RenewedTo != "" {
		if next, err := getContract(ctx, tx, c.RenewedTo); err != nil || next.State != ContractCancelled {
			return next, err // renewed already
		}
	}
	p, err := findPlan(ctx, tx, c.Plan)
	if err != nil {
		return Contract{}, err
	}
	u, err := s.Units.Get(ctx, tx, c.Unit)
	if err != nil {
		return Contract{}, err
	}
	if !p.Active || u.State != units.Active {
		return Contract{}, ErrNotSold.With("why", map[bool]string{true: "unit_retired", false: "plan_withdrawn"}[p.Active])
	}
	next, err := s.makeTx(ctx, tx, p, u, number, calendar.DateOf(tx.Now(), s.Zone), c)
	if err != nil {
		return next, err
	}
	next.Renews = c.Renews
	if next, err = s.soldTx(ctx, tx, next, "renewal"); err != nil {
		return next, err
	}
	c.RenewedTo = next.ID
	return next, saveContract(ctx, tx, c, false)
}

// Contract reads a contract that the actor sees.
func (s *Contracts) Contract(ctx context.Context, id ContractID) (Contract, error) {
	if err := access.Require(ctx, permRead); err != nil {
		return Contract{}, err
	}
	return s.find(ctx, s.DB, id)
}

// OfUnit lists the contracts of a unit that the actor sees, newest first.
func (s *Contracts) OfUnit(ctx context.Context, unit units.ID) ([]Contract, error) {
	if err := access.Require(ctx, permRead); err != nil {
		return nil, err
	}
	u, err := s.Units.Find(ctx, s.DB, unit)
	if err != nil {
		return nil, err
	}
	family, err := s.Units.Family(ctx, s.DB, u.ID)
	if err != nil {
		return nil, err
	}
	return contractsOf(ctx, s.DB, family)
}

// List lists contracts, newest first: the centre all of them, an outlet what it sold.
func (s *Contracts) List(ctx context.Context, f ContractFilter) ([]Contract, error) {
	if err := access.Require(ctx, permRead); err != nil {
		return nil, err
	}
	return listContracts(ctx, s.DB, access.From(ctx).Scope, f)
}

// codeText writes codes without letters and figures that people mistake.
var codeText = base32.NewEncoding("abcdefghijkmnpqrstuvwxyz23456789").WithPadding(base32.NoPadding)

// code is what a certificate bears: 120 bits that nobody guesses, from the contract's id.
func (s *Contracts) code(id ContractID) string {
	h := hmac.New(sha256.New, s.token)
	h.Write([]byte(id))
	return codeText.EncodeToString(h.Sum(nil)[:15])
}

// CertificatePath is where the code on a certificate leads, below the installation's public address.
const CertificatePath = "/c/"

// CertificateLink is the public page of a contract, below the installation's address.
func (s *Contracts) CertificateLink(id ContractID) string { return CertificatePath + s.code(id) }

// ByCode finds the contract whose certificate bears a code. It asks for no permission and no scope: the caller decides
// what the holder of a certificate may learn.
func (s *Contracts) ByCode(ctx context.Context, q db.Querier, code string) (Contract, error) {
	hash := sha256.Sum256([]byte(strings.ToLower(strings.TrimSpace(code))))
	id, err := db.Get(ctx, q, db.ScanString, `SELECT id FROM entitlement_contract WHERE token_hash = $1`, hash[:])
	if err != nil {
		return Contract{}, ErrContractNotFound
	}
	return getContract(ctx, q, ContractID(id))
}

// nameOf is the plan's name in a language, for messages.
func nameOf(p Plan) func(lang string) string {
	return func(lang string) string {
		return p.Name(lang)
	}
}
