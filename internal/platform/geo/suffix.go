package geo

import (
	"strings"
	"sync"
	"unicode/utf8"
)

// suffixGroups are the telling ends of parts. Words of a group say the same about the part they end, so a weight
// belongs to a group. Longer words win over shorter ones.
var suffixGroups = []struct{ name, words string }{
	{"路", "路 马路"},
	{"大道", "大道 道"},
	{"街", "街 大街 老街 新街 后街 前街"},
	{"巷", "巷 胡同 弄堂 里弄 支巷 小巷"},
	{"弄", "弄 支弄"},
	{"公路", "公路 国道 省道 县道 线 快速路 高速 高架 环路 环线"},
	{"里", "里"},
	{"段", "段 东段 西段 南段 北段 中段"},
	{"路口", "路口 口 街口 巷口 村口"},
	{"组", "组 村民小组 生产队 队 小组 社"},
	{"村", "村 自然村 行政村 大队"},
	{"新村", "新村"},
	{"社区", "社区 居委会 居委 村委会 村委 村民委员会 居民委员会 村委员会 村部 居"},
	{"小区", "小区 住宅区 住宅小区 生活区 安置小区 安置房"},
	{"花园", "花园 花苑 家园 嘉园 名苑 家苑 佳苑 雅苑 景苑 公寓 山庄 府邸 华庭 豪庭 名城 新城 人家 嘉苑 雅园 佳园 名园 豪园 华府 名府 豪苑 名邸 别墅 城市花园 国际花园 家属院 家属楼 宿舍 公馆 华城 丽城 水岸 丽景 阳光城 半岛 世家 名居 雅居 新居 丽都 名都 尚都 名门 首府"},
	{"苑", "苑"},
	{"园", "园"},
	{"庭府", "庭 府 墅 郡 邸 第 居 轩 阁 台 岸 都 堡 庄园 郦 榭"},
	{"城", "城"},
	{"大厦", "大厦 大楼 商务楼 写字楼 办公楼 综合楼 科技楼 主楼 裙楼 商厦 塔楼 教学楼 大楼"},
	{"楼", "楼 号楼"},
	{"广场", "广场 购物中心 商业中心 天地 万达 银泰 商业街 步行街 奥特莱斯 百货 商场 mall"},
	{"中心", "中心 活动中心 服务中心 商务中心"},
	{"国际", "国际"},
	{"园区", "工业区 工业园 工业园区 产业园 产业园区 科技园 软件园 创意园 创业园 物流园 园区 产业基地 科创园 电商园 文创园 工业小区 产业区 孵化园 孵化器 科技城 未来科技城 工业城 工业圆区"},
	{"开发区", "开发区 高新区 经开区 新区 保税区 管理区 示范区 度假区 技术开发区 经济开发区 经济技术开发区 高新技术开发区 高新技术产业开发区 产业集聚区 集聚区 功能区 合作区"},
	{"市场", "市场 商城 商贸城 超市 批发市场 农贸市场 小商品市场 专业市场 建材城 家具城 食品城 服装城 鞋城 轻纺城 布城 电子城 灯具城 便利店 菜场"},
	{"公司", "公司 有限公司 集团 有限责任公司 股份有限公司 分公司 企业 实业 合作社 事务所 工作室"},
	{"厂", "厂 厂房 厂区 基地 仓库 车间 工厂 总厂 分厂 库房 电厂 水厂"},
	{"学校", "大学 学院 中学 小学 学校 幼儿园 高中 校区 技校 职校 中专 分校 初中 一中 二中 三中 实验学校"},
	{"医院", "医院 卫生院 诊所 药店 药房 卫生所 门诊部 卫生室"},
	{"机关", "局 政府 银行 支行 分行 法院 派出所 所 站 馆 院 部 处 办 队部 分局 检察院 政务中心 支队 中队 大队部 监狱 法庭 委 会 科 室内 总部 总站 车站 加油站 办事处 储蓄所 营业厅 营业部 邮局 机场 码头 服务区 收费站 火车站 客运站 体育馆 图书馆 博物馆 公园 景区 信用社 管理处 项目部 教堂 寺 庙 祠堂"},
	{"店", "店 酒店 饭店 宾馆 旅馆 网吧 餐厅 店面 门市 门市部 专柜 专卖店 快递 酒楼 大酒店 饭庄 茶楼 会所 会馆 美容院 理发店 烧烤 火锅 超市店 修理部 经营部 批发部 俱乐部 棋牌室 工作室店 KTV ktv"},
	{"门", "门 大门 东门 西门 南门 北门 正门 后门 前门 侧门 大院"},
	{"区", "区 片区 分区"},
	{"方位区", "东区 西区 南区 北区 中区 东园 西园 南园 北园 东苑 西苑 南苑 北苑 中苑"},
	{"期", "期"},
	{"组团", "组团"},
	{"号", "号"},
	{"幢", "幢 栋 座"},
	{"单元", "单元"},
	{"室", "室 房 户 地下室"},
	{"层", "层"},
	{"旁", "附近 旁边 旁 对面 隔壁 楼下 楼上 斜对面 后面 边上 边 侧 东侧 西侧 南侧 北侧 左侧 右侧 里面 对过 往东 往西 往南 往北 前面 门前 正对面 交叉口 交汇处 交界处 交叉处 交口 交叉路口 转弯处 拐角处 向东 向西 向南 向北 以东 以西 以南 以北 东面 西面 南面 北面 米"},
	{"门口", "门口 大门口 出口 入口 路边 桥下 桥边 桥头边"},
	{"镇", "镇"},
	{"乡", "乡 苏木 民族乡"},
	{"街道", "街道 街道办事处 街道办 街办 衔道"},
	{"县区", "县 市 旗"},
	{"桥", "桥 大桥 立交桥 桥头"},
	{"地形", "头 山 湖 河 江 浦 塘 岙 垟 坑 坞 坡 沟 岗 湾 畈 坝 坪 冲 岭 港 洋 洲 渡 墩 岛 泉 井 埠 滩 溪 浜 圩 荡 漾 泾 源 峰 谷 岩 田 林 桥村 岸头 角 底 下 尖 池 堰 埭 塍 垛 汇 洞 崖 峪 川 甸 淀"},
	{"庄", "庄 屯 寨 营 堡 圪 沱 家 宅 坊 场 窑 铺 集 店子 庄子 垸"},
	{"铺", "商铺 店铺 铺面 店面房 铺位 摊位 档口"},
	{"铺号", "号铺 号商铺 号店 号店面 号门面 号摊 号档"},
	{"人", "先生 女士 小姐 收 老师"},
}

