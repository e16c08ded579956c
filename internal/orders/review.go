package orders

import (
	"slices"
	"strings"

	"anxin/internal/catalog"
	"anxin/internal/platform/reason"
)

const reviewRule = "review-1"

// reviewFacts is everything that the rule of the review looks at.
type reviewFacts struct {
	Order     Order
	Type      catalog.ServiceType
	Checklist []catalog.ChecklistItem
	Proof     Proof
	Visits    []Visit
	Charges   []Charge
}

// judgement is what the rule says about a completed order.
type judgement struct {
	State ReviewState
	Why   reason.List
}

// review judges the proof of a completed order by rule: complete proof passes. Missing proof is the
// engineer's task; what contradicts itself, or looks wrong, is for a person.
func review(f reviewFacts) judgement {
	var missing, doubt, fine reason.List
	need := func(kind catalog.ProofKind, ok bool) {
		if !f.Type.Needs(kind) || f.declined() && kind != catalog.ProofSignatureOrCode {
			return
		}
		if ok {
			fine.Add(reason.Passed("orders.proof_there").With("kind", string(kind)).Under(reviewRule))
		} else {
			missing.Add(reason.Failed("orders.proof_missing").With("kind", string(kind)).Under(reviewRule))
		}
	}
	has := func(kind PhotoKind) bool {
		return slices.ContainsFunc(f.Proof.Photos, func(p Photo) bool { return p.Kind == kind })
	}
	need(catalog.ProofPhotoBefore, has(PhotoBefore))
	need(catalog.ProofPhotoAfter, has(PhotoAfter))
	need(catalog.ProofSerial, has(PhotoSerial) || slices.ContainsFunc(f.Proof.Scans, func(s Scan) bool { return s.Result != ScanMismatch }))
	need(catalog.ProofSignatureOrCode, f.Order.Sign != SignNone)
	need(catalog.ProofChecklist, f.answered(func(i catalog.ChecklistItem) bool { return i.Kind != catalog.ItemReading }))
	need(catalog.ProofReadings, f.answered(func(i catalog.ChecklistItem) bool { return i.Kind == catalog.ItemReading }))
	f.doubts(&doubt)
	all := append(append(missing, doubt...), fine...)
	switch {
	case len(doubt) > 0:
		return judgement{ReviewDue, all}
	case len(missing) > 0:
		return judgement{ReviewProof, all}
	}
	return judgement{ReviewPassed, all}
}

// declined tells whether the customer refused the work: then there is nothing to photograph.
func (f reviewFacts) declined() bool {
	for _, v := range slices.Backward(f.Visits) {
		for _, o := range v.Orders {
			if o.OrderID == f.Order.ID && o.Outcome != "" {
				return o.Outcome == OutcomeDeclined
			}
		}
	}
	return false
}

func (f reviewFacts) answered(which func(catalog.ChecklistItem) bool) bool {
	for _, item := range f.Checklist {
		if !item.Required || !which(item) {
			continue
		}
		if !slices.ContainsFunc(f.Proof.Answers, func(a AnswerItem) bool { return a.Item == item.Code }) {
			return false
		}
	}
	return true
}

// doubts lists what a person should look at although the proof is there.
func (f reviewFacts) doubts(out *reason.List) {
	switch f.Order.Sign {
	case SignMismatch:
		out.Add(reason.Warned("orders.code_mismatch").Under(reviewRule))
	case SignAbsent:
		out.Add(reason.Warned("orders.nobody_signed").Under(reviewRule))
	}
	for _, a := range f.Proof.Answers {
		if a.Finding {
			out.Add(reason.Warned("orders.answer_finding").With("item", a.Item).Under(reviewRule))
		}
	}
	for _, p := range f.Proof.Photos {
		if p.Reused {
			out.Add(reason.Warned("orders.photo_reused").With("kind", string(p.Kind)).Under(reviewRule))
		}
		if p.Distance != nil && *p.Distance > photoNearBy {
			out.Add(reason.Warned("orders.photo_far").With("kind", string(p.Kind)).Compared(int64(*p.Distance), int64(photoNearBy)).Under(reviewRule))
		}
	}
	if n := len(f.Proof.Scans); n > 0 && f.Proof.Scans[n-1].Result == ScanMismatch {
		out.Add(reason.Warned("orders.serial_mismatch").Under(reviewRule))
	}
	for _, v := range f.Visits {
		if v.Distance != nil && *v.Distance > farAway {
			out.Add(reason.Warned("orders.arrival_distance").Compared(int64(*v.Distance), int64(farAway)).Under(reviewRule))
		}
	}
	for _, l := range f.Proof.Parts {
		if l.State == PartUsed && l.Short {
			out.Add(reason.Warned("orders.stock_short").With("part", string(l.PartID)).Under(reviewRule))
		}
	}
	for _, c := range f.Charges {
		if c.State == ChargeOpen && strings.HasPrefix(c.Source, SourceBeyond) {
			out.Add(reason.Warned("orders.part_beyond_quote").With("part", string(c.PartID)).Under(reviewRule))
		}
	}
}

// Distances from the place past which a person looks: phones in buildings are off by hundreds of metres.
const (
	farAway     = 2000.0 // of an arrival
	photoNearBy = 2000.0 // of a photo
)
