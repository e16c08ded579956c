package returns

import (
	"context"
	"strconv"

	"anxin/internal/platform/access"
	"anxin/internal/platform/pdf"
	"anxin/internal/platform/reason"
)

// Size of a label in millimetres: what thermal printers of parcels take.
const (
	labelWide = 100.0
	labelHigh = 75.0
)

// Label draws what is stuck onto the parcel: the return's number as bars and as a square code, where it goes and until
// when, what is in it. It names no customer: the number does.
func (s *Service) Label(ctx context.Context, id ID, words reason.Words) (name string, body []byte, err error) {
	r, err := s.Get(ctx, id)
	if err != nil {
		return "", nil, err
	}
	if !r.approved() || r.Operation.Receipt == No {
		return "", nil, ErrNotReady.With("step", "ship")
	}
	snap, err := s.Catalog.Current(ctx, s.db)
	if err != nil {
		return "", nil, err
	}
	brand, _ := snap.Brand(r.Brand)
	lang := access.From(ctx).Lang
	say := func(key string) string { return words.T(lang, "return."+key, nil) }
	p := pdf.New(pdf.Options{Title: r.Number, Made: r.CreatedAt, Width: labelWide, Height: labelHigh})
	p.Size(12)
	p.SetXY(4, 4)
	p.CellFormat(68, 6, p.Fit(brand.Name(lang)+" · "+say("type."+string(r.Type)), 68), "", 2, "L", false, 0, "")
	p.Size(16)
	p.CellFormat(68, 8, r.Number, "", 2, "L", false, 0, "")
	if err := p.QR(r.Number, labelWide-26, 4, 22); err != nil {
		return "", nil, err
	}
	if err := p.Code128(r.Number, 4, 22, 66, 14); err != nil {
		return "", nil, err
	}
	p.SetXY(4, 40)
	p.Size(9)
	row := func(label, value string) {
		p.CellFormat(labelWide-8, 5, p.Fit(say(label)+": "+value, labelWide-8), "", 2, "L", false, 0, "")
	}
	p.MultiCell(labelWide-8, 5, say("label.to")+": "+r.Address, "", "L", false)
	p.SetX(4)
	row("label.by", dayText(r.ShipBy))
	row("label.freight", say("freight."+r.Freight))
	for i, l := range r.Lines {
		if i == 3 {
			row("label.items", "…")
			break
		}
		what := l.Item
		if m, ok := snap.Model(l.Model); ok {
			what = m.Code
		}
		row("label.items", what+" × "+strconv.FormatInt(l.Quantity, 10))
	}
	body, err = p.Bytes()
	return r.Number + ".pdf", body, err
}
