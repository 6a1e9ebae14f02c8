// Greet people in their own language from a Dagger pipeline.
//
// The module builds the greeter command from its source, so that a pipeline
// gets exactly the version it asked for.
package main

import (
	"context"

	"dagger/greeter/internal/dagger"
)

// goImage is where the command is built.
const goImage = "golang:1.24-alpine"

// Greeter builds and runs the greeter command.
type Greeter struct {
	// Source is the tree that the command is built from.
	Source *dagger.Directory
}

// New takes the tree to build from: the module's own repository by default.
func New(
	// +defaultPath="/"
	// +ignore=["dist", ".git"]
	source *dagger.Directory,
) *Greeter {
	return &Greeter{Source: source}
}

// Binary builds the command, statically linked for the engine's platform.
func (m *Greeter) Binary() *dagger.File {
	return m.toolchain().
		WithEnvVariable("CGO_ENABLED", "0").
		WithExec([]string{"go", "build", "-trimpath", "-o", "/out/greeter", "./cmd/greeter"}).
		File("/out/greeter")
}

// Greet returns the greeting for the people named, or for the world.
func (m *Greeter) Greet(
	ctx context.Context,
	// Who is greeted.
	// +optional
	names []string,
	// The language as BCP 47 tag.
	// +default="en"
	language string,
) (string, error) {
	command := append([]string{"greeter", "greet", "--language", language, "--"}, names...)
	return dag.Container().
		From("alpine:3.22").
		WithFile("/usr/local/bin/greeter", m.Binary()).
		WithExec(command).
		Stdout(ctx)
}

// Test runs the command's tests and returns what they print.
func (m *Greeter) Test(ctx context.Context) (string, error) {
	return m.toolchain().
		WithExec([]string{"go", "test", "./..."}).
		Stdout(ctx)
}

func (m *Greeter) toolchain() *dagger.Container {
	return dag.Container().
		From(goImage).
		WithMountedCache("/go/pkg/mod", dag.CacheVolume("greeter-modules")).
		WithMountedCache("/root/.cache/go-build", dag.CacheVolume("greeter-build")).
		WithMountedDirectory("/src", m.Source).
		WithWorkdir("/src")
}
