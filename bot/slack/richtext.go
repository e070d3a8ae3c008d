package slack

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	sdk "github.com/slack-go/slack"

	"liaison/agency"
	"liaison/bot"
)

// How an instant is shown: Slack puts it into the reader's own zone and words.
const momentFormat = "{date_short_pretty} at {time}"

// place is what rendering needs to know of where a message goes.
type place struct {
	Workspace string
	View      bool   // a modal or home page: 100 blocks, nothing overflows into a thread, no charts and data tables
	More      string // said where a message goes on elsewhere
	Rest      bool   // with it another message goes on
}

// paragraph renders text as rich text: there a person's words are data by construction, since mentions and links are
// elements of their own and no character formats. It gives several blocks where one would be too long.
func (p place) paragraph(t bot.Text) []sdk.Block {
	var blocks []sdk.Block
	for _, piece := range split(cleanText(t), maxText) {
		elements := p.elements(piece)
		if len(elements) == 0 {
			continue
		}
		blocks = append(blocks, sdk.NewRichTextBlock("", sdk.NewRichTextSection(elements...)))
	}
	return blocks
}

func (p place) elements(t bot.Text) []sdk.RichTextSectionElement {
	var all []sdk.RichTextSectionElement
	for _, s := range t {
		if e := p.element(s); e != nil {
			all = append(all, e)
		}
	}
	return all
}

func (p place) element(s bot.Span) sdk.RichTextSectionElement {
	switch s.Style {
	case bot.Person:
		if user, ok := p.mentionable(s); ok {
			return sdk.NewRichTextSectionUserElement(user, nil)
		}
	case bot.Channel:
		if channelID(s.Ref) {
			return sdk.NewRichTextSectionChannelElement(s.Ref, nil)
		}
	case bot.Link:
		if link, ok := safeURL(s.Ref); ok {
			return sdk.NewRichTextSectionLinkElement(link, s.Text, nil)
		}
	case bot.Moment:
		if at, ok := moment(s.Ref); ok {
			fallback := s.Text
			return sdk.NewRichTextSectionDateElement(at, momentFormat, nil, &fallback)
		}
	}
	if s.Text == "" {
		return nil
	}
	return sdk.NewRichTextSectionTextElement(s.Text, textStyle(s.Style))
}

func textStyle(s bot.Style) *sdk.RichTextSectionTextStyle {
	switch s {
	case bot.Bold:
		return &sdk.RichTextSectionTextStyle{Bold: true}
	case bot.Italic:
		return &sdk.RichTextSectionTextStyle{Italic: true}
	case bot.Code:
		return &sdk.RichTextSectionTextStyle{Code: true}
	case bot.Strike:
		return &sdk.RichTextSectionTextStyle{Strike: true}
	}
	return nil
}

// inline renders text for the places that take no rich text: fields and small print. It is Slack's markup only where
// nothing a person wrote could act as markup; else it is plain text, which loses a mention but never obeys a name.
func (p place) inline(t bot.Text) *sdk.TextBlockObject {
	t = cleanText(t)
	if markup, ok := p.markup(t); ok {
		return &sdk.TextBlockObject{Type: sdk.MarkdownType, Text: markup, Verbatim: true}
	}
	return plain(t.String())
}

func plain(s string) *sdk.TextBlockObject {
	if s == "" {
		s = "–" // Slack refuses an empty text
	}
	return sdk.NewTextBlockObject(sdk.PlainTextType, s, false, false)
}

// markup renders text in Slack's markup. It says no where plain text does as well or where markup would not be safe.
func (p place) markup(t bot.Text) (string, bool) {
	var b strings.Builder
	styled := false
	if emojiName.MatchString(t.String()) {
		return "", false
	}
	for i, s := range t {
		if marker(s.Style) != "" && !standsFree(b.String(), s.Text, following(t[i+1:])) {
			s.Style = bot.Plain
		}
		piece, special, ok := p.span(s)
		if !ok {
			return "", false
		}
		styled = styled || special
		b.WriteString(piece)
	}
	return b.String(), styled && b.Len() > 0
}

// span is one span in markup; special says that plain text could not show it.
func (p place) span(s bot.Span) (markup string, special, ok bool) {
	switch s.Style {
	case bot.Person:
		if user, ok := p.mentionable(s); ok {
			return "<@" + user + ">", true, true
		}
	case bot.Channel:
		if channelID(s.Ref) {
			return "<#" + s.Ref + ">", true, true
		}
	case bot.Link:
		if link, ok := safeURL(s.Ref); ok && tame(s.Text) && !strings.Contains(s.Text, "|") {
			link = strings.NewReplacer("&", "&amp;", "<", "%3C", ">", "%3E", "|", "%7C").Replace(link)
			if s.Text == "" {
				return "<" + link + ">", true, true
			}
			return "<" + link + "|" + escape(s.Text) + ">", true, true
		}
	case bot.Moment:
		if at, ok := moment(s.Ref); ok && tame(s.Text) && !strings.ContainsAny(s.Text, "|^") {
			return "<!date^" + strconv.FormatInt(at, 10) + "^" + momentFormat + "|" + escape(s.Text) + ">", true, true
		}
	case bot.Code:
		if strings.ContainsAny(s.Text, "`\n") {
			return "", false, false
		}
		return "`" + escape(s.Text) + "`", true, true
	}
	if !tame(s.Text) {
		return "", false, false
	}
	mark := marker(s.Style)
	return mark + escape(s.Text) + mark, mark != "", true
}

