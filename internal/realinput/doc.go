// Package realinput runs the main job on real input and prints what came of it: city requests that become
// cases and a planned day, an incident log that is lived through again with its own times, a taxonomy that
// becomes a classification tree. It owns no table and ships no data: the files are found under
// ANXIN_DATA, and what cannot be found is skipped and said so. docs/realinput.md explains the mappings and
// keeps the printed tables.
//
// The package also holds a slow, obvious second implementation of clocks ([walk]), which shares no
// arithmetic with module clocks; the two must agree on every incident.
package realinput
