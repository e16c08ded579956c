package vrp

// Explained is the plan with an unserved job where Explain says that it could be done.
func Explained(p *Problem, job string, engineer, shift int, s *Solution) (*Solution, bool) {
	x := newExplainer(p, s)
	t, ok := x.find(job)
	if !ok {
		return nil, false
	}
	out, _, _, ok := x.withIt(t, Stop{Engineer: engineer, Shift: shift})
	if !ok {
		return nil, false
	}
	left := out.Unserved
	out.Unserved = nil
	for _, u := range left {
		if p.taskOf(&u) != t.who {
			out.Unserved = append(out.Unserved, u)
		}
	}
	dims := newChecker(p).dims
	for _, r := range out.Routes {
		loadSteps(p, r.Steps, dims)
	}
	out.Cost = price(p, out)
	return out, true
}
