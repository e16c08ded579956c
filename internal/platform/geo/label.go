package geo

import (
	"fmt"
	"slices"
)

// Label says what a part of an address is.
type Label uint8

// Labels in the order of a written address. Firm to Redundant may stand anywhere near its end.
const (
	LabelCountry   Label = iota // 中国
	LabelProvince               // 省, 自治区
	LabelCity                   // 地级市, 自治州; a municipality
	LabelDistrict               // 区, 县, 县级市, 旗
	LabelDevZone                // 开发区, not a division
	LabelTown                   // 街道, 镇, 乡
	LabelCommunity              // 社区, 村
	LabelRoad                   // 路, 街, 组
	LabelRoadNo                 // 门牌号
	LabelSubRoad                // a road off the road, 弄
	LabelSubRoadNo              // its number
	LabelPOI                    // 小区, 大厦, 公司
	LabelSubPOI                 // a part of it: 东区, 北门
	LabelHouseNo                // 楼栋
	LabelCellNo                 // 单元
	LabelFloorNo                // 楼层
	LabelRoomNo                 // 室
	LabelFirm                   // a firm or shop inside a building
	LabelAssist                 // 附近, 对面
	LabelRedundant              // says nothing about the place
	labelCount
	// The rest is cut out before the address is read.
	LabelPerson   Label = iota // the name of a person
	LabelPhone                 // a phone number
	LabelPostcode              // a postcode
)

var labelNames = [...]string{
	"country", "province", "city", "district", "dev_zone", "town", "community", "road", "road_no", "sub_road", "sub_road_no",
	"poi", "sub_poi", "house_no", "cell_no", "floor_no", "room_no", "firm", "assist", "redundant", "", "person", "phone", "postcode",
}

// String names the label as the JSON field of Address does.
func (l Label) String() string {
	if int(l) < len(labelNames) {
		return labelNames[l]
	}
	return "none"
}

// MarshalText makes a Label its name in JSON.
func (l Label) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads the name; an unknown one is an error.
func (l *Label) UnmarshalText(text []byte) error {
	i := slices.Index(labelNames[:], string(text))
	if i < 0 || len(text) == 0 {
		return fmt.Errorf("unknown label of %d bytes", len(text))
	}
	*l = Label(i)
	return nil
}

// labelSet is a set of the labels below labelCount.
type labelSet uint32

func setOf(labels ...Label) (s labelSet) {
	for _, l := range labels {
		s |= 1 << l
	}
	return s
}

func (s labelSet) has(l Label) bool { return s&(1<<l) != 0 }

var (
	// numberLabels may stand on a number with or without a counter word.
	numberLabels = setOf(LabelCommunity, LabelRoad, LabelRoadNo, LabelSubRoad, LabelSubRoadNo, LabelPOI, LabelSubPOI, LabelHouseNo,
		LabelCellNo, LabelFloorNo, LabelRoomNo, LabelFirm, LabelAssist, LabelRedundant)
	// textLabels may stand on any run of text.
	textLabels = setOf(LabelDevZone, LabelCommunity, LabelRoad, LabelSubRoad, LabelPOI, LabelSubPOI, LabelFirm, LabelAssist, LabelRedundant)
)
