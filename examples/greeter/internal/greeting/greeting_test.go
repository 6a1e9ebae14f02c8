package greeting

import (
	"strings"
	"testing"

	"golang.org/x/text/language"
)

func TestCatalogueIsWhole(t *testing.T) {
	for i, language := range Languages() {
		e := catalogue[i]
		if language.Tag == "" || language.Name == "" || e.world == "" || e.and == "" {
			t.Errorf("%s: an empty text in %+v", e.tag, e)
		}
		for _, pattern := range []string{e.hello, e.morning, e.evening} {
			if strings.Count(pattern, "%s") != 1 {
				t.Errorf("%s: %q does not have one %%s", e.tag, pattern)
			}
		}
	}
}

func BenchmarkTo(b *testing.B) {
	greeting := Greeting{Language: language.German}
	for b.Loop() {
		greeting.To("Ada")
	}
}

func TestTo(t *testing.T) {
	for _, test := range []struct {
		tag   string
		names []string
		want  string
	}{
		{tag: "und", want: "Hello, world!"},
		{tag: "en", names: []string{"Ada"}, want: "Hello, Ada!"},
		{tag: "en", names: []string{"Ada", "Grace", "Alan"}, want: "Hello, Ada, Grace and Alan!"},
		{tag: "de-AT", names: []string{"Ada", "Grace"}, want: "Hallo, Ada und Grace!"},
		{tag: "tlh", names: []string{"Worf"}, want: "Hello, Worf!"},
		{tag: "fr", want: "Bonjour, le monde !"},
		{tag: "ja", names: []string{"Ada", "Grace", "Alan"}, want: "こんにちは、Ada、GraceとAlan！"},
	} {
		greeting := Greeting{Language: language.MustParse(test.tag)}
		if got := greeting.To(test.names...); got != test.want {
			t.Errorf("%s %q: %q, want %q", test.tag, test.names, got, test.want)
		}
	}
}
