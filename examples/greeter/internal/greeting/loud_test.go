package greeting

import (
	"testing"

	"golang.org/x/text/language"
)

func TestLoudFollowsTheLanguage(t *testing.T) {
	for tag, want := range map[language.Tag]string{
		language.English: "HELLO, IRIS!",
		language.Turkish: "MERHABA, IRİS!",
	} {
		if got := (Greeting{Language: tag, Loud: true}).To("Iris"); got != want {
			t.Errorf("%s: %q, want %q", tag, got, want)
		}
	}
}
