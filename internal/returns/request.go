package returns

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/entitlement/rules"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/files"
	"anxin/internal/platform/money"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

// RequestInput is a customer's request.
type RequestInput struct {
	access.Act // Reason is why the goods come back
	Type       Type
	Brand      catalog.BrandID // of the case or the units when empty
	Case       cases.ID
	Customer   customers.ID // of the case or the first unit when empty
	Depot      outlets.ID   // where the goods go; the centre's depot when empty
	Channel    Channel
	ExternalID string // of another system: the same again answers the return that is there
	Currency   money.Currency
	Address    string // where to send the goods; the policy's or the depot's when empty
	Platform   string // the marketplace of a request that came from one: jd, tmall, …
	// AnswerBy is until when the marketplace wants an answer; by its policy when nil.
	AnswerBy *time.Time
	Lines    []LineInput
}

// LineInput is one thing that is to come back: a unit, or what the customer says of a purchase.
type LineInput struct {
	Unit     units.ID
	Currency money.Currency // of this line, when it says one
	LineFacts
	Ways []WayInput // in which it was paid; the original way alone when empty
}

// WayInput is one way in which a line was paid.
type WayInput struct {
	Way  string
	Paid int64
	Ref  string // number of the payment at the provider
	// Whole is the customer's whole payment, where it also paid for other things.
	Whole int64
}

// Bounds of a request.
const (
	maxLines    = 50
	maxQuantity = 1000
	maxMinor    = 1_000_000_000_000 // ten thousand million yuan
	maxCode     = 64
	maxText     = 200
	maxNote     = 4000
	maxFiles    = 20
)

// reasons of the rules, by the reason of the request.
var ruleReasons = map[string]string{
	"return_no_reason": "no_reason", "return_defect": "quality", "return_transport": "transport", "return_wrong_item": "wrong_goods", "return_misdescribed": "misdescribed",
}

func checkText(f *problem.Fields, field, s string, limit int) {
	f.Check(utf8.RuneCountInString(s) <= limit, field, problem.TooLong, "limit", limit)
	// What JSON made of half a character stands for nothing that anybody wrote.
	f.Check(utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }), field, problem.BadText)
}

// check refuses what cannot be, whatever the records say.
func (in *RequestInput) check(today calendar.Date) error {
	var f problem.Fields
	in.Lines = slices.Clone(in.Lines) // completed here; the caller's stay as they are
	f.Check(slices.Contains(Types, in.Type), "type", problem.BadChoice)
	f.Check(slices.Contains(channels, in.Channel), "channel", problem.BadChoice)
	f.Check(in.Reason != "", "reason", problem.Required)
	f.Check(in.Currency == "" || in.Currency.Known(), "currency", problem.BadChoice)
	f.Check(len(in.Lines) > 0, "lines", problem.Required)
	f.Check(len(in.Lines) <= maxLines, "lines", problem.TooLong, "limit", maxLines)
	checkText(&f, "external_id", in.ExternalID, maxCode)
	checkText(&f, "address", in.Address, maxAddress)
	checkText(&f, "platform", in.Platform, maxCode)
	f.Check(in.Channel != ByMarket || in.ExternalID != "", "external_id", problem.Required)
	f.Check(in.Channel != ByMarket || clean(in.Platform) != "", "platform", problem.Required)
	f.Check(utf8.RuneCountInString(in.Note) <= maxNote, "note", problem.TooLong, "limit", maxNote)
	for i := range in.Lines {
		if i >= maxLines {
			break
		}
		in.Lines[i].check(&f, fmt.Sprintf("lines[%d]", i), in.Currency, today)
	}
	return f.Err()
}

func (l *LineInput) check(f *problem.Fields, at string, currency money.Currency, today calendar.Date) {
	if l.Quantity == 0 {
		l.Quantity = 1
	}
	if l.Return.Noticed.IsZero() {
		l.Return.Noticed = today
	}
	f.Check(l.Quantity >= 1 && l.Quantity <= maxQuantity && (l.Unit == "" || l.Quantity == 1), at+".quantity", problem.OutOfRange, "limit", "≥ 1")
	f.Check(l.Currency == "" || l.Currency.Known(), at+".currency", problem.BadChoice)
	f.Check(l.Currency == "" || currency == "" || l.Currency == currency, at+".currency", ErrCurrency, "currency", string(currency))
	priced := l.Unit == "" && l.Serial == "" || l.Price != 0 || l.Paid != 0 // of a unit the record may say it
	f.Check(!priced || l.Price > 0 && l.Price <= maxMinor, at+".price", problem.OutOfRange, "limit", "> 0")
	if l.Paid == 0 {
		l.Paid = l.Price
	}
	f.Check(l.Paid >= 0 && (l.Price <= 0 || l.Paid <= l.Price), at+".paid", problem.OutOfRange, "limit", "0–price")
	if l.Unit == "" {
		f.Check(clean(l.Item) != "" || l.Serial != "" || l.Model != "", at+".item", problem.Required)
		f.Check(l.Serial != "" || clean(l.OrderNo) != "", at+".order_no", problem.Required)
	}
	for name, v := range map[string]string{"item": l.Item, "seller": l.Seller} {
		checkText(f, at+"."+name, v, maxText)
	}
	for name, v := range map[string]string{"serial": l.Serial, "order_no": l.OrderNo, "channel": l.Channel, "model_id": string(l.Model), "category": string(l.Category), "proof_file": l.Proof, "invoice_no": l.InvoiceNo} {
		checkText(f, at+"."+name, v, maxCode)
	}
	f.Check(len(l.Photos) <= maxFiles, at+".photos", problem.TooLong, "limit", maxFiles)
	f.Check(slices.Contains([]string{"", "yes", "no"}, l.Stock), at+".stock", problem.BadChoice)
	l.checkDates(f, at, today)
	l.checkTax(f, at)
	l.checkWays(f, at, currency)
	for name, v := range map[string]int64{"freight_out": l.Return.FreightOut, "kept_single": l.Return.KeptSingle, "kept_paid": l.Return.KeptPaid, "gifts_kept": l.Return.GiftsKept} {
		f.Check(v >= 0 && v <= maxMinor, at+".return."+name, problem.OutOfRange, "limit", "≥ 0")
	}
}

