// Package cli is greeter's command line.
package cli

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/pflag"
)

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// Build says what was built, from what, and when.
type Build struct {
	Version string
	Commit  string
	Date    string // RFC 3339
}

// World is everything outside that the commands read or write.
type World struct {
	Build  Build
	Getenv func(string) string
	Now    func() time.Time
	Stdout io.Writer
	Stderr io.Writer
}

// command is one subcommand; run gets the arguments after its name.
type command struct {
	name    string
	summary string
	run     func(args []string, world World) error
}

// usageError is a mistake of the caller: exit code 2 and a hint.
type usageError struct{ error }

func commands() []command {
	return []command{
		{"greet", "greet people by name, or the world", greet},
		{"languages", "list the languages greeter speaks", languages},
		{"version", "print version, commit and time of the build", printVersion},
	}
}

// Run carries out the command line in args, which has no program name in it,
// and returns the exit code: 0 done, 1 failed, 2 misused.
func Run(args []string, world World) int {
	err := dispatch(args, world)
	var usage usageError
	switch {
	case err == nil, errors.Is(err, pflag.ErrHelp):
		return exitDone
	case errors.As(err, &usage):
		fmt.Fprintf(world.Stderr, "greeter: %v\nRun \"greeter --help\" for what there is.\n", err)
		return exitUsage
	default:
		fmt.Fprintf(world.Stderr, "greeter: %v\n", err)
		return exitFailed
	}
}

func dispatch(args []string, world World) error {
	if len(args) == 0 {
		return usageError{errors.New("no command given")}
	}
	switch args[0] {
	case "-h", "--help", "help":
		return help(world)
	case "-v", "--version":
		return printVersion(nil, world)
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return c.run(args[1:], world)
		}
	}
	return usageError{fmt.Errorf("unknown command %q", args[0])}
}

func help(world World) error {
	text := "greeter says hello.\n\nUsage: greeter COMMAND [FLAGS] [ARGUMENTS]\n\nCommands:\n"
	for _, c := range commands() {
		text += fmt.Sprintf("  %-10s %s\n", c.name, c.summary)
	}
	text += "\nRun \"greeter COMMAND --help\" for a command's flags.\n"
	_, err := io.WriteString(world.Stdout, text)
	return err
}

// flagSet returns the flags of one command, whose usage goes to stdout.
func flagSet(name, arguments string, world World) *pflag.FlagSet {
	flags := pflag.NewFlagSet(name, pflag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprintf(world.Stdout, "Usage: greeter %s [FLAGS] %s\n\nFlags:\n%s", name, arguments, flags.FlagUsages())
	}
	return flags
}

// parse reads args into flags; a mistake in them is the caller's.
func parse(flags *pflag.FlagSet, args []string) error {
	err := flags.Parse(args)
	if err == nil || errors.Is(err, pflag.ErrHelp) {
		return err
	}
	return usageError{fmt.Errorf("%s: %w", flags.Name(), err)}
}

// noArguments refuses what a command would otherwise ignore.
func noArguments(flags *pflag.FlagSet) error {
	if flags.NArg() == 0 {
		return nil
	}
	return usageError{fmt.Errorf("%s takes no argument, got %q", flags.Name(), flags.Arg(0))}
}
