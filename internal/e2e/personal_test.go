package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"anxin/internal/platform/access"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/imports"
)

// secrets are told to the product in every way there is, and must stand nowhere in the clear. Numbers are long
// enough that chance does not make them.
var secrets = map[string]string{
	"the thread's phone":         customerPhone,
	"the thread's name":          customerName,
	"the thread's door":          door,
	"an engineer's phone":        "19900000001",
	"a phone from a sheet":       "19847362915",
	"a second phone":             "19847362926",
	"a landline":                 "057188473629",
	"a phone in a note":          "19847362937",
	"a phone in a summary":       "19847362948",
	"a phone in a wrong column":  "19847362959",
	"a phone that signs in":      "19847362960",
	"a phone that is looked for": "19847362971",
	"a phone in an address":      "19847362982",
	"an ID number":               "330106198507294711",
	"a mistyped ID number":       "330106198507294729",
	"a name from a sheet":        "司马不存在",
	"a name from a workbook":     "诸葛未曾有",
	"a door from a sheet":        "94735281室",
	"a door from a workbook":     "94735292室",
	"a door in a note":           "94735303室",
	"an e-mail address":          "zhuge.weicengyou@example.com",
	"a contact's name":           "慕容没有人",
	"a password":                 "tr0ub4dor-and-3-unseen",
}

// forms are the ways in which a text may stand in a file.
func forms(s string) map[string][]byte {
	units := utf16.Encode([]rune(s))
	little, big := make([]byte, 0, 2*len(units)), make([]byte, 0, 2*len(units))
	for _, u := range units {
		little, big = append(little, byte(u), byte(u>>8)), append(big, byte(u>>8), byte(u))
	}
	turned := []rune(s)
	slices.Reverse(turned)
	ascii, _ := json.Marshal(s)
	escaped := strings.Trim(fmt.Sprintf("%+q", s), `"`)
	out := map[string][]byte{
		"as it is": []byte(s), "reversed": []byte(string(turned)), "hex": []byte(hex.EncodeToString([]byte(s))), "HEX": []byte(strings.ToUpper(hex.EncodeToString([]byte(s)))),
		"UTF-16LE": little, "UTF-16BE": big, "hex of UTF-16LE": []byte(hex.EncodeToString(little)), "JSON": bytes.Trim(ascii, `"`), "\\u": []byte(escaped), "URL": []byte(url.QueryEscape(s)),
	}
	// Base64 of a longer text holds this one at one of three offsets; the first and last characters depend on neighbours.
	for shift := range 3 {
		for name, enc := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64 for URLs": base64.RawURLEncoding} {
			text := enc.EncodeToString(append(make([]byte, shift), s...))
			from := map[int]int{0: 0, 1: 2, 2: 3}[shift]
			out[fmt.Sprint(name, " at ", shift)] = []byte(text[from : len(text)-2])
		}
	}
	if digits := strings.Trim(s, "0123456789") == ""; digits && len(s) == 11 {
		out["with blanks"], out["with dashes"] = []byte(s[:3]+" "+s[3:7]+" "+s[7:]), []byte(s[:3]+"-"+s[3:7]+"-"+s[7:])
	}
	return out
}

// grep looks for every secret in every form.
func grep(t *testing.T, where string, content []byte) {
	t.Helper()
	for what, s := range secrets {
		for form, b := range forms(s) {
			if i := bytes.Index(content, b); i >= 0 {
				from, to := max(0, i-120), min(len(content), i+len(b)+60)
				t.Errorf("%s holds %s (%s) at %d: %q", where, what, form, i, content[from:to])
			}
		}
	}
}

// What the test looks with must find what is there.
func TestFormsFind(t *testing.T) {
	t.Parallel()
	for _, text := range []string{customerPhone, customerName} {
		around := "xyz" + text + "uvw"
		for shift := range 3 {
			encoded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("a", shift) + around))
			if !slices.ContainsFunc([]int{0, 1, 2}, func(i int) bool {
				return strings.Contains(encoded, string(forms(text)[fmt.Sprint("base64 at ", i)]))
			}) {
				t.Errorf("base64 of %q with %d before it is not found", text, shift)
			}
		}
	}
}

// Nobody's phone number, ID, name or door stands in the clear in the database, in its log, in the files, the
// outbox, the jobs, the search index or the program's log, whatever way it came.
func TestPersonalDataIsNowhere(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		personal(t, "")
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		personal(t, dbtest.PostgresDSN(t))
	})
}

