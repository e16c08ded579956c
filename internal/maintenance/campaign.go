package maintenance

import (
	"slices"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/parts"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/jobs"
	"anxin/internal/units"
)

// ID names a campaign.
type ID string

// Kind is what a campaign is by law.
type Kind string

// Kinds of campaigns.
const (
	RecallVoluntary Kind = "recall_voluntary"
	RecallOrdered   Kind = "recall_ordered"
	ServiceAction   Kind = "service_action"
	Inspection      Kind = "inspection"
	Software        Kind = "software"
)

// Kinds lists them.
var Kinds = []Kind{RecallVoluntary, RecallOrdered, ServiceAction, Inspection, Software}

// Recall tells whether recall law bears on the campaign.
func (k Kind) Recall() bool { return k == RecallVoluntary || k == RecallOrdered }

// Mark is the code that affected units bear.
func (k Kind) Mark() string {
	if k.Recall() {
		return "recall"
	}
	return string(k)
}

// Text is a text in both languages of the product.
type Text struct {
	Zh string `json:"zh" maxLength:"1000"`
	En string `json:"en" maxLength:"1000"`
}

// In is the text in a language.
func (w Text) In(lang string) string {
	if i18n.Nearest(lang) == i18n.English && w.En != "" || w.Zh == "" {
		return w.En
	}
	return w.Zh
}

func (w Text) whole() bool { return w.Zh != "" && w.En != "" }

// NeededPart is what the remedy takes for one unit.
type NeededPart struct {
	Part     parts.PartID `json:"part_id" maxLength:"64"`
	Quantity int64        `json:"quantity" minimum:"1" maximum:"100"`
}

// Dates are the days that recall law counts from, and those on which a duty was done.
type Dates struct {
	Learnt    *calendar.Date  `json:"learnt,omitempty" doc:"of death, serious injury or great loss, or of a recall abroad"`
	Told      *calendar.Date  `json:"told,omitempty" doc:"that was told to the authority"`
	Found     *calendar.Date  `json:"found,omitempty" doc:"the defect was found to exist"`
	Stopped   *calendar.Date  `json:"stopped,omitempty" doc:"making, selling and importing was stopped"`
	Reported  *calendar.Date  `json:"reported,omitempty" doc:"the recall plan went to the authority"`
	Published *calendar.Date  `json:"published,omitempty" doc:"the recall was made public"`
	Ordered   *calendar.Date  `json:"ordered,omitempty" doc:"the authority's order arrived"`
	Objected  *calendar.Date  `json:"objected,omitempty" doc:"the firm objected to the order"`
	Interim   []calendar.Date `json:"interim,omitempty" doc:"summaries handed in while it runs"`
	Final     *calendar.Date  `json:"final,omitempty" doc:"the final summary was handed in"`
}

// Plan is what a person writes down of a campaign before it is approved.
type Plan struct {
	Kind        Kind                    `json:"kind" enum:"recall_voluntary,recall_ordered,service_action,inspection,software"`
	Title       Text                    `json:"title"`
	Hazard      Text                    `json:"hazard" doc:"what may happen, for the customer"`
	Remedy      Text                    `json:"remedy" doc:"what is done, for the customer"`
	StopUse     bool                    `json:"stop_use" doc:"the customer must stop using the unit at once"`
	StopSale    bool                    `json:"stop_sale" doc:"nobody may sell, give or lend affected units"`
	ServiceType catalog.ServiceTypeCode `json:"service_type" maxLength:"64" doc:"of the remedy order"`
	Parts       []NeededPart            `json:"parts" maxItems:"50"`
	Conditions  units.Affected          `json:"conditions"`
	Excluding   []ID                    `json:"excluding,omitempty" maxItems:"50" doc:"without the units that these campaigns have remedied"`
	Reminders   []int                   `json:"reminders" maxItems:"20" doc:"days from each notice to the next"`
	PerMinute   int                     `json:"per_minute,omitempty" minimum:"0" maximum:"10000" doc:"notices a minute, so that those who call back find somebody; 600 when 0"`
}

// SearchState is how the search for affected units stands.
type SearchState string

// States of the search.
const (
	SearchNone      SearchState = ""
	SearchRunning   SearchState = "running"
	SearchStopped   SearchState = "stopped" // by a person; it can go on
	SearchDone      SearchState = "done"
	SearchReleasing SearchState = "releasing" // marks are taken back
	SearchReleased  SearchState = "released"
)

