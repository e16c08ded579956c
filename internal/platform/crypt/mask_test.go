package crypt

import (
	"strings"
	"testing"
)

// wide writes ASCII in full-width characters, as a Chinese input method does.
func wide(s string) string {
	return strings.Map(func(r rune) rune { return r + 0xFEE0 }, s)
}

type maskCase struct{ in, want string }

func runMask(t *testing.T, name string, mask func(string) string, cases []maskCase) {
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		for _, tt := range cases {
			if got := mask(tt.in); got != tt.want {
				t.Errorf("%s(%q) = %q, want %q", name, tt.in, got, tt.want)
			}
		}
	})
}

func TestMasks(t *testing.T) {
	t.Parallel()
	runMask(t, "MaskPhone", MaskPhone, []maskCase{
		{"13812345678", "138****5678"},
		{"+86 138 1234 5678", "138****5678"},
		{"0086-138-1234-5678", "138****5678"},
		{"8613812345678", "138****5678"},
		{"013812345678", "138****5678"},
		{wide("13812345678"), "138****5678"},
		{"010-12344321", "010-****4321"},
		{"+861012344321", "010-****4321"},
		{"0571-12345678", "0571-****5678"},
		{"+852 9123 4567", "+852 ****4567"},
		{"4008123456", "******3456"},
		{"12345", "****45"},
		{"x", "****"},
		{"", ""},
	})
	runMask(t, "MaskLandline", MaskLandline, []maskCase{
		{"010-12344321", "010-****4321"},
		{"01012344321", "010-****4321"},
		{"0571-12345678", "0571-****5678"},
		{"0575-1234567", "0575-****567"},
		{"(021) 6234 5678", "021-****5678"},
		{"0571-12345678-8001", "0571-****5678"},
		{"0571-12345678转801", "0571-****5678"},
		{"62345678", "****5678"},
	})
	runMask(t, "MaskIDCard", MaskIDCard, []maskCase{
		{"110101199003071234", "110101********1234"},
		{"11010519491231002x", "110105********002x"},
		{"110101900307123", "110101*****7123"},
		{"E12345678", "E*******8"},
		{"ab", "**"},
	})
	runMask(t, "MaskIDCardStrict", MaskIDCardStrict, []maskCase{
		{"110101199003071234", "1****************4"},
	})
	runMask(t, "MaskName", MaskName, []maskCase{
		{"张三", "张**"},
		{"张三丰", "张**"},
		{"欧阳娜娜", "欧阳**"},
		{"欧阳修", "欧阳**"},
		{"司马", "司**"},
		{"John Smith", "J*** S****"},
		{"阿依古丽·买买提", "阿**"},
		{" 李四 ", "李**"},
		{"J", "J*"},
		{"", ""},
	})
	runMask(t, "MaskNameCourier", MaskNameCourier, []maskCase{
		{"张小三", "张*三"}, {"张三", "张*"}, {"欧阳娜娜", "欧**娜"}, {"John Smith", "J*** S****"}, {"张", "张**"},
	})
	runMask(t, "MaskEmail", MaskEmail, []maskCase{
		{"zhang@qq.com", "z***@qq.com"}, {"z@qq.com", "z***@qq.com"}, {"王五@例子.中国", "王***@例子.中国"}, {"nobody", "***"}, {"", ""},
	})
	runMask(t, "MaskBankCard", MaskBankCard, []maskCase{
		{"6222020200001236222", "**** **** **** 6222"}, {"4111 1111 1111 1111", "**** **** **** 1111"}, {"123", "***"},
	})
	runMask(t, "MaskPlate", MaskPlate, []maskCase{
		{"沪A12388", "沪A***88"}, {"沪A·12388", "沪A***88"}, {"沪AD12388", "沪A****88"}, {"沪A1", "***"},
	})
	runMask(t, "MaskSerial", MaskSerial, []maskCase{
		{"867400034564321", "***********4321"}, {"AB1234", "***234"}, {"A", "*"}, {"", ""},
	})
}

