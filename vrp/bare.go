package vrp

import (
	"errors"
	"slices"
)

// errOver says that the time was over before a problem was ready to be searched.
var errOver = errors.New("vrp: no time was left")

// bare is the plan of what has begun, with some other jobs and shipments listed as unserved: all that there is when the time
// is over before anything was looked at.
func bare(p *Problem, jobs, shipments []int) (*Solution, error) {
	q := Problem{Places: p.Places, Travel: p.Travel}
	number := map[int]int{} // engineers
	var engineers, fixed []int
	out := &Solution{Unserved: make([]Unserved, 0, len(jobs)+len(shipments))}
	for _, i := range jobs {
		if !p.Jobs[i].Fixed {
			out.Unserved = append(out.Unserved, Unserved{Index: i})
			continue
		}
		j := p.Jobs[i]
		n, ok := number[j.Was.Engineer]
		if !ok {
			n = len(engineers)
			number[j.Was.Engineer] = n
			engineers = append(engineers, j.Was.Engineer)
			e := p.Engineers[j.Was.Engineer]
			e.Shifts = slices.Clone(e.Shifts)
			for k := range e.Shifts {
				e.Shifts[k].MaxMetres = 0 // nothing is asked of what has begun
			}
			q.Engineers = append(q.Engineers, e)
		}
		was := *j.Was
		was.Engineer = n
		j.Was = &was
		q.Jobs, fixed = append(q.Jobs, j), append(fixed, i)
	}
	for _, i := range shipments {
		out.Unserved = append(out.Unserved, Unserved{Index: i, Shipment: true})
	}
	if len(fixed) > 0 {
		c, err := compileFor(&q, nil, nil, &Options{group: 1})
		if err != nil {
			return nil, err
		}
		s, err := c.solution(make([][]int32, len(c.shifts)))
		if err != nil {
			return nil, err
		}
		for _, r := range s.Routes {
			r.Engineer = engineers[r.Engineer]
			for k := range r.Steps {
				if st := &r.Steps[k]; st.Kind == Work {
					st.Index = fixed[st.Index]
				}
			}
			out.Routes = append(out.Routes, r)
		}
		slices.SortFunc(out.Routes, byShift)
	}
	out.Cost = price(p, out)
	return out, nil
}
