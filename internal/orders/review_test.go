package orders

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/reason"
)

// TestReviewRule: one input changes, exactly its reason changes, and the review with it.
func TestReviewRule(t *testing.T) {
	t.Parallel()
	whole := func() reviewFacts {
		return reviewFacts{
			Order: Order{ID: "o", Sign: SignCode},
			Type: catalog.ServiceType{Proof: []catalog.ProofKind{
				catalog.ProofPhotoBefore, catalog.ProofPhotoAfter, catalog.ProofSerial, catalog.ProofSignatureOrCode, catalog.ProofChecklist, catalog.ProofReadings,
			}},
			Checklist: []catalog.ChecklistItem{{Code: "C1", Kind: catalog.ItemCheck, Required: true}, {Code: "R1", Kind: catalog.ItemReading, Required: true}, {Code: "C2", Kind: catalog.ItemCheck}},
			Proof: Proof{
				Answers: []AnswerItem{{Item: "C1", Checked: new(true)}, {Item: "R1", Number: new(2.0)}},
				Photos:  []Photo{{Kind: PhotoBefore}, {Kind: PhotoAfter}},
				Scans:   []Scan{{Result: ScanMatched}},
			},
			Visits: []Visit{{Orders: []VisitOrder{{OrderID: "o", Outcome: OutcomeFixed}}}},
		}
	}
	if j := review(whole()); j.State != ReviewPassed {
		t.Fatalf("whole proof = %q because %v", j.State, j.Why.Codes())
	}
	for _, tt := range []struct {
		name   string
		change func(f *reviewFacts)
		want   ReviewState
		code   string
	}{
		{"no photo before", func(f *reviewFacts) { f.Proof.Photos = f.Proof.Photos[1:] }, ReviewProof, "orders.proof_missing"},
		{"no photo after", func(f *reviewFacts) { f.Proof.Photos = f.Proof.Photos[:1] }, ReviewProof, "orders.proof_missing"},
		{"no serial", func(f *reviewFacts) { f.Proof.Scans = nil }, ReviewProof, "orders.proof_missing"},
		{"not signed", func(f *reviewFacts) { f.Order.Sign = SignNone }, ReviewProof, "orders.proof_missing"},
		{"a required check", func(f *reviewFacts) { f.Proof.Answers = f.Proof.Answers[1:] }, ReviewProof, "orders.proof_missing"},
		{"a required reading", func(f *reviewFacts) { f.Proof.Answers = f.Proof.Answers[:1] }, ReviewProof, "orders.proof_missing"},
		{"wrong finish code", func(f *reviewFacts) { f.Order.Sign = SignMismatch }, ReviewDue, "orders.code_mismatch"},
		{"nobody signed", func(f *reviewFacts) { f.Order.Sign = SignAbsent }, ReviewDue, "orders.nobody_signed"},
		{"a finding", func(f *reviewFacts) { f.Proof.Answers[0].Finding = true }, ReviewDue, "orders.answer_finding"},
		{"a photo of another order", func(f *reviewFacts) { f.Proof.Photos[0].Reused = true }, ReviewDue, "orders.photo_reused"},
		{"a photo from elsewhere", func(f *reviewFacts) { f.Proof.Photos[0].Distance = new(5000.0) }, ReviewDue, "orders.photo_far"},
		{"an arrival from elsewhere", func(f *reviewFacts) { f.Visits[0].Distance = new(5000.0) }, ReviewDue, "orders.arrival_distance"},
		{"beyond the quote", func(f *reviewFacts) { f.Charges = []Charge{{State: ChargeOpen, Source: SourceBeyond + ":x"}} }, ReviewDue, "orders.part_beyond_quote"},
		{"more than the books had", func(f *reviewFacts) { f.Proof.Parts = []PartLine{{State: PartUsed, Short: true}} }, ReviewDue, "orders.stock_short"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			before, f := review(whole()), whole()
			tt.change(&f)
			after := review(f)
			if after.State != tt.want || !after.Why.Has(tt.code) {
				t.Errorf("review = %q because %v, want %q because %s", after.State, after.Why.Codes(), tt.want, tt.code)
			}
			changed := reason.Changed(before.Why, after.Why)
			if changed = slices.DeleteFunc(changed, func(c string) bool { return c == "orders.proof_there" }); len(changed) != 1 || changed[0] != tt.code {
				t.Errorf("changed reasons = %v, want only %s", changed, tt.code)
			}
		})
	}
	t.Run("the customer refused the work", func(t *testing.T) {
		t.Parallel()
		f := whole()
		f.Proof, f.Visits[0].Orders[0].Outcome = Proof{}, OutcomeDeclined
		if j := review(f); j.State != ReviewPassed {
			t.Errorf("review = %q because %v, want passed: there is nothing to photograph", j.State, j.Why.Codes())
		}
	})
}

