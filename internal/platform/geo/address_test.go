package geo

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// The addresses are made up; streets and numbers need not exist.
func TestParse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		want Address
	}{
		{"张三 13800000000 浙江省杭州市余杭区五常街道梧桐路969号3幢2单元1201室", Address{
			Country: "CN", Province: "浙江省", City: "杭州市", District: "余杭区", Town: "五常街道",
			ProvinceCode: "330000", CityCode: "330100", DistrictCode: "330110", TownCode: "330110005",
			Road: "梧桐路", RoadNo: "969号", HouseNo: "3幢", CellNo: "2单元", RoomNo: "1201室",
			Person: "张三", Phones: []string{"13800000000"},
		}},
		{"富阳区富春街道桂花北路８８号锦绣家园１２－３－１００１", Address{
			Country: "CN", Province: "浙江省", City: "杭州市", District: "富阳区", Town: "富春街道",
			ProvinceCode: "330000", CityCode: "330100", DistrictCode: "330111", TownCode: "330111001",
			Road: "桂花北路", RoadNo: "88号", POI: "锦绣家园", HouseNo: "12", CellNo: "3", RoomNo: "1001",
			Inferred: []string{"province", "city"},
		}},
		{"北京市朝阳区望京街道丁香大街6号院3号楼2单元1105 赵女士 010-88886666", Address{
			Country: "CN", Province: "北京市", City: "北京市", District: "朝阳区", Town: "望京街道",
			ProvinceCode: "110000", CityCode: "110100", DistrictCode: "110105", TownCode: "110105026",
			Road: "丁香大街", RoadNo: "6号院", HouseNo: "3号楼", CellNo: "2单元", RoomNo: "1105",
			Person: "赵女士", Phones: []string{"010-88886666"},
		}},
		{"上海 浦东新区 张江镇 青桐路690弄8号502室，陈先生，１３７ ０００１ ２２２２", Address{
			Country: "CN", Province: "上海市", City: "上海市", District: "浦东新区", Town: "张江镇",
			ProvinceCode: "310000", CityCode: "310100", DistrictCode: "310115", TownCode: "310115125",
			Road: "青桐路", SubRoad: "690弄", SubRoadNo: "8号", RoomNo: "502室",
			Person: "陈先生", Phones: []string{"13700012222"},
		}},
		{"恩施市芙蓉大道1号", Address{
			Country: "CN", Province: "湖北省", City: "恩施土家族苗族自治州", District: "恩施市",
			ProvinceCode: "420000", CityCode: "422800", DistrictCode: "422801", Road: "芙蓉大道", RoadNo: "1号",
			Inferred: []string{"province", "city"},
		}},
		{"湖北省仙桃市芙蓉大道1号", Address{ // run by the province: no city between
			Country: "CN", Province: "湖北省", District: "仙桃市", ProvinceCode: "420000", DistrictCode: "429004",
			Road: "芙蓉大道", RoadNo: "1号",
		}},
		{"广东省东莞市长安镇锦绣路5号", Address{ // a city without counties
			Country: "CN", Province: "广东省", City: "东莞市", Town: "长安镇",
			ProvinceCode: "440000", CityCode: "441900", TownCode: "441900119", Road: "锦绣路", RoadNo: "5号",
		}},
		{"杭州市江干区丁香路100号", Address{ // merged in 2021
			Country: "CN", Province: "浙江省", City: "杭州市", District: "上城区",
			ProvinceCode: "330000", CityCode: "330100", DistrictCode: "330102", Road: "丁香路", RoadNo: "100号",
			Inferred: []string{"district", "province"},
		}},
		{"余杭区星桥街道桂花路1号", Address{ // the town moved to a new district
			Country: "CN", Province: "浙江省", City: "杭州市", District: "临平区", Town: "星桥街道",
			ProvinceCode: "330000", CityCode: "330100", DistrictCode: "330113", TownCode: "330113004", Road: "桂花路", RoadNo: "1号",
			Inferred: []string{"district", "province", "city"},
		}},
		{"鼓楼区丁香路1号", Address{District: "鼓楼区", Road: "丁香路", RoadNo: "1号"}}, // which of four?
		{"香港特别行政区湾仔区丁香道1号", Address{
			Country: "CN", Province: "香港特别行政区", City: "香港特别行政区", District: "湾仔区",
			ProvinceCode: "810000", CityCode: "810000", DistrictCode: "810002", Road: "丁香道", RoadNo: "1号",
		}},
		{"客户姓名：欧阳静，联系电话：057188886666转8001，详细地址：浙江省嘉兴市南湖区丁香路1369号 备注：下午再来", Address{
			Country: "CN", Province: "浙江省", City: "嘉兴市", District: "南湖区",
			ProvinceCode: "330000", CityCode: "330400", DistrictCode: "330402", Road: "丁香路", RoadNo: "1369号",
			Redundant: "下午再来", Person: "欧阳静", Phones: []string{"0571-88886666-8001"},
		}},
		{"海淀区丁香大街1号 100080", Address{
			Country: "CN", Province: "北京市", City: "北京市", District: "海淀区",
			ProvinceCode: "110000", CityCode: "110100", DistrictCode: "110108", Road: "丁香大街", RoadNo: "1号",
			Postcode: "100080", Inferred: []string{"province", "city"},
		}},
		{"", Address{}},
		{" \n\t", Address{}},
	} {
		got := Parse(tt.text)
		got.Parts, got.Confidence = nil, 0
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("Parse(%s)\n got %s\nwant %s", tt.text, jsonOf(t, got), jsonOf(t, tt.want))
		}
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestParseContact(t *testing.T) {
	t.Parallel()
	const place = "浙江省宁波市鄞州区丁香路5号"
	for _, tt := range []struct {
		text, person, phone string
	}{
		{"李小红 13900001111 " + place, "李小红", "13900001111"},
		{"李小红13900001111" + place, "李小红", "13900001111"},
		{"13900001111李小红" + place, "李小红", "13900001111"},
		{place + "李小红13900001111", "李小红", "13900001111"},
		{place + "，李小红，139-0000-1111", "李小红", "13900001111"},
		{place + "\n收件人：欧阳修文\n手机号码：+86 139 0000 1111", "欧阳修文", "13900001111"},
		{"联系人: John Smith 电话: 8613900001111 地址: " + place, "John Smith", "13900001111"},
		{"（0574）87654321 " + place + " 王师傅", "王师傅", "0574-87654321"},
		{"400-820-8820 " + place, "", "4008208820"},
		{"13900001111-0042 " + place + " 古丽·买买提", "古丽·买买提", "13900001111-0042"},
		{place + " 12900001111", "", ""}, // no mobile begins with 12
		{place, "", ""},
		{"周口市 13900001111", "", "13900001111"}, // a city, though 周 is a surname
	} {
		a := Parse(tt.text)
		if a.Person != tt.person || strings.Join(a.Phones, " ") != tt.phone {
			t.Errorf("Parse(%q): person %q, phones %v, want %q, %q", tt.text, a.Person, a.Phones, tt.person, tt.phone)
		}
		if strings.Contains(tt.text, place) && (a.Road != "丁香路" || a.RoadNo != "5号" || a.DistrictCode != "330212") {
			t.Errorf("Parse(%q) lost the address: %s", tt.text, jsonOf(t, a))
		}
	}
}

