package hybrid

// relocate moves the k clients at positions i.. of a behind position j of b.
func (s *search) relocate(a *route, i, k int32, b *route, j int32) bool {
	if i < 1 || i+k-1 > a.n || j < 0 || j > b.n {
		return false
	}
	d := s.d
	w := d.size
	as, bs := a.stops[i-1:i+k+1], b.stops[j:j+2]
	before, head, tail, after := int(as[0].node), int(as[1].node), int(as[k].node), int(as[k+1].node)
	x, y := int(bs[0].node), int(bs[1].node)
	ka, kb := &d.kinds[a.kind], &d.kinds[b.kind]
	change := int64(ka.price[before*w+after]) - (as[k+1].base - as[0].base) +
		int64(kb.price[x*w+head]) + int64(kb.price[tail*w+y]) - (bs[1].base - bs[0].base)
	if a.kind == b.kind {
		change += as[k].base - as[1].base
	}
	if change >= a.slack+b.slack {
		return false
	}
	return s.tryTwo(
		a, b,
		[]piece{{r: a, from: 0, to: i - 1}, {r: a, from: i + k, to: a.n + 1}},
		[]piece{{r: b, from: 0, to: j}, {r: a, from: i, to: i + k - 1}, {r: b, from: j + 1, to: b.n + 1}},
	)
}
