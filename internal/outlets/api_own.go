package outlets

import (
	"context"
	"net/http"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/problem"
)

// weekdays are the names of days in bodies, from Sunday.
var weekdays = [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

type outletException struct {
	Date    calendar.Date     `json:"date" format:"date"`
	Kind    calendar.Kind     `json:"kind" enum:"OFF,WORK"`
	Name    string            `json:"name" maxLength:"60"`
	Windows []calendar.Window `json:"windows,omitempty" maxItems:"6" doc:"Hours of a WORK date, 09:00-12:00; absent: as on an ordinary weekday"`
}

type outletHours struct {
	Weekly     map[string][]calendar.Window `json:"weekly,omitempty" doc:"Windows by mon … sun, 09:00-18:00; absent days are closed. Absent altogether: the hours of the outlet above"`
	AllDay     bool                         `json:"all_day,omitempty" doc:"Never closed"`
	Country    string                       `json:"country,omitempty" enum:"CN" doc:"Whose public holidays close it; absent is none"`
	Exceptions []outletException            `json:"exceptions,omitempty" maxItems:"400"`
}

func (b outletHours) hours() (Hours, error) {
	h := Hours{AllDay: b.AllDay, Country: b.Country, Exceptions: []calendar.Exception{}}
	if b.Weekly != nil {
		var week calendar.Weekly
		found := 0
		for i, name := range weekdays {
			if list, ok := b.Weekly[name]; ok {
				week[i] = list
				found++
			}
		}
		if found != len(b.Weekly) {
			return h, problem.Field("weekly", problem.BadChoice)
		}
		h.Weekly = &week
	}
	for _, e := range b.Exceptions {
		h.Exceptions = append(h.Exceptions, calendar.Exception{Date: e.Date, Kind: e.Kind, Name: e.Name, Windows: e.Windows})
	}
	return h, nil
}

func hoursOf(h Hours) outletHours {
	b := outletHours{AllDay: h.AllDay, Country: h.Country, Exceptions: []outletException{}}
	if h.Weekly != nil {
		b.Weekly = map[string][]calendar.Window{}
		for i, name := range weekdays {
			if len(h.Weekly[i]) > 0 {
				b.Weekly[name] = h.Weekly[i]
			}
		}
	}
	for _, e := range h.Exceptions {
		b.Exceptions = append(b.Exceptions, outletException{e.Date, e.Kind, e.Name, e.Windows})
	}
	return b
}

// part is an answer with rows that belong to an outlet and the outlet's version.
type part[T any] struct {
	ETag string `header:"ETag"`
	Body struct {
		Items []T `json:"items"`
	}
}

// partOf reads rows of an outlet that the actor sees.
func partOf[T any](ctx context.Context, s *Service, id ID, read func(context.Context) ([]T, error)) (*part[T], error) {
	o, err := s.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	items, err := read(ctx)
	if err != nil {
		return nil, err
	}
	out := &part[T]{ETag: httpapi.ETag(o.Version)}
	out.Body.Items = items
	return out, nil
}

type outletArea Area

type outletAreaIn struct {
	Division     string                    `json:"division" maxLength:"20" doc:"Prefix of division codes: 2, 4, 6 or 9 digits; empty is everywhere"`
	Categories   []catalog.CategoryCode    `json:"categories,omitempty" maxItems:"100"`
	ServiceTypes []catalog.ServiceTypeCode `json:"service_types,omitempty" maxItems:"100"`
	Rank         int                       `json:"rank" minimum:"1" maximum:"99" doc:"1 is asked first"`
}

type setAreasIn struct {
	ID ID `path:"id" maxLength:"40"`
	httpapi.VersionIn
	Body struct {
		Items []outletAreaIn `json:"items" maxItems:"500"`
	}
}

type setHoursIn struct {
	ID ID `path:"id" maxLength:"40"`
	httpapi.VersionIn
	Body outletHours
}

type hoursOut struct {
	ETag string `header:"ETag"`
	Body outletHours
}

type outletQuota struct {
	Weekday     *int                    `json:"weekday,omitempty" minimum:"0" maximum:"6" doc:"0 is Sunday; either weekday or date"`
	Date        *calendar.Date          `json:"date,omitempty" format:"date"`
	ServiceType catalog.ServiceTypeCode `json:"service_type,omitempty" maxLength:"20" doc:"Absent: all together"`
	Orders      int                     `json:"orders" minimum:"0" maximum:"10000"`
}

type setQuotasIn struct {
	ID ID `path:"id" maxLength:"40"`
	httpapi.VersionIn
	Body struct {
		Items []outletQuota `json:"items" maxItems:"1000"`
	}
}

type outletContact Contact

type outletContactIn struct {
	Role  string `json:"role" enum:"manager,dispatcher,finance,stock,quality,other"`
	Name  string `json:"name" minLength:"1" maxLength:"60"`
	Phone string `json:"phone,omitempty" maxLength:"32"`
}

type setContactsIn struct {
	ID ID `path:"id" maxLength:"40"`
	httpapi.VersionIn
	Body struct {
		Items []outletContactIn `json:"items" maxItems:"20"`
	}
}

func (s *Service) registerOwn(api *httpapi.Server) {
	httpapi.Register(api, op("list-outlet-areas", http.MethodGet, "/outlets/{id}/areas", "Areas served", "By division and rank."),
		func(ctx context.Context, in *outletIn) (*part[outletArea], error) {
			return partOf(ctx, s, in.ID, func(ctx context.Context) ([]outletArea, error) {
				list, err := s.Areas(ctx, s.db, in.ID)
				return mapped(list, func(a Area) outletArea { return outletArea(a) }), err
			})
		})
	httpapi.Act(api, op("set-outlet-areas", http.MethodPut, "/outlets/{id}/areas", "Replace the areas served",
		"The longest division that fits an address wins, then the rank."), s.setAreas, render)
	httpapi.Register(api, op("find-serving-outlets", http.MethodGet, "/outlets/serving", "Who serves an address",
		"Active outlets in the caller's scope for a division, the nearest area first, then by rank."), s.serving)
	httpapi.Register(api, op("get-outlet-hours", http.MethodGet, "/outlets/{id}/hours", "Opening hours", "The outlet's own layer over the national calendar."),
		func(ctx context.Context, in *outletIn) (*hoursOut, error) {
			o, err := s.Find(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			h, err := s.Hours(ctx, s.db, in.ID)
			if err != nil {
				return nil, err
			}
			return &hoursOut{httpapi.ETag(o.Version), hoursOf(h)}, nil
		})
	httpapi.Act(api, op("set-outlet-hours", http.MethodPut, "/outlets/{id}/hours", "Replace the opening hours",
		"Weekly windows, whose holidays apply, and dates apart."),
		func(ctx context.Context, in *setHoursIn) (Outlet, error) {
			v, err := in.Version()
			if err != nil {
				return Outlet{}, err
			}
			h, err := in.Body.hours()
			if err != nil {
				return Outlet{}, err
			}
			return s.SetHours(ctx, SetHoursInput{ID: in.ID, Version: v, Hours: h})
		}, render)
	httpapi.Register(api, op("get-outlet-calendar", http.MethodGet, "/outlets/{id}/calendar", "Calendar",
		"Every day of a span of 62 days at most: open windows, what decided, and the declared capacity."), s.getCalendar)
	httpapi.Register(api, op("list-outlet-quotas", http.MethodGet, "/outlets/{id}/quotas", "Declared capacity", "Weekdays first, then dates."),
		func(ctx context.Context, in *outletIn) (*part[outletQuota], error) {
			return partOf(ctx, s, in.ID, func(ctx context.Context) ([]outletQuota, error) {
				list, err := s.Quotas(ctx, s.db, in.ID)
				return mapped(list, quotaOf), err
			})
		})
	httpapi.Act(api, op("set-outlet-quotas", http.MethodPut, "/outlets/{id}/quotas", "Replace the declared capacity",
		"Orders a day by weekday or date, together or by service type; a date beats its weekday."), s.setQuotas, render)
	httpapi.Register(api, op("list-outlet-contacts", http.MethodGet, "/outlets/{id}/contacts", "Contact persons",
		"In clear with outlets.contacts, masked without."),
		func(ctx context.Context, in *outletIn) (*part[outletContact], error) {
			return partOf(ctx, s, in.ID, func(ctx context.Context) ([]outletContact, error) {
				list, err := s.Contacts(ctx, in.ID)
				return mapped(list, func(c Contact) outletContact { return outletContact(c) }), err
			})
		})
	httpapi.Act(api, op("set-outlet-contacts", http.MethodPut, "/outlets/{id}/contacts", "Replace the contact persons",
		"Those who go are erased for good."), s.setContacts, render)
}

func (s *Service) setAreas(ctx context.Context, in *setAreasIn) (Outlet, error) {
	v, err := in.Version()
	if err != nil {
		return Outlet{}, err
	}
	areas := make([]Area, len(in.Body.Items))
	for i, a := range in.Body.Items {
		areas[i] = Area{Division: a.Division, Categories: a.Categories, ServiceTypes: a.ServiceTypes, Rank: a.Rank}
	}
	return s.SetAreas(ctx, SetAreasInput{ID: in.ID, Version: v, Areas: areas})
}

func quotaOf(q QuotaRow) outletQuota {
	b := outletQuota{ServiceType: q.ServiceType, Orders: q.Orders}
	if q.Weekday != nil {
		d := int(*q.Weekday)
		b.Weekday = &d
	} else {
		b.Date = &q.Date
	}
	return b
}

func (s *Service) setQuotas(ctx context.Context, in *setQuotasIn) (Outlet, error) {
	v, err := in.Version()
	if err != nil {
		return Outlet{}, err
	}
	rows := make([]QuotaRow, len(in.Body.Items))
	for i, q := range in.Body.Items {
		rows[i] = QuotaRow{ServiceType: q.ServiceType, Orders: q.Orders}
		if q.Weekday != nil {
			d := time.Weekday(*q.Weekday)
			rows[i].Weekday = &d
		}
		if q.Date != nil {
			rows[i].Date = *q.Date
		}
	}
	return s.SetQuotas(ctx, SetQuotasInput{ID: in.ID, Version: v, Quotas: rows})
}

func (s *Service) setContacts(ctx context.Context, in *setContactsIn) (Outlet, error) {
	v, err := in.Version()
	if err != nil {
		return Outlet{}, err
	}
	list := make([]Contact, len(in.Body.Items))
	for i, c := range in.Body.Items {
		list[i] = Contact{Role: c.Role, Name: c.Name, Phone: c.Phone}
	}
	return s.SetContacts(ctx, SetContactsInput{ID: in.ID, Version: v, Contacts: list})
}

type servingIn struct {
	Division    string                  `query:"division" required:"true" maxLength:"20"`
	Brand       catalog.BrandID         `query:"brand" maxLength:"40"`
	Category    catalog.CategoryCode    `query:"category" maxLength:"20"`
	ServiceType catalog.ServiceTypeCode `query:"service_type" maxLength:"20"`
}

type servingBody struct {
	Outlet   outletBody `json:"outlet"`
	Rank     int        `json:"rank"`
	Division string     `json:"division" doc:"The area that matched"`
}

type servingOut struct {
	Body struct {
		Items []servingBody `json:"items"`
	}
}

func (s *Service) serving(ctx context.Context, in *servingIn) (*servingOut, error) {
	list, err := s.FindServing(ctx, ServingInput{Brand: in.Brand, Category: in.Category, ServiceType: in.ServiceType, Division: in.Division})
	if err != nil {
		return nil, err
	}
	out := &servingOut{}
	out.Body.Items = mapped(list, func(v Serving) servingBody { return servingBody{bodyOf(v.Outlet), v.Rank, v.Division} })
	return out, nil
}

type calendarIn struct {
	ID   ID     `path:"id" maxLength:"40"`
	From string `query:"from" format:"date" required:"true"`
	To   string `query:"to" format:"date" required:"true" doc:"Included"`
}

// span reads the dates; to is included.
func (in calendarIn) span() (from, to calendar.Date, err error) {
	if from, err = calendar.ParseDate(in.From); err != nil {
		return 0, 0, problem.Field("from", problem.BadFormat)
	}
	if to, err = calendar.ParseDate(in.To); err != nil {
		return 0, 0, problem.Field("to", problem.BadFormat)
	}
	if to < from || to-from >= maxSpan {
		return 0, 0, problem.Field("to", problem.OutOfRange, "days", maxSpan)
	}
	return from, to, nil
}

type calendarDay struct {
	Date        calendar.Date                   `json:"date" format:"date"`
	Windows     []calendar.Window               `json:"windows"`
	Layer       calendar.Layer                  `json:"layer" doc:"What decided: own, national, weekly"`
	Name        string                          `json:"name,omitempty"`
	Legal       bool                            `json:"legal,omitempty" doc:"A legal holiday, open or not"`
	Provisional bool                            `json:"provisional,omitempty" doc:"The year's holidays are not published"`
	Capacity    *int                            `json:"capacity,omitempty" doc:"Declared orders of the day; absent when none was declared"`
	ByType      map[catalog.ServiceTypeCode]int `json:"capacity_by_service_type,omitempty"`
}

type calendarOut struct {
	Body struct {
		Zone string        `json:"zone"`
		Days []calendarDay `json:"days"`
	}
}

const maxSpan = 62 // days of one look at a calendar

func (s *Service) getCalendar(ctx context.Context, in *calendarIn) (*calendarOut, error) {
	from, to, err := in.span()
	if err != nil {
		return nil, err
	}
	if _, err := s.Find(ctx, in.ID); err != nil {
		return nil, err
	}
	cal, err := s.Calendar(ctx, s.db, in.ID)
	if err != nil {
		return nil, err
	}
	out := &calendarOut{}
	out.Body.Zone, out.Body.Days = cal.Location().String(), []calendarDay{}
	for d := from; d <= to; d++ {
		day := cal.Day(d)
		b := calendarDay{
			Date: d, Windows: append([]calendar.Window{}, day.Windows...), Layer: day.Layer, Name: day.Exception.Name, Legal: day.Legal,
			Provisional: day.Provisional,
		}
		c, ok, err := s.Quota(ctx, s.db, in.ID, d)
		if err != nil {
			return nil, err
		}
		if ok && c.Total >= 0 {
			b.Capacity = &c.Total
		}
		if ok {
			b.ByType = c.ByServiceType
		}
		out.Body.Days = append(out.Body.Days, b)
	}
	return out, nil
}

func mapped[A, B any](list []A, f func(A) B) []B {
	out := make([]B, len(list))
	for i, v := range list {
		out[i] = f(v)
	}
	return out
}
