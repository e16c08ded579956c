package demo

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/files"
	"anxin/internal/platform/money"
	"anxin/internal/returns"
	"anxin/internal/units"
)

// returning is goods of a customer that come back: bought online some days before, told by days and hours before the
// present.
type returning struct {
	name   string
	kind   returns.Type
	reason string
	price  int64 // fen
	days   int   // delivered so many days before it is told
	ago    time.Duration
	note   string
	steps  []returnStep
}

// returnStep is what happens to it a while after it was told.
type returnStep struct {
	after time.Duration
	do    func(ctx context.Context, g *generator, r returns.Return) error
}

const day = 24 * time.Hour

func (g *generator) depotReceives(ctx context.Context, r returns.Return) error {
	l := r.Lines[0]
	_, err := g.Returns.Receive(as(ctx, g.staff.agents[0]), returns.ReceiveInput{ActInput: returns.ActInput{ID: r.ID}, Line: l.ID, Quantity: 1, Serial: l.Serial})
	return err
}

func depotFinds(grade returns.Grade, spoilt ...string) func(context.Context, *generator, returns.Return) error {
	return func(ctx context.Context, g *generator, r returns.Return) error {
		in := returns.InspectInput{ActInput: returns.ActInput{ID: r.ID}, Line: r.Lines[0].ID, Grade: grade, Spoilt: spoilt}
		in.Items = []returns.CheckedItem{{Item: "外观", OK: len(spoilt) == 0}, {Item: "通电", OK: grade != returns.GradeDamaged}, {Item: "附件", OK: true}}
		_, err := g.Returns.Inspect(as(ctx, g.staff.agents[0]), in)
		return err
	}
}

func received(ctx context.Context, g *generator, r returns.Return) error {
	return g.depotReceives(ctx, r)
}

// financeApproves is what goes before every step of a request that the rules left to a person.
func financeApproves(context.Context, *generator, returns.Return) error { return nil }

// paidBy hands what is due to the bank, whose answer comes an hour later.
func paidBy(result string) func(context.Context, *generator, returns.Return) error {
	return func(ctx context.Context, g *generator, r returns.Return) error {
		b, err := g.Returns.Pay(as(ctx, g.staff.finance), returns.PayInput{Provider: "bank_file", Brand: r.Brand, Currency: r.Currency})
		if err != nil {
			return err
		}
		g.later(g.clockNow().Add(time.Hour), func(ctx context.Context) error {
			ctx = as(ctx, g.staff.finance)
			body := "reference,result,amount,currency,code\n"
			for _, x := range r.Refunds {
				list, err := g.Returns.PaymentsOf(ctx, x.ID)
				if err != nil {
					return err
				}
				for _, p := range list {
					if p.Batch == b.ID {
						body += fmt.Sprintf("%s,%s,%s,%s,ACCOUNT_CLOSED\n", p.Reference, result, money.Amount{Minor: p.Amount, Currency: p.Currency}.Plain(), p.Currency)
					}
				}
			}
			_, err := g.Returns.Confirm(ctx, b.Provider, []byte(body))
			return err
		})
		return nil
	}
}

func restocked(ctx context.Context, g *generator, r returns.Return) error {
	_, err := g.Returns.Dispose(as(ctx, g.staff.agents[0]), returns.DisposeInput{LineAct: returns.LineAct{ActInput: returns.ActInput{ID: r.ID}}, How: "restock"})
	return err
}

func scratchOffered(ctx context.Context, g *generator, r returns.Return) error {
	_, err := g.Returns.Deduct(as(ctx, g.staff.finance), returns.DeductInput{
		ActInput: returns.ActInput{ID: r.ID}, Line: r.Lines[0].ID, Deductions: []returns.Deduction{{Code: "damage", Amount: 12_000, Reason: "面板划痕"}},
	})
	return err
}

func replacementGoes(ctx context.Context, g *generator, r returns.Return) error {
	ctx = as(ctx, g.staff.agents[0])
	l := r.Lines[0]
	_, err := g.Returns.Reserve(ctx, returns.ReserveInput{ActInput: returns.ActInput{ID: r.ID}, Line: l.ID, Item: "同型号新机"})
	if err != nil {
		return err
	}
	_, err = g.Returns.ShipReplacement(ctx, returns.ShipReplacementInput{ActInput: returns.ActInput{ID: r.ID}, Line: l.ID, Serial: l.Serial + "N", Carrier: "顺丰", Tracking: "SF10" + l.Serial[len(l.Serial)-6:]})
	return err
}

