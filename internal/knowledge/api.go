package knowledge

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/catalog"
	"anxin/internal/platform/httpapi"
)

// TextBody is a line in the languages of customers; exported for the schema, as those below.
type TextBody struct {
	Zh string `json:"zh,omitempty" maxLength:"240"`
	En string `json:"en,omitempty" maxLength:"240"`
	Ja string `json:"ja,omitempty" maxLength:"240"`
	Ko string `json:"ko,omitempty" maxLength:"240"`
}

// AnswerBody is an answer that may be chosen.
type AnswerBody struct {
	Code    string              `json:"code" maxLength:"40"`
	Text    TextBody            `json:"text"`
	Symptom catalog.SymptomCode `json:"symptom,omitempty" maxLength:"20" doc:"that it means; of the product line"`
	Danger  Danger              `json:"danger,omitempty" enum:"gas,co,fire,shock,water" doc:"that it means: its safety words are shown, and the case is urgent"`
}

// ConditionBody names an earlier question and the answers with which this one is asked.
type ConditionBody struct {
	Question string   `json:"question" maxLength:"40"`
	Answers  []string `json:"answers" maxItems:"40"`
}

// QuestionBody is one question.
type QuestionBody struct {
	Code    string         `json:"code" maxLength:"40" doc:"stays while the words change; conditions and forms name it"`
	Kind    Kind           `json:"kind" enum:"danger,symptom,one,many,yes_no,text"`
	Text    TextBody       `json:"text"`
	Hint    *TextBody      `json:"hint,omitempty"`
	If      *ConditionBody `json:"if,omitempty" doc:"asked only if; absent: always"`
	Answers []AnswerBody   `json:"answers,omitempty" maxItems:"40"`
}

// QuestionsOf reads questions as the API takes them.
func QuestionsOf(list []QuestionBody) Questions {
	out := make(Questions, len(list))
	for i, q := range list {
		out[i] = Question{Code: q.Code, Kind: q.Kind, Text: Text(q.Text)}
		if q.Hint != nil {
			out[i].Hint = Text(*q.Hint)
		}
		if q.If != nil {
			out[i].If = &Condition{Question: q.If.Question, Answers: q.If.Answers}
		}
		for _, a := range q.Answers {
			out[i].Answers = append(out[i].Answers, Answer{Code: a.Code, Text: Text(a.Text), Symptom: a.Symptom, Danger: a.Danger})
		}
	}
	return out
}

func questionBodies(list Questions) []QuestionBody {
	out := make([]QuestionBody, len(list))
	for i, q := range list {
		out[i] = QuestionBody{Code: q.Code, Kind: q.Kind, Text: TextBody(q.Text)}
		if !q.Hint.empty() {
			hint := TextBody(q.Hint)
			out[i].Hint = &hint
		}
		if q.If != nil {
			out[i].If = &ConditionBody{q.If.Question, q.If.Answers}
		}
		for _, a := range q.Answers {
			out[i].Answers = append(out[i].Answers, AnswerBody{a.Code, TextBody(a.Text), a.Symptom, a.Danger})
		}
	}
	return out
}

type setBody struct {
	ID        ID                   `json:"id,omitempty" doc:"absent: the product's"`
	Brand     catalog.BrandID      `json:"brand_id,omitempty" doc:"absent: every brand without its own"`
	Category  catalog.CategoryCode `json:"category"`
	Model     catalog.ModelID      `json:"model_id,omitempty" doc:"absent: all models without their own"`
	Edition   int                  `json:"edition" doc:"counts what was published; 0 of drafts and of the product's"`
	State     State                `json:"state" enum:"draft,published,replaced,withdrawn"`
	Count     int                  `json:"count" doc:"of questions"`
	Missing   []Danger             `json:"missing" doc:"dangers to life that its first question has to name before it can be published"`
	Questions []QuestionBody       `json:"questions,omitempty" doc:"absent in lists"`
	SavedBy   string               `json:"saved_by,omitempty"`
	SavedAt   time.Time            `json:"saved_at,omitzero"`
	DecidedBy string               `json:"decided_by,omitempty" doc:"who published, replaced or withdrew it"`
	DecidedAt time.Time            `json:"decided_at,omitzero"`
	Version   int64                `json:"version"`
}

func summaryOf(v Set) setBody {
	return setBody{
		ID: v.ID, Brand: v.Brand, Category: v.Category, Model: v.Model, Edition: v.Edition, State: v.State, Count: len(v.Questions), Missing: v.Missing,
		SavedBy: v.SavedBy, SavedAt: v.SavedAt, DecidedBy: v.DecidedBy, DecidedAt: v.DecidedAt, Version: v.Version,
	}
}

type setOut struct {
	ETag string `header:"ETag"`
	Body setBody
}

func rendered(_ context.Context, v Set) (*setOut, error) {
	b := summaryOf(v)
	b.Questions = questionBodies(v.Questions)
	return &setOut{httpapi.ETag(v.Version), b}, nil
}

// SetIn names a set in the path.
type SetIn struct {
	ID ID `path:"id" maxLength:"36"`
}

type changeIn struct {
	SetIn
	httpapi.VersionIn
}

