// Package bench measures the product: how fast cases are opened, queues, timelines and searches answered, and
// sheets brought in, on both engines, and how that compares with what the engine itself can do in the same
// minute. It also holds the test that looks at the plans of hot queries. It owns no table.
package bench
