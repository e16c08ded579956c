//go:build !linux

package bench

import "time"

// threadTime is the processor time of the process where the system does not tell that of a thread.
func threadTime() time.Duration { return cpu() }
