package crypt

import "anxin/internal/platform/problem"

// ErrErased says that the key was destroyed on purpose: the value is gone, and screens show "erased".
var ErrErased = problem.Declare("crypt.erased", problem.Gone)
