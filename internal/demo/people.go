package demo

import (
	"fmt"
	"strconv"

	"anxin/internal/platform/geo"
)

// Invented people. Surnames and given names are put together by chance; whoever bears such a name by chance
// is not meant.
const (
	surnames = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
	givenA   = "子雨思梓浩宇欣嘉佳明晓文志建国海春秋红丽美秀玉桂淑慧雅静婷颖立永德福祥瑞俊凯晨泽睿启承安宁清云若诗书语楚凌"
	givenB   = "涵轩怡琪然博豪雯洁敏强军平华英兰梅芳霞玲燕娟萍勇刚峰辉斌磊鑫鹏飞林森阳明亮宏伟杰超宁悦彤萱瑶菲妍熙辰航"
)

func personName(c chance) string {
	s, a, b := []rune(surnames), []rune(givenA), []rune(givenB)
	name := string(s[c.IntN(len(s))])
	if c.yes(0.8) {
		name += string(a[c.IntN(len(a))])
	}
	return name + string(b[c.IntN(len(b))])
}

// Phones of customers are 199 0000 xxxx, of staff 198 0000 xxxx: 0000 is given to nobody.
func customerPhone(i int) string { return fmt.Sprintf("1990000%04d", i%10000) }

func staffPhone(i int) string { return fmt.Sprintf("1980000%04d", i%10000) }

// Invented roads and estates.
var (
	roadWords   = []string{"晴岚", "听松", "望溪", "锦霞", "澄江", "云栖", "采薇", "临风", "鸣泉", "芳洲", "竹影", "曲水", "青麓", "揽月", "栖梧", "长庚", "文澜", "照晚", "拂柳", "渡云"}
	roadKinds   = []string{"路", "街", "一路", "二路", "巷", "大道"}
	estateWords = []string{"澜庭", "栖山", "云璟", "锦上", "和风", "听雨", "翠湖", "星河", "书香", "桂语", "枫林", "江畔", "知春", "悦府", "梧桐"}
	estateKinds = []string{"花园", "家园", "公寓", "雅苑", "名邸", "小区", "里"}
	firmWords   = []string{"晴岚餐饮", "听松民宿", "望溪幼儿园", "锦霞美容", "澄江设计", "临风健身", "芳洲酒店", "曲水茶社", "青麓诊所", "揽月影业"}
)

// address makes a place in a district: real divisions, an invented road and estate.
func (d district) address(c chance, ct *city) geo.Address {
	a := geo.Address{
		Country: "CN", Province: ct.Province, City: ct.Name, District: d.Name,
		ProvinceCode: ct.Code[:2] + "0000", CityCode: ct.Code + "00", DistrictCode: d.Code,
		Road: pick(c, roadWords) + pick(c, roadKinds), RoadNo: strconv.Itoa(c.upTo(1, 880)) + "号",
		POI:     pick(c, estateWords) + pick(c, estateKinds),
		HouseNo: strconv.Itoa(c.upTo(1, 28)) + "幢", CellNo: strconv.Itoa(c.upTo(1, 3)) + "单元",
		RoomNo: fmt.Sprintf("%d%02d室", c.upTo(1, 26), c.upTo(1, 4)), Confidence: 1,
	}
	if len(d.towns) > 0 {
		t := pick(c, d.towns)
		a.Town, a.TownCode = t.Name, t.Code
	}
	return a
}

// point scatters around the middle of a district, closely in the middle.
func (d district) point(c chance) geo.Point {
	const degree = 0.016 // about 1.8 km
	return geo.Point{
		Lat: d.Lat + c.NormFloat64()*degree, Lon: d.Lon + c.NormFloat64()*degree*1.1, Datum: geo.WGS84, Precision: geo.PrecisionDoor, Source: "demo",
	}
}
