package hybrid

// tails is 2-opt*: a up to position i goes on as b behind position j, and b
// up to j as a behind i. Every vehicle keeps its own end.
func (s *search) tails(a *route, i int32, b *route, j int32) bool {
	if (i == 0 && j == 0) || (i == a.n && j == b.n) {
		return false
	}
	d := s.d
	w := d.size
	if a.kind != b.kind {
		return s.tailsMixed(a, i, b, j)
	}
	as, bs := a.stops[i:i+2], b.stops[j:j+2]
	price := d.kinds[a.kind].price
	change := int64(price[int(as[0].node)*w+int(bs[1].node)]) - (as[1].base - as[0].base) +
		int64(price[int(bs[0].node)*w+int(as[1].node)]) - (bs[1].base - bs[0].base)
	slack := a.slack + b.slack
	if i == 0 || j == 0 || i == a.n || j == b.n { // one route may end up empty
		k := &d.kinds[a.kind]
		slack += k.fixed + int64(k.price[int(k.start)*w+int(k.end)])
	}
	if change >= slack {
		return false
	}
	return s.tryTwo(
		a, b,
		[]piece{{r: a, from: 0, to: i}, {r: b, from: j + 1, to: b.n + 1}},
		[]piece{{r: b, from: 0, to: j}, {r: a, from: i + 1, to: a.n + 1}},
	)
}

// tailsMixed is tails between vehicles of different kinds, where no shorter
// way to the price is known than to drive the new routes.
func (s *search) tailsMixed(a *route, i int32, b *route, j int32) bool {
	return s.tryTwo(
		a, b,
		[]piece{{r: a, from: 0, to: i}, {r: b, from: j + 1, to: b.n}, {r: a, from: a.n + 1, to: a.n + 1}},
		[]piece{{r: b, from: 0, to: j}, {r: a, from: i + 1, to: a.n}, {r: b, from: b.n + 1, to: b.n + 1}},
	)
}
