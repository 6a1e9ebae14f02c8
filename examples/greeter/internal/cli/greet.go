package cli

import (
	"fmt"
	"time"

	"golang.org/x/text/language"

	"github.com/acme/greeter/internal/greeting"
	"github.com/acme/greeter/internal/locale"
)

func greet(args []string, world World) error {
	flags := flagSet("greet", "[NAME]...", world)
	tag := flags.StringP("language", "l", "", "language as BCP 47 tag (default: the locale's)")
	at := flags.String("at", "", "time of day as HH:MM (default: now)")
	loud := flags.Bool("loud", false, "in capital letters")
	if err := parse(flags, args); err != nil {
		return err
	}

	g := greeting.Greeting{Language: locale.FromEnvironment(world.Getenv), Loud: *loud}
	if *tag != "" {
		parsed, err := language.Parse(*tag)
		if err != nil {
			return usageError{fmt.Errorf("--language %q is not a language tag such as de or pt-BR", *tag)}
		}
		g.Language = parsed
	}
	now := world.Now()
	if *at != "" {
		parsed, err := time.Parse("15:04", *at)
		if err != nil {
			return usageError{fmt.Errorf("--at %q is not a time such as 08:30", *at)}
		}
		now = parsed
	}
	g.Daytime = greeting.At(now)

	_, err := fmt.Fprintln(world.Stdout, g.To(flags.Args()...))
	return err
}
