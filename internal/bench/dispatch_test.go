package bench

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"anxin/internal/dispatch/planner"
)

func benchDir() string {
	if dir := os.Getenv("ANXIN_BENCH"); dir != "" {
		return dir
	}
	return filepath.Join("..", "..", "..", "shared", "bench")
}

// TestCityDays plans a tenth of each published day: the plan has no fault by the checker, and every job is
// served or told why not.
func TestCityDays(t *testing.T) {
	t.Parallel()
	days, err := CityDays(benchDir())
	if err != nil {
		t.Skip("no published instances: ", err)
	}
	planned := 0
	for _, d := range days {
		d.Jobs, d.Vehicles = d.Jobs[:len(d.Jobs)/10], d.Vehicles[:len(d.Vehicles)/10]
		r, err := PlanCity(t.Context(), planner.New(), d)
		if errors.Is(err, ErrNotModelled) {
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", d.Name, err)
		}
		planned++
		if r.Faults > 0 || r.Unserved >= r.Jobs/2 || r.Travel <= 0 || r.WithHome <= r.Travel {
			t.Errorf("%s: %+v", d.Name, r)
		}
	}
	if planned < 2 {
		t.Errorf("%d of %d days were planned", planned, len(days))
	}
}