// checkDates refuses days to come and orders of days that cannot be.
func (l *LineInput) checkDates(f *problem.Fields, at string, today calendar.Date) {
	for _, k := range slices.Sorted(maps.Keys(l.Dates)) {
		field := at + ".dates." + string(k)
		f.Check(slices.Contains(units.DateKinds, k), field, problem.BadChoice)
		f.Check(l.Dates[k] <= today, field, ErrFuture, "today", today.String())
		f.Check(l.Dates[k].Year() >= 1950, field, problem.BadTime)
	}
	checkOrder(f, at, l.Dates, l.Return.Noticed, l.Fault)
	f.Check(l.Return.Noticed <= today, at+".return.noticed", ErrFuture, "today", today.String())
	if l.Fault != nil {
		f.Check(!l.Fault.Reported.IsZero(), at+".fault.reported", problem.Required)
		f.Check(l.Fault.Reported <= today, at+".fault.reported", ErrFuture, "today", today.String())
	}
}

// checkOrder refuses dates that stand in the wrong order.
func checkOrder(f *problem.Fields, at string, dates map[units.DateKind]calendar.Date, noticed calendar.Date, fault *rules.FaultFacts) {
	for _, p := range [][2]units.DateKind{
		{units.Made, units.Sold},
		{units.Made, units.Invoiced},
		{units.Made, units.Delivered},
		{units.Made, units.Installed},
		{units.Made, units.Activated},
		{units.Sold, units.Delivered},
		{units.Sold, units.Installed},
		{units.Delivered, units.Installed},
	} {
		a, okA := dates[p[0]]
		b, okB := dates[p[1]]
		f.Check(!okA || !okB || a <= b, at+".dates."+string(p[1]), ErrDates, "earliest", a.String())
	}
	if sold, ok := dates[units.Sold]; ok && !noticed.IsZero() {
		f.Check(noticed >= sold, at+".return.noticed", ErrDates, "earliest", sold.String())
	}
	for _, made := range []units.DateKind{units.Sold, units.Made} {
		if day, ok := dates[made]; ok && fault != nil && !fault.Reported.IsZero() {
			f.Check(fault.Reported >= day, at+".fault.reported", ErrDates, "earliest", day.String())
			break
		}
	}
}

// worded is an amount of a line in words, in the currency as far as it is known.
func (l *LineInput) worded(minor int64, currency money.Currency) string {
	if l.Currency != "" {
		currency = l.Currency
	}
	if !currency.Known() {
		currency = "CNY"
	}
	return money.Amount{Minor: minor, Currency: currency}.String()
}

func (l *LineInput) checkWays(f *problem.Fields, at string, currency money.Currency) {
	var sum int64
	for i, w := range l.Ways {
		field := fmt.Sprintf("%s.ways[%d]", at, i)
		f.Check(slices.Contains(Ways, w.Way), field+".way", problem.BadChoice)
		f.Check(w.Paid > 0 && w.Paid <= maxMinor, field+".paid", problem.OutOfRange, "limit", "> 0")
		checkText(f, field+".ref", w.Ref, 2*maxCode)
		f.Check(w.Whole == 0 || w.Whole >= w.Paid && w.Whole <= maxMinor, field+".whole", problem.OutOfRange, "limit", "≥ paid")
		sum += max(0, min(w.Paid, maxMinor))
	}
	f.Check(len(l.Ways) <= len(Ways), at+".ways", problem.TooLong, "limit", len(Ways))
	line := Line{LineFacts: l.LineFacts}
	f.Check(len(l.Ways) == 0 || l.Paid == 0 || sum == line.total(), at+".ways", ErrWays, "paid", l.worded(line.total(), currency), "sum", l.worded(sum, currency))
}

// buyKey names what a customer says was bought: the same seller, order, thing and serial are the same however written.
func buyKey(brand catalog.BrandID, l LineFacts) string {
	key := func(s string) string { return crypt.Normalize(crypt.KindSerial, s) }
	sum := sha256.Sum256([]byte(strings.Join([]string{string(brand), strings.ToLower(clean(l.Seller)), key(l.OrderNo), strings.ToLower(clean(l.Item)), string(l.Model), key(l.Serial)}, "\x00")))
	return "buy:" + hex.EncodeToString(sum[:16])
}

func fileIDs(l LineFacts) []files.ID {
	out := make([]files.ID, 0, len(l.Photos)+1)
	for _, p := range append(slices.Clone(l.Photos), l.Proof) {
		out = append(out, files.ID(p))
	}
	return distinct(out)
}
