package workforce

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/outlets"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/problem"
)

type addCertificateIn struct {
	ID EngineerID `path:"id" maxLength:"40"`
	httpapi.VersionIn
	Body struct {
		Code      catalog.SkillCode `json:"code" minLength:"1" maxLength:"20"`
		Number    string            `json:"number" minLength:"1" maxLength:"60"`
		IssuedOn  calendar.Date     `json:"issued_on" format:"date"`
		ValidTo   *calendar.Date    `json:"valid_to,omitempty" format:"date" doc:"Absent: by the rule of the skill"`
		RecheckBy *calendar.Date    `json:"recheck_by,omitempty" format:"date" doc:"Absent: by the rule of the skill"`
	}
}

type recheckIn struct {
	ID          EngineerID    `path:"id" maxLength:"40"`
	Certificate CertificateID `path:"certificate" maxLength:"40"`
	httpapi.VersionIn
	Body struct {
		RecheckBy *calendar.Date `json:"recheck_by,omitempty" format:"date" doc:"Absent: none before its end"`
	}
}

type removeCertificateIn struct {
	ID          EngineerID    `path:"id" maxLength:"40"`
	Certificate CertificateID `path:"certificate" maxLength:"40"`
	httpapi.VersionIn
}

type dueIn struct {
	httpapi.PageIn
	By string `query:"by" format:"date" required:"true"`
}

type dueBody struct {
	ID         CertificateID     `json:"id"`
	StaffID    EngineerID        `json:"staff_id"`
	Name       string            `json:"name"`
	OutletID   outlets.ID        `json:"outlet_id"`
	OutletPath string            `json:"outlet_path"`
	Code       catalog.SkillCode `json:"code"`
	Due        calendar.Date     `json:"due" format:"date" doc:"Last day on which it counts"`
}

func (s *Service) registerCertificates(api *httpapi.Server) {
	httpapi.Act(api, op("add-certificate", http.MethodPost, "/staff/{id}/certificates", "Add a certificate",
		"Dates left out follow the rule of the skill (special-work certificates: six years, re-checked every three)."),
		func(ctx context.Context, in *addCertificateIn) (Engineer, error) {
			v, err := in.Version()
			if err != nil {
				return Engineer{}, err
			}
			b := in.Body
			return s.AddCertificate(ctx, AddCertificateInput{
				ID: in.ID, Version: v, Code: b.Code, Number: b.Number, IssuedOn: b.IssuedOn, ValidTo: dayOrZero(b.ValidTo), RecheckBy: dayOrZero(b.RecheckBy),
			})
		}, s.render)
	httpapi.Act(api, op("recheck-certificate", http.MethodPost, "/staff/{id}/certificates/{certificate}/recheck", "A certificate was re-checked",
		"Sets the day by which the next re-check is due."),
		func(ctx context.Context, in *recheckIn) (Engineer, error) {
			v, err := in.Version()
			if err != nil {
				return Engineer{}, err
			}
			return s.RecheckCertificate(ctx, RecheckCertificateInput{ID: in.ID, Version: v, Certificate: in.Certificate, RecheckBy: dayOrZero(in.Body.RecheckBy)})
		}, s.render)
	httpapi.Act(api, op("remove-certificate", http.MethodDelete, "/staff/{id}/certificates/{certificate}", "Remove a certificate",
		"One that was noted wrongly or withdrawn."),
		func(ctx context.Context, in *removeCertificateIn) (Engineer, error) {
			v, err := in.Version()
			if err != nil {
				return Engineer{}, err
			}
			return s.RemoveCertificate(ctx, RemoveCertificateInput{ID: in.ID, Version: v, Certificate: in.Certificate})
		}, s.render)
	httpapi.Register(api, op("list-due-certificates", http.MethodGet, "/certificates/due", "Certificates that end",
		"Those of people in the caller's scope that end or want a re-check by a day, the most urgent first."), s.listDue)
}

func (s *Service) listDue(ctx context.Context, in *dueIn) (*httpapi.PageOut[dueBody], error) {
	by, err := calendar.ParseDate(in.By)
	if err != nil {
		return nil, problem.Field("by", problem.BadFormat)
	}
	var after [2]string
	if _, err := httpapi.DecodeCursor(in.Cursor, &after[0], &after[1]); err != nil {
		return nil, err
	}
	rows, err := s.DueCertificates(ctx, by, after, in.Limit)
	if err != nil {
		return nil, err
	}
	return &httpapi.PageOut[dueBody]{Body: httpapi.MakePage(rows, in.Limit, func(d DueCertificate) dueBody {
		return dueBody{d.ID, d.Staff, d.Name, d.OutletID, d.OutletPath, d.Code, d.Due}
	}, func(d DueCertificate) []any { return []any{d.Due.String(), string(d.ID)} })}, nil
}

