package cli

import "fmt"

func printVersion(args []string, world World) error {
	flags := flagSet("version", "", world)
	if err := parse(flags, args); err != nil {
		return err
	}
	if err := noArguments(flags); err != nil {
		return err
	}
	build := world.Build
	_, err := fmt.Fprintf(world.Stdout, "greeter %s (commit %s, built %s)\n", build.Version, build.Commit, build.Date)
	return err
}
