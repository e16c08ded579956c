package entitlement

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"anxin/internal/catalog"
	"anxin/internal/entitlement/rules"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/problem"
)

const sellersPromise = `{
  "id": "thirty-days", "version": 1, "kind": "seller", "jurisdictions": ["CN"], "title": {"zh": "三十天无忧退", "en": "Thirty days"}, "source": "terms of the shop",
  "starts": {"bought": [{"date": "invoiced"}, {"date": "installed"}]},
  "periods": [{"id": "thirty", "title": {"zh": "三十天", "en": "thirty days"}, "start": "bought", "days": 30, "at": "noticed"}],
  "rules": [{
    "id": "S1", "title": {"zh": "退款", "en": "Refund"}, "source": "terms, 4", "confidence": "unverified", "when": "returning", "within": ["thirty"],
    "grants": [{"option": "refund", "payer": "seller"}], "freight": {"back": "seller"}, "text": {"zh": "{last}前可退", "en": "until {last}"}
  }]
}`

func packOf(text string, brand catalog.BrandID) PackInput {
	return PackInput{Body: json.RawMessage(text), Brand: brand}
}

// TestPacks: a pack that a firm writes is a draft, in force, taken out; what it gives comes and goes with it, for its
// brand alone, and open decisions are decided anew.
func TestPacks(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		dbtest.Clock(d, at(day(2026, 1, 20)))
		ret := &rules.ReturnFacts{Noticed: day(2026, 1, 20)}
		refunds := func() bool {
			t.Helper()
			got, _, err := f.Rights(f.ctx, RightsInput{Unit: f.unit, Return: ret})
			if err != nil {
				t.Fatal(err)
			}
			r, ok := got.Rule("thirty-days", "S1")
			return ok && r.State == rules.Now && slices.Contains(options(got), rules.Refund)
		}
		kept, err := f.Assess(f.ctx, AssessInput{Unit: f.unit, Question: Question{Return: ret}})
		if err != nil {
			t.Fatal(err)
		}
		draft, err := f.SavePack(f.ctx, packOf(sellersPromise, f.brand))
		if err != nil {
			t.Fatal(err)
		}
		if draft.State != PackDraft || draft.Brand != f.brand || !slices.Equal(draft.Open, []string{"rules.S1"}) || refunds() {
			t.Errorf("a draft: %+v, in force %t", draft, refunds())
		}
		tried, err := f.TryPack(f.ctx, TryInput{PackInput: packOf(sellersPromise, f.brand), Unit: f.unit, Ask: RightsInput{Unit: f.unit, Return: ret}})
		if err != nil || tried.Decision == nil || !slices.Contains(options(*tried.Decision), rules.Refund) {
			t.Errorf("tried: %+v, %v", tried, err)
		}
		if draft, err = f.SavePack(f.ctx, packOf(strings.Replace(sellersPromise, "terms, 4", "terms, 5", 1), f.brand)); err != nil || draft.Pack.Rules[0].Source != "terms, 5" || draft.Version != 2 {
			t.Errorf("saved again: %+v, %v", draft, err)
		}
		if _, err := f.DecidePack(f.ctx, draft.Pack.ID, 1, 1, PackPublished, ""); problem.CodeOf(err) != problem.ErrStale {
			t.Errorf("an old version: %v", err)
		}
		pub, err := f.DecidePack(f.ctx, draft.Pack.ID, 1, draft.Version, PackPublished, "")
		if err != nil || pub.State != PackPublished || !refunds() {
			t.Fatalf("published: %+v, %v, in force %t", pub, err, refunds())
		}
		again := New(d, f.catalog, f.units, f.zone) // another process, which has held nothing yet, and the first, which has
		for _, s := range []*Service{again, f.Service} {
			if err := s.ReassessDue(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if a, err := f.GetAssessment(f.ctx, kept.ID); err != nil || !a.offers(rules.Refund) {
			t.Errorf("decided anew: %+v, %v", a.Decision.Choices, err)
		} else if r, _ := a.Decision.Rule("thirty-days", "S1"); !r.Unverified {
			t.Errorf("not marked: %+v", r)
		}
		if _, err := f.SavePack(f.ctx, packOf(sellersPromise, f.brand)); !problem.Match(err, ErrPackState) {
			t.Errorf("over a published one: %v", err)
		}
		if _, err := f.SavePack(f.ctx, packOf(strings.Replace(sellersPromise, `"version": 1`, `"version": 2`, 1), f.other)); !problem.Match(err, ErrPackTaken) {
			t.Errorf("by another brand: %v", err)
		}
		conf, err := f.ConfirmCell(f.ctx, "thirty-days", 1, "rules.S1", "terms of the shop, edition of May")
		if err != nil || len(conf.Open) > 0 || len(conf.Confirmed) != 1 {
			t.Errorf("confirmed: %+v, %v", conf, err)
		}
		if a, err := f.GetAssessment(f.ctx, kept.ID); err != nil {
			t.Error(err)
		} else if r, _ := a.Decision.Rule("thirty-days", "S1"); r.Unverified {
			t.Errorf("still marked: %+v", r)
		}
		if conf, err = f.ConfirmCell(f.ctx, "thirty-days", 1, "rules.S1", ""); err != nil || len(conf.Open) != 1 {
			t.Errorf("taken back: %+v, %v", conf, err)
		}
		if _, err := f.ConfirmCell(f.ctx, "thirty-days", 1, "rules.S9", "x"); len(fieldsOf(err)) != 1 || fieldsOf(err)[0].Code != ErrPackCell.Key {
			t.Errorf("no such cell: %v", err)
		}
		if _, err := f.DecidePack(f.ctx, "thirty-days", 1, pub.Version, PackWithdrawn, ""); problem.CodeOf(err) != problem.ErrInvalid {
			t.Errorf("withdrawn without a note: %v", err)
		}
		if out, err := f.DecidePack(f.ctx, "thirty-days", 1, pub.Version, PackWithdrawn, "shop closed"); err != nil || out.State != PackWithdrawn || refunds() {
			t.Errorf("withdrawn: %+v, %v, in force %t", out, err, refunds())
		}
	})
}

