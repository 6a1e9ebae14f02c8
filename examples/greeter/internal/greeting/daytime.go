package greeting

import "time"

// Daytime is the part of the day that a greeting depends on.
type Daytime int

// The parts of the day. Day is any time without a greeting of its own.
const (
	Day Daytime = iota
	Morning
	Evening
)

// At tells the part of the day of t, by the clock of t's own location.
func At(t time.Time) Daytime {
	switch hour := t.Hour(); {
	case hour >= 5 && hour < 11:
		return Morning
	case hour >= 18 && hour < 23:
		return Evening
	default:
		return Day
	}
}
