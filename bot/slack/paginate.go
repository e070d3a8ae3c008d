package slack

import (
	sdk "github.com/slack-go/slack"

	"liaison/bot"
)

// paginate lays pieces out on pages that Slack takes. A heading does not end a page. The buttons of a card stay on the
// first page, which is the one that is edited, when they are its last word; where every entry has buttons of its own they
// stay with their entry.
func (p place) paginate(pieces []piece) [][]sdk.Block {
	if p.View {
		return [][]sdk.Block{p.view(pieces, maxViewBlocks)}
	}
	most := maxBlocks
	if p.Rest {
		most = maxRest
	}
	if fits(pieces, most) {
		return [][]sdk.Block{flatten(pieces)}
	}
	body, tail := pieces, []piece(nil)
	if at := tailAt(pieces); at > 0 && fits(pieces[at:], most-2) {
		body, tail = pieces[:at], pieces[at:]
	}
	var more []piece
	if p.More != "" {
		more = p.note(bot.T("%s", p.More))
	}
	first := take(body, append(append([]piece{}, more...), tail...), most)
	pages := [][]sdk.Block{flatten(append(append(append([]piece{}, body[:first]...), more...), tail...))}
	for body = body[first:]; len(body) > 0; {
		n := take(body, nil, maxRest)
		pages = append(pages, flatten(body[:n]))
		body = body[n:]
	}
	return pages
}

// view lays everything on one view with room for so many blocks. What does not fit is named, not dropped silently.
func (p place) view(pieces []piece, room int) []sdk.Block {
	blocks := flatten(pieces)
	if len(blocks) <= room {
		return blocks
	}
	left := len(blocks) - room + 1
	note := p.note(bot.T("There is more than fits here: %d parts are not shown. Ask for less at a time.", left))
	return append(blocks[:room-1:room-1], flatten(note)...)
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
func take(pieces, beside []piece, most int) int {
	if len(beside) > 0 && !fits(append(append([]piece{}, pieces[:1]...), beside...), most) {
		return 0
	}
	n := 1
	for n < len(pieces) && fits(append(append([]piece{}, pieces[:n+1]...), beside...), most) {
		n++
	}
	for n > 1 && n < len(pieces) && pieces[n-1].heading {
		n--
	}
	return n
}

func fits(pieces []piece, most int) bool {
	blocks, words, cells, charts := 0, 0, 0, 0
	for _, one := range pieces {
		blocks += len(one.blocks)
		words += one.words
		charts += one.charts
		if one.cells > 0 && cells > 0 {
			return false // one table a message: Slack says so of tables and leaves it open for data tables
		}
		cells += one.cells
	}
	return blocks <= most && words <= maxPageText && charts <= maxCharts
}

func flatten(pieces []piece) []sdk.Block {
	blocks := make([]sdk.Block, 0, len(pieces))
	for _, one := range pieces {
		blocks = append(blocks, one.blocks...)
	}
	return blocks
}
