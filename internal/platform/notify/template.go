package notify

import (
	"context"
	_ "embed" // the texts that the product brings
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
)

// Class decides when a message may go and whom it may pass over.
type Class string

// Classes of messages.
const (
	ClassService Class = "service" // about work that is going on
	ClassSurvey  Class = "survey"  // asks for an opinion: never at night, and one can opt out
	ClassSafety  Class = "safety"  // recall, leaked data: reaches everybody at once
	ClassCode    Class = "code"    // a code somebody asked for; its text is shown to no staff
)

// Template is one kind of message as the product brings it.
type Template struct {
	Code      string `json:"code"`
	Class     Class  `json:"class"`
	NameZh    string `json:"name_zh"`
	NameEn    string `json:"name_en"`
	SubjectZh string `json:"subject_zh"` // of e-mails
	SubjectEn string `json:"subject_en"`
	Zh        string `json:"zh"`
	En        string `json:"en"`
}

//go:embed templates.json
var templatesJSON []byte

var templates = sync.OnceValue(func() []Template {
	var list []Template
	if err := json.Unmarshal(templatesJSON, &list); err != nil {
		panic("notify: templates.json: " + err.Error())
	}
	return list
})

func findTemplate(code string) (Template, bool) {
	list := templates()
	i := slices.IndexFunc(list, func(t Template) bool { return t.Code == code })
	if i < 0 {
		return Template{}, false
	}
	return list[i], true
}

// Text is a template's words in one language.
type Text struct {
	Subject string `json:"subject"`
	Body    string `json:"body"`
}

func (t Template) text(lang string) Text {
	if lang == i18n.English {
		return Text{t.SubjectEn, t.En}
	}
	return Text{t.SubjectZh, t.Zh}
}

// Params lists the variables that a template's callers fill in.
func (t Template) Params() []string {
	return paramsOf(t.Zh + t.En + t.SubjectZh + t.SubjectEn)
}

var variable = regexp.MustCompile(`\{([a-z_]+)\}`)

func paramsOf(text string) []string {
	out := []string{}
	for _, m := range variable.FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

const (
	maxSubject = 100  // characters
	maxBody    = 1000 // characters
	maxParam   = 300  // characters of one filled-in value
)

// fill puts values into the variables of a text. A value becomes one line of bounded length: a message has
// no room for what somebody may have pasted into a name.
func (t Text) fill(lang string, zone *time.Location, params map[string]any) (Text, error) {
	missing := ""
	put := func(m string) string {
		v, ok := params[m[1:len(m)-1]]
		if !ok {
			missing = m
			return ""
		}
		return oneLine(valueText(lang, zone, v))
	}
	out := Text{Subject: variable.ReplaceAllStringFunc(t.Subject, put), Body: variable.ReplaceAllStringFunc(t.Body, put)}
	if missing != "" {
		return Text{}, fmt.Errorf("the message lacks a value for %s", missing)
	}
	return out, nil
}

func valueText(lang string, zone *time.Location, v any) string {
	switch v := v.(type) {
	case string:
		return v
	case func(lang string) string:
		return v(lang)
	case time.Time:
		return i18n.DateTime(lang, v, zone)
	default:
		return fmt.Sprint(v)
	}
}

func oneLine(s string) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, ""), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if utf8.RuneCountInString(s) > maxParam {
		s = string([]rune(s)[:maxParam])
	}
	return s
}

// gsm7 are the characters of the basic GSM alphabet (3GPP TS 23.038); those of gsm7double take two places.
const (
	gsm7       = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ!\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsm7double = "^{}\\[~]|€"
)

// Segments counts the text messages that a text takes: 160 characters of the GSM alphabet or 70 others,
// 153 and 67 each when there are several.
func Segments(text string) int {
	n, one, more := 0, 160, 153
	for _, r := range text {
		switch {
		case strings.ContainsRune(gsm7, r):
			n++
		case strings.ContainsRune(gsm7double, r):
			n += 2
		default:
			n, one, more = len(utf16.Encode([]rune(text))), 70, 67
			return parts(n, one, more)
		}
	}
	return parts(n, one, more)
}

func parts(n, one, more int) int {
	if n <= one {
		return 1
	}
	return (n + more - 1) / more
}

// ownTexts are the firm's texts by [templateKey], read again after a second.
type ownTexts struct {
	mu   sync.Mutex
	m    map[string]Text
	till time.Time
}

func (o *ownTexts) drop() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.m = nil
}

