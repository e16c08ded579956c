package db

// Statement is one statement as it is sent to the engine.
type Statement struct {
	Query string
	Args  []any
	Tx    bool // inside a transaction of [InTx]
}

// Watch shows every statement of product code to fn before it runs, in whatever goroutine runs it: tests of
// query plans and measurements look at the statements as they really are. nil ends it.
func (d *DB) Watch(fn func(Statement)) {
	if fn == nil {
		d.watch.Store(nil)
		return
	}
	d.watch.Store(&fn)
}

func (d *DB) show(query string, args []any, tx bool) {
	if fn := d.watch.Load(); fn != nil {
		(*fn)(Statement{Query: query, Args: args, Tx: tx})
	}
}
