package rules

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"anxin/internal/platform/calendar"
)

// DateKinds are the dates that starts may be based on.
var DateKinds = []string{"made", "sold", "invoiced", "delivered", "installed", "activated"}

// Facts is all that a decision rests on. Money is in the smallest unit of the currency.
type Facts struct {
	Jurisdiction string                   `json:"jurisdiction"`
	Category     string                   `json:"category,omitempty"`
	Brand        string                   `json:"brand,omitempty"` // id; packs of a brand judge its goods alone
	Model        string                   `json:"model,omitempty"`
	Item         string                   `json:"item,omitempty"`    // of a pack's catalogue; from Category when empty
	Channel      string                   `json:"channel,omitempty"` // shop, internet, tv, phone, mail, door; empty is shop
	Business     bool                     `json:"business,omitempty"`
	Currency     string                   `json:"currency,omitempty"`
	Price        int64                    `json:"price,omitempty"` // on the invoice
	Paid         int64                    `json:"paid,omitempty"`  // really; 0 is Price
	Dates        map[string]calendar.Date `json:"dates,omitempty"` // by DateKinds
	MustInstall  bool                     `json:"must_install,omitempty"`
	Invoice      bool                     `json:"invoice,omitempty"`
	Card         bool                     `json:"card,omitempty"`         // 三包 card, warranty card
	SystemProof  bool                     `json:"system_proof,omitempty"` // a record elsewhere shows the purchase
	Repairs      []RepairEvent            `json:"repairs,omitempty"`
	Exchanges    []calendar.Date          `json:"exchanges,omitempty"` // days on which the unit was given new for old
	Fault        *FaultFacts              `json:"fault,omitempty"`
	Km           int64                    `json:"km,omitempty"`
	Return       *ReturnFacts             `json:"return,omitempty"`
	Stock        string                   `json:"stock,omitempty"` // of the same model: yes, no; empty is unknown
	// Wants is the option that the customer prefers, RefusesOther that another model was refused.
	Wants        Option         `json:"wants,omitempty"`
	RefusesOther bool           `json:"refuses_other,omitempty"`
	More         map[string]any `json:"more,omitempty"` // what packs ask beyond these
	Today        calendar.Date  `json:"today"`
}

// RepairEvent is one repair. Out is zero while it lasts.
type RepairEvent struct {
	In         time.Time `json:"in"`
	Out        time.Time `json:"out,omitzero"`
	Cause      string    `json:"cause,omitempty"` // quality when empty; misuse and others do not count
	Delay      string    `json:"delay,omitempty"` // why it takes long: repairer, parts
	Fault      string    `json:"fault,omitempty"` // code
	Part       string    `json:"part,omitempty"`
	Excused    int       `json:"excused,omitempty"`     // days that do not count
	Foreign    bool      `json:"foreign,omitempty"`     // by somebody not authorised
	Chosen     bool      `json:"chosen,omitempty"`      // the customer chose repair where exchange was open, too
	Unsolved   bool      `json:"unsolved,omitempty"`    // ended without a cure
	Replaced   bool      `json:"replaced,omitempty"`    // the part, rather than mended
	IsAssembly bool      `json:"is_assembly,omitempty"` // the part is a whole assembly
}

// FaultFacts describe a fault that was told.
type FaultFacts struct {
	Reported    calendar.Date `json:"reported"`
	Confirmed   calendar.Date `json:"confirmed,omitzero"`
	Code        string        `json:"code,omitempty"`
	Performance bool          `json:"performance,omitempty"` // of the use that the goods are for
	Safety      bool          `json:"safety,omitempty"`
	Part        string        `json:"part,omitempty"`
	// Cause is quality (the default), misuse, foreign_repair, altered, force_majeure; Proven says that it was shown.
	Cause  string `json:"cause,omitempty"`
	Proven bool   `json:"proven,omitempty"`
}

// ReturnFacts describe goods that are to come back.
type ReturnFacts struct {
	Noticed     calendar.Date `json:"noticed"`
	Received    calendar.Date `json:"received,omitzero"` // at the seller's
	Opened      bool          `json:"opened,omitempty"`
	Spoilt      []string      `json:"spoilt,omitempty"` // what goes beyond checking the goods: label_cut, soiled, seal_broken, …
	Goods       string        `json:"goods,omitempty"`  // class that the right may exclude: custom, perishable, …
	Agreed      bool          `json:"agreed,omitempty"` // the customer confirmed for this order that it cannot go back
	FreeFreight bool          `json:"free_freight,omitempty"`
	FreeLost    bool          `json:"free_lost,omitempty"` // what stays is below the threshold of free shipping
	FreightOut  int64         `json:"freight_out,omitempty"`
	KeptSingle  int64         `json:"kept_single,omitempty"` // what stays of a bundle at single prices
	KeptPaid    int64         `json:"kept_paid,omitempty"`   // and what was paid for it within the bundle
	GiftsKept   int64         `json:"gifts_kept,omitempty"`  // marked price of gifts that do not come back
	Reason      string        `json:"reason,omitempty"`      // no_reason, quality, wrong_goods, misdescribed, transport
}

