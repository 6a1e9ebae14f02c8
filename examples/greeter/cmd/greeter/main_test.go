package main

import (
	"bytes"
	"testing"
)

func TestRunPrintsTheBuildItWasGiven(t *testing.T) {
	var stdout, stderr bytes.Buffer
	code := run([]string{"--version"}, func(string) string { return "" }, &stdout, &stderr)

	if code != 0 || stderr.Len() != 0 {
		t.Fatalf("run = %d, stderr %q", code, &stderr)
	}
	want := "greeter " + version + " (commit " + commit + ", built " + date + ")\n"
	if got := stdout.String(); got != want {
		t.Errorf("stdout = %q, want %q", got, want)
	}
}

func TestRunReadsTheEnvironment(t *testing.T) {
	var stdout, stderr bytes.Buffer
	getenv := func(key string) string { return map[string]string{"LANG": "fr_FR.UTF-8"}[key] }
	code := run([]string{"greet", "--at", "12:00", "Zoé"}, getenv, &stdout, &stderr)

	if got := stdout.String(); code != 0 || got != "Bonjour, Zoé !\n" {
		t.Errorf("run = %d, stdout %q, stderr %q", code, got, &stderr)
	}
}
