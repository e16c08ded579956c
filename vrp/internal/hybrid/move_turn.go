package hybrid

// turn is 2-opt: it makes the clients at positions i and j of r neighbours by
// driving what lies between them the other way round, either way.
func (s *search) turn(r *route, i, j int32) bool {
	if j < i {
		i, j = j, i
	}
	return s.reverse(r, i+1, j) || s.reverse(r, i, j-1)
}

// reverse turns positions i..j of r round.
func (s *search) reverse(r *route, i, j int32) bool {
	if j <= i {
		return false
	}
	d := s.d
	w := d.size
	price := d.kinds[r.kind].price
	st := r.stops
	x, head, tail, y := int(st[i-1].node), int(st[i].node), int(st[j].node), int(st[j+1].node)
	change := int64(price[x*w+tail]) + int64(price[head*w+y]) + st[j].back - st[i].back - (st[j+1].base - st[i-1].base)
	if change >= r.slack {
		return false
	}
	return s.tryOne(r, piece{r: r, from: 0, to: i - 1}, piece{r: r, from: i, to: j, turned: true}, piece{r: r, from: j + 1, to: r.n + 1})
}
