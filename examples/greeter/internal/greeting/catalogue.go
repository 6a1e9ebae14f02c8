package greeting

import "golang.org/x/text/language"

// entry holds what one language needs for a greeting; %s stands for the names.
type entry struct {
	tag language.Tag
	// name is the language's name for itself.
	name string
	// world is who is greeted when nobody is named.
	world string
	// and joins the last two names.
	and string
	// comma joins the others; it is ", " when empty.
	comma string
	// hello is for any time of day.
	hello string
	// morning is for the Morning.
	morning string
	// evening is for the Evening.
	evening string
}

// catalogue lists the languages; the first is the one to fall back to.
var catalogue = []entry{
	{tag: language.English, name: "English", world: "world", and: " and ", hello: "Hello, %s!", morning: "Good morning, %s!", evening: "Good evening, %s!"},
	{tag: language.German, name: "Deutsch", world: "Welt", and: " und ", hello: "Hallo, %s!", morning: "Guten Morgen, %s!", evening: "Guten Abend, %s!"},
	{tag: language.French, name: "français", world: "le monde", and: " et ", hello: "Bonjour, %s !", morning: "Bonjour, %s !", evening: "Bonsoir, %s !"},
	{tag: language.Spanish, name: "español", world: "mundo", and: " y ", hello: "¡Hola, %s!", morning: "¡Buenos días, %s!", evening: "¡Buenas tardes, %s!"},
	{tag: language.Italian, name: "italiano", world: "mondo", and: " e ", hello: "Ciao, %s!", morning: "Buongiorno, %s!", evening: "Buonasera, %s!"},
	{tag: language.Turkish, name: "Türkçe", world: "dünya", and: " ve ", hello: "Merhaba, %s!", morning: "Günaydın, %s!", evening: "İyi akşamlar, %s!"},
	{tag: language.Japanese, name: "日本語", world: "世界", and: "と", comma: "、", hello: "こんにちは、%s！", morning: "おはようございます、%s！", evening: "こんばんは、%s！"},
}