// TestProofLater: a completed order whose proof was incomplete passes when the rest is handed in.
func TestProofLater(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o := f.accepted()
		v := f.onSite(o.ID)
		li := f.Engineer(f.Li)
		p := f.wholeProof("user-li")
		photos := p.Photos
		p.Photos = []PhotoInput{{FileID: "0196a000-0000-7000-8000-000000000001", Kind: PhotoAfter}} // still on the phone
		p.ToCome = true
		_, err := f.FinishVisit(li, FinishInput{FieldInput: f.field(v), Results: []OrderResult{{Order: o.ID, Outcome: OutcomeFixed, Proof: p}}})
		f.Must(err)
		if got := f.get(o.ID); got.State != StateCompleted || got.Review != ReviewProof {
			t.Fatalf("order = %s, review %q; want completed, proof owed", got.State, got.Review)
		}
		f.Must(f.callback(o.ID, CallbackPositive, 11))
		if got := f.get(o.ID).State; got != StateCompleted {
			t.Errorf("with a callback and no proof = %s, want completed", got)
		}
		_, err = f.AddProof(f.Engineer(f.Wu), AddProofInput{ActInput: f.in(o.ID), Proof: ProofInput{Photos: photos[:1]}})
		f.problem(err, ErrNotFound, "proof by an engineer of another visit")
		for _, ph := range photos {
			_, err = f.AttachPhoto(li, AttachPhotoInput{ActInput: f.in(o.ID), Visit: v.ID, Photo: ph})
			f.Must(err)
		}
		if got := f.get(o.ID); got.State != StatePosted || got.Sign != SignSignature {
			t.Errorf("with all proof and the callback = %s signed %q, want posted", got.State, got.Sign)
		}
		_, err = f.AddProof(li, AddProofInput{ActInput: f.in(o.ID), Proof: ProofInput{Serial: "SN-2"}})
		f.problem(err, ErrState, "proof for a posted order")
	})
}

func TestReviewByPerson(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		quality := f.As(access.RoleQuality, "/")
		o := f.accepted()
		v := f.onSite(o.ID)
		p := f.wholeProof("user-li")
		p.Photos, p.FinishCode = p.Photos[:2], "000000"
		right, err := f.FinishCode(f.Ctx, d, o.ID)
		f.Must(err)
		if right == p.FinishCode {
			p.FinishCode = "000001"
		}
		_, err = f.FinishVisit(f.Engineer(f.Li), FinishInput{FieldInput: f.field(v), Results: []OrderResult{{Order: o.ID, Outcome: OutcomeFixed, Proof: p}}})
		f.Must(err)
		got := f.get(o.ID)
		if got.State != StateCompleted || got.Review != ReviewDue || got.Sign != SignMismatch {
			t.Fatalf("wrong finish code = %s, review %q, signed %q; want kept for review", got.State, got.Review, got.Sign)
		}
		queue, err := f.List(quality, Filter{Queue: "review", Limit: 10})
		f.Must(err)
		if len(queue) != 1 || queue[0].ID != o.ID {
			t.Errorf("review queue = %d orders, want this one", len(queue))
		}
		_, err = f.ApproveReview(f.As(access.RoleOutletManager, f.Hz.Path), f.in(o.ID))
		f.problem(err, problem.ErrForbidden, "an outlet reviews its own work")
		_, err = f.Reject(quality, RejectInput{ActInput: f.in(o.ID)})
		f.problem(err, problem.ErrInvalid, "reject without a reason")
		got, err = f.Reject(quality, RejectInput{ActInput: f.in(o.ID, "proof_unclear"), OnlyProof: true})
		f.Must(err)
		if got.State != StateCompleted || got.Review != ReviewProof {
			t.Errorf("rejected for proof = %s, review %q; want completed with a task", got.State, got.Review)
		}
		got, err = f.AddProof(f.Engineer(f.Li), AddProofInput{ActInput: f.in(o.ID), Proof: ProofInput{FinishCode: right}})
		f.Must(err)
		if got.Review != ReviewPassed || got.Sign != SignCode {
			t.Errorf("with the right code = review %q, signed %q; want passed", got.Review, got.Sign)
		}
		got, err = f.Reject(quality, RejectInput{ActInput: f.in(o.ID, "not_repaired")})
		f.Must(err)
		if got.State != StateIncomplete || got.CompletedAt != nil || f.CaseState() != cases.Serving {
			t.Errorf("rejected = %s, case %s; want incomplete, serving", got.State, f.CaseState())
		}
		if got := f.charges(o.ID); len(got) != 0 {
			t.Errorf("charges of rejected work = %v, want none", got)
		}
		wishes, err := f.OpenWishes(f.Ctx, d, time.Time{}, "", 10)
		f.Must(err)
		if len(wishes) != 1 || wishes[0].OrderID != o.ID {
			t.Errorf("wishes = %+v, want the next visit", wishes)
		}
	})
}

