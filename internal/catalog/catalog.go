package catalog

import (
	"time"

	"anxin/internal/platform/i18n"
)

// BrandID names a brand, a row of the operator.
type BrandID string

// ModelID names a model, a row of the operator.
type ModelID string

// The rest are codes that people read and that stay for ever.
type (
	// CategoryCode is a product line, "AC".
	CategoryCode string
	// ServiceTypeCode is a kind of service, "REP".
	ServiceTypeCode string
	// ReasonCode says why, "customer_absent".
	ReasonCode string
	// SymptomCode is what the customer sees, "AC-S01".
	SymptomCode string
	// CauseCode is what is wrong, "AC-C01".
	CauseCode string
	// ActionCode is what is done about it, "AC-A01".
	ActionCode string
	// SkillCode is what an engineer can, "GAS".
	SkillCode string
	// ClassCode is a row of a classification tree.
	ClassCode string
)

// Brand is a maker whose products are served.
type Brand struct {
	ID        BrandID   `json:"id"`
	Code      string    `json:"code"` // short, unique, immutable
	NameZh    string    `json:"name_zh"`
	NameEn    string    `json:"name_en"`
	Hotline   string    `json:"hotline"` // as printed in messages to customers
	Active    bool      `json:"active"`
	Version   int64     `json:"version"`
	CreatedAt time.Time `json:"created_at"`
}

// Category is a product line: the minutes and skills that its usual work takes.
type Category struct {
	Code           CategoryCode `json:"code"`
	NameZh         string       `json:"name_zh"`
	NameEn         string       `json:"name_en"`
	InstallMinutes int          `json:"install_minutes"` // on site with tidy-up, without travel; 0 = not installed on site
	RepairMinutes  int          `json:"repair_minutes"`
	InstallSkills  []SkillCode  `json:"install_skills"`
	RepairSkills   []SkillCode  `json:"repair_skills"`
	InstallTools   []ToolCode   `json:"install_tools"`
	RepairTools    []ToolCode   `json:"repair_tools"`
	InstallCrew    int          `json:"install_crew"` // engineers needed at once, from 1
	RepairCrew     int          `json:"repair_crew"`
	Depot          bool         `json:"depot"` // repaired in a workshop, not at home
	Position       int          `json:"position"`
	Active         bool         `json:"active"`
	Version        int64        `json:"version"`
}

// Model is a type of product of a brand.
type Model struct {
	ID             ModelID      `json:"id"`
	BrandID        BrandID      `json:"brand_id"`
	Category       CategoryCode `json:"category"`
	Code           string       `json:"code"` // as on the name plate; unique per brand
	NameZh         string       `json:"name_zh"`
	NameEn         string       `json:"name_en"`
	WarrantyMonths int          `json:"warranty_months"`  // maker's promise for the whole product
	MainPartMonths int          `json:"main_part_months"` // for its main parts
	MainParts      []string     `json:"main_parts"`       // part types of the fault catalogue: "compressor"
	Active         bool         `json:"active"`
	Version        int64        `json:"version"`
	CreatedAt      time.Time    `json:"created_at"`
}

// Mode is where work is done.
type Mode string

// The modes.
const (
	ModeVisit  Mode = "visit"
	ModeRemote Mode = "remote"
	ModeDepot  Mode = "depot"
)

// Base says whose minutes and skills of a category a service type takes.
type Base string

// The bases.
const (
	BaseInstall Base = "install"
	BaseRepair  Base = "repair"
	BaseOwn     Base = "own" // the service type's own, whatever the category
)

// ProofKind is something that must be there before an order of a service type passes review.
type ProofKind string

// The kinds of proof.
const (
	ProofPhotoBefore     ProofKind = "photo_before"
	ProofPhotoAfter      ProofKind = "photo_after"
	ProofSerial          ProofKind = "serial"
	ProofSignatureOrCode ProofKind = "signature_or_code"
	ProofChecklist       ProofKind = "checklist"
	ProofReadings        ProofKind = "readings"
)