// Campaign is a recall or another action on units of a brand.
type Campaign struct {
	ID         ID
	Number     string
	State      State
	Brand      catalog.BrandID
	OutletPath string
	Plan
	Dates

	Counted    units.AffectedCount // when it was approved
	Search     SearchState
	SearchedTo units.ID // the last unit that the search has looked at
	Task       jobs.TaskID

	CreatedBy  string
	EditedBy   string
	ApprovedBy string
	ApprovedAt *time.Time
	StartedAt  *time.Time
	EndedAt    *time.Time
	EndReason  string
	CreatedAt  time.Time
	UpdatedAt  time.Time
	Version    int64
}

// live tells whether notices go out and units are looked for.
func (c Campaign) live() bool { return c.State == Started }

// standardReminders are the days between notices where a plan names none: safety is told again soon.
var standardReminders = []int{7, 14, 30, 60}

// Deadline is one duty of recall law with its day.
type Deadline struct {
	Rule       string         `json:"rule" doc:"C2, C3, C4, C5, C6 (interim), C6F (final), C8"`
	From       calendar.Date  `json:"from" doc:"the day that it counts from"`
	Due        calendar.Date  `json:"due"`
	Done       *calendar.Date `json:"done,omitempty"`
	State      string         `json:"state" enum:"open,overdue,done,late,lapsed"`
	Source     string         `json:"source"`
	Unverified bool           `json:"unverified,omitempty" doc:"nobody has confirmed the number in the text of the law"`
}

// lawSource is the text that the deadlines come from.
const lawSource = "消费品召回管理暂行规定 (SAMR 令第19号, 2020-01-01)"

// Deadlines counts what recall law asks of the campaign, on a day. The day from which days are counted is not counted itself.
func (c Campaign) Deadlines(cal *calendar.Calendar, zone *time.Location, today calendar.Date) []Deadline {
	out := []Deadline{}
	if !c.Kind.Recall() {
		return out
	}
	add := func(rule string, from, due calendar.Date, done *calendar.Date, unverified bool) {
		d := Deadline{Rule: rule, From: from, Due: due, Done: done, Source: lawSource, Unverified: unverified}
		switch {
		case done != nil && *done <= due:
			d.State = "done"
		case done != nil:
			d.State = "late"
		case today <= due:
			d.State = "open"
		case rule == "C8":
			d.State = "lapsed" // a right that was not used
		default:
			d.State = "overdue"
		}
		out = append(out, d)
	}
	if f := c.Learnt; f != nil {
		add("C2", *f, cal.AddWorkdays(*f, 2), c.Told, true)
	}
	if f := c.Found; f != nil {
		add("C3", *f, *f, c.Stopped, true)
		add("C4", *f, cal.AddWorkdays(*f, 10), c.Reported, true)
	}
	if f := c.Reported; f != nil {
		add("C5", *f, cal.AddWorkdays(*f, 3), c.Published, true)
	}
	if c.Kind == RecallOrdered && c.Ordered != nil {
		add("C8", *c.Ordered, cal.AddWorkdays(*c.Ordered, 10), c.Objected, true)
	}
	if c.StartedAt == nil || c.State == Cancelled {
		return out
	}
	begun, until := calendar.DateOf(*c.StartedAt, zone), today
	if c.EndedAt != nil {
		until = calendar.DateOf(*c.EndedAt, zone)
	}
	interim := slices.Sorted(slices.Values(c.Interim))
	for n, from := 0, begun; ; n++ {
		due := begun.AddMonths(3 * (n + 1))
		if c.EndedAt != nil && due > until {
			break // the final summary takes its place
		}
		var done *calendar.Date
		if n < len(interim) {
			done = &interim[n]
		}
		add("C6", from, due, done, true)
		if done == nil {
			break
		}
		from = due
	}
	if c.EndedAt != nil {
		add("C6F", until, cal.AddWorkdays(until, 15), c.Final, true)
	}
	return out
}

// KeepUntil is the day until which the records of an ended campaign are to be kept at least (C7); zero while it runs.
func (c Campaign) KeepUntil(zone *time.Location) calendar.Date {
	if c.EndedAt == nil {
		return 0
	}
	return calendar.DateOf(*c.EndedAt, zone).AddMonths(60)
}
