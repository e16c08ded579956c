package geo

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestByCode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		code, want string
		level      Level
	}{
		{"33", "浙江省", LevelProvince},
		{"3301", "杭州市", LevelCity},
		{"330110", "余杭区", LevelCounty},
		{"330110005", "五常街道", LevelTown},
		{"330110005000", "五常街道", LevelTown},
		{"330110000000", "余杭区", LevelCounty},
		{"441900119", "长安镇", LevelTown},
		{"710000", "台湾省", LevelProvince},
		{"810002", "湾仔区", LevelCounty},
	} {
		d, ok := ByCode(tt.code)
		if !ok || d.Name != tt.want || d.Level != tt.level {
			t.Errorf("ByCode(%s) = %+v, %v, want %s %s", tt.code, d, ok, tt.want, tt.level)
		}
	}
	for _, code := range []string{"", "1", "330104", "999999", "33011000x", "-30110", "330110999", "3301100050001"} {
		if d, ok := ByCode(code); ok {
			t.Errorf("ByCode(%q) = %+v, want none", code, d)
		}
	}
	if d, ok := ByCode("110100"); !ok || !d.Virtual {
		t.Errorf("ByCode(110100) = %+v, %v, want a virtual rung", d, ok)
	}
	if d, ok := ByCode("130171"); !ok || !d.Zone {
		t.Errorf("ByCode(130171) = %+v, %v, want a zone", d, ok)
	}
}

func names(list []Division) string {
	out := make([]string, len(list))
	for i, d := range list {
		out[i] = d.Name
	}
	return strings.Join(out, " ")
}

func TestFindAliases(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		within []string
		want   string
	}{
		{"内蒙古", nil, "内蒙古自治区"},
		{"内蒙", nil, "内蒙古自治区"},
		{"广西", nil, "广西壮族自治区"},
		{"香港", nil, "香港特别行政区"},
		{"恩施", nil, "恩施土家族苗族自治州 恩施市"},
		{"恩施州", nil, "恩施土家族苗族自治州"},
		{"景宁", nil, "景宁畲族自治县"},
		{"双江县", nil, "双江拉祜族佤族布朗族傣族自治县"},
		{"东乡族自治县", nil, "东乡族自治县"},
		{"巴里坤", nil, "巴里坤哈萨克自治县"},
		{"前郭县", nil, "前郭尔罗斯蒙古族自治县"},
		{"大理", []string{"53"}, "大理白族自治州 大理市"},
		{"鼓楼区", []string{"320000"}, "鼓楼区 鼓楼区"},
		{"鼓楼区", []string{"320100"}, "鼓楼区"},
		{"江干区", nil, "上城区"},
		{"塘沽区", nil, "滨海新区"},
		{"莱芜市", nil, "济南市"},
		{"襄樊市", nil, "襄阳市"},
		{"沙县", nil, "沙县区"},
		{"市辖区", nil, ""},
		{"", nil, ""},
		{"亚特兰蒂斯", nil, ""},
	} {
		if got := names(Find(tt.name, tt.within...)); got != tt.want {
			t.Errorf("Find(%s, %v) = %q, want %q", tt.name, tt.within, got, tt.want)
		}
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ names, want string }{
		{"浙江 杭州 余杭", "330110"},
		{"浙江省||余杭区", "330110"},
		{"富阳区", "330111"},
		{"北京 市辖区 朝阳区", "110105"},
		{"重庆市 县 城口县", "500229"},
		{"河南 济源", "419001"},
		{"新疆 石河子", "659001"},
		{"广东 东莞 长安镇", "441900119"},
		{"浙江 余杭区 五常", "330110005"},
		{"吉林", "220000"},
		{"吉林 吉林", "220200"},
		{"北京市 北京市 朝阳区", "110105"},
		{"恩施", "422800"},
		{"澳门 大堂区", "820004"},
	} {
		parts := strings.FieldsFunc(tt.names, func(r rune) bool { return r == ' ' || r == '|' })
		d, err := Resolve(parts...)
		if err != nil || d.Code != tt.want {
			t.Errorf("Resolve(%s) = %+v, %v, want %s", tt.names, d, err, tt.want)
		}
	}
	if _, err := Resolve("浙江", "朝阳区"); !errors.Is(err, ErrUnknownDivision) {
		t.Errorf("Resolve of a foreign county: %v, want ErrUnknownDivision", err)
	}
	if _, err := Resolve(" ", "市辖区"); !errors.Is(err, ErrUnknownDivision) {
		t.Errorf("Resolve of nothing: %v, want ErrUnknownDivision", err)
	}
	var ambiguous *AmbiguousError
	if _, err := Resolve("鼓楼区"); !errors.As(err, &ambiguous) || len(ambiguous.Options) != 4 {
		t.Errorf("Resolve(鼓楼区) = %v, want four options", err)
	}
}