func TestMaskText(t *testing.T) {
	t.Parallel()
	runMask(t, "MaskText", MaskText, []maskCase{
		{"", ""},
		{"空调不制冷,型号KFR-35GW/NhGc1B", "空调不制冷,型号KFR-35GW/NhGc1B"},
		{"请打13812345678,谢谢", "请打138****5678,谢谢"},
		{"tel13812345678abc", "tel138****5678abc"},
		{"138 1234 5678", "138****5678"},
		{"138-1234-5678", "138****5678"},
		{"138.1234.5678", "138****5678"},
		{"1 3 8 1 2 3 4 5 6 7 8", "138****5678"},
		{wide("13812345678"), "138****5678"},
		{"138\u200b1234\u200b5678", "138****5678"},
		{"+8613812345678", "138****5678"},
		{"+86 138 1234 5678", "138****5678"},
		{"(+86)13812345678", "(138****5678"},
		{"13812345678 13912345678", "138****5678 139****5678"},
		{"13812345678,13912345678", "138****5678,139****5678"},
		{"2026-11-21 13812345678", "2026-11-21 138****5678"},
		{"113812345678", "113812345678"},         // a digit before
		{"138123456789", "138123456789"},         // a digit behind
		{"12812345678", "12812345678"},           // no mobile range
		{"138\n12345678", "138\n12345678"},       // two lines
		{"138****5678", "138****5678"},           // masked already
		{"C2611-000123", "C2611-000123"},         // a case number
		{"2026-11-21 10:30", "2026-11-21 10:30"}, // a date
		{"11010519491231002X", "110105********002X"},
		{"11010519491231002x。", "110105********002X。"},
		{"110105 19491231 002X", "110105********002X"},
		{wide("11010519491231002X"), "110105********002X"},
		{"110105194912310021", "110105194912310021"}, // check character does not fit
		{"x110105194912310021y", "x110105194912310021y"},
		{"a1101051949123100211", "a1101051949123100211"}, // 19 digits
		{"座机0571-12345678", "座机0571-****5678"},
		{"(0571)87654321", "(0571-****4321"},
		{"02187654321", "021-****4321"},
		{"卡号6222 0202 0000 1236 222", "卡号6222 0202 0000 1236 222"}, // fails Luhn
		{"卡号4111 1111 1111 1111。", "卡号**** **** **** 1111。"},
		{"6217000010000000003", "**** **** **** 0003"},
		{"3782 822463 10005", "**** **** **** 0005"},
		{"联系zhang.san@qq.com.", "联系z***@qq.com."},
		{"zhang\uff20qq.com", "z***\uff20qq.com"},
		{"13812345678@qq.com", "1***@qq.com"},
		{"a@b", "a@b"},
		{"a@b.cn,c@d.cn", "a***@b.cn,c***@d.cn"},
		{"+852 9123 4567", "+852 ****4567"},
		{"+1 (202) 555-0143 ok", "+1 ****0143 ok"},
		{"温度+12345678", "温度+12345678"},
		{"订单 20261121000123", "订单 20261121000123"},
	})
}

func TestValidIDCard(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]bool{
		"11010519491231002X":       true,
		"11010519491231002x":       true,
		wide("11010519491231002X"): true,
		"110105194912310021":       false,
		"11010519491331002X":       false,
		"":                         false,
		"1101051949123100":         false,
		"1101051949123100AX":       false,
	} {
		if got := ValidIDCard(id); got != want {
			t.Errorf("ValidIDCard(%q) = %v, want %v", id, got, want)
		}
	}
}

func FuzzMaskText(f *testing.F) {
	for _, s := range []string{"13812345678", "请打138-1234-5678", "11010519491231002X", "a@b.cn 0571-12345678", "4111111111111111", "++86@1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := MaskText(s)
		if again := MaskText(got); strings.ContainsAny(got, "0123456789") && len(again) > 2*len(got)+64 {
			t.Errorf("MaskText grows: %q, %q, %q", s, got, again)
		}
		for i := 0; i+11 <= len(got); i++ {
			w := got[i : i+11]
			before := i > 0 && got[i-1] >= '0' && got[i-1] <= '9'
			behind := i+11 < len(got) && got[i+11] >= '0' && got[i+11] <= '9'
			if !before && !behind && digitsOf(w) == w && isMobile(w) {
				t.Errorf("MaskText(%q) = %q leaves %s", s, got, w)
			}
		}
	})
}

func BenchmarkMaskText(b *testing.B) {
	s := strings.Repeat("客户反映空调不制冷,已预约明天上午上门,联系电话13812345678。", 4)
	for b.Loop() {
		MaskText(s)
	}
}
