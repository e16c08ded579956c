package vrp

// SolveInGroups is Solve, but searches problems of any size in groups of two shifts.
func SolveInGroups(p *Problem, o Options) (*Solution, error) {
	o.group = 2
	return Solve(p, o)
}
