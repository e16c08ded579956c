package geo

import (
	"strings"
	"testing"
)

func TestSearch(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want string }{
		{"西湖区", "西湖区330106 西湖区360103"},
		{"西湖", "西湖区330106 西湖区360103"},
		{"杭州西湖", "西湖区330106 西湖街道330106008"},
		{"浙江省 杭州市 西湖区", "西湖区330106"},
		{"杭州", "杭州市330100"},
		{"3301060", ""},
		{"330106", "西湖区330106"},
		{"3301", "杭州市330100 上城区330102"},
		{"33", "浙江省330000 杭州市330100"},
		{"江干区", "上城区330102"}, // a former name leads to its successor
		{"西湖区文新街道", "文新街道330106013"},
		{"杭州西湖文新", "文新街道330106013"},
		{"大西洋", ""},
		{"", ""},
		{"  ", ""},
		{"市辖区", ""}, // nobody lives in a rung of codes
		{"西湖西湖", "西湖街道330106008"},
		{strings.Repeat("西湖", 20), ""}, // as long as may be asked for
		{strings.Repeat("西湖", 20_000), ""},
	} {
		var got []string
		for _, d := range Search(tt.text, 2) {
			got = append(got, d.Name+d.Code)
		}
		if text := strings.Join(got, " "); text != tt.want {
			t.Errorf("Search(%.30q) = %s, want %s", tt.text, text, tt.want)
		}
	}
}
