package demo

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"slices"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/orders"
	"anxin/internal/parts"
	"anxin/internal/platform/access"
	"anxin/internal/platform/files"
)

// The firm asked for no proof until two weeks ago; since then its service types ask for what the
// catalogue begins with. Pictures are kept of the last days only: they are most of a demo's bytes.
const (
	strictFor   = 14 // days
	picturesFor = 2
)

// asked are the service types whose proof changed.
var asked = []catalog.ServiceTypeCode{"INST", "REP", "REREP", "MAINT", "CLEAN", "MOVE"}

// askLittle makes the service types ask for no proof, and notes when that ends.
func (g *generator) askLittle(ctx context.Context) error {
	usual := map[catalog.ServiceTypeCode][]catalog.ProofKind{}
	for _, code := range asked {
		t, _ := g.snap.ServiceType(code)
		usual[code] = slices.Clone(t.Proof)
		if err := g.ask(ctx, code, []catalog.ProofKind{}); err != nil {
			return err
		}
	}
	g.strictFrom = g.at(g.today(g.end)-strictFor, 7*60)
	g.later(g.strictFrom, func(ctx context.Context) error {
		for _, code := range asked {
			if err := g.ask(as(ctx, g.staff.admin), code, usual[code]); err != nil {
				return err
			}
		}
		return nil
	})
	return nil
}

func (g *generator) ask(ctx context.Context, code catalog.ServiceTypeCode, proof []catalog.ProofKind) error {
	t, _ := g.snap.ServiceType(code)
	if _, err := g.Catalog.EditServiceType(ctx, catalog.EditServiceTypeInput{Code: code, Version: t.Version, Proof: proof}); err != nil {
		return fmt.Errorf("proof of %s: %w", code, err)
	}
	var err error
	g.snap, err = g.Catalog.Current(ctx, g.DB)
	return err
}

// proof is what the engineer hands in: the customer's code and, since more is asked, checklist, serial number
// and pictures; the parts that were fitted.
func (g *generator) proof(ctx context.Context, r *request, repaired bool) (p orders.ProofInput, err error) {
	now := g.clockNow()
	if now.After(g.strictFrom) {
		p.Serial, p.Answers = r.machine.Serial, g.answers(r)
		if g.c.yes(0.03) {
			p.Absent = true
		} else if p.FinishCode, err = g.Orders.FinishCode(ctx, g.DB, r.order); err != nil {
			return p, err
		}
	}
	if now.After(g.end.AddDate(0, 0, -picturesFor)) && g.c.yes(0.85) {
		if p.Photos, err = g.pictures(as(ctx, r.book.engineer.actor), r); err != nil {
			return p, err
		}
	}
	if !repaired {
		return p, nil
	}
	p.Diagnosis = orders.Diagnosis{Symptom: r.symptom.Code, Cause: r.cause.Code, Action: r.action.Code}
	if part, ok := g.parts[partKey{r.machine.Category, r.action.PartType}]; ok && g.c.yes(0.8) {
		use := orders.PartUse{Part: part, Quantity: 1, Place: parts.OutletPlace(r.outlet.ID)}
		if e := r.book.engineer; e.van[part] > 0 {
			e.van[part]--
			use.Place = parts.VanPlace(string(e.ID))
		}
		p.Parts = append(p.Parts, use)
	}
	return p, nil
}

func (g *generator) answers(r *request) []orders.AnswerItem {
	var out []orders.AnswerItem
	for _, item := range g.snap.Checklist(r.service, r.machine.Category) {
		a := orders.AnswerItem{Item: item.Code}
		switch {
		case !item.Required:
			continue
		case item.Kind == catalog.ItemCheck:
			a.Checked = new(true)
		case item.Kind == catalog.ItemReading:
			a.Number = new(reading(item, g.c.Float64()))
		default:
			a.Text = "正常"
		}
		out = append(out, a)
	}
	return out
}

// reading is a number well inside what is allowed.
func reading(item catalog.ChecklistItem, x float64) float64 {
	low, high := 1.0, 10.0
	if item.Min != nil {
		low = *item.Min
	}
	if item.Max != nil {
		high = *item.Max
	}
	return math.Round((low+(high-low)*(0.3+0.4*x))*100) / 100
}

// pictures takes the pictures that the service type asks for.
func (g *generator) pictures(ctx context.Context, r *request) ([]orders.PhotoInput, error) {
	t, _ := g.snap.ServiceType(r.service)
	var out []orders.PhotoInput
	for _, k := range []struct {
		proof catalog.ProofKind
		kind  orders.PhotoKind
	}{{catalog.ProofPhotoBefore, orders.PhotoBefore}, {catalog.ProofPhotoAfter, orders.PhotoAfter}, {catalog.ProofSerial, orders.PhotoSerial}} {
		if !t.Needs(k.proof) {
			continue
		}
		data, err := draw(g.c)
		if err != nil {
			return nil, err
		}
		f, err := g.Files.Upload(ctx, files.UploadInput{
			Purpose: files.Photo, Name: string(k.kind) + ".jpg", By: access.From(ctx).ID, Brand: string(r.machine.Brand), OutletPath: r.outlet.Path,
			Body: bytes.NewReader(data),
		})
		if err != nil {
			return nil, fmt.Errorf("picture: %w", err)
		}
		out = append(out, orders.PhotoInput{FileID: f.ID, Kind: k.kind})
	}
	return out, nil
}

// draw makes a picture of no place: soft light on a wall and a box before it, each time another.
func draw(c chance) ([]byte, error) {
	const w, h = 320, 240
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	wall, box := uint8(c.upTo(150, 215)), color.RGBA{uint8(c.upTo(60, 235)), uint8(c.upTo(60, 235)), uint8(c.upTo(60, 235)), 255}
	x0, y0 := c.upTo(30, 90), c.upTo(30, 80)
	x1, y1 := x0+c.upTo(120, 190), y0+c.upTo(90, 140)
	for y := range h {
		for x := range w {
			shade := uint8(int(wall) - y/6 + x/16)
			p := color.RGBA{shade, shade, uint8(min(255, int(shade)+8)), 255}
			if x >= x0 && x < x1 && y >= y0 && y < y1 {
				p = box
				if (x-x0)%40 < 2 || y-y0 < 3 {
					p = color.RGBA{box.R / 2, box.G / 2, box.B / 2, 255}
				}
			}
			img.SetRGBA(x, y, p)
		}
	}
	var b bytes.Buffer
	err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 60})
	return b.Bytes(), err
}

// look is a person's daily look at what the rule did not pass: in the afternoon, for what was finished in time.
func (g *generator) look(ctx context.Context) error {
	for _, queue := range []string{"review", "proof"} {
		list, err := g.Orders.List(as(ctx, g.staff.quality), orders.Filter{Queue: queue, Limit: 500})
		if err != nil {
			return err
		}
		for _, o := range list {
			if o.CompletedAt == nil || g.clockNow().Sub(*o.CompletedAt) < 3*time.Hour {
				continue
			}
			if _, err := g.Orders.ApproveReview(as(ctx, g.staff.quality), orders.ActInput{ID: o.ID}); g.refused(err, "approve") != nil {
				return err
			}
		}
	}
	return nil
}

// lookDaily notes the looks at 11 and at 16 o'clock.
func (g *generator) lookDaily() {
	for day := g.today(g.start); day <= g.today(g.end); day++ {
		for _, hour := range []int{11, 16} {
			g.later(g.at(day, hour*60), g.look)
		}
	}
}
