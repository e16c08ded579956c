package search

import "testing"

func TestHidden(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{"空调不制冷", "空调不制冷"},
		{"住3幢2单元1704室,报E4", "住   ,报E4"},
		{"文三路100号西湖", "文三路 西湖"},
		{"电话198****2915", "电话 "},
		{"3-2-1704室", " "},
		{"KFR-35GW 2号故障", "KFR-35GW 2号故障"},
		{"2026-11-01 漏水", "2026-11-01 漏水"},
		{"Apt 5B, room 1704: error E4", " ,  : error E4"},
		{"1704室", " "},
		{"身份证330106198507294719,33010619850729471X", "身份证 , "},
	} {
		if got := hidden(tt.in); got != tt.want {
			t.Errorf("hidden(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}
