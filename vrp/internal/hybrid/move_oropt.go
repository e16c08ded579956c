package hybrid

// shift moves the k clients at positions i.. of r behind position j of the
// same route, turned round if asked.
func (s *search) shift(r *route, i, k, j int32, turned bool) bool {
	if i < 1 || i+k-1 > r.n || j < 0 || j > r.n || (j >= i-1 && j < i+k) {
		return false
	}
	d := s.d
	w := d.size
	price := d.kinds[r.kind].price
	as, bs := r.stops[i-1:i+k+1], r.stops[j:j+2]
	before, head, tail, after := int(as[0].node), int(as[1].node), int(as[k].node), int(as[k+1].node)
	x, y := int(bs[0].node), int(bs[1].node)
	change := int64(price[before*w+after]) - (as[k+1].base - as[0].base) - (bs[1].base - bs[0].base)
	if turned {
		change += int64(price[x*w+tail]) + int64(price[head*w+y]) + as[k].back - as[1].back
	} else {
		change += int64(price[x*w+head]) + int64(price[tail*w+y]) + as[k].base - as[1].base
	}
	if change >= r.slack {
		return false
	}
	run := piece{r: r, from: i, to: i + k - 1, turned: turned}
	if j < i {
		return s.tryOne(r, piece{r: r, from: 0, to: j}, run, piece{r: r, from: j + 1, to: i - 1}, piece{r: r, from: i + k, to: r.n + 1})
	}
	return s.tryOne(r, piece{r: r, from: 0, to: i - 1}, piece{r: r, from: i + k, to: j}, run, piece{r: r, from: j + 1, to: r.n + 1})
}