// CallbackRule names the row of the trigger table that a completed order of a service type falls under.
type CallbackRule string

// The rules.
const (
	CallbackInstallation CallbackRule = "installation"
	CallbackRepair       CallbackRule = "repair"
	CallbackExchange     CallbackRule = "exchange"
	CallbackComplaint    CallbackRule = "complaint"
	CallbackNone         CallbackRule = "none"
)

// ServiceType is a kind of work.
type ServiceType struct {
	Code             ServiceTypeCode   `json:"code"`
	NameZh           string            `json:"name_zh"`
	NameEn           string            `json:"name_en"`
	Mode             Mode              `json:"mode"`
	Base             Base              `json:"base"`
	Minutes          int               `json:"minutes"` // instead of the category's where the base is own, else added to it
	Skills           []SkillCode       `json:"skills"`  // on top of the category's
	Tools            []ToolCode        `json:"tools"`   // on top of the category's
	RepeatWindowDays int               `json:"repeat_window_days"`
	CallbackRule     CallbackRule      `json:"callback_rule"`
	Proof            []ProofKind       `json:"proof"`
	Next             []ServiceTypeCode `json:"next"` // what may follow it in the same case
	Position         int               `json:"position"`
	Active           bool              `json:"active"`
	Version          int64             `json:"version"`
}

// Codes of seeded service types that code names: the plain ones, whose checklists others borrow.
const (
	Install ServiceTypeCode = "INST"
	Repair  ServiceTypeCode = "REP"
)

// Needs tells whether the service type asks for a kind of proof.
func (t ServiceType) Needs(kind ProofKind) bool {
	for _, k := range t.Proof {
		if k == kind {
			return true
		}
	}
	return false
}

// Skill is something an engineer can do; Certificate says that the law wants a paper for it
// (特种作业操作证, 燃气作业证), without which nobody is sent.
type Skill struct {
	Code         SkillCode `json:"code"`
	NameZh       string    `json:"name_zh"`
	NameEn       string    `json:"name_en"`
	Certificate  bool      `json:"certificate"`
	ValidYears   int       `json:"valid_years"` // of the certificate; 0 = without end
	RecheckYears int       `json:"recheck_years"`
	Position     int       `json:"position"`
}

// ItemKind is how an item of a checklist is answered.
type ItemKind string

// The kinds of items.
const (
	ItemCheck   ItemKind = "check"   // done or not
	ItemReading ItemKind = "reading" // a number with a unit
	ItemText    ItemKind = "text"
)

// ChecklistItem is one thing to check at a kind of work.
type ChecklistItem struct {
	ServiceType ServiceTypeCode `json:"service_type"`
	Category    CategoryCode    `json:"category"` // "" = every category
	Code        string          `json:"code"`     // unique in the catalogue
	NameZh      string          `json:"name_zh"`
	NameEn      string          `json:"name_en"`
	Kind        ItemKind        `json:"kind"`
	Unit        string          `json:"unit,omitempty"` // of a reading: "MPa"
	Min         *float64        `json:"min,omitempty"`  // a reading outside is a finding, not an error
	Max         *float64        `json:"max,omitempty"`
	Required    bool            `json:"required"`
	Safety      bool            `json:"safety"` // a "no" here stops the product's use
	Position    int             `json:"position"`
}

// Answer to "may guidance at a distance solve it".
const (
	RemoteLikely   = "Y"
	RemotePossible = "P"
	RemoteNo       = "N"
)

// PartClass is how a part stands in warranty law (三包): main parts have a period of their own.
type PartClass string

// The classes of parts.
const (
	PartMain      PartClass = "M"
	PartGeneral   PartClass = "G"
	PartAccessory PartClass = "A" // and consumables
	PartNone      PartClass = ""
)

