package demo

// Profile says how often things go wrong at an outlet; shares are from 0 to 1.
type Profile struct {
	Outlet  string
	Late    float64 // arrivals after the promised window
	Far     float64 // arrivals said more than 300 m from the place
	Second  float64 // repairs that need another visit of the same order
	Repeat  float64 // repairs that come back within 30 days with the same symptom
	Unhappy float64 // valid answers that are negative
	Neutral float64 // valid answers that are neither satisfied nor negative
	Decline float64 // offers declined; own outlets are not asked
	Accept  int     // minutes until an offer is answered, at the median
}

// Profiles is the table by outlet that docs/demo.md prints: a good own outlet, solid partners, and two that
// a manager should talk to.
var Profiles = []Profile{
	{"hz-center", 0.004, 0.006, 0.09, 0.018, 0.010, 0.010, 0, 0},
	{"hz-west", 0.010, 0.010, 0.11, 0.028, 0.018, 0.012, 0.04, 14},
	{"hz-xiaoshan", 0.022, 0.016, 0.13, 0.040, 0.026, 0.016, 0.08, 26},
	{"cd-center", 0.006, 0.008, 0.10, 0.022, 0.012, 0.010, 0, 0},
	{"cd-north", 0.012, 0.012, 0.12, 0.030, 0.018, 0.014, 0.05, 16},
	{"cd-shuangliu", 0.014, 0.012, 0.12, 0.032, 0.020, 0.014, 0.05, 18},
	{"gz-center", 0.006, 0.008, 0.10, 0.022, 0.012, 0.010, 0, 0},
	{"gz-panyu", 0.010, 0.010, 0.11, 0.028, 0.016, 0.012, 0.04, 15},
	{"gz-baiyun", 0.040, 0.026, 0.17, 0.058, 0.045, 0.020, 0.12, 38},
	{"xa-center", 0.008, 0.008, 0.10, 0.024, 0.014, 0.010, 0, 0},
	{"xa-agent", 0.016, 0.014, 0.13, 0.034, 0.022, 0.014, 0.06, 22},
	{"xa-changan", 0.034, 0.022, 0.16, 0.052, 0.038, 0.018, 0.10, 34},
}

func profileOf(outlet string) Profile {
	for _, p := range Profiles {
		if p.Outlet == outlet {
			return p
		}
	}
	return Profiles[0]
}

// Shares that are the same everywhere.
const (
	remoteShare     = 0.25  // repair requests that are solved on the phone
	cancelShare     = 0.03  // orders that the customer takes back before the visit
	duplicateShare  = 0.008 // requests that were reported twice
	absentShare     = 0.015 // visits that find nobody at home
	moveShare       = 0.035 // visits that the customer moves to another time
	chaseShare      = 0.05  // customers who ask where we are
	linkShare       = 0.45  // customers who rate by the link
	missedCallShare = 0.15  // calls that nobody answers
	lastsShare      = 0.2   // of the customers who are asked a month later, by link
	complaintShare  = 0.30  // negative answers that become a complaint
	noFaultShare    = 0.03  // repairs that find no fault
)
