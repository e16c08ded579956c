package orders

import (
	"context"
	"slices"
	"time"

	"anxin/internal/parts"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/workforce"
)

// answerRow is an answer with its text sealed.
type answerRow struct {
	AnswerItem
	sealed []byte
}

func upsertAnswer(tx *db.Tx, id ID, a answerRow) {
	tx.Later(`INSERT INTO orders_answer (order_id, item, visit_id, checked, number, text_sealed, finding, occurred_at, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (order_id, item) DO UPDATE SET visit_id = excluded.visit_id, checked = excluded.checked,
		number = excluded.number, text_sealed = excluded.text_sealed, finding = excluded.finding, occurred_at = excluded.occurred_at,
		recorded_at = excluded.recorded_at WHERE orders_answer.occurred_at <= excluded.occurred_at`,
		string(id), a.Item, db.NullString(a.VisitID), a.Checked, a.Number, a.sealed, a.Finding, db.Micros(a.At), db.Micros(tx.Now()))
}

func listAnswers(ctx context.Context, q db.Querier, id ID) ([]answerRow, error) {
	return db.List(ctx, q, func(s db.Scanner) (answerRow, error) {
		var a answerRow
		var visit *string
		var at int64
		err := s.Scan(&a.Item, &visit, &a.Checked, &a.Number, &a.sealed, &a.Finding, &at)
		a.VisitID, a.At = VisitID(db.OrEmpty(visit)), db.FromMicros(at)
		a.NA = a.Checked == nil && a.Number == nil && a.sealed == nil
		return a, err
	}, `SELECT item, visit_id, checked, number, text_sealed, finding, occurred_at FROM orders_answer WHERE order_id = $1 ORDER BY item`, string(id))
}

func insertPhoto(tx *db.Tx, id ID, p Photo) {
	tx.Later(`INSERT INTO orders_photo (file_id, order_id, visit_id, kind, taken_at, distance, reused, occurred_at, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (file_id) DO NOTHING`, string(p.FileID), string(id), db.NullString(p.VisitID), string(p.Kind),
		db.MicrosPtr(p.TakenAt), p.Distance, p.Reused, db.Micros(p.At), db.Micros(tx.Now()))
}

func listPhotos(ctx context.Context, q db.Querier, id ID) ([]Photo, error) {
	return db.List(ctx, q, func(s db.Scanner) (Photo, error) {
		var p Photo
		var visit *string
		var taken *int64
		var at int64
		err := s.Scan(&p.FileID, &p.Kind, &visit, &taken, &p.Distance, &p.Reused, &at)
		p.VisitID, p.TakenAt, p.At = VisitID(db.OrEmpty(visit)), db.FromMicrosPtr(taken), db.FromMicros(at)
		return p, err
	}, `SELECT file_id, kind, visit_id, taken_at, distance, reused, occurred_at FROM orders_photo WHERE order_id = $1 ORDER BY occurred_at, file_id`, string(id))
}

