package bench

import (
	"syscall"
	"time"
	"unsafe"
)

// threadTime is the time of the processor that this thread has used, to the microsecond: what others do on the machine is
// not in it. The goroutine has to be locked to its thread.
func threadTime() time.Duration {
	const clock = 3 // CLOCK_THREAD_CPUTIME_ID
	var t syscall.Timespec
	if _, _, err := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clock, uintptr(unsafe.Pointer(&t)), 0); err != 0 {
		return cpu()
	}
	return time.Duration(t.Nano())
}
