// Package locale reads the user's language from the environment.
package locale

import (
	"strings"

	"golang.org/x/text/language"
)

// FromEnvironment returns the language of the messages, by the order that
// POSIX gives the variables: LC_ALL, LC_MESSAGES, LANG. It is language.Und
// when none is set or the first set one names no language.
func FromEnvironment(getenv func(string) string) language.Tag {
	for _, key := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := getenv(key); value != "" {
			return parse(value)
		}
	}
	return language.Und
}

// parse reads a locale such as de_AT.UTF-8@euro.
func parse(locale string) language.Tag {
	locale, _, _ = strings.Cut(locale, "@")
	locale, _, _ = strings.Cut(locale, ".")
	if locale == "C" || locale == "POSIX" {
		return language.Und
	}
	tag, err := language.Parse(locale)
	if err != nil {
		return language.Und
	}
	return tag
}