// returnScenes are returns in every state that a visitor should find.
var returnScenes = []returning{
	{"refunded", returns.ForRefund, "return_no_reason", 129_900, 3, 9 * day, "尺寸不合适", []returnStep{{2 * day, received}, {2*day + 3*time.Hour, depotFinds(returns.GradeOpened)}, {2*day + 5*time.Hour, paidBy("ok")}, {3 * day, restocked}}},
	{"the bank refused", returns.ForRefund, "return_transport", 89_900, 2, 5 * day, "收到时外壳开裂", []returnStep{{2 * day, received}, {2*day + 2*time.Hour, depotFinds(returns.GradeDamaged)}, {3 * day, paidBy("failed")}}},
	{"to be paid", returns.ForRefund, "return_no_reason", 159_900, 5, 3 * day, "", []returnStep{{2 * day, received}, {2*day + 4*time.Hour, depotFinds(returns.GradeNew)}}},
	{"a scratch", returns.ForRefund, "return_no_reason", 179_900, 6, 4 * day, "试用后不满意", []returnStep{{2 * day, received}, {3 * day, depotFinds(returns.GradeUsed, "lasting_marks")}, {3*day + time.Hour, scratchOffered}}},
	{"in the depot", returns.ForRefund, "return_no_reason", 99_900, 4, 2 * day, "", []returnStep{{2*day - 3*time.Hour, received}}},
	{"awaited", returns.ForRefund, "return_no_reason", 119_900, 1, 20 * time.Hour, "颜色不喜欢", nil},
	{"exchanged in advance", returns.AdvanceExchange, "return_defect", 149_900, 4, 30 * time.Hour, "开机异响", []returnStep{{5 * time.Hour, replacementGoes}}},
	{"above the limit", returns.ForRefund, "return_no_reason", 699_900, 7, 3 * time.Hour, "家里装不下", nil},
	{"approved by finance", returns.ForExchange, "return_defect", 459_900, 10, 26 * time.Hour, "三天坏了两次", []returnStep{{2 * time.Hour, financeApproves}}},
	{"too late", returns.ForRefund, "return_no_reason", 109_900, 20, 5 * time.Hour, "一直没拆,想退", nil},
}

// planReturns notes the scenes of goods that come back.
func (g *generator) planReturns() {
	g.later(g.end.Add(-20*day), func(ctx context.Context) error {
		ctx = as(ctx, g.staff.admin)
		for _, b := range brandRows {
			in := returns.SetPolicyInput{Brand: g.brands[b.Letter].ID, Policy: returns.Policy{Address: "浙江省杭州市余杭区仓前街道退货仓A座"}}
			if _, err := g.Returns.SetPolicy(ctx, in); err != nil {
				return err
			}
		}
		return nil
	})
	c := newChance(g.opt.Seed, "returns")
	n := max(4, int(float64(len(returnScenes))*min(1, g.opt.Scale*4)+0.5))
	for i, s := range returnScenes[:min(n, len(returnScenes))] {
		g.planReturn(c, i, s)
	}
}

func (g *generator) planReturn(c chance, i int, s returning) {
	told := g.end.Add(-s.ago)
	var id returns.ID
	step := func(at time.Time, do func(ctx context.Context) error) {
		g.later(at, func(ctx context.Context) error { return g.refused(do(ctx), "return: "+s.name) })
	}
	step(told, func(ctx context.Context) error {
		made, err := g.requestReturn(ctx, c, i, s)
		id = made
		return err
	})
	for _, x := range s.steps {
		step(told.Add(x.after), func(ctx context.Context) error {
			if id == "" {
				return nil
			}
			r, err := g.Returns.Get(as(ctx, g.staff.admin), id)
			if err == nil && (r.Decision == returns.Manual || r.Decision == returns.Requested) {
				r, err = g.Returns.Approve(as(ctx, g.staff.finance), returns.ApproveInput{ActInput: returns.ActInput{ID: r.ID}})
			}
			if err != nil {
				return err
			}
			return x.do(ctx, g, r)
		})
	}
}

// requestReturn makes the machine that was bought and the customer's request.
func (g *generator) requestReturn(ctx context.Context, c chance, i int, s returning) (returns.ID, error) {
	p := productRows[(i*3)%len(productRows)]
	model := g.models[p.Category][0]
	owner := pick(c, g.clients)
	delivered := g.today(g.clockNow()) - calendar.Date(s.days)
	var unit units.Unit
	err := g.tx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		unit, err = g.Units.CreateTx(ctx, tx, units.CreateInput{
			Brand: model.BrandID, Model: model.ID, Category: p.Category, Serial: fmt.Sprintf("%s-T%06d", model.Code, 900_100+i), Owner: owner.ID, Place: &owner.place,
			Purchase: units.Purchase{Channel: "tmall", Seller: "官方旗舰店", OrderNo: fmt.Sprintf("TM26%08d", 70_001+i*37), Price: new(money.Must(s.price, "CNY"))},
			Dates:    units.Dates{units.Sold: {Day: delivered - 3, By: "seller"}, units.Invoiced: {Day: delivered - 3, By: "invoice"}, units.Delivered: {Day: delivered, By: "carrier"}},
		})
		return err
	})
	if err != nil {
		return "", err
	}
	agent := g.staff.agents[i%len(g.staff.agents)]
	photo, err := g.returnPhoto(ctx, c, agent)
	if err != nil {
		return "", err
	}
	line := returns.LineInput{Unit: unit.ID, LineFacts: returns.LineFacts{Photos: []string{photo}, Stock: "yes"}}
	line.Return.Opened, line.Return.FreeFreight = true, true
	r, err := g.Returns.Request(as(ctx, agent), returns.RequestInput{
		Act: access.Act{Reason: s.reason, Note: s.note}, Type: s.kind, Channel: returns.ByAgent, Lines: []returns.LineInput{line},
	})
	return r.ID, err
}

// returnPhoto is what the customer sent to show the goods.
func (g *generator) returnPhoto(ctx context.Context, c chance, by access.Actor) (string, error) {
	data, err := draw(c)
	if err != nil {
		return "", err
	}
	f, err := g.Files.Upload(as(ctx, by), files.UploadInput{Purpose: files.Photo, Name: "return.jpg", By: by.ID, Body: bytes.NewReader(data)})
	return string(f.ID), err
}
