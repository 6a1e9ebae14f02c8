package cli

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
)

// call runs one command line at noon in a French locale.
func call(args ...string) (code int, stdout, stderr string) {
	var out, problems bytes.Buffer
	code = Run(args, World{
		Build:  Build{Version: "1.2.3", Commit: "0badc0de", Date: "2026-01-02T03:04:05Z"},
		Getenv: func(key string) string { return map[string]string{"LANG": "fr_FR.UTF-8"}[key] },
		Now:    func() time.Time { return time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC) },
		Stdout: &out,
		Stderr: &problems,
	})
	return code, out.String(), problems.String()
}

func TestOutput(t *testing.T) {
	for _, test := range []struct{ line, want string }{
		{"version", "greeter 1.2.3 (commit 0badc0de, built 2026-01-02T03:04:05Z)\n"},
		{"--version", "greeter 1.2.3 (commit 0badc0de, built 2026-01-02T03:04:05Z)\n"},
		{"greet", "Bonjour, le monde !\n"},
		{"greet --language en Ada", "Hello, Ada!\n"},
		{"greet -l de --at 08:30 Ada", "Guten Morgen, Ada!\n"},
		{"greet -l en --loud Ada", "HELLO, ADA!\n"},
	} {
		code, stdout, stderr := call(strings.Fields(test.line)...)
		if code != 0 || stdout != test.want || stderr != "" {
			t.Errorf("%s: exit %d, stdout %q, stderr %q, want %q", test.line, code, stdout, stderr, test.want)
		}
	}
}

func TestLanguages(t *testing.T) {
	if code, stdout, _ := call("languages"); code != 0 || !strings.Contains(stdout, "\nde   Deutsch\n") {
		t.Errorf("languages: exit %d, stdout %q", code, stdout)
	}
	if code, stdout, _ := call("languages", "--json"); code != 0 || !strings.HasPrefix(stdout, `[{"tag":"en","name":"English"},`) {
		t.Errorf("languages --json: exit %d, stdout %q", code, stdout)
	}
}

func TestHelp(t *testing.T) {
	for _, test := range []struct{ line, want string }{
		{"--help", "\n  languages  list the languages greeter speaks\n"},
		{"greet --help", "\n  -l, --language string "},
		{"version --help", "Usage: greeter version [FLAGS]"},
	} {
		code, stdout, stderr := call(strings.Fields(test.line)...)
		if code != 0 || !strings.Contains(stdout, test.want) || stderr != "" {
			t.Errorf("%s: exit %d, stdout %q, stderr %q", test.line, code, stdout, stderr)
		}
	}
}

func TestMisuse(t *testing.T) {
	for _, test := range []struct{ line, want string }{
		{"", "no command given"},
		{"wave", `unknown command "wave"`},
		{"greet --louder", "greet: unknown flag: --louder"},
		{"greet -l ???", `--language "???" is not a language tag`},
		{"greet --at noon", `--at "noon" is not a time`},
		{"languages de", `languages takes no argument, got "de"`},
		{"languages --yaml", "languages: unknown flag: --yaml"},
		{"version now", `version takes no argument, got "now"`},
	} {
		code, stdout, stderr := call(strings.Fields(test.line)...)
		if code != 2 || stdout != "" || !strings.Contains(stderr, test.want) {
			t.Errorf("%q: exit %d, stdout %q, stderr %q, want %q", test.line, code, stdout, stderr, test.want)
		}
	}
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestFailedWrite(t *testing.T) {
	for _, line := range []string{"--help", "version", "greet", "languages", "languages --json"} {
		var stderr bytes.Buffer
		code := Run(strings.Fields(line), World{
			Getenv: func(string) string { return "" },
			Now:    time.Now,
			Stdout: full{},
			Stderr: &stderr,
		})
		if code != 1 || stderr.String() != "greeter: no space left on device\n" {
			t.Errorf("%s: exit %d, stderr %q", line, code, &stderr)
		}
	}
}
