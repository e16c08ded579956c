package search

import (
	"flag"
	"os"
	"slices"
	"testing"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

var update = flag.Bool("update-initials", false, "write initials.txt anew")

// The table is what the pinyin order of CLDR says: a character belongs to the last letter whose first syllable does
// not come after it.
func TestInitialsTable(t *testing.T) {
	t.Parallel()
	pinyin := collate.New(language.MustParse("zh-u-co-pinyin"))
	first := []struct {
		letter byte
		char   string
	}{
		{'a', "阿"},
		{'b', "八"},
		{'c', "嚓"},
		{'d', "咑"},
		{'e', "妸"},
		{'f', "发"},
		{'g', "旮"},
		{'h', "哈"},
		{'j', "丌"},
		{'k', "咔"},
		{'l', "垃"},
		{'m', "妈"},
		{'n', "拏"},
		{'o', "喔"},
		{'p', "妑"},
		{'q', "七"},
		{'r', "呥"},
		{'s', "仨"},
		{'t', "他"},
		{'w', "屲"},
		{'x', "夕"},
		{'y', "丫"},
		{'z', "帀"},
	}
	want := make([]byte, 0, 0x9FA5-firstHan+1)
	for r := rune(firstHan); r <= 0x9FA5; r++ {
		letter := byte('a')
		for _, f := range first {
			if pinyin.CompareString(f.char, string(r)) > 0 {
				break
			}
			letter = f.letter
		}
		want = append(want, letter)
	}
	if *update {
		if err := os.WriteFile("initials.txt", want, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if initialOf != string(want) {
		t.Error("initials.txt is not what the order of CLDR gives")
	}
}

func TestInitials(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		want []string
	}{
		{"王小明", []string{"wxm"}},
		{"欧阳锋", []string{"oyf"}},
		{" 李 娜 ", []string{"ln"}},
		{"曾国藩", []string{"zgf"}},
		{"单于飞", []string{"cyf"}},
		{"单雄信", []string{"sxx"}},
		{"解晓东", []string{"jxd", "xxd"}},
		{"尉迟恭", []string{"ycg"}},
		{"任钰昊", []string{"ryh"}},
		{"梓瑜琛", []string{"zyc"}},
		{"鑫婷颖璐", []string{"xtyl"}},
		{"阿伟Tony", []string{"awt"}},
		{"张", nil},
		{"John Smith", nil},
		{"", nil},
		{"杭州西湖区文三路", nil},
	} {
		if got := Initials(tt.name); !slices.Equal(got, tt.want) {
			t.Errorf("Initials(%q) = %q, want %q", tt.name, got, tt.want)
		}
	}
}
