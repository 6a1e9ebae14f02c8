package greeting

import (
	"testing"
	"time"
)

func TestAt(t *testing.T) {
	want := map[int]Daytime{
		0: Day, 4: Day, 5: Morning, 10: Morning, 11: Day,
		17: Day, 18: Evening, 22: Evening, 23: Day,
	}
	for hour, daytime := range want {
		if got := At(time.Date(2026, 1, 2, hour, 59, 0, 0, time.UTC)); got != daytime {
			t.Errorf("At(%02d:59) = %d, want %d", hour, got, daytime)
		}
	}
}

func TestGreetingByDaytime(t *testing.T) {
	for daytime, want := range map[Daytime]string{
		Day:     "Hello, Ada!",
		Morning: "Good morning, Ada!",
		Evening: "Good evening, Ada!",
	} {
		if got := (Greeting{Daytime: daytime}).To("Ada"); got != want {
			t.Errorf("daytime %d: %q, want %q", daytime, got, want)
		}
	}
}
