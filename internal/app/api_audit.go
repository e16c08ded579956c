package app

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/jobs"
	"anxin/internal/platform/problem"
)

// mayAudit lets those in who read trails; a trail is not cut by outlet or brand, so they see everything.
func mayAudit(ctx context.Context) error {
	if err := access.Require(ctx, permAudit); err != nil {
		return err
	}
	if !access.From(ctx).Scope.All() {
		return problem.ErrForbidden.With("permission", permAudit)
	}
	return nil
}

type placedBody struct {
	LineBody
	ID         string `json:"id"`
	RecordKind string `json:"record_kind"`
	RecordID   string `json:"record_id"`
}

type faultBody struct {
	Kind   string `json:"kind"`
	Record string `json:"record"`
	Seq    int64  `json:"seq"`
	What   string `json:"what" enum:"hash,gap,head,checkpoint"`
}

type reportBody struct {
	Entries     int64       `json:"entries"`
	Records     int64       `json:"records"`
	Checkpoints int64       `json:"checkpoints"`
	Faults      []faultBody `json:"faults"`
}

// shownFaults bounds the faults of an answer: past it a list helps nobody.
const shownFaults = 100

func reportOf(r audit.Report) reportBody {
	out := reportBody{Entries: r.Entries, Records: r.Records, Checkpoints: r.Checkpoints, Faults: []faultBody{}}
	for _, f := range r.Faults[:min(len(r.Faults), shownFaults)] {
		out.Faults = append(out.Faults, faultBody(f))
	}
	return out
}

type auditIn struct {
	httpapi.PageIn
	Kind   string    `query:"kind" maxLength:"32" doc:"Kind of record"`
	Record string    `query:"record" maxLength:"80" doc:"Id of a record"`
	Actor  string    `query:"actor" maxLength:"80" doc:"Id of who acted"`
	Act    string    `query:"act" maxLength:"64"`
	From   time.Time `query:"from" doc:"Recorded at or after"`
	To     time.Time `query:"to" doc:"Recorded before"`
}

func (a *App) listAudit(ctx context.Context, in *auditIn) (*httpapi.PageOut[placedBody], error) {
	if err := mayAudit(ctx); err != nil {
		return nil, err
	}
	f := audit.Filter{Kind: in.Kind, Record: in.Record, Actor: in.Actor, Act: in.Act, From: in.From, To: in.To, Limit: in.Limit + 1}
	var micros int64
	if more, err := httpapi.DecodeCursor(in.Cursor, &micros, &f.Before.Entry); err != nil {
		return nil, err
	} else if more {
		f.Before.RecordedAt = db.FromMicros(micros)
	}
	rows, err := a.Trail.List(ctx, f)
	if err != nil {
		return nil, err
	}
	page := httpapi.MakePage(rows, in.Limit,
		func(p audit.Placed) placedBody { return placedBody{lineOf(p.Line), p.ID, p.Kind, p.Record} },
		func(p audit.Placed) []any { return []any{db.Micros(p.Place.RecordedAt), p.Place.Entry} })
	return &httpapi.PageOut[placedBody]{Body: page}, nil
}

// VerifyArgs checks the whole audit trail for somebody who waits.
type VerifyArgs struct {
	Task jobs.TaskID `json:"task"`
}

// Kind names the job.
func (VerifyArgs) Kind() string { return "audit.verify" }

func (a *App) startVerify(ctx context.Context, _ *struct{}) (*taskOut, error) {
	if err := mayAudit(ctx); err != nil {
		return nil, err
	}
	id, err := db.InTx(ctx, a.DB, func(ctx context.Context, tx *db.Tx) (jobs.TaskID, error) {
		id, err := jobs.NewTaskTx(ctx, tx, VerifyArgs{}.Kind())
		if err != nil {
			return "", err
		}
		return id, jobs.InsertTx(ctx, tx, VerifyArgs{Task: id})
	})
	if err != nil {
		return nil, err
	}
	t, err := a.Tasks.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return &taskOut{t}, nil
}

func (a *App) verify(ctx context.Context, job *jobs.Job[VerifyArgs]) error {
	return a.Tasks.Run(ctx, job.Args.Task, func(ctx context.Context, p *jobs.Progress) (any, error) {
		total, err := a.Trail.Count(ctx)
		if err != nil {
			return nil, err
		}
		reading, stop := context.WithCancelCause(ctx)
		defer stop(nil)
		rep, err := a.Trail.Verify(reading, func(done int64) {
			if err := p.Report(ctx, min(done, total), total, ""); err != nil {
				stop(err)
			}
		})
		if cause := context.Cause(reading); cause != nil {
			return nil, cause
		}
		if err != nil {
			return nil, err
		}
		return reportOf(rep), p.Report(ctx, rep.Entries, rep.Entries, "")
	})
}

func (a *App) registerAudit() {
	jobs.Register(a.Jobs, a.verify)
	httpapi.Register(a.Server, huma.Operation{
		OperationID: "list-audit-entries", Method: http.MethodGet, Path: "/audit", Tags: []string{"system"}, Summary: "Search the audit trail",
		Description: "Over all records, the newest first, by record, person, act and time.",
	}, a.listAudit)
	httpapi.Register(a.Server, huma.Operation{
		OperationID: "verify-audit-trail", Method: http.MethodPost, Path: "/audit/verify", Tags: []string{"system"}, Summary: "Check the whole audit trail",
		Description: "A background task recomputes every chain and every checkpoint; its result names what does not hold.",
	}, a.startVerify)
	httpapi.Register(a.Server, huma.Operation{
		OperationID: "check-audit-chain", Method: http.MethodGet, Path: "/audit/{kind}/{id}/check", Tags: []string{"system"}, Summary: "Check a record's chain",
	}, func(ctx context.Context, in *struct {
		Kind string `path:"kind" maxLength:"32"`
		ID   string `path:"id" maxLength:"80"`
	},
	) (*struct{ Body reportBody }, error) {
		if err := mayAudit(ctx); err != nil {
			return nil, err
		}
		rep, err := a.Trail.Check(ctx, in.Kind, in.ID)
		if err != nil {
			return nil, err
		}
		if rep.Records == 0 && rep.Entries == 0 && len(rep.Faults) == 0 {
			return nil, problem.ErrNotFound // nobody ever did anything to such a record
		}
		return &struct{ Body reportBody }{reportOf(rep)}, nil
	})
}
