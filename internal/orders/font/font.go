// Package font holds the typeface of the service report: Noto Sans SC Regular (SIL Open Font License 1.1, see
// LICENSE), cut down to the characters of GB 2312 by gen.
package font

import _ "embed" // the typeface

// Report is the typeface, TrueType.
//
//go:embed report.ttf
var Report []byte
