package vrp

import "slices"

// manyPairs is where a list of needs and one of skills are too long to be compared each with each.
const manyPairs = 1 << 14

// levels tells an engineer's level in each of so many skills, 0 where there is none.
func (e *Engineer) levels(needs int) func(code string) int {
	if needs*len(e.Skills) < manyPairs {
		return func(code string) int {
			level := 0
			for i := range e.Skills {
				if e.Skills[i].Code == code {
					level = max(level, e.Skills[i].Level)
				}
			}
			return level
		}
	}
	known := make(map[string]int, len(e.Skills))
	for _, s := range e.Skills {
		known[s.Code] = max(known[s.Code], s.Level)
	}
	return func(code string) int { return known[code] }
}

// certified tells whether the paper for each of so many skills is valid on the shift's day.
func (s *Shift) certified(needs int) func(code string) bool {
	if needs*len(s.Certificates) < manyPairs {
		return func(code string) bool { return slices.Contains(s.Certificates, code) }
	}
	known := make(map[string]bool, len(s.Certificates))
	for _, code := range s.Certificates {
		known[code] = true
	}
	return func(code string) bool { return known[code] }
}
