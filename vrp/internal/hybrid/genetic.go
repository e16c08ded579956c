package hybrid

func (e *engine) evolve() { e.iterate() }
