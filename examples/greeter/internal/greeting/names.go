package greeting

import "strings"

// join lists names as a sentence does: "Ada, Grace and Alan".
func join(e entry, names []string) string {
	if len(names) == 0 {
		return e.world
	}
	comma := ", "
	if e.comma != "" {
		comma = e.comma
	}
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], comma) + e.and + names[last]
}
