package hybrid

// swap exchanges the k clients at positions i.. of a and the m at j.. of b.
func (s *search) swap(a *route, i, k int32, b *route, j, m int32) bool {
	if i+k-1 > a.n || j+m-1 > b.n {
		return false
	}
	d := s.d
	w := d.size
	as, bs := a.stops[i-1:i+k+1], b.stops[j-1:j+m+1]
	a0, a1, a2, a3 := int(as[0].node), int(as[1].node), int(as[k].node), int(as[k+1].node)
	b0, b1, b2, b3 := int(bs[0].node), int(bs[1].node), int(bs[m].node), int(bs[m+1].node)
	pa, pb := d.kinds[a.kind].price, d.kinds[b.kind].price
	change := int64(pa[a0*w+b1]) + int64(pa[b2*w+a3]) - (as[k+1].base - as[0].base) +
		int64(pb[b0*w+a1]) + int64(pb[a2*w+b3]) - (bs[m+1].base - bs[0].base)
	if a.kind == b.kind {
		change += as[k].base - as[1].base + bs[m].base - bs[1].base
	}
	if change >= a.slack+b.slack {
		return false
	}
	return s.tryTwo(
		a, b,
		[]piece{{r: a, from: 0, to: i - 1}, {r: b, from: j, to: j + m - 1}, {r: a, from: i + k, to: a.n + 1}},
		[]piece{{r: b, from: 0, to: j - 1}, {r: a, from: i, to: i + k - 1}, {r: b, from: j + m, to: b.n + 1}},
	)
}