// weekdays are the names of days in bodies, from Sunday.
var weekdays = [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

type templateBody struct {
	Week map[string][]calendar.Window `json:"week,omitempty" doc:"Windows by mon … sun, 08:30-12:00; absent days are off. Absent altogether: the outlet's hours"`
	Days map[string][]calendar.Window `json:"days" doc:"Dates apart; no window is a day off"`
}

type templateOut struct {
	ETag string `header:"ETag"`
	Body templateBody
}

type setWeekIn struct {
	ID EngineerID `path:"id" maxLength:"40"`
	httpapi.VersionIn
	Body struct {
		Week map[string][]calendar.Window `json:"week,omitempty" doc:"Absent: the outlet's hours"`
	}
}

type setDaysIn struct {
	ID EngineerID `path:"id" maxLength:"40"`
	httpapi.VersionIn
	Body struct {
		Days []staffDay `json:"days" minItems:"1" maxItems:"400"`
	}
}

type staffDay struct {
	Date    calendar.Date     `json:"date" format:"date"`
	Windows []calendar.Window `json:"windows,omitempty" maxItems:"6" doc:"None: a day off"`
	Reset   bool              `json:"reset,omitempty" doc:"Back to the template"`
}

type staffSpanIn struct {
	ID   EngineerID `path:"id" maxLength:"40"`
	From string     `query:"from" format:"date" required:"true"`
	To   string     `query:"to" format:"date" required:"true" doc:"Included; 62 days at most"`
}

type staffShift struct {
	Date  calendar.Date `json:"date" format:"date"`
	Start time.Time     `json:"start"`
	End   time.Time     `json:"end"`
}

type shiftsOut struct {
	Body struct {
		Shifts  []staffShift `json:"shifts" doc:"Before absences"`
		Working []staffShift `json:"working" doc:"Less absences"`
	}
}

type staffAbsence Absence

type addAbsenceIn struct {
	ID   EngineerID `path:"id" maxLength:"40"`
	Body struct {
		Kind  string    `json:"kind" enum:"leave,sick,training,meeting,vehicle,other"`
		Start time.Time `json:"start"`
		End   time.Time `json:"end"`
	}
}

type cancelAbsenceIn struct {
	ID      EngineerID `path:"id" maxLength:"40"`
	Absence AbsenceID  `path:"absence" maxLength:"40"`
	Body    struct{ httpapi.ActIn }
}

type absenceOut struct{ Body staffAbsence }

type listAbsencesIn struct {
	ID    EngineerID `path:"id" maxLength:"40"`
	Since time.Time  `query:"since" doc:"Those that end after it; default: now"`
}

type listAbsencesOut struct {
	Body struct {
		Items []staffAbsence `json:"items"`
	}
}

func renderAbsence(_ context.Context, a Absence) (*absenceOut, error) {
	return &absenceOut{staffAbsence(a)}, nil
}

func (s *Service) registerShifts(api *httpapi.Server) {
	httpapi.Register(api, op("get-shift-template", http.MethodGet, "/staff/{id}/shift-template", "Shift template", "The week, and the dates apart from it from today on."), s.getTemplate)
	httpapi.Act(api, op("set-shift-week", http.MethodPut, "/staff/{id}/shift-template", "Replace the shift template", "Bumps the person's days from today on."), s.setWeek, s.render)
	httpapi.Act(api, op("set-shift-days", http.MethodPost, "/staff/{id}/shift-days", "Set single dates", "Apart from the template, or back to it."), s.setDays, s.render)
	httpapi.Register(api, op("get-shifts", http.MethodGet, "/staff/{id}/shifts", "Shifts of a span", "As instants, with and without absences."), s.getShifts)
	httpapi.Register(api, op("list-absences", http.MethodGet, "/staff/{id}/absences", "Absences", "Cancelled ones too."),
		func(ctx context.Context, in *listAbsencesIn) (*listAbsencesOut, error) {
			if in.Since.IsZero() {
				in.Since = s.db.Now()
			}
			list, err := s.AbsencesOf(ctx, in.ID, in.Since)
			if err != nil {
				return nil, err
			}
			out := &listAbsencesOut{}
			out.Body.Items = mapped(list, func(a Absence) staffAbsence { return staffAbsence(a) })
			return out, nil
		})
	httpapi.Act(api, op("create-absence", http.MethodPost, "/staff/{id}/absences", "Add an absence", "Visits that are planned in it stay until dispatch moves them."),
		func(ctx context.Context, in *addAbsenceIn) (Absence, error) {
			return s.AddAbsence(ctx, AddAbsenceInput{Engineer: in.ID, Kind: in.Body.Kind, Start: in.Body.Start, End: in.Body.End})
		}, renderAbsence)
	httpapi.Act(api, op("cancel-absence", http.MethodPost, "/staff/{id}/absences/{absence}/cancel", "Cancel an absence", "One that is over stays."),
		func(ctx context.Context, in *cancelAbsenceIn) (Absence, error) {
			return s.CancelAbsence(ctx, CancelAbsenceInput{Engineer: in.ID, ID: in.Absence, Act: in.Body.Act()})
		}, renderAbsence)
}

func (s *Service) getTemplate(ctx context.Context, in *staffIn) (*templateOut, error) {
	e, err := s.Find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	o, err := s.outlets.Get(ctx, s.db, e.OutletID)
	if err != nil {
		return nil, err
	}
	t, err := s.Template(ctx, s.db, in.ID, s.today(s.db, o))
	if err != nil {
		return nil, err
	}
	out := &templateOut{ETag: httpapi.ETag(e.Version), Body: templateBody{Days: map[string][]calendar.Window{}}}
	if t.Week != nil {
		out.Body.Week = map[string][]calendar.Window{}
		for i, name := range weekdays {
			if len(t.Week[i]) > 0 {
				out.Body.Week[name] = t.Week[i]
			}
		}
	}
	for date, plan := range t.Days {
		out.Body.Days[date] = plan
	}
	return out, nil
}

func (s *Service) setWeek(ctx context.Context, in *setWeekIn) (Engineer, error) {
	v, err := in.Version()
	if err != nil {
		return Engineer{}, err
	}
	set := SetWeekInput{ID: in.ID, Version: v}
	if in.Body.Week != nil {
		set.Week = &Week{}
		found := 0
		for i, name := range weekdays {
			if list, ok := in.Body.Week[name]; ok {
				set.Week[i] = list
				found++
			}
		}
		if found != len(in.Body.Week) {
			return Engineer{}, problem.Field("week", problem.BadChoice)
		}
	}
	return s.SetWeek(ctx, set)
}

func (s *Service) setDays(ctx context.Context, in *setDaysIn) (Engineer, error) {
	v, err := in.Version()
	if err != nil {
		return Engineer{}, err
	}
	days := map[calendar.Date]*DayPlan{}
	for i, d := range in.Body.Days {
		if _, ok := days[d.Date]; ok {
			return Engineer{}, problem.Field("days."+strconv.Itoa(i)+".date", problem.Taken)
		}
		plan := append(DayPlan{}, d.Windows...)
		if days[d.Date] = &plan; d.Reset {
			days[d.Date] = nil
		}
	}
	return s.SetDays(ctx, SetDaysInput{ID: in.ID, Version: v, Days: days})
}

const maxSpan = 62 // days of one look at shifts

func (s *Service) getShifts(ctx context.Context, in *staffSpanIn) (*shiftsOut, error) {
	from, err := calendar.ParseDate(in.From)
	if err != nil {
		return nil, problem.Field("from", problem.BadFormat)
	}
	to, err := calendar.ParseDate(in.To)
	if err != nil {
		return nil, problem.Field("to", problem.BadFormat)
	}
	if to < from || to-from >= maxSpan {
		return nil, problem.Field("to", problem.OutOfRange, "days", maxSpan)
	}
	e, err := s.Find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	shifts, err := s.Shifts(ctx, s.db, []EngineerID{e.ID}, from, to)
	if err != nil {
		return nil, err
	}
	working, err := s.Working(ctx, s.db, []EngineerID{e.ID}, from, to)
	if err != nil {
		return nil, err
	}
	body := func(v Shift) staffShift { return staffShift{v.Date, v.Start, v.End} }
	out := &shiftsOut{}
	out.Body.Shifts, out.Body.Working = mapped(shifts[e.ID], body), mapped(working[e.ID], body)
	return out, nil
}
