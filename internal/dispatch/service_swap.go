package dispatch

import (
	"cmp"
	"context"
	"slices"

	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/reason"
	"anxin/internal/workforce"
)

// SwapInput exchanges the engineers of two visits; each keeps its time.
type SwapInput struct {
	access.Act // the reason is one of visit.reschedule
	A, B       orders.VisitID
	Override   bool
}

// Swap exchanges the engineers of two visits, both or neither; both are judged together.
func (s *Service) Swap(ctx context.Context, in SwapInput) (Assigned, error) {
	if err := access.Require(ctx, PermAssign); err != nil {
		return Assigned{}, err
	}
	if in.A == in.B {
		return Assigned{}, problem.Field("with", problem.Taken)
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Assigned, error) {
		a, first, err := s.visitTx(ctx, tx, in.A)
		if err != nil {
			return Assigned{}, err
		}
		b, second, err := s.visitTx(ctx, tx, in.B)
		if err != nil {
			return Assigned{}, err
		}
		if v, done, err := s.replayTx(ctx, tx, first[0].ID, "swap", in.OperationID); done || err != nil {
			return Assigned{Visit: v, Other: &b}, err
		}
		people, err := s.peopleTx(ctx, tx, append(a.Engineers(), b.Engineers()...))
		if err != nil {
			return Assigned{}, err
		}
		if err := s.lockTx(ctx, tx, a, b); err != nil {
			return Assigned{}, err
		}
		aside, err := s.verifyTx(ctx, tx, people, swapped(a, b, first, second))
		if err != nil {
			return Assigned{}, err
		}
		if err := s.mayTx(ctx, tx, aside, in.Override, "visit.reschedule", in.Act); err != nil {
			return Assigned{}, err
		}
		return s.swapTx(ctx, tx, in, a, b, first, second, aside)
	})
}

func (s *Service) swapTx(ctx context.Context, tx *db.Tx, in SwapInput, a, b orders.Visit, first, second []orders.Order, aside []planner.Violation) (Assigned, error) {
	// Between the two moves the engineers have both visits: what was judged is how it ends.
	toA, toB := b.Engineers(), a.Engineers()
	a, err := s.orders.MoveVisitTx(ctx, tx, orders.MoveVisit{VisitInput: orders.VisitInput{Act: in.Act, ID: a.ID}, Engineers: toA, Override: true})
	if err != nil {
		return Assigned{}, err
	}
	b, err = s.orders.MoveVisitTx(ctx, tx, orders.MoveVisit{VisitInput: orders.VisitInput{Act: in.Act, ID: b.ID}, Engineers: toB, Override: true})
	if err != nil {
		return Assigned{}, err
	}
	if err := s.noteTx(ctx, tx, "swap", a, first, in.Act, aside); err != nil {
		return Assigned{}, err
	}
	return Assigned{Visit: a, SetAside: aside, Other: &b}, s.noteTx(ctx, tx, "swap", b, second, in.Act, aside)
}

// swapped is how two visits stand once their engineers are exchanged.
func swapped(a, b orders.Visit, first, second []orders.Order) []move {
	return []move{
		{visit: a.ID, list: first, engineers: b.Engineers(), start: a.Start, end: a.End},
		{visit: b.ID, list: second, engineers: a.Engineers(), start: b.Start, end: b.End},
	}
}

// JudgeSwap tells what [Service.Swap] would say of each of two visits, the first asked for first, and changes nothing.
func (s *Service) JudgeSwap(ctx context.Context, a, b orders.VisitID) ([]Judged, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	if a == b {
		return nil, problem.Field("with", problem.Taken)
	}
	one, first, err := s.visitTx(ctx, s.db, a)
	if err != nil {
		return nil, err
	}
	other, second, err := s.visitTx(ctx, s.db, b)
	if err != nil {
		return nil, err
	}
	people, err := s.peopleTx(ctx, s.db, append(one.Engineers(), other.Engineers()...))
	if err != nil {
		return nil, err
	}
	moves := swapped(one, other, first, second)
	list, err := s.verify(ctx, s.db, people, moves, func([]workforce.Day) error { return nil })
	if err != nil {
		return nil, err
	}
	out := make([]Judged, len(moves))
	for i, m := range moves {
		j := Judged{Engineer: m.engineers[0], Start: m.start, End: m.end, Verdict: VerdictFits, Reasons: reason.List{}}
		for _, v := range list {
			if v.Job == planner.JobID(m.list[0].ID) {
				j.Reasons.Add(v.Reason)
			}
		}
		slices.SortStableFunc(j.Reasons, func(x, y reason.Reason) int { return cmp.Compare(rank(x), rank(y)) })
		if [...]orders.Visit{one, other}[i].Open() && !frozen([...]orders.Visit{one, other}[i]) {
			if len(j.Reasons) > 0 {
				j.Verdict = VerdictAside
				if planner.Hard(j.Reasons[0].Code) {
					j.Verdict = VerdictRefused
				}
			}
		} else {
			j.Verdict = VerdictRefused
			j.Reasons.Add(reason.Failed(planner.RuleFrozen))
		}
		out[i] = j
	}
	return out, nil
}