// Symptom is what the customer says.
type Symptom struct {
	Code     SymptomCode  `json:"code"`
	Category CategoryCode `json:"category"`
	NameZh   string       `json:"name_zh"`
	NameEn   string       `json:"name_en"`
	Family   string       `json:"family"` // symptoms that count as the same fault coming back: "cooling", "leak"
	Remote   string       `json:"remote"` // best answer of its actions
	// Safety is the gravest danger of its actions ("P1 gas leak", "electric"); StopUse (the P1 ones) says that
	// the product must not be used until somebody came.
	Safety  string `json:"safety,omitempty"`
	StopUse bool   `json:"stop_use,omitempty"`
	Active  bool   `json:"active"`
}

// Cause is what may be behind a symptom.
type Cause struct {
	Code    CauseCode   `json:"code"`
	Symptom SymptomCode `json:"symptom"`
	NameZh  string      `json:"name_zh"`
	NameEn  string      `json:"name_en"`
	Active  bool        `json:"active"`
}

// Action is what is done against a cause.
type Action struct {
	Code      ActionCode   `json:"code"`
	Cause     CauseCode    `json:"cause"`
	Category  CategoryCode `json:"category"`
	NameZh    string       `json:"name_zh"`
	NameEn    string       `json:"name_en"`
	Minutes   int          `json:"minutes"`
	PartType  string       `json:"part_type,omitempty"` // "compressor"; "" when no part is needed
	PartClass PartClass    `json:"part_class,omitempty"`
	Remote    string       `json:"remote"` // Y, P or N
	Safety    string       `json:"safety,omitempty"`
	StopUse   bool         `json:"stop_use,omitempty"`
	Skills    []SkillCode  `json:"skills"` // needed on top of the category's
	Active    bool         `json:"active"`
}

// Responsibility says whose matter a not-happy end was.
type Responsibility string

// The responsibilities. This list is the only one in the product.
const (
	ByCustomer     Responsibility = "customer"
	ByProduct      Responsibility = "product"
	ByPart         Responsibility = "part"
	ByOutlet       Responsibility = "outlet"
	ByEngineer     Responsibility = "engineer"
	ByCarrier      Responsibility = "carrier"
	BySeller       Responsibility = "seller"
	BySupplier     Responsibility = "supplier"
	ByPlatform     Responsibility = "platform"
	ByCentre       Responsibility = "centre"
	BySystem       Responsibility = "system"
	ByForceMajeure Responsibility = "force_majeure"
)

// Responsibilities lists them all in the order of screens.
func Responsibilities() []Responsibility {
	return []Responsibility{
		ByCustomer, ByProduct, ByPart, ByOutlet, ByEngineer, ByCarrier, BySeller, BySupplier, ByPlatform, ByCentre, BySystem, ByForceMajeure,
	}
}

// Payer says who pays a charge.
type Payer string

// The payers. This list is the only one in the product.
const (
	PayCustomer Payer = "customer"
	PayBrand    Payer = "brand"
	PaySeller   Payer = "seller"
	PayOutlet   Payer = "outlet"
	PayCarrier  Payer = "carrier"
	PaySupplier Payer = "supplier"
	PayPlatform Payer = "platform"
	PayInsurer  Payer = "insurer"
)

// Payers lists them all in the order of screens.
func Payers() []Payer {
	return []Payer{PayCustomer, PayBrand, PaySeller, PayOutlet, PayCarrier, PaySupplier, PayPlatform, PayInsurer}
}

// Valid tells whether p is one of [Payers].
func (p Payer) Valid() bool {
	for _, v := range Payers() {
		if v == p {
			return true
		}
	}
	return false
}

// Valid tells whether r is one of [Responsibilities].
func (r Responsibility) Valid() bool {
	for _, v := range Responsibilities() {
		if v == r {
			return true
		}
	}
	return false
}