func personal(t *testing.T, dsn string) {
	w := start(t, dsn)
	thread(t, w)
	w.tell()
	w.settle("everything is told", func() bool { n, err := w.app.Trail.Checkpoint(t.Context()); return err == nil && n == 0 })
	dir := w.app.Config.DataDir
	grep(t, "the program's log", []byte(w.log.String()))
	if dsn != "" {
		grep(t, "the dump of PostgreSQL", dump(t, dsn))
	}
	folder(t, dir) // while it runs: the write-ahead log, too
	w.close()
	folder(t, dir)
}

// folder greps every file of the data directory.
func folder(t *testing.T, dir string) {
	t.Helper()
	seen := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() == "master.key" {
			return err
		}
		b, err := os.ReadFile(path)
		seen++
		grep(t, strings.TrimPrefix(path, dir), b)
		return err
	})
	if err != nil || seen == 0 {
		t.Errorf("%d files in %s: %v", seen, dir, err)
	}
}

func dump(t *testing.T, dsn string) []byte {
	t.Helper()
	program := "pg_dump"
	if bin := os.Getenv("ANXIN_PG_BIN"); bin != "" {
		program = filepath.Join(bin, program)
	}
	cmd := exec.Command(program, "--dbname="+dsn)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("pg_dump: %v %s", err, complaint.String())
	}
	if !bytes.Contains(out, []byte("customers_customer")) || !bytes.Contains(out, []byte("river_job")) {
		t.Fatal("the dump is none")
	}
	return out
}

