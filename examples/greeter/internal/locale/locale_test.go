package locale

import "testing"

func TestFromEnvironment(t *testing.T) {
	for _, test := range []struct {
		name string
		env  map[string]string
		want string
	}{
		{name: "nothing set", want: "und"},
		{name: "plain", env: map[string]string{"LANG": "de"}, want: "de"},
		{name: "codeset", env: map[string]string{"LANG": "de_AT.UTF-8"}, want: "de-AT"},
		{name: "modifier", env: map[string]string{"LANG": "fr_BE@euro"}, want: "fr-BE"},
		{name: "no language", env: map[string]string{"LANG": "C.UTF-8"}, want: "und"},
		{name: "nonsense", env: map[string]string{"LANG": "?!"}, want: "und"},
		{name: "LC_ALL wins", env: map[string]string{"LC_ALL": "ja_JP", "LC_MESSAGES": "it", "LANG": "de"}, want: "ja-JP"},
		{name: "messages before LANG", env: map[string]string{"LC_MESSAGES": "it", "LANG": "de"}, want: "it"},
	} {
		tag := FromEnvironment(func(key string) string { return test.env[key] })
		if got := tag.String(); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}
