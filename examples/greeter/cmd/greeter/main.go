// Command greeter says hello in the language of whoever it greets.
package main

import (
	"io"
	"os"
	"time"

	"github.com/acme/greeter/internal/cli"
)

// Set when a release is built: -ldflags "-X main.version=… -X main.commit=… -X main.date=…".
var (
	version = "dev"
	commit  = "none"
	date    = "unknown"
)

func main() {
	os.Exit(run(os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// run is main without the process around it, so that tests can call it.
func run(args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	return cli.Run(args, cli.World{
		Build:  cli.Build{Version: version, Commit: commit, Date: date},
		Getenv: getenv,
		Now:    time.Now,
		Stdout: stdout,
		Stderr: stderr,
	})
}