// Reason says why an act was done. Kinds are the acts it fits, "<record>.<act>": "case.cancel",
// "visit.fail", "promise.change".
type Reason struct {
	Code           ReasonCode     `json:"code"`
	Kinds          []string       `json:"kinds"`
	NameZh         string         `json:"name_zh"`
	NameEn         string         `json:"name_en"`
	Responsibility Responsibility `json:"responsibility"`
	NoteRequired   bool           `json:"note_required"` // the code alone says too little
	Position       int            `json:"position"`
	Active         bool           `json:"active"`
	Version        int64          `json:"version"`
}

// Fits tells whether the reason may be given for an act.
func (r Reason) Fits(kind string) bool {
	for _, k := range r.Kinds {
		if k == kind {
			return true
		}
	}
	return false
}

// Label is what a firm calls a state, or a stage within one: words for its staff and, separately, for
// the customer. The label of a state itself has the state's name as its code.
type Label struct {
	Kind       string `json:"kind"`  // "case", "order", "visit", …
	Code       string `json:"code"`  // unique within the kind; kept as sub-state on records
	State      string `json:"state"` // of the kind's state table
	StaffZh    string `json:"staff_zh"`
	StaffEn    string `json:"staff_en"`
	CustomerZh string `json:"customer_zh"`
	CustomerEn string `json:"customer_en"`
	Position   int    `json:"position"`
	Active     bool   `json:"active"`
	Version    int64  `json:"version"`
}

// Staff returns the staff's word in a language.
func (l Label) Staff(lang string) string { return pick(lang, l.StaffZh, l.StaffEn) }

// Customer returns the customer's word in a language.
func (l Label) Customer(lang string) string { return pick(lang, l.CustomerZh, l.CustomerEn) }

// Class is a row of a classification tree; a tree has three levels at most.
type Class struct {
	Code       ClassCode `json:"code"`
	ParentCode ClassCode `json:"parent_code,omitempty"`
	Tree       string    `json:"tree"` // several trees may stand side by side: "case", "hotline"
	Level      int       `json:"level"`
	NameZh     string    `json:"name_zh"`
	NameEn     string    `json:"name_en"`
	Position   int       `json:"position"`
	Active     bool      `json:"active"`
}

// Requirements is what a piece of work takes.
type Requirements struct {
	Skills  []SkillCode `json:"skills"`
	Tools   []ToolCode  `json:"tools,omitempty"`
	Minutes int         `json:"minutes"`
	Crew    int         `json:"crew"`
}

func pick(lang, zh, en string) string {
	if i18n.Nearest(lang) == i18n.English && en != "" {
		return en
	}
	return zh
}

// Name returns the name in a language.
func (b Brand) Name(lang string) string { return pick(lang, b.NameZh, b.NameEn) }

// Name returns the name in a language.
func (c Category) Name(lang string) string { return pick(lang, c.NameZh, c.NameEn) }

// Name returns the name in a language.
func (m Model) Name(lang string) string { return pick(lang, m.NameZh, m.NameEn) }

// Name returns the name in a language.
func (t ServiceType) Name(lang string) string { return pick(lang, t.NameZh, t.NameEn) }

// Name returns the name in a language.
func (s Skill) Name(lang string) string { return pick(lang, s.NameZh, s.NameEn) }

// Name returns the name in a language.
func (i ChecklistItem) Name(lang string) string { return pick(lang, i.NameZh, i.NameEn) }

// Name returns the name in a language.
func (s Symptom) Name(lang string) string { return pick(lang, s.NameZh, s.NameEn) }

// Name returns the name in a language.
func (c Cause) Name(lang string) string { return pick(lang, c.NameZh, c.NameEn) }

// Name returns the name in a language.
func (a Action) Name(lang string) string { return pick(lang, a.NameZh, a.NameEn) }

// Name returns the name in a language.
func (r Reason) Name(lang string) string { return pick(lang, r.NameZh, r.NameEn) }

// Name returns the name in a language.
func (c Class) Name(lang string) string { return pick(lang, c.NameZh, c.NameEn) }
