package clocks

import (
	"cmp"
	"slices"
	"time"

	"anxin/internal/platform/reason"
)

// PolicyID identifies a policy.
type PolicyID string

// Attributes describe what a deadline is for. In a policy an empty field fits
// everything; in a request an empty field fits only policies that leave it
// open.
type Attributes struct {
	ServiceType string `json:"service_type,omitempty"`
	ProductLine string `json:"product_line,omitempty"`
	Priority    string `json:"priority,omitempty"`
	RegionTier  string `json:"region_tier,omitempty"`
	Brand       string `json:"brand,omitempty"`
	Contract    string `json:"contract,omitempty"`
}

// dimensions in the order in which they break a tie between policies that name
// the same number of attributes. A contract is what somebody paid for and goes
// before everything; priority stands for danger and goes before the rest.
var dimensions = []struct {
	name string
	of   func(Attributes) string
}{
	{"contract", func(a Attributes) string { return a.Contract }},
	{"priority", func(a Attributes) string { return a.Priority }},
	{"service_type", func(a Attributes) string { return a.ServiceType }},
	{"product_line", func(a Attributes) string { return a.ProductLine }},
	{"brand", func(a Attributes) string { return a.Brand }},
	{"region_tier", func(a Attributes) string { return a.RegionTier }},
}

// Policy sets the target of one milestone of one party for what matches.
type Policy struct {
	ID        PolicyID   `json:"id"`
	Version   int        `json:"version"`
	Milestone Milestone  `json:"milestone"`
	Party     Party      `json:"party"`
	Match     Attributes `json:"match"`
	// Target may name its calendar by role and, for an instant, leave the time
	// open: see Binding.
	Target Target    `json:"target"`
	From   time.Time `json:"from,omitzero"`  // in force from then, zero: always
	Until  time.Time `json:"until,omitzero"` // until before then, zero: for ever
}

// Validate fails with ErrTarget, naming the field; a role and an open instant
// pass.
func (p Policy) Validate() error {
	t := p.Target
	if t.Kind == Instant && t.At.IsZero() {
		t.At = time.Unix(0, 0) // stands in for the promise
	}
	if err := t.Validate(); err != nil {
		return err
	}
	fail := func(field string) error { return ErrTarget.With("field", field) }
	switch {
	case p.ID == "":
		return fail("id")
	case !slices.Contains(AllMilestones(), p.Milestone):
		return fail("milestone")
	case !slices.Contains(AllParties(), p.Party):
		return fail("party")
	case !p.Until.IsZero() && !p.From.Before(p.Until):
		return fail("until")
	}
	return nil
}

// Request asks for the target of one clock.
type Request struct {
	Milestone  Milestone
	Party      Party
	Attributes Attributes
	At         time.Time // when the clock starts: policies in force then
}

// Codes of the reasons that Choose gives.
const (
	ReasonChosen    = "clocks.policy_chosen"       // this policy sets the target
	ReasonMatched   = "clocks.policy_matched"      // it names this attribute
	ReasonOutranked = "clocks.policy_outranked"    // fits too, but another is more specific
	ReasonMismatch  = "clocks.policy_mismatch"     // names an attribute the request does not have
	ReasonNotThen   = "clocks.policy_not_in_force" // not in force at that time
	ReasonNone      = "clocks.policy_none"         // no policy fits
)

// Choice is the policy chosen and why.
type Choice struct {
	Policy  Policy
	Reasons reason.List
}

// Choose returns the policy that sets the target of a clock. Of those that
// match, the most specific wins: one that names the contract before any that
// does not, then the one that names more attributes, then the first difference
// in the order contract, priority, service type, product line, brand, region
// tier. Policies that name the same attributes are told apart by the later
// start of validity, the higher version, and at last the smaller id, so the
// order of the input never matters. The reasons cover every policy of the
// milestone and party. With none it fails with ErrNoPolicy; the reasons are
// given all the same.
func Choose(policies []Policy, req Request) (Choice, error) {
	var fit []Policy
	var reasons reason.List
	list := slices.Clone(policies)
	slices.SortFunc(list, rank)
	for _, p := range list {
		if p.Milestone != req.Milestone || p.Party != req.Party {
			continue
		}
		if req.At.Before(p.From) || !p.Until.IsZero() && !req.At.Before(p.Until) {
			reasons.Add(about(reason.Noted(ReasonNotThen), p))
			continue
		}
		misses := false
		for _, d := range dimensions {
			if want, got := d.of(p.Match), d.of(req.Attributes); want != "" && want != got {
				reasons.Add(about(reason.Noted(ReasonMismatch), p).With("attribute", d.name).Compared(got, want))
				misses = true
			}
		}
		if !misses {
			fit = append(fit, p)
		}
	}
	if len(fit) == 0 {
		reasons = append(reason.List{reason.Failed(ReasonNone).With("milestone", string(req.Milestone)).With("party", string(req.Party))}, reasons...)
		return Choice{Reasons: reasons}, ErrNoPolicy.With("milestone", string(req.Milestone), "party", string(req.Party))
	}
	winner := fit[0] // list is in order of rank
	why := reason.List{about(reason.Passed(ReasonChosen), winner)}
	for _, d := range dimensions {
		if v := d.of(winner.Match); v != "" {
			why.Add(about(reason.Passed(ReasonMatched), winner).With("attribute", d.name).Compared(v, v))
		}
	}
	for _, p := range fit[1:] {
		why.Add(about(reason.Noted(ReasonOutranked), p).With("by", difference(winner, p)))
	}
	return Choice{Policy: winner, Reasons: append(why, reasons...)}, nil
}

func about(r reason.Reason, p Policy) reason.Reason {
	return r.With("policy", string(p.ID)).With("version", p.Version)
}

// rank orders the better policy first.
func rank(a, b Policy) int {
	c, _ := compare(a, b)
	return c
}

// difference names what decided between two policies.
func difference(a, b Policy) string {
	_, by := compare(a, b)
	return by
}

func compare(a, b Policy) (int, string) {
	named := func(v string) int { return min(1, len(v)) }
	count := func(p Policy) int {
		n := 0
		for _, d := range dimensions {
			n += named(d.of(p.Match))
		}
		return n
	}
	if c := cmp.Compare(named(b.Match.Contract), named(a.Match.Contract)); c != 0 {
		return c, "contract"
	}
	if c := cmp.Compare(count(b), count(a)); c != 0 {
		return c, "count"
	}
	for _, d := range dimensions {
		if c := cmp.Compare(named(d.of(b.Match)), named(d.of(a.Match))); c != 0 {
			return c, d.name
		}
	}
	if c := b.From.Compare(a.From); c != 0 {
		return c, "from"
	}
	if c := cmp.Compare(b.Version, a.Version); c != 0 {
		return c, "version"
	}
	return cmp.Compare(a.ID, b.ID), "id"
}