func TestPathSkipsVirtualRungs(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"330110005": "浙江省 杭州市 余杭区 五常街道",
		"110105":    "北京市 朝阳区",
		"419001":    "河南省 济源市",
		"441900119": "广东省 东莞市 长安镇",
		"820004":    "澳门特别行政区 大堂区",
		"000000":    "",
	} {
		if got := names(Path(code)); got != want {
			t.Errorf("Path(%s) = %q, want %q", code, got, want)
		}
	}
}

func TestChildren(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]int{"": 34, "11": 16, "3301": 13, "50": 38, "810000": 18, "330110": 12} {
		if got := Children(code); len(got) != want {
			t.Errorf("Children(%q) are %d, want %d: %s", code, len(got), want, names(got))
		}
	}
	if got := Children("4419"); len(got) < 30 || got[0].Level != LevelTown {
		t.Errorf("Children(4419) = %s, want towns: 东莞 has no counties", names(got))
	}
	if got := Children("330110005"); got != nil {
		t.Errorf("Children of a town = %s", names(got))
	}
}

func TestDivisionsHangTogether(t *testing.T) {
	t.Parallel()
	g, list := divisions(), towns()
	for i, d := range g.list {
		if up := g.parent(d.code); up != 0 {
			if _, ok := g.index(up); !ok {
				t.Errorf("%d %s has no parent %d", d.code, d.name, up)
			}
		}
		if i > 0 && g.list[i-1].code >= d.code {
			t.Errorf("%d after %d", d.code, g.list[i-1].code)
		}
	}
	for _, area := range list.area {
		if _, ok := g.index(area); !ok {
			t.Errorf("towns of an unknown county %d", area)
		}
	}
	for i := range uint16(len(list.number)) {
		if !slices.Contains(slices.Collect(list.named(list.name(i))), i) {
			t.Fatalf("town %d %s is not found by its name", i, list.name(i))
		}
	}
	for name, at := range g.names {
		for _, r := range g.byName[at.lo:at.hi] {
			if r.form == formFormer && g.list[r.id].name == name {
				t.Errorf("%s counts as a former name of itself", name)
			}
		}
	}
	if code, ok := Successor("330104"); !ok || code != "330102" {
		t.Errorf("Successor(330104) = %s, %v, want 330102", code, ok)
	}
	if code, ok := Successor("330110"); ok {
		t.Errorf("Successor(330110) = %s, want none", code)
	}
}

func TestCentreOf(t *testing.T) {
	t.Parallel()
	hangzhou := Point{Lat: 30.25, Lon: 120.16, Datum: WGS84}
	for _, tt := range []struct {
		code string
		near Point
		want Precision
	}{
		{"330100", hangzhou, PrecisionCity},
		{"330110", hangzhou, PrecisionCity},
		{"330110005", hangzhou, PrecisionCity},
		{"110105", Point{Lat: 39.92, Lon: 116.48, Datum: WGS84}, PrecisionDistrict},
		{"110000", Point{Lat: 39.90, Lon: 116.40, Datum: WGS84}, PrecisionCity},
		{"419001", Point{Lat: 35.09, Lon: 112.58, Datum: WGS84}, PrecisionDistrict},
	} {
		p, ok := CentreOf(tt.code)
		if !ok || p.Precision != tt.want || p.Datum != WGS84 || Distance(p, tt.near) > 15000 {
			t.Errorf("CentreOf(%s) = %+v, %v, want %s near %+v", tt.code, p, ok, tt.want, tt.near)
		}
	}
	for _, code := range []string{"330000", "710100", "", "nonsense"} {
		if p, ok := CentreOf(code); ok {
			t.Errorf("CentreOf(%q) = %+v, want none", code, p)
		}
	}
	have := 0
	for _, d := range divisions().list {
		if d.level() == LevelCity && !d.virtual() && d.lat != 0 {
			have++
		}
	}
	if have < 330 {
		t.Errorf("%d cities have a centre, want at least 330", have)
	}
}