// FactFault is a fact that cannot be.
type FactFault struct {
	Field string
	Code  string // required, negative, future, order, unknown
}

// FactFaults are errors of facts.
type FactFaults []FactFault

// Error implements error.
func (f FactFaults) Error() string { return fmt.Sprintf("facts: %v", []FactFault(f)) }

// check finds facts that contradict one another. Nothing is decided on them.
func (f *Facts) check() error {
	var out FactFaults
	bad := func(field, code string) { out = append(out, FactFault{field, code}) }
	if f.Jurisdiction == "" {
		bad("jurisdiction", "required")
	}
	if f.Today.IsZero() {
		bad("today", "required")
	}
	for field, v := range map[string]int64{"price": f.Price, "paid": f.Paid, "km": f.Km} {
		if v < 0 {
			bad(field, "negative")
		}
	}
	for kind, d := range f.Dates {
		switch {
		case !slices.Contains(DateKinds, kind):
			bad("dates."+kind, "unknown")
		case d > f.Today:
			bad("dates."+kind, "future")
		}
	}
	for _, pair := range [][2]string{{"made", "sold"}, {"made", "delivered"}, {"made", "installed"}, {"sold", "installed"}} {
		a, okA := f.Dates[pair[0]]
		if b, okB := f.Dates[pair[1]]; okA && okB && b < a {
			bad("dates."+pair[1], "order")
		}
	}
	if f.Fault != nil {
		if f.Fault.Reported.IsZero() {
			bad("fault.reported", "required")
		} else if f.Fault.Reported > f.Today {
			bad("fault.reported", "future")
		}
	}
	for i, r := range f.Repairs {
		if r.In.IsZero() {
			bad(fmt.Sprintf("repairs.%d.in", i), "required")
		}
		if !r.Out.IsZero() && r.Out.Before(r.In) {
			bad(fmt.Sprintf("repairs.%d.out", i), "order")
		}
	}
	for i, d := range f.Exchanges {
		if d > f.Today {
			bad(fmt.Sprintf("exchanges.%d", i), "future")
		}
	}
	if r := f.Return; r != nil {
		if r.Noticed.IsZero() {
			bad("return.noticed", "required")
		} else if r.Noticed > f.Today {
			bad("return.noticed", "future")
		}
		for field, v := range map[string]int64{"freight_out": r.FreightOut, "kept_single": r.KeptSingle, "kept_paid": r.KeptPaid, "gifts_kept": r.GiftsKept} {
			if v < 0 {
				bad("return."+field, "negative")
			}
		}
	}
	slices.SortFunc(out, func(a, b FactFault) int { return cmp.Compare(a.Field, b.Field) })
	if len(out) > 0 {
		return out
	}
	return nil
}

// bought is the day whose law judges.
func (f *Facts) bought() calendar.Date {
	for _, k := range []string{"invoiced", "sold", "delivered", "installed", "activated"} {
		if d, ok := f.Dates[k]; ok {
			return d
		}
	}
	return f.Today
}

// paid is what was really paid.
func (f *Facts) paid() int64 {
	if f.Paid > 0 {
		return f.Paid
	}
	return f.Price
}

// judged is the date that a period's end is compared with.
func (f *Facts) judged(at string) calendar.Date {
	switch {
	case at == "noticed" && f.Return != nil:
		return f.Return.Noticed
	case at != "today" && f.Fault != nil:
		return f.Fault.Reported
	}
	return f.Today
}

// counts tells whether a repair is one that the law counts.
func (r RepairEvent) counts() bool { return (r.Cause == "" || r.Cause == "quality") && !r.Foreign }

// days is how long a repair has kept the unit, by the pack's way of counting, until today while it lasts.
func (r RepairEvent) days(how string, today calendar.Date, loc *time.Location) int {
	var n int
	if how == "hours24" {
		out := r.Out
		if out.IsZero() {
			y, m, d := today.Civil()
			out = time.Date(y, m, d, 23, 59, 59, 0, loc)
		}
		n = int((out.Sub(r.In) + 24*time.Hour - 1) / (24 * time.Hour))
	} else {
		out := today
		if !r.Out.IsZero() {
			out = calendar.DateOf(r.Out, loc)
		}
		n = int(out - calendar.DateOf(r.In, loc))
	}
	return max(0, n-r.Excused)
}
