package hybrid

// exchange swaps the k clients at positions i.. of r and the m at j.. of the
// same route; the runs must not touch.
func (s *search) exchange(r *route, i, k, j, m int32) bool {
	if j < i {
		i, k, j, m = j, m, i, k
	}
	if i+k >= j || j+m-1 > r.n {
		return false
	}
	d := s.d
	w := d.size
	price := d.kinds[r.kind].price
	as, bs := r.stops[i-1:i+k+1], r.stops[j-1:j+m+1]
	a0, a1, a2, a3 := int(as[0].node), int(as[1].node), int(as[k].node), int(as[k+1].node)
	b0, b1, b2, b3 := int(bs[0].node), int(bs[1].node), int(bs[m].node), int(bs[m+1].node)
	change := int64(price[a0*w+b1]) + int64(price[b2*w+a3]) - (as[1].base - as[0].base) - (as[k+1].base - as[k].base) +
		int64(price[b0*w+a1]) + int64(price[a2*w+b3]) - (bs[1].base - bs[0].base) - (bs[m+1].base - bs[m].base)
	if change >= r.slack {
		return false
	}
	return s.tryOne(
		r,
		piece{r: r, from: 0, to: i - 1}, piece{r: r, from: j, to: j + m - 1}, piece{r: r, from: i + k, to: j - 1},
		piece{r: r, from: i, to: i + k - 1}, piece{r: r, from: j + m, to: r.n + 1},
	)
}
