//go:build !unix

package dispatch

import "time"

// cpuTime is not known here.
func cpuTime() time.Duration { return 0 }
