package discord

import (
	"maps"

	"liaison/bot"
)

// paginate lays pieces out on pages that Discord takes. A heading does not end a page. The buttons of a card stay on the
// first page, which is the one that is edited, when they are its last word; where every entry has buttons of its own they
// stay with their entry.
func (p place) paginate(pieces []piece) []page {
	if fits(pieces) {
		return []page{lay(pieces)}
	}
	body, tail := pieces, []piece(nil)
	if at := tailAt(pieces); at > 0 && fits(append(p.more(), pieces[at:]...)) {
		body, tail = pieces[:at], pieces[at:]
	}
	beside := append(p.more(), tail...)
	first := take(body, beside)
	pages := []page{lay(append(append([]piece{}, body[:first]...), beside...))}
	for body = body[first:]; len(body) > 0; {
		n := take(body, nil)
		pages = append(pages, lay(body[:n]))
		body = body[n:]
	}
	return pages
}

func (p place) more() []piece {
	if p.More == "" {
		return nil
	}
	return p.note(bot.T("%s", p.More))
}

// tailAt is where the closing words of a card begin: its only group of buttons with the small print around it. It is zero
// where there is none or where buttons come in several groups.
func tailAt(pieces []piece) int {
	at := len(pieces)
	for at > 0 && (pieces[at-1].actions || pieces[at-1].small) {
		at--
	}
	has := false
	for _, one := range pieces[at:] {
		has = has || one.actions
	}
	for _, one := range pieces[:at] {
		if one.actions {
			return 0
		}
	}
	if !has {
		return 0
	}
	return at
}

// take is how many pieces go on a page beside those that must be there too. It is at least one, except where what must
// be there leaves no room.
func take(pieces, beside []piece) int {
	if len(pieces) == 0 || len(beside) > 0 && !fits(append(append([]piece{}, pieces[:1]...), beside...)) {
		return 0
	}
	n := 1
	for n < len(pieces) && fits(append(append([]piece{}, pieces[:n+1]...), beside...)) {
		n++
	}
	for n > 1 && n < len(pieces) && pieces[n-1].heading {
		n--
	}
	return n
}

func fits(pieces []piece) bool {
	count, words, files := 1, 0, 0 // one for the container around them
	for _, one := range pieces {
		count += one.count()
		words += one.words()
		files += len(one.files)
	}
	return count <= maxComponents && words <= maxPageText && files <= maxFiles
}

// lay puts pieces on a page: a card in a frame, a mere sentence without one.
func lay(pieces []piece) page {
	out := page{Kept: map[string]string{}}
	framed := false
	var all []component
	for _, one := range pieces {
		all = append(all, one.components...)
		out.Files = append(out.Files, one.files...)
		maps.Copy(out.Kept, one.kept)
		framed = framed || one.framed && !one.small
	}
	out.Components = all
	if framed {
		out.Components = []component{{Type: kindContainer, Components: all}}
	}
	return out
}