func insertScan(tx *db.Tx, id ID, c Scan) {
	tx.Later(`INSERT INTO orders_scan (id, order_id, visit_id, serial, result, occurred_at, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		db.NewID(), string(id), db.NullString(c.VisitID), c.Serial, string(c.Result), db.Micros(c.At), db.Micros(tx.Now()))
}

func listScans(ctx context.Context, q db.Querier, id ID) ([]Scan, error) {
	return db.List(ctx, q, func(s db.Scanner) (Scan, error) {
		var c Scan
		var visit *string
		var at int64
		err := s.Scan(&c.Serial, &c.Result, &visit, &at)
		c.VisitID, c.At = VisitID(db.OrEmpty(visit)), db.FromMicros(at)
		return c, err
	}, `SELECT serial, result, visit_id, occurred_at FROM orders_scan WHERE order_id = $1 ORDER BY occurred_at, id`, string(id))
}

const partColumns = `id, order_id, visit_id, part_id, place_id, quantity, state, reservation, old_part, old_serial, new_serial, short, occurred_at`

func scanPart(s db.Scanner) (PartLine, error) {
	var l PartLine
	var visit, reservation, oldPart, oldSerial, newSerial *string
	var at int64
	err := s.Scan(&l.ID, &l.OrderID, &visit, &l.PartID, &l.PlaceID, &l.Quantity, &l.State, &reservation, &oldPart, &oldSerial, &newSerial, &l.Short, &at)
	l.VisitID, l.Reservation, l.OldPart = VisitID(db.OrEmpty(visit)), parts.ReservationID(db.OrEmpty(reservation)), parts.OldPartID(db.OrEmpty(oldPart))
	l.OldSerial, l.NewSerial, l.At = db.OrEmpty(oldSerial), db.OrEmpty(newSerial), db.FromMicros(at)
	return l, err
}

func upsertPart(tx *db.Tx, l PartLine) {
	tx.Later(`INSERT INTO orders_part (`+partColumns+`, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
		ON CONFLICT (id) DO UPDATE SET visit_id = excluded.visit_id, state = excluded.state, old_part = excluded.old_part, old_serial = excluded.old_serial,
		new_serial = excluded.new_serial, short = excluded.short, occurred_at = excluded.occurred_at, recorded_at = excluded.recorded_at`,
		l.ID, string(l.OrderID), db.NullString(l.VisitID), string(l.PartID), string(l.PlaceID), l.Quantity, string(l.State), db.NullString(l.Reservation), db.NullString(l.OldPart),
		db.NullString(l.OldSerial), db.NullString(l.NewSerial), l.Short, db.Micros(l.At), db.Micros(tx.Now()))
}

func listParts(ctx context.Context, q db.Querier, id ID) ([]PartLine, error) {
	return db.List(ctx, q, scanPart, `SELECT `+partColumns+` FROM orders_part WHERE order_id = $1 ORDER BY occurred_at, id`, string(id))
}

// reservedParts reads the reserved lines of orders, five hundred orders a query.
func reservedParts(ctx context.Context, q db.Querier, ids []ID) ([]PartLine, error) {
	out := []PartLine{}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	for part := range slices.Chunk(ids, 500) {
		var w db.Where
		w.In("order_id", db.Strings(part))
		w.And("state = ?", string(PartReserved))
		list, err := db.List(ctx, q, scanPart, `SELECT `+partColumns+` FROM orders_part`+w.String()+` ORDER BY order_id, id`, w.Args()...)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// VisitPart is a part that is reserved for an order of a visit.
type VisitPart struct {
	Visit    VisitID
	Engineer workforce.EngineerID // one of the visit's
	Day      string               // local date of the visit
	Order    ID
	Part     parts.PartID
	Place    parts.PlaceID
	Quantity int64
}

// visitParts reads what is reserved for the open visits that start in a time, a row for each engineer.
func visitParts(ctx context.Context, q db.Querier, from, to time.Time) ([]VisitPart, error) {
	return db.List(ctx, q, func(s db.Scanner) (p VisitPart, err error) {
		return p, s.Scan(&p.Visit, &p.Engineer, &p.Day, &p.Order, &p.Part, &p.Place, &p.Quantity)
	}, `SELECT v.id, m.engineer_id, v.day, l.order_id, l.part_id, l.place_id, l.quantity
		FROM orders_part l
		JOIN orders_visit_order o ON o.order_id = l.order_id AND o.dropped_at IS NULL
		JOIN orders_visit v ON v.id = o.visit_id
		JOIN orders_visit_member m ON m.visit_id = v.id AND m.removed_at IS NULL
		WHERE l.state = 'reserved' AND v.open AND v.start_at >= $1 AND v.start_at < $2
		ORDER BY v.id, m.position, l.id`, db.Micros(from), db.Micros(to))
}

// proofOf reads everything that was handed in for an order; texts stay sealed unless keys are given.
func proofOf(ctx context.Context, q db.Querier, id ID, keys *crypt.Keys) (Proof, error) {
	var p Proof
	rows, err := listAnswers(ctx, q, id)
	if err != nil {
		return p, err
	}
	if keys != nil {
		sealed := make([]crypt.Sealed, len(rows))
		for i, r := range rows {
			sealed[i] = crypt.Sealed{Data: r.sealed}
		}
		opened, err := keys.OpenMany(ctx, q, sealed)
		if err != nil {
			return p, err
		}
		for i := range rows {
			rows[i].Text = opened[i].Text
		}
	}
	p.Answers = make([]AnswerItem, len(rows))
	for i, r := range rows {
		p.Answers[i] = r.AnswerItem
	}
	if p.Photos, err = listPhotos(ctx, q, id); err != nil {
		return p, err
	}
	if p.Scans, err = listScans(ctx, q, id); err != nil {
		return p, err
	}
	p.Parts, err = listParts(ctx, q, id)
	return p, err
}
