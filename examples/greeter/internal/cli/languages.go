package cli

import (
	"encoding/json"
	"fmt"

	"github.com/acme/greeter/internal/greeting"
)

func languages(args []string, world World) error {
	flags := flagSet("languages", "", world)
	asJSON := flags.Bool("json", false, "as JSON")
	if err := parse(flags, args); err != nil {
		return err
	}
	if err := noArguments(flags); err != nil {
		return err
	}

	if *asJSON {
		return json.NewEncoder(world.Stdout).Encode(greeting.Languages())
	}
	for _, l := range greeting.Languages() {
		if _, err := fmt.Fprintf(world.Stdout, "%-4s %s\n", l.Tag, l.Name); err != nil {
			return err
		}
	}
	return nil
}
