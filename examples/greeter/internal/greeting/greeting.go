// Package greeting chooses the words of a greeting.
package greeting

import (
	"fmt"
	"sync"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// Greeting is a way to greet; its zero value says hello in English.
type Greeting struct {
	Language language.Tag
	Daytime  Daytime
	Loud     bool // in capital letters
}

// To greets the people named, or the world when nobody is.
func (g Greeting) To(names ...string) string {
	e := find(g.Language)
	pattern := e.hello
	switch g.Daytime {
	case Morning:
		pattern = e.morning
	case Evening:
		pattern = e.evening
	}
	text := fmt.Sprintf(pattern, join(e, names))
	if g.Loud {
		// Capitals depend on the language: Turkish has a dotted İ.
		text = cases.Upper(e.tag).String(text)
	}
	return text
}

// Language is a language that greetings exist in.
type Language struct {
	Tag  string `json:"tag"`  // BCP 47
	Name string `json:"name"` // in the language itself
}

// Languages lists every language of the catalogue, the default first.
func Languages() []Language {
	languages := make([]Language, 0, len(catalogue))
	for _, e := range catalogue {
		languages = append(languages, Language{Tag: e.tag.String(), Name: e.name})
	}
	return languages
}

// matcher is built once: it costs far more than a match.
var matcher = sync.OnceValue(newMatcher)

func newMatcher() language.Matcher {
	tags := make([]language.Tag, 0, len(catalogue))
	for _, e := range catalogue {
		tags = append(tags, e.tag)
	}
	return language.NewMatcher(tags)
}

// find returns the entry nearest to tag, so that de-AT is greeted in German.
func find(tag language.Tag) entry {
	_, index, _ := matcher().Match(tag)
	return catalogue[index]
}
