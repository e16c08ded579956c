package clocks

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/reason"
)

var tags = []string{"clocks"}

// attrsBody are attributes as the API shows them.
type attrsBody struct {
	ServiceType string `json:"service_type,omitempty" maxLength:"32"`
	ProductLine string `json:"product_line,omitempty" maxLength:"32"`
	Priority    string `json:"priority,omitempty" maxLength:"16" doc:"P1 to P4, or a complaint's class S, A to D"`
	RegionTier  string `json:"region_tier,omitempty" maxLength:"16" doc:"urban, county or township"`
	Brand       string `json:"brand,omitempty" maxLength:"36"`
	Contract    string `json:"contract,omitempty" maxLength:"64"`
}

// Body is a clock as the API shows it.
type Body struct {
	ID            ID          `json:"id"`
	JobKind       string      `json:"job_kind"`
	JobID         string      `json:"job_id"`
	RecordKind    string      `json:"record_kind"`
	RecordID      string      `json:"record_id"`
	Party         Party       `json:"party"`
	Milestone     Milestone   `json:"milestone"`
	Status        Status      `json:"status" doc:"running, paused, met, breached or void"`
	Open          bool        `json:"open" doc:"still owed"`
	Due           time.Time   `json:"due" doc:"while paused: the date that would hold if the wait ended now"`
	Provisional   bool        `json:"provisional,omitempty" doc:"the year's holidays are not published yet"`
	Warned        int         `json:"warned" doc:"marks reached"`
	WaitsFor      []WaitedFor `json:"waits_for,omitempty" doc:"for whom the job waits, while this clock is paused"`
	Calendar      string      `json:"calendar,omitempty"`
	Policy        PolicyID    `json:"policy,omitempty"`
	PolicyVersion int         `json:"policy_version,omitempty"`
	Reasons       reason.List `json:"reasons" doc:"why this policy"`
	Attributes    attrsBody   `json:"attributes"`
	StartedAt     time.Time   `json:"started_at"`
	BreachedAt    time.Time   `json:"breached_at,omitzero"`
	MetAt         time.Time   `json:"met_at,omitzero" doc:"after breached_at: late"`
	VoidAt        time.Time   `json:"void_at,omitzero"`
	AmendedAt     time.Time   `json:"amended_at,omitzero" doc:"when facts learnt later overthrew a verdict"`
	AmendedFrom   *Verdict    `json:"amended_from,omitempty"`
	Version       int64       `json:"version"`
}

func bodyOf(d Deadline) Body {
	reasons := d.Reasons
	if reasons == nil {
		reasons = reason.List{}
	}
	return Body{
		ID: d.ID, JobKind: d.Job.Kind, JobID: d.Job.ID, RecordKind: d.Record.Kind, RecordID: d.Record.ID, Party: d.Party, Milestone: d.Milestone,
		Status: d.Status, Open: d.Open, Due: d.Due, Provisional: d.Provisional, Warned: d.Warned, WaitsFor: d.WaitsFor, Calendar: d.Calendar,
		Policy: d.Policy, PolicyVersion: d.PolicyVersion, Reasons: reasons, Attributes: attrsBody(d.Attrs), StartedAt: d.StartedAt,
		BreachedAt: d.BreachedAt, MetAt: d.MetAt, VoidAt: d.VoidAt, AmendedAt: d.AmendedAt, AmendedFrom: d.AmendedFrom, Version: d.Version,
	}
}

// Body is the deadline as the API shows it, for the reads of other modules.
func (d Deadline) Body() Body { return bodyOf(d) }

// factBody is a fact as the API shows it.
type factBody struct {
	Seq        int         `json:"seq"`
	Kind       FactKind    `json:"kind"`
	OccurredAt time.Time   `json:"occurred_at"`
	RecordedAt time.Time   `json:"recorded_at"`
	Target     *targetBody `json:"target,omitempty"`
	WaitedFor  WaitedFor   `json:"waited_for,omitempty"`
	Effect     Effect      `json:"effect,omitempty" doc:"what the wait does to this clock: stops, runs or freeze"`
	Reason     string      `json:"reason,omitempty"`
	Evidence   string      `json:"evidence,omitempty"`
	Withdraws  int         `json:"withdraws,omitempty" doc:"the entry that was recorded in error"`
}

func factBodyOf(f Fact) factBody {
	b := factBody{
		Seq: f.Seq, Kind: f.Kind, OccurredAt: f.OccurredAt, RecordedAt: f.RecordedAt, WaitedFor: f.WaitedFor, Effect: f.Effect, Reason: f.Reason,
		Evidence: f.Evidence, Withdraws: f.Ref,
	}
	if f.Kind == Started || f.Kind == Retargeted {
		t := targetBodyOf(f.Target)
		b.Target = &t
	}
	return b
}

type listOut[T any] struct {
	Body struct {
		Items []T `json:"items"`
	}
}

func listOf[R, T any](rows []R, body func(R) T) *listOut[T] {
	var out listOut[T]
	out.Body.Items = make([]T, len(rows))
	for i, r := range rows {
		out.Body.Items[i] = body(r)
	}
	return &out
}

type clocksIn struct {
	JobKind    string `query:"job_kind" maxLength:"32"`
	JobID      string `query:"job_id" maxLength:"36"`
	RecordKind string `query:"record_kind" maxLength:"32"`
	RecordID   string `query:"record_id" maxLength:"36"`
}

type historyOut struct {
	Body struct {
		Body
		History []factBody `json:"history"`
	}
}

// Register adds this module's operations.
func (s *Service) Register(api *httpapi.Server) {
	httpapi.Register(api, huma.Operation{
		OperationID: "list-clocks", Method: http.MethodGet, Path: "/clocks", Tags: tags, Summary: "List the clocks of a job or a record",
		Description: "All deadlines of a case with everything done for it (job_kind=case), or of one record. Outlets see them with the record they stand on.",
	}, s.apiClocks)
	httpapi.Register(api, huma.Operation{
		OperationID: "get-clock", Method: http.MethodGet, Path: "/clocks/{id}", Tags: tags, Summary: "Read a clock and its history",
	}, func(ctx context.Context, in *struct {
		ID ID `path:"id" maxLength:"36"`
	},
	) (*historyOut, error) {
		d, facts, err := s.Get(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		var out historyOut
		out.Body.Body = bodyOf(d)
		for _, f := range facts {
			out.Body.History = append(out.Body.History, factBodyOf(f))
		}
		return &out, nil
	})
	s.registerPolicies(api)
	s.registerCalendars(api)
}

func (s *Service) apiClocks(ctx context.Context, in *clocksIn) (*listOut[Body], error) {
	var job *Job
	var rec *Record
	switch {
	case in.JobKind != "" && in.JobID != "":
		job = &Job{in.JobKind, in.JobID}
	case in.RecordKind != "" && in.RecordID != "":
		rec = &Record{in.RecordKind, in.RecordID}
	default:
		return nil, problem.Field("record_id", problem.Required)
	}
	list, err := s.List(ctx, job, rec)
	if err != nil {
		return nil, err
	}
	return listOf(list, bodyOf), nil
}
