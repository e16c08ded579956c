package cases

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/catalog"
	"anxin/internal/clocks"
	"anxin/internal/customers"
	"anxin/internal/platform/httpapi"
	"anxin/internal/units"
)

// actIn is an act with nothing but who, when and why.
type actIn struct {
	ID   ID `path:"id" maxLength:"36"`
	Body struct{ httpapi.ActIn }
}

func (in actIn) act() ActInput { return ActInput{Act: in.Body.Act(), ID: in.ID} }

type classifyIn struct {
	ID   ID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		CustomerID  customers.ID            `json:"customer_id,omitempty" maxLength:"36"`
		UnitID      units.ID                `json:"unit_id,omitempty" maxLength:"36"`
		Category    catalog.CategoryCode    `json:"category,omitempty" maxLength:"16"`
		Symptom     catalog.SymptomCode     `json:"symptom,omitempty" maxLength:"32"`
		ServiceType catalog.ServiceTypeCode `json:"service_type,omitempty" maxLength:"16"`
		Class       string                  `json:"class,omitempty" maxLength:"64"`
		Impact      Level                   `json:"impact,omitempty" minimum:"0" maximum:"3"`
		Urgency     Level                   `json:"urgency,omitempty" minimum:"0" maximum:"3"`
		Vulnerable  bool                    `json:"vulnerable,omitempty"`
		Complaint   *ComplaintFacts         `json:"complaint,omitempty"`
	}
}

type endIn struct {
	ID   ID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		Responsibility catalog.Responsibility `json:"responsibility,omitempty" maxLength:"32"`
	}
}

type mergeIn struct {
	ID   ID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		Into ID `json:"into" maxLength:"36"`
	}
}

type assignIn struct {
	ID   ID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		AssigneeID string `json:"assignee_id,omitempty" maxLength:"36"`
		Team       string `json:"team,omitempty" maxLength:"64"`
	}
}

type stageIn struct {
	ID   ID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		Stage    Stage           `json:"stage,omitempty" maxLength:"32"`
		Facts    *ComplaintFacts `json:"facts,omitempty"`
		Flag     string          `json:"flag,omitempty" enum:"legal_hold,regulator"`
		FlagSet  bool            `json:"flag_set,omitempty"`
		Approver string          `json:"approver,omitempty" maxLength:"36"`
	}
}

type safetyIn struct {
	ID   ID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		Safety Safety `json:"safety,omitempty" enum:"gas,co,shock,fire"`
	}
}

type priorityIn struct {
	ID   ID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		Priority Priority `json:"priority" enum:"P1,P2,P3,P4"`
	}
}

type waitIn struct {
	ID   ID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		For      clocks.WaitedFor `json:"waits_for" enum:"customer,part,approval,product_owner,force_majeure"`
		Evidence string           `json:"evidence,omitempty" maxLength:"64" doc:"id of what shows it; the case itself when absent"`
	}
}

func (in waitIn) wait() WaitInput {
	return WaitInput{ActInput{in.Body.Act(), in.ID}, in.Body.For, in.Body.Evidence}
}

type subStateIn struct {
	ID   ID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		SubState string `json:"sub_state,omitempty" maxLength:"64"`
	}
}

type noteIn struct {
	ID   ID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		Kind string `json:"kind,omitempty" enum:"internal,shared,contact" default:"internal"`
		Text string `json:"text" maxLength:"8000"`
	}
}

type linkIn struct {
	ID   ID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		Other ID     `json:"other" maxLength:"36"`
		Kind  string `json:"kind" enum:"related,duplicate,follows"`
	}
}

// addAct adds POST /cases/{id}/<path>; the operation is named "<verb>-case".
func addAct[I any](s *Service, api *httpapi.Server, name, path, summary, description string, run func(context.Context, *I) (Case, error)) {
	httpapi.Act(api, huma.Operation{
		OperationID: name, Method: http.MethodPost, Path: "/cases/{id}/" + path, Tags: []string{"cases"}, Summary: summary, Description: description,
	}, run, s.out)
}

