package app

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/jobs"
)

type taskOut struct{ Body jobs.Task }

type jobIn struct {
	ID int64 `path:"id" minimum:"1"`
}

type jobOut struct{ Body jobs.Queued }

// registerJobs adds what a person waits for, and the queue for who looks after the running.
func (a *App) registerJobs() {
	a.registerTasks()
	queue := jobs.NewQueue(a.DB)
	httpapi.Register(a.Server, huma.Operation{
		OperationID: "list-jobs", Method: http.MethodGet, Path: "/jobs", Tags: []string{"system"}, Summary: "List background jobs",
		Description: "The newest first. A discarded job has used up its tries.",
	}, func(ctx context.Context, in *struct {
		httpapi.PageIn
		State []string `query:"state" maxItems:"8" enum:"available,cancelled,completed,discarded,pending,retryable,running,scheduled"`
		Kind  string   `query:"kind" maxLength:"100"`
	},
	) (*httpapi.PageOut[jobs.Queued], error) {
		f := jobs.QueueFilter{States: in.State, Kind: in.Kind, Limit: in.Limit + 1}
		if _, err := httpapi.DecodeCursor(in.Cursor, &f.Before); err != nil {
			return nil, err
		}
		rows, err := queue.List(ctx, f)
		if err != nil {
			return nil, err
		}
		page := httpapi.MakePage(rows, in.Limit, func(q jobs.Queued) jobs.Queued { return q }, func(q jobs.Queued) []any { return []any{q.ID} })
		return &httpapi.PageOut[jobs.Queued]{Body: page}, nil
	})
	httpapi.Register(a.Server, huma.Operation{
		OperationID: "count-jobs", Method: http.MethodGet, Path: "/jobs/counts", Tags: []string{"system"}, Summary: "Count background jobs by state",
	}, func(ctx context.Context, _ *struct{}) (*struct{ Body map[string]int64 }, error) {
		counts, err := queue.Counts(ctx)
		if err != nil {
			return nil, err
		}
		return &struct{ Body map[string]int64 }{counts}, nil
	})
	for _, act := range []struct {
		id, path, summary string
		do                func(ctx context.Context, id int64) (jobs.Queued, error)
	}{
		{"retry-job", "/jobs/{id}/retry", "Make a job due now", queue.Retry},
		{"cancel-job", "/jobs/{id}/cancel", "Cancel a job, or ask one at work to stop", queue.Cancel},
	} {
		httpapi.Register(a.Server, huma.Operation{
			OperationID: act.id, Method: http.MethodPost, Path: act.path, Tags: []string{"system"}, Summary: act.summary,
		}, func(ctx context.Context, in *jobIn) (*jobOut, error) {
			j, err := act.do(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return &jobOut{j}, nil
		})
	}
	httpapi.Register(a.Server, huma.Operation{
		OperationID: "discard-job", Method: http.MethodDelete, Path: "/jobs/{id}", Tags: []string{"system"}, Summary: "Take a job out of the queue", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, in *jobIn) (*struct{}, error) {
		return nil, queue.Discard(ctx, in.ID)
	})
}

func (a *App) registerTasks() {
	httpapi.Register(a.Server, huma.Operation{
		OperationID: "list-tasks", Method: http.MethodGet, Path: "/tasks", Tags: []string{"system"}, Summary: "List my background tasks, the newest first",
	}, func(ctx context.Context, in *struct {
		All bool `query:"all" doc:"Everybody's, for who looks after the running"`
	},
	) (*struct{ Body []jobs.Task }, error) {
		read := a.Tasks.Mine
		if in.All {
			read = a.Tasks.All
		}
		list, err := read(ctx, 50)
		if err != nil {
			return nil, err
		}
		return &struct{ Body []jobs.Task }{list}, nil
	})
	httpapi.Register(a.Server, huma.Operation{
		OperationID: "get-task", Method: http.MethodGet, Path: "/tasks/{id}", Tags: []string{"system"}, Summary: "Read a background task",
	}, func(ctx context.Context, in *struct {
		ID jobs.TaskID `path:"id" maxLength:"36"`
	},
	) (*taskOut, error) {
		t, err := a.Tasks.Get(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return &taskOut{t}, nil
	})
	httpapi.Register(a.Server, huma.Operation{
		OperationID: "cancel-task", Method: http.MethodPost, Path: "/tasks/{id}/cancel", Tags: []string{"system"}, Summary: "Ask a background task to stop",
	}, func(ctx context.Context, in *struct {
		ID jobs.TaskID `path:"id" maxLength:"36"`
	},
	) (*taskOut, error) {
		t, err := a.Tasks.Cancel(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return &taskOut{t}, nil
	})
}
