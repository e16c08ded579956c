package demo

import "anxin/internal/catalog"

// brandRow is one of the invented brands.
type brandRow struct {
	Letter          string
	Code, Zh, En    string
	Hotline, Series string
}

var brandRows = []brandRow{
	{"L", "LANNING", "澜宁", "Lanning", "400-000-1001", "静风,清岚,沐光,远山"},
	{"H", "HEYAN", "禾焰", "Heyan", "400-000-1002", "暖序,灶里,晨炊,和煦"},
	{"Y", "YUNZHU", "云筑", "Yunzhu", "400-000-1003", "小筑,拾光,青檐,微澜"},
}

// productRow is a category of a brand, with how its models are named.
type productRow struct {
	Letter   string
	Category catalog.CategoryCode
	Zh, En   string // what the thing is called in a model's name
	Sizes    string // one model each: code suffix=words
	Warranty int    // months
	Main     int    // months of its main parts
	Install  float64
	Repair   float64 // how often, relative to others, over a year
}

var productRows = []productRow{
	{"L", "AC", "空调", "air conditioner", "26GW=1匹挂机 35GW=1.5匹挂机 50LW=2匹柜机 72LW=3匹柜机 35GX=1.5匹新风挂机", 72, 72, 16, 22},
	{"L", "CAC", "家用中央空调", "ducted air conditioner", "120W=五匹一拖四 160W=六匹一拖五", 72, 72, 0, 3},
	{"L", "RF", "冰箱", "refrigerator", "218=三门 326=法式多门 502=十字对开门 608=对开门", 12, 36, 3, 9},
	{"L", "WM", "洗衣机", "washer", "80T=8公斤波轮 100D=10公斤滚筒 120D=12公斤洗烘一体 10S=10公斤迷你", 12, 36, 5, 10},
	{"L", "DR", "干衣机", "tumble dryer", "90H=9公斤热泵 100H=10公斤热泵", 12, 36, 1, 2},
	{"L", "TV", "电视", "television", "55U=55英寸 65U=65英寸 75Q=75英寸", 12, 36, 5, 6},
	{"H", "GWH", "燃气热水器", "gas water heater", "13E=13升 16E=16升 16Z=16升零冷水 20Z=20升零冷水", 12, 36, 7, 11},
	{"H", "EWH", "电热水器", "electric water heater", "50D=50升 60D=60升 80S=80升双胆", 24, 72, 4, 6},
	{"H", "BOI", "壁挂炉", "gas boiler", "20B=20千瓦 24B=24千瓦 26L=26千瓦冷凝", 24, 36, 2, 6},
	{"H", "RH", "吸油烟机", "range hood", "900=顶吸 910=侧吸 920=变频顶侧双吸", 24, 60, 5, 6},
	{"H", "GC", "燃气灶", "gas hob", "2T=双眼台嵌两用 2C=双眼嵌入式 3C=三眼嵌入式", 24, 60, 4, 4},
	{"H", "DW", "洗碗机", "dishwasher", "13T=13套嵌入式 15T=15套独嵌两用", 36, 60, 4, 4},
	{"H", "MO", "蒸烤箱", "steam oven", "58S=58升嵌入式 23W=23升微波炉", 12, 36, 2, 3},
	{"Y", "WP", "净水器", "water purifier", "600G=600加仑 800G=800加仑 1000G=1000加仑 RO5=即热一体", 12, 36, 6, 8},
	{"Y", "RV", "扫地机器人", "robot vacuum", "S1=基础款 S3=自清洁 S5=全能基站 X7=机械臂", 12, 24, 0, 4},
	{"Y", "RC", "电饭煲", "rice cooker", "40F=4升 50F=5升 IH4=4升IH IC2=电磁炉", 12, 12, 0, 3},
	{"Y", "SL", "智能门锁", "smart lock", "A1=指纹款 A3=可视猫眼 P5=人脸识别 P7=掌静脉", 12, 24, 5, 5},
	{"Y", "ST", "智能马桶", "smart toilet", "T1=即热 T3=泡沫盾 T5=轻智能一体 T7=自动翻盖", 12, 36, 4, 4},
}

// season is how much of a category's yearly demand a month has, 1 the average; months from January.
var season = map[catalog.CategoryCode][12]float64{
	"AC":  {0.6, 0.5, 0.4, 0.6, 1.0, 1.7, 2.4, 2.2, 1.2, 0.6, 0.6, 0.7},
	"CAC": {0.8, 0.6, 0.5, 0.6, 0.9, 1.6, 2.2, 2.0, 1.1, 0.6, 0.7, 0.9},
	"GWH": {1.7, 1.5, 1.1, 0.8, 0.6, 0.5, 0.4, 0.5, 0.7, 1.0, 1.5, 1.7},
	"EWH": {1.5, 1.4, 1.1, 0.8, 0.7, 0.6, 0.5, 0.5, 0.8, 1.0, 1.4, 1.6},
	"BOI": {2.0, 1.6, 1.0, 0.4, 0.3, 0.2, 0.2, 0.3, 0.6, 1.3, 2.2, 2.0},
	"RF":  {0.8, 0.8, 0.9, 1.0, 1.1, 1.3, 1.4, 1.3, 1.0, 0.8, 0.8, 0.8},
}

func seasonOf(c catalog.CategoryCode, month int) float64 {
	if s, ok := season[c]; ok {
		return s[month-1]
	}
	return 1
}