// TestPosting: who lets a completed order post, and what holds it.
func TestPosting(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name  string
		do    func(f *fixture, o Order)
		state State
		held  bool
		cases cases.State
	}{
		{"positive", func(f *fixture, o Order) { f.Must(f.callback(o.ID, CallbackPositive, 10)) }, StatePosted, false, cases.Closed},
		{"waived", func(f *fixture, o Order) { f.Must(f.callback(o.ID, CallbackWaived, 0)) }, StatePosted, false, cases.Verifying},
		{"silence", func(f *fixture, _ Order) {
			f.Advance(7*24*time.Hour + time.Minute)
			f.Must(f.PostSilent(access.AsSystem(f.Ctx, "duty")))
		}, StatePosted, false, cases.Verifying},
		{"not yet silent enough", func(f *fixture, _ Order) {
			f.Advance(6 * 24 * time.Hour)
			f.Must(f.PostSilent(access.AsSystem(f.Ctx, "duty")))
		}, StateCompleted, false, cases.Verifying},
		{"not finished", func(f *fixture, o Order) { f.Must(f.callback(o.ID, CallbackNegative, 40)) }, StateIncomplete, false, cases.Serving},
		{"no visit", func(f *fixture, o Order) { f.Must(f.callback(o.ID, CallbackNegative, 41)) }, StateIncomplete, false, cases.Serving},
		{"other negative", func(f *fixture, o Order) { f.Must(f.callback(o.ID, CallbackNegative, 33)) }, StatePosted, true, cases.Diagnosing},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		for _, tt := range rows {
			f.CaseID = f.OpenCase(f.One, f.Customer.ID, f.Unit.ID)
			o, _ := f.completed()
			tt.do(f, o)
			got := f.get(o.ID)
			if got.State != tt.state || got.Held != tt.held || f.CaseState() != tt.cases {
				t.Errorf("%s: order = %s, held %v, case %s; want %s, %v, %s", tt.name, got.State, got.Held, f.CaseState(), tt.state, tt.held, tt.cases)
			}
			entries, err := f.Ledger.OfRef(f.Ctx, string(o.ID))
			f.Must(err)
			if booked := len(entries) == 1; booked != (tt.state == StatePosted && !tt.held) {
				t.Errorf("%s: in the ledger = %v, want %v", tt.name, booked, tt.state == StatePosted && !tt.held)
			}
			if tt.state != StatePosted {
				continue
			}
			_, err = f.Cancel(f.Ctx, f.in(o.ID, "customer_withdrew"))
			f.problem(err, ErrState, tt.name+": cancel a posted order")
			f.Must(f.callback(o.ID, CallbackPositive, 10)) // told again: nothing
			if again := f.get(o.ID); again.Version != got.Version {
				t.Errorf("%s: a second callback changed a posted order", tt.name)
			}
		}
	})
}

// TestHeldCharges: after a bad result the order posts without its charges; a person decides about them.
func TestHeldCharges(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o, _ := f.completed()
		f.Must(f.callback(o.ID, CallbackNegative, 33))
		finance := f.As(access.RoleFinance, "/")
		held, err := f.HeldCharges(finance, time.Time{}, "", 10)
		f.Must(err)
		if len(held) != 1 {
			t.Fatalf("held charges = %d, want 1", len(held))
		}
		if other, err := f.HeldCharges(f.As(access.RoleOutletManager, f.Sh.Path), time.Time{}, "", 10); err != nil || len(other) != 0 {
			t.Errorf("held charges of another outlet = %v, %v; want none", other, err)
		}
		got, err := f.ReleaseCharge(finance, ChargeInput{ActInput: f.in(o.ID), Charge: held[0].ID})
		f.Must(err)
		if got.Held {
			t.Error("still held")
		}
		entries, err := f.Ledger.OfRef(f.Ctx, string(held[0].ID))
		f.Must(err)
		if len(entries) != 1 {
			t.Errorf("ledger = %d entries of the charge, want 1", len(entries))
		}
		// The case is open again: its new order repairs the bad result.
		next := f.create()
		if next.ReworkOf != o.ID || next.RepeatOf != o.ID {
			t.Errorf("next order = rework of %q, repeat of %q; want both %q", next.ReworkOf, next.RepeatOf, o.ID)
		}
	})
}