// TestPacksRefused: faults are said at their places, nothing is kept, and the product's laws cannot be written over.
func TestPacksRefused(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		for name, tt := range map[string]struct {
			text  string
			brand catalog.BrandID
			field string
			code  *problem.Code
		}{
			"a condition":       {strings.Replace(sellersPromise, `"returning"`, `"returnin"`, 1), f.brand, "pack.rules.S1.when", ErrPackFault},
			"an unknown key":    {strings.Replace(sellersPromise, `"starts"`, `"start"`, 1), f.brand, "pack", ErrPackFault},
			"no law displaced":  {strings.Replace(sellersPromise, `"freight"`, `"instead_of": ["cn-sanbao-1995/W03"], "freight"`, 1), f.brand, "pack.rules.S1", ErrPackFault},
			"a hostile name":    {strings.Replace(sellersPromise, `thirty-days`, `../x`, 1), f.brand, "pack.id", ErrPackFault},
			"an unknown brand":  {sellersPromise, "nobody", "brand_id", problem.Unknown},
			"nothing":           {`null`, f.brand, "pack.head", ErrPackFault},
			"the product's law": {strings.Replace(sellersPromise, `thirty-days`, `cn-sanbao-1995`, 1), f.brand, "", ErrPackTaken},
		} {
			_, err := f.SavePack(f.ctx, packOf(tt.text, tt.brand))
			if tt.field == "" {
				if !problem.Match(err, tt.code) {
					t.Errorf("%s: %v", name, err)
				}
				continue
			}
			if got := fieldsOf(err); len(got) == 0 || !slices.ContainsFunc(got, func(x problem.FieldError) bool { return x.Field == tt.field && x.Code == tt.code.Key }) {
				t.Errorf("%s: %v, fields %+v", name, err, got)
			}
		}
		list, err := f.Packs(f.ctx)
		if err != nil || slices.ContainsFunc(list, func(r PackRecord) bool { return !r.Product }) || len(list) == 0 {
			t.Errorf("%d packs, %v", len(list), err)
		}
		if _, err := f.SavePack(f.ctx, packOf(sellersPromise, f.brand)); err != nil {
			t.Fatal(err)
		}
		far := actor(t, access.Scope{OutletPath: "/", Brands: []string{string(f.other)}}, "*")
		list, err = f.Packs(far)
		if err != nil || slices.ContainsFunc(list, func(r PackRecord) bool { return !r.Product }) {
			t.Errorf("another brand sees %+v, %v", list, err)
		}
		if _, err := f.Pack(far, "thirty-days", 1); !problem.Match(err, ErrPackNotFound) {
			t.Errorf("another brand reads: %v", err)
		}
		if _, err := f.DecidePack(far, "thirty-days", 1, 1, PackPublished, ""); !problem.Match(err, ErrPackNotFound) {
			t.Errorf("another brand publishes: %v", err)
		}
		if _, err := f.SavePack(far, packOf(strings.Replace(sellersPromise, "thirty", "forty", 1), "")); fieldsOf(err) == nil {
			t.Errorf("for all brands, by who sees one: %v", err)
		}
		if _, err := f.SavePack(actor(t, access.Everything, permRead, permRulesPublish), packOf(sellersPromise, f.brand)); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("without the permission: %v", err)
		}
		if _, err := f.DecidePack(actor(t, access.Everything, permRead, permRules), "thirty-days", 1, 1, PackPublished, ""); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("published without the permission: %v", err)
		}
	})
}

func fieldsOf(err error) []problem.FieldError {
	var e *problem.Error
	if !errors.As(err, &e) {
		return nil
	}
	return e.Fields
}
