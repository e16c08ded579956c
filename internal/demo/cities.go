package demo

import (
	"anxin/internal/outlets"
	"anxin/internal/platform/geo"
)

// city is one of the places where the firm works.
type city struct {
	Code      string // division of the city
	Province  string
	Name      string
	Share     float64 // of the customers
	Districts []district
}

// district is a county of a city with a point in the middle of where its people live.
type district struct {
	Code     string
	Name     string
	Lat, Lon float64 // WGS-84, to about a kilometre
	towns    []geo.Division
}

// places are the four cities. Codes are those of GB/T 2260; the points are rough, for a map to look right.
func places() []*city {
	return []*city{
		{Code: "3301", Province: "浙江省", Name: "杭州市", Share: 0.30, Districts: []district{
			{Code: "330102", Name: "上城区", Lat: 30.243, Lon: 120.184},
			{Code: "330105", Name: "拱墅区", Lat: 30.320, Lon: 120.142},
			{Code: "330106", Name: "西湖区", Lat: 30.272, Lon: 120.118},
			{Code: "330108", Name: "滨江区", Lat: 30.209, Lon: 120.206},
			{Code: "330109", Name: "萧山区", Lat: 30.185, Lon: 120.264},
			{Code: "330110", Name: "余杭区", Lat: 30.283, Lon: 119.998},
		}},
		{Code: "5101", Province: "四川省", Name: "成都市", Share: 0.27, Districts: []district{
			{Code: "510104", Name: "锦江区", Lat: 30.630, Lon: 104.094},
			{Code: "510105", Name: "青羊区", Lat: 30.674, Lon: 104.035},
			{Code: "510106", Name: "金牛区", Lat: 30.705, Lon: 104.052},
			{Code: "510107", Name: "武侯区", Lat: 30.630, Lon: 104.043},
			{Code: "510108", Name: "成华区", Lat: 30.672, Lon: 104.112},
			{Code: "510116", Name: "双流区", Lat: 30.575, Lon: 103.960},
		}},
		{Code: "4401", Province: "广东省", Name: "广州市", Share: 0.25, Districts: []district{
			{Code: "440103", Name: "荔湾区", Lat: 23.110, Lon: 113.235},
			{Code: "440104", Name: "越秀区", Lat: 23.132, Lon: 113.272},
			{Code: "440105", Name: "海珠区", Lat: 23.084, Lon: 113.320},
			{Code: "440106", Name: "天河区", Lat: 23.138, Lon: 113.361},
			{Code: "440111", Name: "白云区", Lat: 23.190, Lon: 113.273},
			{Code: "440113", Name: "番禺区", Lat: 22.985, Lon: 113.360},
		}},
		{Code: "6101", Province: "陕西省", Name: "西安市", Share: 0.18, Districts: []district{
			{Code: "610102", Name: "新城区", Lat: 34.272, Lon: 108.975},
			{Code: "610103", Name: "碑林区", Lat: 34.245, Lon: 108.948},
			{Code: "610104", Name: "莲湖区", Lat: 34.268, Lon: 108.915},
			{Code: "610112", Name: "未央区", Lat: 34.320, Lon: 108.940},
			{Code: "610113", Name: "雁塔区", Lat: 34.215, Lon: 108.945},
			{Code: "610116", Name: "长安区", Lat: 34.159, Lon: 108.915},
		}},
	}
}

// site is one row of the network.
type site struct {
	Code      string // path segment
	Parent    string // code of the outlet above; "" is the centre
	Name      string
	Kind      outlets.Kind
	City      string
	Districts []int // of the city, the first is where it stands
	Brands    string
	Engineers int
}

// network lists the twelve outlets: in each city an own one, which also goes where no other serves, and two
// partners. Brands: L 澜宁, H 禾焰, Y 云筑.
var network = []site{
	{Code: "hz-center", Name: "杭州直营服务中心", Kind: outlets.KindOwn, City: "3301", Districts: []int{0, 3}, Brands: "LHY", Engineers: 8},
	{Code: "hz-west", Name: "杭州城西特约服务站", Kind: outlets.KindAuthorised, City: "3301", Districts: []int{2, 5}, Brands: "LHY", Engineers: 7},
	{Code: "hz-xiaoshan", Name: "萧山拱墅加盟服务站", Kind: outlets.KindFranchised, City: "3301", Districts: []int{4, 1}, Brands: "LHY", Engineers: 6},
	{Code: "cd-center", Name: "成都直营服务中心", Kind: outlets.KindOwn, City: "5101", Districts: []int{0, 4}, Brands: "LHY", Engineers: 8},
	{Code: "cd-north", Name: "成都城北特约服务站", Kind: outlets.KindAuthorised, City: "5101", Districts: []int{2, 1}, Brands: "LH", Engineers: 7},
	{Code: "cd-shuangliu", Name: "双流武侯特约服务站", Kind: outlets.KindAuthorised, City: "5101", Districts: []int{5, 3}, Brands: "LHY", Engineers: 6},
	{Code: "gz-center", Name: "广州直营服务中心", Kind: outlets.KindOwn, City: "4401", Districts: []int{3, 1}, Brands: "LHY", Engineers: 8},
	{Code: "gz-panyu", Name: "番禺海珠特约服务站", Kind: outlets.KindAuthorised, City: "4401", Districts: []int{5, 2}, Brands: "LHY", Engineers: 6},
	{Code: "gz-baiyun", Name: "白云荔湾加盟服务站", Kind: outlets.KindFranchised, City: "4401", Districts: []int{4, 0}, Brands: "LY", Engineers: 6},
	{Code: "xa-center", Name: "西安直营服务中心", Kind: outlets.KindOwn, City: "6101", Districts: []int{1, 0}, Brands: "LHY", Engineers: 7},
	{Code: "xa-agent", Name: "陕西区域代理服务中心", Kind: outlets.KindAgent, City: "6101", Districts: []int{3, 2}, Brands: "LHY", Engineers: 6},
	{Code: "xa-changan", Parent: "xa-agent", Name: "长安雁塔加盟服务站", Kind: outlets.KindFranchised, City: "6101", Districts: []int{5, 4}, Brands: "LHY", Engineers: 5},
}
