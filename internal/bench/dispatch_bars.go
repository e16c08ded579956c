package bench

import "fmt"

// bar is what a set has to reach in a time; what is 0 is not asked for.
type bar struct {
	unserved int
	priority int64   // served, of a day
	travel   float64 // seconds at most, of a day
	gap      float64 // mean per cent above the best known at most, of a set of instances
}

// dispatchBars are the bars by set and seconds.
var dispatchBars = map[string]bar{
	"day a 10": {unserved: 2, priority: 32920, travel: 560_000},
	"day a 60": {unserved: 2, priority: 32920, travel: 540_000},
	"day b 20": {priority: 28670},
	"day b 60": {priority: 28701, travel: 610_238},
	"day c 2":  {priority: 10486, travel: 285_580},

	"day c in money 2": {priority: 10486, travel: 285_580},

	"solomon 1":  {gap: 0.5},
	"solomon 10": {gap: 0.15},
	"gh200 10":   {gap: 0.8},
	"gh1000 30":  {gap: 4},
	"pillac 30":  {gap: 1},
	"praxedo 30": {gap: 1},
}

// misses tells what of a bar the results of one set and time miss; nothing when it is met. Slack makes it looser, by this share
// of travel and priority and by as many points of a gap: a slow machine, a slice of the instances.
func (b bar) misses(group []DispatchResult, slack float64) []string {
	var out []string
	var sum float64
	judged := 0
	for _, r := range group {
		if r.Faults > 0 || r.Error != "" {
			out = append(out, fmt.Sprintf("%s: %d faults %s", r.Instance, r.Faults, r.Error))
		}
		if b.unserved > 0 && r.Unserved > b.unserved+int(slack*float64(r.Tasks)) {
			out = append(out, fmt.Sprintf("%s: %d unserved, at most %d", r.Instance, r.Unserved, b.unserved))
		}
		if need := int64(float64(b.priority) * (1 - slack)); r.Priority < need {
			out = append(out, fmt.Sprintf("%s: priority %d, at least %d", r.Instance, r.Priority, need))
		}
		if most := b.travel * (1 + slack); b.travel > 0 && r.Value > most {
			out = append(out, fmt.Sprintf("%s: travel %s, at most %s", r.Instance, thousands(r.Value), thousands(most)))
		}
		if gap, ok := r.gap(); ok {
			sum += gap
			judged++
		}
	}
	if b.gap > 0 {
		switch most := b.gap + 100*slack; {
		case judged == 0:
			out = append(out, "nothing to compare with the best known")
		case sum/float64(judged) > most:
			out = append(out, fmt.Sprintf("mean gap %.2f %%, at most %.2f %%", sum/float64(judged), most))
		}
	}
	return out
}

// barWord says whether a set has met its bar in a time; "–" where there is none.
func barWord(group []DispatchResult) string {
	b, ok := dispatchBars[fmt.Sprintf("%s %g", group[0].Set, group[0].Seconds)]
	if !ok {
		return "–"
	}
	return metWord(len(b.misses(group, 0)) == 0)
}

// sliceSlack is how much looser the bars of the slice are, so that they fail for what was broken and not for the machine.
const sliceSlack = 0.1

// assert fails for results that miss their bars by far, or break a rule.
func assert(all []DispatchResult) error {
	for _, group := range groups(all) {
		b := dispatchBars[fmt.Sprintf("%s %g", group[0].Set, group[0].Seconds)]
		if missed := b.misses(group, sliceSlack); len(missed) > 0 {
			return fmt.Errorf("%s in %g s, with a tenth of slack: %s", group[0].Set, group[0].Seconds, missed[0])
		}
	}
	return nil
}
