package geo

import (
	"strings"
	"unicode/utf8"
)

// peoples are the names that stand in those of autonomous places, longest first where one ends another.
var peoples = []string{
	"保安族", "布朗族", "布依族", "朝鲜族", "达斡尔族", "傣族", "德昂族", "东乡族", "侗族", "独龙族", "鄂伦春族", "鄂温克族",
	"哈尼族", "哈萨克族", "哈萨克", "回族", "景颇族", "柯尔克孜族", "柯尔克孜", "拉祜族", "黎族", "傈僳族", "满族", "毛南族",
	"蒙古族", "蒙古", "苗族", "仫佬族", "纳西族", "怒族", "普米族", "羌族", "撒拉族", "畲族", "水族", "塔吉克族", "塔吉克",
	"土家族", "土族", "佤族", "维吾尔", "锡伯族", "锡伯", "瑶族", "彝族", "裕固族", "藏族", "壮族", "仡佬族", "各族", "白族",
}

// nicknames are short forms in daily use that no rule gives.
var nicknames = map[string][]string{
	"巴音郭楞蒙古自治州":   {"巴州"},
	"克孜勒苏柯尔克孜自治州": {"克州"},
	"博尔塔拉蒙古自治州":   {"博州"},
	"昌吉回族自治州":     {"昌吉州"},
	"伊犁哈萨克自治州":    {"伊犁州"},
	"阜新蒙古族自治县":    {"阜蒙县"},
	"前郭尔罗斯蒙古族自治县": {"前郭县"},
	"宁夏回族自治区":     {"宁夏省", "宁夏自治区"},
	"广西壮族自治区":     {"广西省", "广西自治区"},
	"新疆维吾尔自治区":    {"新疆省", "新疆自治区", "新疆维吾尔族自治区"},
	"内蒙古自治区":      {"内蒙", "内蒙古省"},
	"西藏自治区":       {"西藏省"},
	"黑龙江省":        {"黑龙江"},
	"香港特别行政区":     {"香港", "香港特区"},
	"澳门特别行政区":     {"澳门", "澳门特区"},
	"浦东新区":        {"浦东"},
}

// shortNames returns the ways people shorten a division's name: without its rank, without the peoples it is named for,
// and with the bare rank, "恩施土家族苗族自治州" → 恩施, 恩施州. A single character stays whole (沙县 is no "沙").
func shortNames(name string, level Level) []string {
	out := nicknames[name]
	add := func(s string) {
		if s != name && utf8.RuneCountInString(s) >= 2 {
			out = append(out[:len(out):len(out)], s)
		}
	}
	for _, rank := range []struct{ full, short string }{
		{"自治区", ""}, {"自治州", "州"}, {"自治县", "县"}, {"自治旗", "旗"},
	} {
		stem, ok := strings.CutSuffix(name, rank.full)
		if !ok {
			continue
		}
		stem = withoutPeoples(stem)
		add(stem)
		if rank.short != "" {
			add(stem + rank.short)
		}
		return out
	}
	if level == LevelProvince {
		add(strings.TrimSuffix(strings.TrimSuffix(name, "省"), "市"))
		return out
	}
	for _, rank := range []string{"地区", "林区", "特区", "新区", "市", "区", "县", "盟", "旗"} {
		if stem, ok := strings.CutSuffix(name, rank); ok {
			add(stem)
			break
		}
	}
	return out
}

func withoutPeoples(stem string) string {
	for cut := true; cut; {
		cut = false
		for _, p := range peoples {
			if rest, ok := strings.CutSuffix(stem, p); ok && utf8.RuneCountInString(rest) >= 2 {
				stem, cut = rest, true
				break
			}
		}
	}
	// 东乡族自治县 and 鄂温克族自治旗 are named for nothing else.
	if utf8.RuneCountInString(stem) > 2 {
		stem = strings.TrimSuffix(stem, "族")
	}
	return stem
}

// townStem cuts the rank off a town's name when two characters or more remain.
func townStem(name string) string {
	for _, rank := range []string{"街道办事处", "街道", "地区", "民族乡", "镇", "乡"} {
		if stem, ok := strings.CutSuffix(name, rank); ok && utf8.RuneCountInString(stem) >= 2 {
			return stem
		}
	}
	return name
}
