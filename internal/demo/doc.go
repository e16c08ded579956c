// Package demo makes a firm out of nothing, to look at and to try: three brands, twelve outlets in four
// cities, eighty engineers, two thousand customers with their machines, sixty days of past work and a busy
// today. Everything is invented; phone numbers lie in ranges that nobody has.
//
// Nothing is written past the services. A calendar of small tasks is worked off in the order of time, the
// database's clock stands at each task's instant, and every act is one that a person does on a screen: cases
// are opened, offers accepted, engineers arrive, customers are called. So states, clocks, promises, stock and
// trails agree with each other as they do in a real installation. What is not done when the calendar reaches
// the present stays as it is: that is today's work. The acts are live ones at their own times; customers are
// not told, since the product is built without a messenger (app.Options.Quiet).
//
// The same seed makes the same firm, relative to the day it is made on. How often things go wrong is a table
// by outlet ([Profiles]), printed in docs/demo.md.
package demo
