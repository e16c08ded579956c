package hybrid

// How much a second of waiting and of being late counts against a second of
// travel when two clients are compared.
const (
	waitWeight = 0.2
	lateWeight = 1.0
)

// near lists for each client the others that could well stand beside it,
// nearest first. A pair far apart in time is far apart, however short the way.
// Once it is stopped the others have no neighbours.
func near(d *data, count int) [][]int32 {
	n := d.clients
	count = min(count, n-1)
	lists := make([][]int32, n)
	if count <= 0 {
		return lists
	}
	k := &d.kinds[0]
	perSecond := legRatio(d)
	oneWay := func(a, b int) float64 {
		leg := a*d.size + b
		ready := float64(d.own[a].net) + float64(k.travel[leg])
		wait := max(float64(d.own[b].early)-float64(d.own[a].late)-ready, 0)
		late := max(float64(d.own[a].early)+ready-float64(d.own[b].late), 0)
		return float64(k.price[leg]) + perSecond*(waitWeight*wait+lateWeight*late)
	}
	costs := make([]float64, count)
	flat := make([]int32, n*count)
	for a := range n {
		if d.stopped(a) {
			break
		}
		list := flat[a*count : (a+1)*count : (a+1)*count]
		held := 0
		for b := range n {
			if b == a {
				continue
			}
			cost := min(oneWay(a, b), oneWay(b, a))
			if held == count && cost >= costs[count-1] {
				continue
			}
			if held < count {
				held++
			}
			i := held - 1
			for ; i > 0 && costs[i-1] > cost; i-- {
				costs[i], list[i] = costs[i-1], list[i-1]
			}
			costs[i], list[i] = cost, int32(b)
		}
		lists[a] = list
	}
	return lists
}

// legRatio is what a second of travel costs on average.
func legRatio(d *data) float64 {
	price, travel := 1.0, 1.0
	k := &d.kinds[0]
	for i := range k.price[:d.clients*d.size] {
		price += float64(k.price[i])
		travel += float64(k.travel[i])
	}
	return price / travel
}