// QuestionsIn are the questions of a draft.
type QuestionsIn struct {
	Questions []QuestionBody `json:"questions" maxItems:"40"`
}

// allBrands and allModels stand for sets that name none.
const (
	allBrands = "all"
	allModels = "all"
)

// Register adds the module's operations to the API.
func (s *Service) Register(api *httpapi.Server) {
	op := func(id, method, path, summary, description string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"knowledge"}, Summary: summary, Description: description}
	}
	httpapi.Register(api, op("list-question-sets", http.MethodGet, "/question-sets", "List the firm's sets of questions",
		"Drafts, those in force and those before them, without their questions. The product's are read by product line."),
		func(ctx context.Context, in *struct {
			Brand    string               `query:"brand_id" maxLength:"36" doc:"id of a brand, or all: those of every brand without its own"`
			Category catalog.CategoryCode `query:"category" maxLength:"20"`
			Model    string               `query:"model_id" maxLength:"36" doc:"id of a model, or all: those of every model without its own"`
			State    State                `query:"state" enum:"draft,published,replaced,withdrawn"`
		},
		) (*struct {
			Body struct {
				Items []setBody `json:"items"`
			}
		}, error,
		) {
			f := Filter{Category: in.Category, State: in.State}
			if in.Brand != "" {
				b := catalog.BrandID(in.Brand)
				if in.Brand == allBrands {
					b = ""
				}
				f.Brand = &b
			}
			if in.Model != "" {
				m := catalog.ModelID(in.Model)
				if in.Model == allModels {
					m = ""
				}
				f.Model = &m
			}
			list, err := s.List(ctx, f)
			if err != nil {
				return nil, err
			}
			var out struct {
				Body struct {
					Items []setBody `json:"items"`
				}
			}
			out.Body.Items = make([]setBody, len(list))
			for i, v := range list {
				out.Body.Items[i] = summaryOf(v)
			}
			return &out, nil
		})
	httpapi.Register(api, op("get-question-set", http.MethodGet, "/question-sets/{id}", "Read a set of questions", ""),
		func(ctx context.Context, in *SetIn) (*setOut, error) {
			v, err := s.Get(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return rendered(ctx, v)
		})
	httpapi.Register(api, op("get-product-questions", http.MethodGet, "/categories/{code}/questions", "Read what the product asks about a product line",
		"What is asked where the firm has no set in force, and what its own begin from."),
		func(ctx context.Context, in *struct {
			Code catalog.CategoryCode `path:"code" maxLength:"20"`
		},
		) (*setOut, error) {
			v, err := s.Product(ctx, in.Code)
			if err != nil {
				return nil, err
			}
			return rendered(ctx, v)
		})
	httpapi.Act(api, op("create-question-set", http.MethodPost, "/question-sets", "Begin a set of questions",
		"As a draft; a place has one at most. Faults come back at their questions."),
		func(ctx context.Context, in *struct {
			Body struct {
				Brand    catalog.BrandID      `json:"brand_id,omitempty" maxLength:"36" doc:"absent: every brand without its own"`
				Category catalog.CategoryCode `json:"category" maxLength:"20"`
				Model    catalog.ModelID      `json:"model_id,omitempty" maxLength:"36" doc:"of the brand and the product line; absent: all models"`
				QuestionsIn
			}
		},
		) (Set, error) {
			b := in.Body
			return s.Begin(ctx, DraftInput{Place{b.Brand, b.Category, b.Model}, QuestionsOf(b.Questions)})
		}, rendered)
	httpapi.Act(api, op("save-question-set", http.MethodPut, "/question-sets/{id}", "Change a draft", "Replaces its questions."),
		func(ctx context.Context, in *struct {
			SetIn
			httpapi.VersionIn
			Body QuestionsIn
		},
		) (Set, error) {
			v, err := in.Version()
			if err != nil {
				return Set{}, err
			}
			return s.Save(ctx, in.ID, v, QuestionsOf(in.Body.Questions))
		}, rendered)
	act := func(id, path, summary, description string, run func(ctx context.Context, id ID, version int64) (Set, error)) {
		httpapi.Act(api, op(id, http.MethodPost, "/question-sets/{id}/"+path, summary, description), func(ctx context.Context, in *changeIn) (Set, error) {
			v, err := in.Version()
			if err != nil {
				return Set{}, err
			}
			return run(ctx, in.ID, v)
		}, rendered)
	}
	act("publish-question-set", "publish", "Put a draft in force",
		"Forms that are open are still answered by the set that they were made from, for a day. Refused while the first question leaves out a danger to life that the product names.", s.Publish)
	act("withdraw-question-set", "withdraw", "Take a set out of force", "The next wider set is asked again, or the product's.", s.Withdraw)
	httpapi.Act(api, op("discard-question-set", http.MethodDelete, "/question-sets/{id}", "Throw a draft away", "What is in force stays."),
		func(ctx context.Context, in *changeIn) (Set, error) {
			v, err := in.Version()
			if err != nil {
				return Set{}, err
			}
			return s.Discard(ctx, in.ID, v)
		}, func(context.Context, Set) (*struct{}, error) { return &struct{}{}, nil })
}