// TestRepeat: the same symptom family on the same unit within 30 days of the repair is a repeat.
func TestRepeat(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name    string
		after   time.Duration
		symptom catalog.SymptomCode
		want    bool
	}{
		{"next week, same family", 7 * 24 * time.Hour, "GWH-S03", true},
		{"29 days, same family", 29 * 24 * time.Hour, "GWH-S03", true},
		{"31 days, same family", 31 * 24 * time.Hour, "GWH-S03", false},
		{"next week, another family", 7 * 24 * time.Hour, "GWH-S04", false},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		for i, tt := range rows {
			f.NewUnit(f.One)
			f.CaseID = f.OpenCase(f.One, f.Customer.ID, f.Unit.ID)
			o, _ := f.completedWith(func(p *ProofInput) { p.Serial = fmt.Sprintf("SN-10%d", i) })
			f.Must(f.callback(o.ID, CallbackPositive, 10))
			f.Advance(tt.after)
			f.CaseID = f.OpenCase(f.One, f.Customer.ID, f.Unit.ID)
			next := f.create(func(in *CreateInput) { in.Symptom = tt.symptom })
			if got := next.RepeatOf == o.ID; got != tt.want {
				t.Errorf("%s: repeat = %v, want %v (family %q)", tt.name, got, tt.want, next.SymptomFamily)
			}
		}
	})
}

// TestSerialScan: what a scanned number means for the order and its unit.
func TestSerialScan(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		scan := func(o Order, serial string) (Order, ScanResult) {
			t.Helper()
			got, err := f.AddProof(f.Ctx, AddProofInput{ActInput: f.in(o.ID), Proof: ProofInput{Serial: serial}})
			f.Must(err)
			p, err := f.Proof(f.Ctx, d, o.ID)
			f.Must(err)
			return got, p.Scans[len(p.Scans)-1].Result
		}
		o := f.create()
		if _, r := scan(o, "AB-100"); r != ScanSet {
			t.Errorf("first number of a unit without one = %s, want set", r)
		}
		if _, r := scan(o, "ab 100"); r != ScanMatched {
			t.Errorf("the same number as read elsewhere = %s, want matched", r)
		}
		if _, r := scan(o, "AB-999"); r != ScanMismatch {
			t.Errorf("another number = %s, want mismatch", r)
		}
		f.CaseID = f.OpenCase(f.One, f.Customer.ID, "")
		blank := f.create()
		got, r := scan(blank, "AB-100")
		if r != ScanFound || got.UnitID != f.Unit.ID {
			t.Errorf("a known number = %s, unit %q; want the unit found", r, got.UnitID)
		}
		f.CaseID = f.OpenCase(f.One, f.Customer.ID, "")
		got, r = scan(f.create(), "ZZ-20071")
		if r != ScanCreated || got.UnitID == "" {
			t.Errorf("an unknown number = %s, unit %q; want a new unit", r, got.UnitID)
		}
		if _, r := scan(f.create(), "?"); r != ScanMismatch {
			t.Errorf("what is no number = %s, want mismatch for review", r)
		}
		c, err := f.Cases.Find(f.Ctx, d, f.CaseID)
		f.Must(err)
		if c.UnitID != got.UnitID {
			t.Errorf("unit of the case = %q, want %q", c.UnitID, got.UnitID)
		}
	})
}

// TestCodes: the service code proves the engineer, the finish code signs off; neither is at rest.
func TestCodes(t *testing.T) {
	t.Parallel()
	f := newFixture(t, dbtest.SQLite(t))
	a, b := f.create(), f.create()
	ca, err := f.ServiceCode(f.Ctx, f.DB, a.ID)
	f.Must(err)
	fa, err := f.FinishCode(f.Ctx, f.DB, a.ID)
	f.Must(err)
	fb, err := f.FinishCode(f.Ctx, f.DB, b.ID)
	f.Must(err)
	if len(ca) != 4 || len(fa) != 6 || fa == fb {
		t.Errorf("codes = %q, %q and %q; want four and six digits, per order", ca, fa, fb)
	}
}
