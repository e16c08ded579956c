// Package archtest holds the architecture as a test: which module may import
// which, whose tables a module's SQL may name, who may know the HTTP framework
// and the database engine, and that packages and languages are complete.
//
// The rules read source text only (go/parser), so they need no build and see
// files of every platform and build tag. Each rule is a function from a
// Repository to findings; the test runs all of them on this repository and
// runs each on small offenders, to show that it still bites.
//
// The package checks; it is imported by nobody.
package archtest