// wholeWords are words that mean the same wherever they stand alone.
var wholeWords = map[string]string{
	"电联": "junk", "电联系": "junk", "电话联系": "junk", "null": "junk", "收件人": "junk", "收货人": "junk", "无": "junk", "暂无": "junk",
	"丰巢": "junk", "市辖区": "junk", "县辖区": "junk", "其它区": "junk", "其他区": "junk", "商铺": "junk", "请电联": "junk", "送货前电联": "junk",
	"送货上门": "junk", "工作日": "junk", "自提": "junk", "代收": "junk", "打电话": "junk", "送前电联": "junk", "到付": "junk",
	"的": "glue", "了": "glue", "与": "glue", "和": "glue", "及": "glue", "跟": "glue", "交": "glue", "之": "glue", "近": "glue", "临": "glue",
	"中国": "country", "中华人民共和国": "country", "中华": "country",
}

// wholeFirst holds the first characters of wholeWords. Letters run together, so that their first is enough.
var wholeFirst = func() map[rune]bool {
	m := map[rune]bool{}
	for w := range wholeWords {
		r, _ := utf8.DecodeRuneInString(w)
		m[r] = true
	}
	return m
}()

// ends finds telling ends.
type ends struct {
	group   map[string]uint8 // word → index into suffixGroups
	longest map[rune]uint8   // runes of the longest word that ends with the rune
}

var endings = sync.OnceValue(func() *ends {
	e := &ends{group: map[string]uint8{}, longest: map[rune]uint8{}}
	for g, s := range suffixGroups {
		for w := range strings.FieldsSeq(s.words) {
			if _, ok := e.group[w]; ok {
				continue // the first group that names a word has it
			}
			e.group[w] = uint8(g)
			rs := []rune(w)
			last := rs[len(rs)-1]
			e.longest[last] = max(e.longest[last], uint8(len(rs)))
		}
	}
	return e
})

const noSuffix = 255

// maxSuffix is the length in units up to which ends are told apart.
const maxSuffix = 6

// at fills out[m-1] with the group of the longest end among the last m units before j, noSuffix without one.
func (e *ends) at(t *text, j int, out *[maxSuffix]uint8) {
	for m := range out {
		out[m] = noSuffix
	}
	if j <= 0 || j > len(t.units) {
		return
	}
	last := t.units[j-1]
	limit := int(e.longest[last.r])
	if last.class == classLetter {
		limit = 1
	}
	found := uint8(noSuffix)
	for m := 1; m <= maxSuffix; m++ {
		if m <= limit && j-m >= 0 && (t.units[j-m].class == classHan || m == 1) {
			if g, ok := e.group[t.sub(j-m, j)]; ok {
				found = g
			}
		} else {
			limit = 0
		}
		out[m-1] = found
	}
}

// groupNamed returns the index of a group; it is for the code's own tables.
func groupNamed(name string) uint8 {
	for i, g := range suffixGroups {
		if g.name == name {
			return uint8(i)
		}
	}
	panic("geo: no suffix group " + name)
}