func TestParseWithin(t *testing.T) {
	t.Parallel()
	a := ParseWithin("330110", "五常街道丁香路5号")
	if a.TownCode != "330110005" || a.Province != "浙江省" || a.District != "余杭区" {
		t.Errorf("detail within a county: %s", jsonOf(t, a))
	}
	if len(a.Inferred) > 0 {
		t.Errorf("inferred %v, though the caller said so", a.Inferred)
	}
	if a := ParseWithin("320106", "鼓楼区丁香路5号"); a.DistrictCode != "320106" {
		t.Errorf("鼓楼区 within Nanjing's: %s", jsonOf(t, a))
	}
	if a := ParseWithin("330110", "上海市静安区丁香路5号"); a.DistrictCode != "310106" {
		t.Errorf("a text that says otherwise: %s", jsonOf(t, a))
	}
	if a, b := ParseWithin("garbage", "富阳区丁香路5号"), Parse("富阳区丁香路5号"); !reflect.DeepEqual(a, b) {
		t.Errorf("a code that is none: %s, want %s", jsonOf(t, a), jsonOf(t, b))
	}
}

func TestConfidence(t *testing.T) {
	t.Parallel()
	last := 2.0
	for _, text := range []string{ // each less sure than the one before
		"浙江省杭州市余杭区五常街道丁香路5号",
		"浙江省杭州市丁香路5号",
		"浙江省深圳市南山区粤海街道丁香路5号", // contradicts itself
		"丁香路",
		"张三",
	} {
		a := Parse(text)
		if a.Confidence >= last || a.Confidence < 0 || a.Confidence > 1 {
			t.Errorf("Parse(%s).Confidence = %.2f, want it in 0…1 and below %.2f", text, a.Confidence, last)
		}
		last = a.Confidence
	}
	a := Parse("浙江省深圳市南山区粤海街道丁香路5号")
	if a.Province != "广东省" || a.DistrictCode != "440305" {
		t.Errorf("of two provinces the wrong one won: %s", jsonOf(t, a))
	}
}