func (s *Service) registerActs(api *httpapi.Server) {
	addAct(s, api, "classify-case", "classify", "Classify a case",
		"Says what the problem is and whose. Moves an open case to diagnosing; later it corrects the classification.",
		func(ctx context.Context, in *classifyIn) (Case, error) {
			b := in.Body
			return s.Classify(ctx, ClassifyInput{
				ActInput: ActInput{Act: b.Act(), ID: in.ID}, CustomerID: b.CustomerID, UnitID: b.UnitID, Category: b.Category, Symptom: b.Symptom,
				ServiceType: b.ServiceType, Class: b.Class, Impact: b.Impact, Urgency: b.Urgency, Vulnerable: b.Vulnerable, Complaint: b.Complaint,
			})
		})
	addAct(s, api, "solve-case-remotely", "solve-remotely", "Solve a case without a visit", "Only while no work is live; the customer still has to agree.",
		func(ctx context.Context, in *actIn) (Case, error) { return s.SolveRemotely(ctx, in.act()) })
	addAct(s, api, "case-not-solved", "not-solved", "Take a case back that was thought to be solved", "",
		func(ctx context.Context, in *actIn) (Case, error) { return s.NotSolved(ctx, in.act()) })
	addAct(s, api, "close-case", "close", "Close a case", "Only a verified case whose work has all ended and that has no open child closes. A complaint needs a responsibility.",
		func(ctx context.Context, in *endIn) (Case, error) {
			return s.Close(ctx, CloseInput{ActInput{in.Body.Act(), in.ID}, in.Body.Responsibility})
		})
	addAct(s, api, "reopen-case", "reopen", "Reopen a closed case", "Within 30 days of closing; later open a new case and link it.",
		func(ctx context.Context, in *actIn) (Case, error) { return s.Reopen(ctx, in.act()) })
	addAct(s, api, "cancel-case", "cancel", "Cancel a case", "With a reason, and only while no work is done or live.",
		func(ctx context.Context, in *endIn) (Case, error) {
			return s.Cancel(ctx, CancelInput{ActInput{in.Body.Act(), in.ID}, in.Body.Responsibility})
		})
	addAct(s, api, "merge-case", "merge", "Merge a case into another", "Both tell of one problem; this one ends and leads to the other.",
		func(ctx context.Context, in *mergeIn) (Case, error) {
			return s.Merge(ctx, MergeInput{ActInput{in.Body.Act(), in.ID}, in.Body.Into})
		})
	addAct(s, api, "assign-case", "assign", "Give a case to somebody", "Both empty puts it back into the common queue.",
		func(ctx context.Context, in *assignIn) (Case, error) {
			return s.Assign(ctx, AssignInput{ActInput{in.Body.Act(), in.ID}, in.Body.AssigneeID, in.Body.Team})
		})
	addAct(s, api, "stage-complaint", "stage", "Move a complaint to a stage", "Facts decide the class; it never falls without a second person.",
		func(ctx context.Context, in *stageIn) (Case, error) {
			b := in.Body
			return s.MoveStage(ctx, StageInput{ActInput{b.Act(), in.ID}, b.Stage, b.Facts, b.Flag, b.FlagSet, b.Approver})
		})
	addAct(s, api, "chase-case", "chase", "Count that the customer asked again", "",
		func(ctx context.Context, in *actIn) (Case, error) { return s.Chase(ctx, in.act()) })
	addAct(s, api, "advise-case", "advise", "Note that the safety script was told", "",
		func(ctx context.Context, in *actIn) (Case, error) { return s.Advise(ctx, in.act()) })
	addAct(s, api, "set-case-safety", "safety", "Mark a danger, or clear a false alarm", "Clearing needs a reason.",
		func(ctx context.Context, in *safetyIn) (Case, error) {
			return s.SetSafety(ctx, SafetyInput{ActInput{in.Body.Act(), in.ID}, in.Body.Safety})
		})
	addAct(s, api, "set-case-priority", "priority", "Override a case's priority", "With a reason; a case that endangers somebody stays P1.",
		func(ctx context.Context, in *priorityIn) (Case, error) {
			return s.SetPriority(ctx, PriorityInput{ActInput{in.Body.Act(), in.ID}, in.Body.Priority})
		})
	addAct(s, api, "wait-case", "wait", "Make a case wait for somebody", "Stops the clocks of those who are not at fault and starts that of whoever is. Needs a reason.",
		func(ctx context.Context, in *waitIn) (Case, error) { return s.Wait(ctx, in.wait()) })
	addAct(s, api, "go-on-case", "go-on", "End a case's wait", "",
		func(ctx context.Context, in *waitIn) (Case, error) { return s.GoOn(ctx, in.wait()) })
	addAct(s, api, "set-case-sub-state", "sub-state", "Set the firm's own label within the state", "",
		func(ctx context.Context, in *subStateIn) (Case, error) {
			return s.SetSubState(ctx, SubStateInput{ActInput{in.Body.Act(), in.ID}, in.Body.SubState})
		})
	addAct(s, api, "add-case-note", "notes", "Write a note", "internal: the centre; shared: outlets at work too; contact: a contact attempt, which is counted.",
		func(ctx context.Context, in *noteIn) (Case, error) {
			return s.AddNote(ctx, NoteInput{ActInput{in.Body.Act(), in.ID}, in.Body.Kind, in.Body.Text})
		})
	addAct(s, api, "link-case", "links", "Tie a case to another", "",
		func(ctx context.Context, in *linkIn) (Case, error) {
			return s.Link(ctx, LinkInput{ActInput{in.Body.Act(), in.ID}, in.Body.Other, in.Body.Kind})
		})
}