func marker(s bot.Style) string {
	switch s {
	case bot.Bold:
		return "*"
	case bot.Italic:
		return "_"
	case bot.Strike:
		return "~"
	case bot.Code:
		return "`"
	}
	return ""
}

// emojiName is what Slack would turn into a picture.
var emojiName = regexp.MustCompile(`:[A-Za-z0-9_+'-]+:`)

// tame reports that text holds nothing that Slack's markup could act on once it is escaped.
func tame(s string) bool {
	if strings.ContainsAny(s, "*_~`") || emojiName.MatchString(s) {
		return false
	}
	for line := range strings.SplitSeq(s, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), ">") {
			return false
		}
	}
	return true
}

// standsFree reports that a marker around text would be read as one: no blank inside its edges, no letter outside.
func standsFree(before, text, after string) bool {
	if text == "" || strings.TrimSpace(text) != text || strings.Contains(text, "\n") {
		return false
	}
	last, next := []rune(before), []rune(after)
	return (len(last) == 0 || free(last[len(last)-1])) && (len(next) == 0 || free(next[0]))
}

func free(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("()[].,;:!?–—", r) }

func following(rest bot.Text) string {
	for _, s := range rest {
		switch s.Style {
		case bot.Person, bot.Channel, bot.Link, bot.Moment:
			return "<" // an element begins: not free
		}
		if s.Text != "" {
			return s.Text
		}
	}
	return ""
}

// mentionable gives the user id of a person who has an account where the message goes. Anybody else is shown by name.
func (p place) mentionable(s bot.Span) (string, bool) {
	user, ok := s.Account(agency.Slack, p.Workspace)
	return user, ok && userID(user)
}

func userID(s string) bool    { return slackID(s, "UW") }
func channelID(s string) bool { return slackID(s, "CGD") }

func slackID(s, kinds string) bool {
	if len(s) < 2 || len(s) > 64 || !strings.Contains(kinds, s[:1]) {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool { return !(r >= 'A' && r <= 'Z' || r >= '0' && r <= '9') }) < 0
}

func safeURL(s string) (string, bool) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || bot.Size(u.String()) > maxURL {
		return "", false
	}
	return u.String(), true
}

// moment is the instant of a Moment span in whole seconds.
func moment(ref string) (int64, bool) {
	ms, err := strconv.ParseInt(ref, 10, 64)
	if err != nil || ms <= 0 {
		return 0, false
	}
	return ms / 1000, true
}

func cleanText(t bot.Text) bot.Text {
	all := make(bot.Text, 0, len(t))
	for _, s := range t {
		s.Text = bot.Clean(s.Text)
		if !cuttable(s.Style) {
			s.Text = bot.Squeeze(bot.OneLine(s.Text), maxName) // a name or the words of a link stay in one piece
		}
		if _, ok := safeURL(s.Ref); s.Style == bot.Link && !ok && s.Text == "" {
			s.Text = bot.Clean(s.Ref)
		}
		all = append(all, s)
	}
	return all
}

// split cuts text into pieces of at most limit characters, at the end of a paragraph, line, sentence or word where it can.
// Nothing is lost: the pieces put together are the text.
func split(t bot.Text, limit int) []bot.Text {
	var all []bot.Text
	var piece bot.Text
	room := limit
	flush := func() {
		if len(piece) > 0 {
			all = append(all, piece)
		}
		piece, room = nil, limit
	}
	for _, s := range t {
		for bot.Size(s.Text) > room && cuttable(s.Style) {
			head := cut(s.Text, room, len(piece) == 0)
			if head > 0 {
				part := s
				part.Text = s.Text[:head]
				piece, s.Text = append(piece, part), s.Text[head:]
			}
			flush()
		}
		if n := bot.Size(s.Text); n > room {
			flush()
		}
		piece = append(piece, s)
		room -= bot.Size(s.Text)
	}
	flush()
	return all
}

func cuttable(s bot.Style) bool {
	switch s {
	case bot.Person, bot.Channel, bot.Link, bot.Moment:
		return false
	}
	return true
}

// cut gives the number of bytes after which to cut text so that the head has at most room characters. Zero means that
// the text should rather begin on a new piece; with must there is always a cut.
func cut(s string, room int, must bool) int {
	end, n := 0, 0
	for i, r := range s {
		w := bot.Size(string(r))
		if n+w > room {
			break
		}
		n, end = n+w, i+len(string(r))
	}
	head := s[:end]
	for _, at := range []string{"\n\n", "\n", ". ", " "} {
		if i := strings.LastIndex(head, at); i >= end/2 && i >= 0 && i+len(at) <= end && end > 0 {
			return i + len(at)
		}
	}
	if i := strings.LastIndexAny(head, " \n"); i > 0 {
		return i + 1
	}
	if must {
		return max(end, 1)
	}
	return 0
}