func (o *ownTexts) all(ctx context.Context, q db.Querier) (map[string]Text, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.m != nil && time.Now().Before(o.till) {
		return o.m, nil
	}
	list, err := listOwn(ctx, q, nil)
	if err != nil {
		return nil, err
	}
	o.m, o.till = make(map[string]Text, len(list)), time.Now().Add(time.Second)
	for _, t := range list {
		o.m[templateKey(t.code, t.lang, t.brand)] = t.text
	}
	return o.m, nil
}

type ownText struct {
	code, lang, brand string
	text              Text
	version           int64
}

// listOwn reads the firm's texts, those for all brands first; brand nil reads those of every brand.
func listOwn(ctx context.Context, q db.Querier, brand *string) ([]ownText, error) {
	var w db.Where
	if brand != nil {
		w.And("(brand_id = '' OR brand_id = ?)", *brand)
	}
	list, err := db.List(ctx, q, func(sc db.Scanner) (o ownText, err error) {
		return o, sc.Scan(&o.code, &o.lang, &o.brand, &o.text.Subject, &o.text.Body, &o.version)
	}, `SELECT code, lang, brand_id, subject, body, version FROM notify_template`+w.String()+` ORDER BY brand_id`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	return list, nil
}

// textFor chooses the words: the brand's own, the firm's own, or those the product brings.
func (s *Service) textFor(ctx context.Context, q db.Querier, t Template, lang, brand string) (Text, error) {
	own, err := s.own.all(ctx, q)
	if err != nil {
		return Text{}, err
	}
	for _, b := range []string{brand, ""} {
		if text, ok := own[templateKey(t.Code, lang, b)]; ok {
			return text, nil
		}
	}
	return t.text(lang), nil
}

// Variant is a template's words in one language for one brand or for all.
type Variant struct {
	Template Template
	Lang     string
	BrandID  string // empty: all brands
	Text     Text
	Own      bool // the firm changed it
	Version  int64
}

// Variants lists the words of all templates as they are used for a brand, or with brand "" for all.
func (s *Service) Variants(ctx context.Context, brand string) ([]Variant, error) {
	if err := access.Require(ctx, PermTemplates); err != nil {
		return nil, err
	}
	if brand != "" && !access.From(ctx).Scope.SeesBrand(brand) {
		return []Variant{}, nil
	}
	list, err := listOwn(ctx, s.db, &brand)
	if err != nil {
		return nil, err
	}
	out := []Variant{}
	for _, t := range templates() {
		for _, lang := range i18n.Languages() {
			v := Variant{Template: t, Lang: lang, BrandID: brand, Text: t.text(lang)}
			for _, o := range list { // that of the brand comes last
				if o.code == t.Code && o.lang == lang {
					v.Text = o.text
					if o.brand == brand {
						v.Own, v.Version = true, o.version
					}
				}
			}
			out = append(out, v)
		}
	}
	return out, nil
}

// EditInput changes the words of a template.
type EditInput struct {
	Code    string
	Lang    string
	BrandID string // empty: for all brands
	Text    Text
	Version int64 // of the variant that was read; 0 when the firm had none of its own
}

func (s *Service) mayEdit(ctx context.Context, code, lang, brand string) (Template, error) {
	if err := access.Require(ctx, PermTemplates); err != nil {
		return Template{}, err
	}
	t, ok := findTemplate(code)
	scope := access.From(ctx).Scope
	switch {
	case !ok || !i18n.Supported(lang):
		return t, ErrNoTemplate
	case !scope.Centre() || brand == "" && scope.Brands != nil:
		return t, problem.ErrForbidden.With("permission", PermTemplates)
	case !scope.SeesBrand(brand):
		return t, ErrNoTemplate
	}
	return t, nil
}

// checkText refuses what is too long and variables that nobody fills in.
func checkText(t Template, text Text) error {
	known := t.Params()
	var f problem.Fields
	for field, v := range map[string]struct {
		text  string
		limit int
	}{"subject": {text.Subject, maxSubject}, "body": {text.Body, maxBody}} {
		f.Check(v.text != "", field, problem.Required)
		f.Check(utf8.RuneCountInString(v.text) <= v.limit, field, problem.TooLong, "limit", v.limit)
		f.Check(utf8.ValidString(v.text) && !strings.ContainsFunc(v.text, unicode.IsControl), field, problem.BadText)
		for _, p := range paramsOf(v.text) {
			f.Check(slices.Contains(known, p), field, ErrParam, "param", p)
		}
		f.Check(!strings.ContainsAny(variable.ReplaceAllString(v.text, ""), "{}"), field, problem.BadFormat)
	}
	return f.Err()
}

// Edit replaces the words of a template.
func (s *Service) Edit(ctx context.Context, in EditInput) (Variant, error) {
	t, err := s.mayEdit(ctx, in.Code, in.Lang, in.BrandID)
	if err != nil {
		return Variant{}, err
	}
	in.Text.Subject, in.Text.Body = strings.TrimSpace(in.Text.Subject), strings.TrimSpace(in.Text.Body)
	if err := checkText(t, in.Text); err != nil {
		return Variant{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Variant, error) {
		version, err := templateVersion(ctx, tx, in.Code, in.Lang, in.BrandID)
		if err != nil {
			return Variant{}, err
		}
		if version != in.Version {
			return Variant{}, problem.ErrStale.With("version", version)
		}
		who := access.From(ctx).ID
		if version == 0 {
			_, err = tx.Exec(ctx, `INSERT INTO notify_template (code, lang, brand_id, subject, body, updated_by, updated_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, 1)`,
				in.Code, in.Lang, in.BrandID, in.Text.Subject, in.Text.Body, who, db.Micros(tx.Now()))
			if db.IsUnique(err, "notify_template") {
				err = db.ErrRace
			}
		} else {
			err = tx.ExecOne(ctx, `UPDATE notify_template SET subject = $1, body = $2, updated_by = $3, updated_at = $4, version = version + 1
				WHERE code = $5 AND lang = $6 AND brand_id = $7 AND version = $8`,
				in.Text.Subject, in.Text.Body, who, db.Micros(tx.Now()), in.Code, in.Lang, in.BrandID, version)
		}
		if err != nil {
			return Variant{}, err
		}
		tx.AfterCommit(s.own.drop)
		v := Variant{Template: t, Lang: in.Lang, BrandID: in.BrandID, Text: in.Text, Own: true, Version: version + 1}
		return v, audit.Append(ctx, tx, audit.Entry{Kind: "message_template", Record: templateKey(in.Code, in.Lang, in.BrandID), Act: "edit", After: in.Text})
	})
}

func templateKey(code, lang, brand string) string { return code + "/" + lang + "/" + brand }

func templateVersion(ctx context.Context, q db.Querier, code, lang, brand string) (int64, error) {
	v, err := db.Get(ctx, q, db.ScanInt, `SELECT version FROM notify_template WHERE code = $1 AND lang = $2 AND brand_id = $3`, code, lang, brand)
	if errors.Is(err, db.ErrNoRows) {
		return 0, nil
	}
	return v, err
}

// Reset goes back to the words of the firm or, with brand "", of the product.
func (s *Service) Reset(ctx context.Context, code, lang, brand string) error {
	if _, err := s.mayEdit(ctx, code, lang, brand); err != nil {
		return err
	}
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM notify_template WHERE code = $1 AND lang = $2 AND brand_id = $3`, code, lang, brand)
		if err != nil || n == 0 {
			return err
		}
		tx.AfterCommit(s.own.drop)
		return audit.Append(ctx, tx, audit.Entry{Kind: "message_template", Record: templateKey(code, lang, brand), Act: "reset"})
	})
}

// Preview fills a text with the names of its variables and counts its text messages.
func (s *Service) Preview(ctx context.Context, code, lang string, text Text) (Text, int, error) {
	if err := access.Require(ctx, PermTemplates); err != nil {
		return Text{}, 0, err
	}
	t, ok := findTemplate(code)
	if !ok || !i18n.Supported(lang) {
		return Text{}, 0, ErrNoTemplate
	}
	if err := checkText(t, text); err != nil {
		return Text{}, 0, err
	}
	params := map[string]any{}
	for _, p := range t.Params() {
		params[p] = samples[p]
	}
	out, err := text.fill(lang, s.opt.Zone, params)
	return out, Segments(out.Body), err
}

// samples are values of the usual length.
var samples = map[string]string{
	"brand": "安心", "service": "维修", "no": "C2611-000123", "minutes": "30", "hotline": "4000000000", "name": "王师傅", "phone": "138****0000",
	"date": "11月23日", "slot": "14:00–16:00", "code": "482913", "url": "https://s.example.com/l/AbCdEfGhIjKlMnOpQrStUv", "eta": "14:10",
	"reason": "交通拥堵", "min": "20", "amount": "380.00", "addr": "杭州市西湖区示例路1号", "payer": "商家承担", "days": "7", "bankdays": "3",
	"time": "18:00", "plan": "免费更换主板", "options": "换货、免费修理", "model": "KFR-35GW", "sn": "8812", "remedy": "更换", "rule": "人为损坏", "kinds": "手机号、地址", "title": "免费更换电源线", "what": "申请已收到，我们会尽快答复",
	"measures": "已封堵漏洞", "advice": "提防诈骗电话", "type": "查询", "outlet": "西湖网点", "month": "10月", "purpose": "确认维修报价",
}
