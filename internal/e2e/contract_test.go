package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"anxin/internal/platform/db"
)

// operation is one entry of the API's contract.
type operation struct {
	ID, Method, Path string
	Body             object // its JSON schema; nil when it takes none
	Binary           bool   // takes bytes, not JSON
	IfMatch, Keyed   bool
	Query            []object // required parameters
	doc              object
}

// operations reads the contract that the server serves.
func (w *world) operations() []operation {
	w.t.Helper()
	raw, err := w.app.Server.Contract()
	if err != nil {
		w.t.Fatal(err)
	}
	doc := object{}
	if err := json.Unmarshal(raw, &doc); err != nil {
		w.t.Fatal(err)
	}
	var out []operation
	for path, methods := range doc["paths"].(object) {
		for method, v := range methods.(object) {
			o, ok := v.(object)
			if !ok {
				continue
			}
			op := operation{ID: str(o, "operationId"), Method: strings.ToUpper(method), Path: path, doc: doc}
			if body, ok := o["requestBody"].(object); ok {
				content := body["content"].(object)
				if media, ok := content["application/json"].(object); ok {
					op.Body = op.resolve(media["schema"].(object))
				} else {
					op.Binary = true
				}
			}
			params, _ := o["parameters"].([]any)
			for _, v := range params {
				p := op.resolve(v.(object))
				switch {
				case p["name"] == "If-Match":
					op.IfMatch = true
				case p["name"] == "Idempotency-Key":
					op.Keyed = true
				case p["in"] == "query" && p["required"] == true:
					op.Query = append(op.Query, p)
				}
			}
			out = append(out, op)
		}
	}
	slices.SortFunc(out, func(a, b operation) int { return strings.Compare(a.Path+a.Method, b.Path+b.Method) })
	if len(out) < 300 {
		w.t.Fatalf("the contract holds %d operations", len(out))
	}
	return out
}

func (op operation) resolve(s object) object {
	for {
		ref, ok := s["$ref"].(string)
		if !ok {
			return s
		}
		var at any = op.doc
		for k := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
			at = at.(object)[k]
		}
		s = at.(object)
	}
}

// params are the names in braces of the path.
func (op operation) params() []string {
	var out []string
	for seg := range strings.SplitSeq(op.Path, "/") {
		if strings.HasPrefix(seg, "{") {
			out = append(out, strings.Trim(seg, "{}"))
		}
	}
	return out
}

// at fills the path's parameters and adds the query that the operation requires.
func (op operation) at(values ...string) string {
	path := op.Path
	for i, p := range op.params() {
		path = strings.Replace(path, "{"+p+"}", values[min(i, len(values)-1)], 1)
	}
	for i, q := range op.Query {
		sep := "&"
		if i == 0 {
			sep = "?"
		}
		v := "x"
		switch name, schema := str(q, "name"), op.resolve(q["schema"].(object)); {
		case name == "from" || name == "to" || name == "by" || name == "date":
			v = "2026-11-22"
		case name == "purpose":
			v = "import"
		case schema["enum"] != nil:
			v = schema["enum"].([]any)[0].(string)
		}
		path += sep + str(q, "name") + "=" + v
	}
	return path
}

// example makes a value that the schema allows: all members when full, else the required ones. text gives the
// strings that are free.
func (op operation) example(schema object, full bool, text func() string) any {
	s := op.resolve(schema)
	if e, ok := s["enum"].([]any); ok && len(e) > 0 {
		return e[0]
	}
	kind, _ := s["type"].(string)
	if list, ok := s["type"].([]any); ok {
		kind, _ = list[0].(string)
	}
	switch kind {
	case "object":
		out := object{}
		props, _ := s["properties"].(object)
		required, _ := s["required"].([]any)
		for name, p := range props {
			if full || slices.Contains(required, any(name)) {
				out[name] = op.example(p.(object), full, text)
			}
		}
		return out
	case "array":
		if n, _ := s["minItems"].(float64); n == 0 && !full {
			return []any{}
		}
		return []any{op.example(s["items"].(object), full, text)}
	case "integer", "number":
		if n, ok := s["minimum"].(float64); ok && n > 0 {
			return n
		}
		return 0
	case "boolean":
		return false
	case "string":
		switch s["format"] {
		case "date-time":
			return time.Now().UTC().Format(time.RFC3339)
		case "date":
			return "2026-11-22"
		}
		return text()
	}
	return object{}
}

func (op operation) body(full bool, text func() string) any {
	if op.Body == nil {
		return nil
	}
	return op.example(op.Body, full, text)
}

func id() string { return db.NewID() }

// bytes sends a body as it is.
func (p *person) bytes(method, path string, body []byte, headers ...string) (int, object) {
	p.w.t.Helper()
	req, err := http.NewRequestWithContext(p.w.t.Context(), method, p.w.url+"/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		p.w.t.Fatalf("%s: %v", path, err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Anxin-Client", "web")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := p.client.Do(req)
	if err != nil {
		p.w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		p.w.t.Fatal(err)
	}
	out := object{}
	if json.Unmarshal(raw, &out) != nil {
		out["raw"] = string(raw)
	}
	return res.StatusCode, out
}

// refused checks that an answer is a problem: a client's fault, with a code and a sentence in the language.
func refused(t *testing.T, what, lang string, status int, out object) {
	t.Helper()
	if status < 400 || status >= 500 {
		t.Errorf("%s: status %d, want a refusal: %.300v", what, status, out)
		return
	}
	title := str(out, "title")
	if str(out, "code") == "" || title == "" || strings.HasPrefix(title, "problem.") || isChinese(title) != (lang == "zh-CN") {
		t.Errorf("%s: no problem with code and a sentence in %s: %d %.300v", what, lang, status, out)
	}
}

func isChinese(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= 0x4e00 && r < 0xa000 })
}
