package geo

import "testing"

func BenchmarkParse(b *testing.B) {
	for _, bb := range []struct{ name, text string }{
		{"short", "富阳区金桥北路88号"},
		{"typical", "浙江省杭州市西湖区翠苑街道学院路77号3幢2单元502室"},
		{"long", "张三 13800000000 浙江省杭州市余杭区五常街道文一西路969号阿里巴巴西溪园区3号楼2单元1201室"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			Parse(bb.text) // unpacks the lists
			b.ReportAllocs()
			for b.Loop() {
				Parse(bb.text)
			}
		})
	}
}

func BenchmarkFind(b *testing.B) {
	Find("浙江省")
	for b.Loop() {
		Find("余杭区", "330100")
	}
}
