package search

import (
	"slices"
	"strings"

	"anxin/internal/platform/crypt"
)

// expr is a condition on the tokens of a document; the zero value is no condition.
type expr struct {
	op    byte // 't' token, 'p' token prefix, '&' all of, '|' one of; 0 nothing
	token string
	kids  []expr
}

func is(token string) expr { return expr{op: 't', token: token} }

func begins(token string) expr { return expr{op: 'p', token: token} }

func join(op byte, kids []expr) expr {
	var some []expr
	for _, k := range kids {
		if k.op != 0 {
			some = append(some, k)
		}
	}
	switch len(some) {
	case 0:
		return expr{}
	case 1:
		return some[0]
	}
	return expr{op: op, kids: some}
}

func all(kids ...expr) expr { return join('&', kids) }

func either(kids ...expr) expr { return join('|', kids) }

// fts5 writes the condition for SQLite: MATCH '("空调" AND "kfr" *)'.
func (e expr) fts5() string {
	switch e.op {
	case 't':
		return `"` + e.token + `"`
	case 'p':
		return `"` + e.token + `" *`
	case '&':
		return e.list(" AND ", expr.fts5)
	}
	return e.list(" OR ", expr.fts5)
}

// tsquery writes it for PostgreSQL: '空调' & 'kfr':*
func (e expr) tsquery() string {
	switch e.op {
	case 't':
		return `'` + e.token + `'`
	case 'p':
		return `'` + e.token + `':*`
	case '&':
		return e.list(" & ", expr.tsquery)
	}
	return e.list(" | ", expr.tsquery)
}

func (e expr) list(sep string, one func(expr) string) string {
	parts := make([]string, len(e.kids))
	for i, k := range e.kids {
		parts[i] = one(k)
	}
	return "(" + strings.Join(parts, sep) + ")"
}

// parsed is a query text, taken apart.
type parsed struct {
	words  expr   // every word: by its text, or as an exact term
	title  expr   // every word in the title
	terms  expr   // one of the words as an exact term
	single []expr // every token for itself, for ranking by how many match
}

// parse takes a query text apart. lookup hashes personal values, so that a phone number is found by
// its hash.
func parse(text string, lookup func(kind, value string) []byte) parsed {
	var p parsed
	if r := []rune(strings.TrimSpace(text)); len(r) > maxQuery {
		text = string(r[:maxQuery])
	}
	var words, titles, terms []expr
	fields := strings.Fields(text)
	for _, w := range fields {
		var body, title []expr
		for _, r := range runs(fold(w)) {
			b, t := r.queries()
			body, title = append(body, b...), append(title, t...)
		}
		body, title = body[:min(len(body), maxPerWord)], title[:min(len(title), maxPerWord)]
		exact := exactly(w, lookup)
		words = append(words, either(append([]expr{all(body...)}, exact...)...))
		titles = append(titles, title...)
		terms = append(terms, exact...)
		p.single = append(p.single, body...)
	}
	p.words, p.title = all(words...), all(titles...)
	if len(fields) > 1 { // a number may be written in groups: "138 1234 5678", "C2611 000123"
		if whole := exactly(text, lookup); len(whole) > 0 {
			terms = append(terms, whole...)
			p.words = either(append([]expr{p.words}, whole...)...)
		}
	}
	p.terms = either(terms...)
	return p
}

// queries are the conditions of one run on text and on the title.
func (r run) queries() (body, title []expr) {
	add := func(as func(string) expr, token string) {
		body, title = append(body, as(token)), append(title, as(markTitle+token))
	}
	switch {
	case r.cjk && r.chars == 1: // alone or last in the text, or anywhere in the title
		t := is(markTitle + r.text)
		body, title = append(body, either(is(r.text), t)), append(title, t)
	case r.cjk:
		left := r.chars
		for i := range r.text {
			if left--; left > 0 {
				add(is, head(r.text[i:], 2))
			}
		}
	case r.chars == 1: // the beginning of too many words
		add(is, r.text)
	case r.chars <= maxBegin:
		body = append(body, is(markBegin+r.text))
		title = append(title, is(markTitle+markBegin+r.text))
	default:
		add(begins, head(r.text, maxWord))
	}
	return body, title
}

// exactly lists what a word may be as a term: a number for people, a phone number, its last four digits,
// an identity number, an e-mail address, a person's whole name or its initials.
func exactly(w string, lookup func(kind, value string) []byte) (out []expr) {
	t := term(w)
	if lookup != nil && name(w) {
		if tok := secretToken(crypt.KindName, lookup(crypt.KindName, w)); tok != "" {
			return []expr{is(tok)}
		}
	}
	if len([]rune(t)) < 3 || !strings.ContainsAny(t, "0123456789abcdefghijklmnopqrstuvwxyz") {
		return nil
	}
	out = append(out, is(t))
	if lookup == nil {
		return out
	}
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, fold(w))
	var kinds []string
	switch n := len(digits); {
	case n == 4 && len(t) == len(markTerm)+4:
		kinds = append(kinds, crypt.KindPhone4)
	case n >= 7 && n <= 15 && len(t) <= len(markTerm)+n+2:
		kinds = append(kinds, crypt.KindPhone)
	}
	if crypt.ValidIDCard(w) || len(digits) == 15 {
		kinds = append(kinds, crypt.KindIDCard)
	}
	if strings.ContainsAny(fold(w), "@") {
		kinds = append(kinds, crypt.KindEmail)
	}
	if n := len(t) - len(markTerm); n >= 2 && n <= maxInitials && strings.Trim(t[len(markTerm):], "abcdefghijklmnopqrstuvwxyz") == "" {
		kinds = append(kinds, crypt.KindInitials)
	}
	for _, k := range kinds {
		if tok := secretToken(k, lookup(k, w)); tok != "" {
			out = append(out, is(tok))
		}
	}
	return out
}

// name tells whether a word may be a Chinese person's whole name.
func name(w string) bool {
	r := []rune(fold(w))
	return len(r) >= 2 && len(r) <= maxInitials && !slices.ContainsFunc(r, func(c rune) bool { return initial(c) == 0 })
}

// Names lists the lookups by which a person is found: the whole name, and its initials.
func Names(full string) []Lookup {
	var out []Lookup
	if name(strings.TrimSpace(full)) {
		out = append(out, Lookup{crypt.KindName, full})
	}
	for _, i := range Initials(full) {
		out = append(out, Lookup{crypt.KindInitials, i})
	}
	return out
}

// secretToken is the term of a keyed hash; 80 bits of it are enough among a few million.
func secretToken(kind string, hash []byte) string {
	if len(hash) < 10 {
		return ""
	}
	return markTerm + markTerm + kind[:1] + base.EncodeToString(hash[:10])
}
