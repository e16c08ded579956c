package hybrid

// The sieve computes the change in legs of all moves of a pair of clients at
// once from the few legs they share, and tries only those moves that may pay.
// Each move checks itself again; the sieve leaves out none that would.

// between tries the moves of the client at position i of a and the one at j of b.
func (s *search) between(a *route, i int32, b *route, j int32) bool {
	if a.kind != b.kind {
		return s.betweenAll(a, i, b, j)
	}
	w := s.d.size
	price := s.d.kinds[a.kind].price
	as, bs := a.stops[i-1:i+2:a.n+2], b.stops[j-1:j+2:b.n+2]
	slack := a.slack + b.slack
	p, u, x := int(as[0].node), int(as[1].node), int(as[2].node)
	q, v, y := int(bs[0].node), int(bs[1].node), int(bs[2].node)
	pu, ux := as[1].base-as[0].base, as[2].base-as[1].base
	qv, vy := bs[1].base-bs[0].base, bs[2].base-bs[1].base
	rowP, rowU := price[p*w:(p+1)*w], price[u*w:(u+1)*w]
	rowQ, rowV := price[q*w:(q+1)*w], price[v*w:(v+1)*w]
	uv, vu := int64(rowU[v]), int64(rowV[u])
	uy, qu := int64(rowU[y]), int64(rowQ[u])

	alone := slack - (int64(rowP[x]) - pu - ux)
	if vu+uy-vy < alone && s.relocate(a, i, 1, b, j) {
		return true
	}
	if qu+uv-qv < alone && s.relocate(a, i, 1, b, j-1) {
		return true
	}
	pairSlack := slack + pu + ux + qv + vy
	if int64(rowP[v])+int64(rowV[x])+qu+uy < pairSlack && s.swap(a, i, 1, b, j, 1) {
		return true
	}
	if i > 1 {
		if before := a.stops[i-2]; int64(price[int(before.node)*w+x])-(as[0].base-before.base)-ux+int64(rowQ[p])+uv-qv < slack &&
			s.relocate(a, i-1, 2, b, j-1) {
			return true
		}
	}
	if i < a.n {
		if s.betweenTwo(a, i, b, j, slack) {
			return true
		}
	}
	edge := int64(0) // of a route that may end up empty
	if i == 1 || j == 1 || i == a.n || j == b.n {
		edge = s.plan.opening(a.kind)
	}
	return (uv+int64(rowQ[x])-ux-qv < slack+edge && s.tails(a, i, b, j-1)) ||
		(vu+int64(rowP[y])-vy-pu < slack+edge && s.tails(b, j, a, i-1))
}

// betweenTwo is the part of between where two or three clients leave a.
func (s *search) betweenTwo(a *route, i int32, b *route, j int32, slack int64) bool {
	w := s.d.size
	price := s.d.kinds[a.kind].price
	as, bs := a.stops[i-1:i+3:a.n+2], b.stops[j-1:j+2:b.n+2]
	p, u, x, z := int(as[0].node), int(as[1].node), int(as[2].node), int(as[3].node)
	q, v, y := int(bs[0].node), int(bs[1].node), int(bs[2].node)
	rowP, rowX := price[p*w:(p+1)*w], price[x*w:(x+1)*w]
	rowQ, rowV := price[q*w:(q+1)*w], price[v*w:(v+1)*w]
	pu, xz := as[1].base-as[0].base, as[3].base-as[2].base
	qv, vy := bs[1].base-bs[0].base, bs[2].base-bs[1].base
	xy := int64(rowX[y])
	if int64(rowP[z])-pu-xz+int64(rowV[u])+xy-vy < slack && s.relocate(a, i, 2, b, j) {
		return true
	}
	pairSlack := slack + pu + xz
	if int64(rowP[v])+int64(rowV[z])+int64(rowQ[u])+xy-qv-vy < pairSlack && s.swap(a, i, 2, b, j, 1) {
		return true
	}
	if j < b.n {
		after := b.stops[j+2]
		if int64(rowP[v])+int64(price[y*w+z])+int64(rowQ[u])+int64(rowX[after.node])-qv-(after.base-bs[2].base) < pairSlack &&
			s.swap(a, i, 2, b, j, 2) {
			return true
		}
	}
	return i+1 < a.n && s.relocate(a, i, 3, b, j)
}