// tell gives the product all secrets, by every door.
func (w *world) tell() {
	w.t.Helper()
	admin, nobody := w.admin(), w.nobody()
	s := secrets
	address := "浙江省杭州市西湖区文三路100号88幢" + s["a door from a sheet"] + " 电话" + s["a phone in an address"]
	note := "客户电话" + s["a phone in a note"] + ",身份证" + s["an ID number"] + "或" + s["a mistyped ID number"] + ",住" + s["a door in a note"]

	// By hand, with keys whose answers are kept.
	customer := admin.call("POST", "/customers", object{
		"name": s["a contact's name"], "phones": []object{{"number": s["a second phone"]}, {"number": s["a landline"]}}, "email": s["an e-mail address"],
		"addresses": []object{{"text": address, "access": note}}, "note": note,
		"external_ids": []object{{"system": "crm", "id": s["an ID number"]}},
	}, "Idempotency-Key", id())
	made := admin.call("POST", "/cases", object{
		"brand_id": w.brand, "summary": "请回电" + s["a phone in a summary"], "detail": note, "category": "AC", "symptom": "AC-S01", "service_type": "REP", "impact": 2, "urgency": 2,
		"contact_name": s["a contact's name"], "contact_phone": s["a second phone"], "address": object{"text": address, "access": note}, "customer_id": customer["id"], "note": note,
	}, "Idempotency-Key", id())
	caseID := str(made, "id")
	admin.call("POST", "/cases/"+caseID+"/notes", object{"text": note}, "Idempotency-Key", id())
	admin.call("POST", "/cases/"+caseID+"/chase", object{"note": note, "operation_id": id()})
	unit := admin.call("POST", "/units", object{
		"brand_id": w.brand, "category": "AC", "owner_id": customer["id"], "place": object{"text": address, "access": note}, "purchase": object{"channel": "tmall", "seller": "店"},
	}, "Idempotency-Key", id())
	order := admin.call("POST", "/orders", object{"case_id": caseID, "service_type": "REP", "release": true, "note": note}, "Idempotency-Key", id())
	admin.try("POST", "/orders/"+str(order, "id")+"/contacts", object{"note": note, "channel": "phone", "reached": false})
	admin.try("POST", "/intake/phone", object{"brand_id": w.brand, "name": s["a contact's name"], "phone": s["a second phone"], "text": note, "address": address})
	admin.try("POST", "/customers/"+str(customer, "id")+"/reveal", object{"field": "phone", "reason": "call"})
	admin.try("POST", "/units/"+str(unit, "id")+"/place/reveal", object{"reason": "call_back", "note": note})
	admin.try("POST", "/message-opt-outs", object{"channel": "sms", "reach": s["a second phone"], "address": s["a second phone"]})
	admin.try("POST", "/addresses/parse", object{"text": address})
	admin.try("POST", "/staff", object{"name": "周师傅", "job": "engineer", "outlet_id": w.outlet, "phone": s["a phone from a sheet"]})
	admin.try("POST", "/views", object{"page": "cases", "name": "找人", "state": object{"contact_phone": s["a phone that is looked for"]}})

	// By looking for it, in addresses and in wrong places.
	looked := s["a phone that is looked for"]
	for _, path := range []string{
		"/cases?contact_phone=" + looked, "/customers?q=" + looked, "/customers?q=" + url.QueryEscape(s["a contact's name"]), "/cases/search?q=" + looked,
		"/cases/search?q=" + url.QueryEscape(note), "/customers/" + looked, "/cases/" + looked, "/units?serial=" + looked, "/nowhere/" + looked, "/cases?cursor=" + looked, "/cases?frobnicate=" + looked,
	} {
		admin.try("GET", path, nil, "Idempotency-Key", looked)
	}
	nobody.try("POST", "/session", object{"login": s["a phone that signs in"], "password": s["a password"]})
	nobody.try("POST", "/session", object{"login": "admin", "password": s["a password"]})
	nobody.page("/report?phone=" + looked + "&name=" + url.QueryEscape(s["a contact's name"]))
	nobody.page("/l/" + looked)
	for _, bad := range []object{
		{"brand_id": w.brand, "summary": "x", "contact_phone": looked + "x" + looked + looked, "impact": looked},
		{"brand_id": looked, "summary": note, "category": looked[:11], "customer_id": looked, "frobnicate": looked, looked: looked},
	} {
		admin.try("POST", "/cases", bad, "Idempotency-Key", id())
	}
	admin.bytes("POST", "/cases", []byte(`{"summary": "`+looked+`", `+note))

	// By sheets, some of whose rows are refused.
	wrong := s["a phone in a wrong column"]
	w.bringAll(admin, "customers", s["a phone from a sheet"]+".csv", [][]string{
		{"external_id", "kind", "name", "phone", "phone2", "email", "address", "note"},
		{"K1", "person", s["a name from a sheet"], s["a phone from a sheet"], s["a second phone"], s["an e-mail address"], address, note},
		{"K2", wrong, "x", "not a phone " + wrong, "", "", "", ""},
		{"K3", "person", "", s["an ID number"], "", "nonsense " + wrong, "", ""},
	})
	w.bringAll(admin, "cases", "cases.csv", [][]string{
		{"external_id", "brand", "summary", "detail", "customer", "category", "contact_name", "contact_phone", "address", "occurred_at"},
		{"T1", "AX", "请回电" + s["a phone in a summary"], note, "K1", "AC", s["a name from a workbook"], s["a phone from a sheet"], "文三路100号" + s["a door from a workbook"], time.Now().Format("2006-01-02 15:04")},
		{"T2", wrong, "x", "x", "x", "x", "x", "x", "x", wrong},
	})
}

// bringAll imports a sheet whose first row is right, with the mapping that fits its headings.
func (w *world) bringAll(p *person, target, name string, rows [][]string) {
	w.t.Helper()
	var content bytes.Buffer
	if err := csv.NewWriter(&content).WriteAll(rows); err != nil {
		w.t.Fatal(err)
	}
	file, status, out := p.put("import", name, content.Bytes())
	if status/100 != 2 {
		w.t.Fatalf("upload %s: %d %v", name, status, out)
	}
	preview := p.call("POST", "/imports/preview", object{"file_id": file, "target": target})
	run := p.call("POST", "/imports", object{"file_id": file, "target": target, "mapping": preview["suggested"], "origin": "live"}, "Idempotency-Key", id())
	ctx := access.With(w.t.Context(), access.System("test"))
	done, err := w.app.Imports.RunNow(ctx, imports.WorkArgs{Run: imports.RunID(str(run, "id"))}, nil)
	if err != nil || done.Made != 1 || done.Failed == 0 {
		w.t.Errorf("import of %s: made %d, refused %d, %v: %v", name, done.Made, done.Failed, err, p.call("GET", "/imports/"+str(run, "id")+"/errors", nil))
	}
	p.call("GET", "/imports/"+str(run, "id")+"/errors", nil)
}
