package knowledge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"anxin/internal/platform/db"
)

const columns = `id, brand_id, category, model_id, edition, state, questions, saved_by, saved_at, decided_by, decided_at, version`

func scan(s db.Scanner) (Set, error) {
	var v Set
	var body string
	var saved int64
	var decided *int64
	err := s.Scan(&v.ID, &v.Brand, &v.Category, &v.Model, &v.Edition, &v.State, &body, &v.SavedBy, &saved, &v.DecidedBy, &decided, &v.Version)
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal([]byte(body), &v.Questions); err != nil {
		return v, fmt.Errorf("questions of set %s: %w", v.ID, err)
	}
	v.SavedAt, v.DecidedAt = db.FromMicros(saved), db.TimeOrZero(decided)
	v.Missing = v.Questions.missing(product().dangersOf(v.Category))
	return v, nil
}

func find(ctx context.Context, q db.Querier, id ID) (Set, error) {
	v, err := db.Get(ctx, q, scan, `SELECT `+columns+` FROM knowledge_question_set WHERE id = $1`, string(id))
	if errors.Is(err, db.ErrNoRows) {
		return v, ErrNotFound
	}
	return v, err
}

func insert(ctx context.Context, tx *db.Tx, v Set) error {
	body, err := json.Marshal(v.Questions)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO knowledge_question_set (`+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		string(v.ID), string(v.Brand), string(v.Category), string(v.Model), v.Edition, string(v.State), string(body), v.SavedBy, db.Micros(v.SavedAt), v.DecidedBy,
		db.MicrosOrNull(v.DecidedAt), v.Version)
	return err
}

// update writes a set whose version was raised by one.
func update(ctx context.Context, tx *db.Tx, v Set) error {
	body, err := json.Marshal(v.Questions)
	if err != nil {
		return err
	}
	return tx.ExecOne(ctx, `UPDATE knowledge_question_set SET edition = $1, state = $2, questions = $3, saved_by = $4, saved_at = $5, decided_by = $6, decided_at = $7, version = $8
		WHERE id = $9 AND version = $10`,
		v.Edition, string(v.State), string(body), v.SavedBy, db.Micros(v.SavedAt), v.DecidedBy, db.MicrosOrNull(v.DecidedAt), v.Version, string(v.ID), v.Version-1)
}

// at finds the set of a place in a state; a zero one when there is none.
func at(ctx context.Context, q db.Querier, p Place, state State) (Set, error) {
	v, err := db.Get(ctx, q, scan, `SELECT `+columns+` FROM knowledge_question_set WHERE category = $1 AND brand_id = $2 AND model_id = $3 AND state = $4`,
		string(p.Category), string(p.Brand), string(p.Model), string(state))
	if errors.Is(err, db.ErrNoRows) {
		return Set{}, nil
	}
	return v, err
}