// opening is what an unused vehicle of the kind saves at least.
func (p *plan) opening(kindID int32) int64 {
	k := &p.d.kinds[kindID]
	return k.fixed + int64(k.price[int(k.start)*p.d.size+int(k.end)])
}

// betweenAll is between without the sieve.
func (s *search) betweenAll(a *route, i int32, b *route, j int32) bool {
	return s.relocate(a, i, 1, b, j) ||
		s.relocate(a, i, 1, b, j-1) ||
		s.swap(a, i, 1, b, j, 1) ||
		s.relocate(a, i-1, 2, b, j-1) ||
		s.relocate(a, i, 2, b, j) ||
		s.swap(a, i, 2, b, j, 1) ||
		s.swap(a, i, 2, b, j, 2) ||
		s.relocate(a, i, 3, b, j) ||
		s.tails(a, i, b, j-1) ||
		s.tails(b, j, a, i-1)
}

// within tries the moves of the clients at positions i and j of r.
func (s *search) within(r *route, i, j int32) bool {
	w := s.d.size
	price := s.d.kinds[r.kind].price
	as, bs := r.stops[i-1:i+2:r.n+2], r.stops[j-1:j+2:r.n+2]
	p, u, x := int(as[0].node), int(as[1].node), int(as[2].node)
	q, v, y := int(bs[0].node), int(bs[1].node), int(bs[2].node)
	pu, ux := as[1].base-as[0].base, as[2].base-as[1].base
	qv, vy := bs[1].base-bs[0].base, bs[2].base-bs[1].base
	rowP, rowU := price[p*w:(p+1)*w], price[u*w:(u+1)*w]
	rowQ, rowV := price[q*w:(q+1)*w], price[v*w:(v+1)*w]
	uv, vu := int64(rowU[v]), int64(rowV[u])
	uy, qu := int64(rowU[y]), int64(rowQ[u])

	alone := r.slack - (int64(rowP[x]) - pu - ux)
	if vu+uy-vy < alone && s.shift(r, i, 1, j, false) {
		return true
	}
	if qu+uv-qv < alone && s.shift(r, i, 1, j-1, false) {
		return true
	}
	if int64(rowP[v])+int64(rowV[x])+qu+uy < r.slack+pu+ux+qv+vy && s.exchange(r, i, 1, j, 1) {
		return true
	}
	if i > 1 {
		if before := r.stops[i-2]; int64(price[int(before.node)*w+x])-(as[0].base-before.base)-ux+int64(rowQ[p])+uv-qv < r.slack &&
			s.shift(r, i-1, 2, j-1, false) {
			return true
		}
	}
	if i < r.n {
		z := r.stops[i+2]
		xz := z.base - as[2].base
		out := int64(rowP[z.node]) - pu - xz - vy
		rowX := price[x*w : (x+1)*w]
		if vu+int64(rowX[y])+out < r.slack && s.shift(r, i, 2, j, false) {
			return true
		}
		if int64(rowV[x])+uy+out+int64(rowX[u])-ux < r.slack && s.shift(r, i, 2, j, true) {
			return true
		}
		if int64(rowP[v])+int64(rowV[z.node])+qu+int64(rowX[y])-pu-xz-qv-vy < r.slack && s.exchange(r, i, 2, j, 1) {
			return true
		}
		if s.exchange(r, i, 2, j, 2) || (i+1 < r.n && s.shift(r, i, 3, j, false)) {
			return true
		}
	}
	return s.turn(r, i, j)
}
