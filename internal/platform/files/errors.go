package files

import "anxin/internal/platform/problem"

// Codes of this package.
var (
	ErrNotFound  = problem.Declare("files.not_found", problem.NotFound)
	ErrPurpose   = problem.Declare("files.purpose", problem.Invalid)
	ErrID        = problem.Declare("files.id", problem.Invalid)
	ErrEmpty     = problem.Declare("files.empty", problem.Invalid)
	ErrSize      = problem.Declare("files.size", problem.TooLarge)      // max: bytes
	ErrType      = problem.Declare("files.type", problem.Unsupported)   // type: what the bytes are
	ErrBroken    = problem.Declare("files.broken", problem.Invalid)     // a picture that does not decode
	ErrPixels    = problem.Declare("files.pixels", problem.TooLarge)    // max: megapixels
	ErrDigest    = problem.Declare("files.digest", problem.Invalid)     // damaged on its way
	ErrTaken     = problem.Declare("files.taken", problem.Conflict)     // the id names another content
	ErrAttached  = problem.Declare("files.attached", problem.Conflict)  // belongs to another record
	ErrOffset    = problem.Declare("files.offset", problem.Conflict)    // offset: where to go on
	ErrNoPicture = problem.Declare("files.no_picture", problem.Invalid) // there is no preview of this type
	ErrLink      = problem.Declare("files.link", problem.Forbidden)     // signature wrong
	ErrExpired   = problem.Declare("files.link_expired", problem.Gone)
)