func TestParseForeign(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text, country, postcode string
		lines                   int
	}{
		{"12 Sample Street\nLondon SW1A 2AA\nUnited Kingdom", "GB", "SW1A 2AA", 3},
		{"1600 Sample Parkway, Mountain View, CA 94043, USA", "US", "94043", 1},
		{"Musterstraße 5\n10115 Berlin\nGermany", "DE", "10115", 3},
		{"1-2-3 Sample, Chiyoda-ku\nTokyo 100-0001\nJapan", "JP", "100-0001", 3},
		{"100 Sample St W\nToronto ON M5H 2N2\nCANADA", "CA", "M5H 2N2", 3},
		{"Sample Street 7", "", "", 1},
		{"г. Москва, ул. Примерная, д. 5", "", "", 1},
	} {
		a := Parse(tt.text)
		if a.Country != tt.country || a.Postcode != tt.postcode || len(a.Lines) != tt.lines {
			t.Errorf("Parse(%q) = %q, %q, %q", tt.text, a.Country, a.Postcode, a.Lines)
		}
		if a.Road != "" || a.Province != "" || a.Confidence > 0.5 {
			t.Errorf("Parse(%q) pretends to know more: %s", tt.text, jsonOf(t, a))
		}
	}
	if a := Parse("13800000000"); len(a.Phones) != 1 || len(a.Lines) != 0 {
		t.Errorf("a phone alone: %s", jsonOf(t, a))
	}
}

func TestPartsCoverTheirText(t *testing.T) {
	t.Parallel()
	text := "\u200b张三　１３８００００００００ 浙江省，杭州市\t余杭区 五常街道丁香路 10 号 楼 3 单元\n"
	for _, p := range Parse(text).Parts {
		if p.Start < 0 || p.End > len(text) || p.Start >= p.End {
			t.Errorf("part %+v out of bounds", p)
			continue
		}
		folded := normalise(text[p.Start:p.End])
		if got := strings.ReplaceAll(folded.norm, " ", ""); got != strings.ReplaceAll(p.Text, " ", "") {
			t.Errorf("part %s %q stands for %q", p.Label, p.Text, got)
		}
	}
}

func TestPoint(t *testing.T) {
	t.Parallel()
	a := Parse("杭州市余杭区丁香路5号")
	if p, ok := a.Point(); !ok || p.Precision != PrecisionCity || a.Code() != "330110" {
		t.Errorf("Point = %+v, %v, code %s", p, ok, a.Code())
	}
	a = Parse("丁香路5号")
	if p, ok := a.Point(); ok || a.Code() != "" {
		t.Errorf("a street nobody knows is at %+v", p)
	}
}

func TestMaskAddress(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"上海市浦东新区张江镇青桐路690弄8号502室":                       "上海市浦东新区张江镇****",
		"浙江省杭州市余杭区五常街道丁香路969号3幢2单元1201室 张三 13800000000": "浙江省杭州市余杭区五常街道****",
		"余杭区丁香路5号":       "余杭区****",
		"丁香路5号3幢":        "****",
		"张三 13800000000": "****",
		"13800000000":    "****",
		"12 Sample Street\nLondon SW1A 2AA\nUnited Kingdom": "**** GB",
		"Sample Street 7": "****",
		"":                "",
		"  ":              "",
	} {
		if got := MaskAddress(text); got != want {
			t.Errorf("MaskAddress(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestJSONComesBack(t *testing.T) {
	t.Parallel()
	want := Parse("张三 13800000000 浙江省杭州市余杭区五常街道丁香路5号 310000")
	var got Address
	if err := json.Unmarshal([]byte(jsonOf(t, want)), &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("an address came back as %+v, %v, want %+v", got, err, want)
	}
	d, _ := ByCode("330110005")
	var back Division
	if err := json.Unmarshal([]byte(jsonOf(t, d)), &back); err != nil || back != d {
		t.Errorf("a division came back as %+v, %v, want %+v", back, err, d)
	}
	for _, bad := range []string{`{"label":""}`, `{"label":"galaxy"}`, `{"label":3}`} {
		if err := json.Unmarshal([]byte(bad), &Part{}); err == nil {
			t.Errorf("%s was read as a part", bad)
		}
	}
}
