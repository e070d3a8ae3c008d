package discord

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"liaison/agency"
	"liaison/bot"
)

// place is what rendering needs to know of where a message goes.
type place struct {
	Workspace string
	More      string // said where a message goes on elsewhere
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func orElse(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}

// What Discord's markdown acts on. A backslash before any of these makes it an ordinary character and is not shown. A
// mention, a timestamp and a command link open with <, a masked link with [, and the rest only at the start of a line.
const markupSigns = "\\*_~`|<>[]@"

var (
	lineSigns  = regexp.MustCompile(`(?m)^([ \t]*)([-#+]|\d+[.)])`)
	emojiName  = regexp.MustCompile(`:([^\s:]+):`)
	bareScheme = regexp.MustCompile(`(?i)([a-z][a-z0-9+.-]*):(//|\\\\)`)
	inviteHost = regexp.MustCompile(`(?i)(discord)(\.gg|(?:app)?\.com/)`)
)

// escape makes text harmless in Discord's markdown: nothing in it mentions, links, formats, quotes or becomes a picture. Every
// character is judged in the text as it was written and escaped at most once: a second backslash would undo the first.
func escape(s string) string {
	marks := make([]bool, len(s)+1)
	for i := range len(s) {
		marks[i] = strings.IndexByte(markupSigns, s[i]) >= 0
	}
	for _, at := range bareScheme.FindAllStringSubmatchIndex(s, -1) {
		marks[at[3]] = true // the colon
	}
	for _, at := range inviteHost.FindAllStringSubmatchIndex(s, -1) {
		marks[at[3]] = true // the first dot
	}
	for rest, from := s, 0; ; {
		at := emojiName.FindStringIndex(rest)
		if at == nil {
			break
		}
		marks[from+at[0]], marks[from+at[1]-1] = true, true
		rest, from = rest[at[1]-1:], from+at[1]-1 // the closing colon may open the next
	}
	for _, at := range lineSigns.FindAllStringIndex(s, -1) {
		marks[at[1]-1] = true
	}
	var b strings.Builder
	b.Grow(len(s) + 8)
	for i := range len(s) {
		if marks[i] {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// inCode makes text harmless inside back-ticks, where the only thing that acts is a back-tick.
func inCode(s string) string { return strings.ReplaceAll(s, "`", "ˋ") }

// markdown renders text. What people wrote is escaped; only our own spans become markup.
func (p place) markdown(t bot.Text) string {
	var b strings.Builder
	t = cleanText(t)
	for i, s := range t {
		following := ""
		if i+1 < len(t) && cuttable(t[i+1].Style) {
			following = t[i+1].Text
		}
		b.WriteString(p.span(s, b.String(), following))
	}
	return b.String()
}

func (p place) span(s bot.Span, before, following string) string {
	switch s.Style {
	case bot.Person:
		if user, ok := p.mentionable(s); ok {
			return "<@" + user + ">"
		}
	case bot.Channel:
		if snowflake(s.Ref) {
			return "<#" + s.Ref + ">"
		}
	case bot.Link:
		if link, ok := safeURL(s.Ref); ok {
			return "[" + escape(orElse(bot.OneLine(s.Text), "link")) + "](<" + link + ">)"
		}
	case bot.Moment:
		if at, ok := moment(s.Ref); ok {
			return "<t:" + strconv.FormatInt(at, 10) + ":f>"
		}
	case bot.Code:
		return code(s.Text)
	case bot.Bold:
		return wrap(s.Text, "**")
	case bot.Strike:
		return wrap(s.Text, "~~")
	case bot.Italic:
		mark := "_"
		if wordAtEnd(before) || wordAtStart(following) {
			mark = "*" // an underscore inside a word formats nothing
		}
		return wrap(s.Text, mark)
	}
	return escape(s.Text)
}

func code(s string) string {
	if strings.TrimSpace(s) == "" {
		return s
	}
	return "`" + strings.ReplaceAll(inCode(s), "\n", " ") + "`"
}

// wrap puts marks around text, inside of blanks at its edges, line by line: a mark beside a blank is no mark.
func wrap(s, mark string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		core := strings.TrimSpace(line)
		if core == "" {
			continue
		}
		at := strings.Index(line, core)
		lines[i] = line[:at] + mark + escape(core) + mark + line[at+len(core):]
	}
	return strings.Join(lines, "\n")
}

func wordAtEnd(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return s != "" && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_')
}

func wordAtStart(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return s != "" && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_')
}

// small renders text as small print, every line of it.
func (p place) small(t bot.Text) string {
	lines := strings.Split(strings.TrimSpace(p.markdown(t)), "\n")
	for i, line := range lines {
		if strings.TrimSpace(line) != "" {
			lines[i] = "-# " + line
		}
	}
	return strings.Join(lines, "\n")
}

// mentionable gives the user id of a person who has an account where the message goes. Anybody else is shown by name.
func (p place) mentionable(s bot.Span) (string, bool) {
	user, ok := s.Account(agency.Discord, p.Workspace)
	return user, ok && snowflake(user)
}

// snowflake reports what looks like one of Discord's ids.
func snowflake(s string) bool {
	return len(s) >= 15 && len(s) <= 20 && strings.Trim(s, "0123456789") == ""
}

func safeURL(s string) (string, bool) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return "", false
	}
	link := strings.NewReplacer("<", "%3C", ">", "%3E", "(", "%28", ")", "%29", " ", "%20", "\\", "%5C", "`", "%60").Replace(u.String())
	return link, bot.Size(link) <= maxURL
}

// moment is the instant of a Moment span in whole seconds.
func moment(ref string) (int64, bool) {
	ms, err := strconv.ParseInt(ref, 10, 64)
	if err != nil || ms <= 0 {
		return 0, false
	}
	return ms / 1000, true
}

// cleanText cleans spans and joins neighbours of one style, whose marks would run into each other.
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
		if s.Text == "" && cuttable(s.Style) {
			continue
		}
		if n := len(all); n > 0 && cuttable(s.Style) && all[n-1].Style == s.Style {
			all[n-1].Text += s.Text
			continue
		}
		all = append(all, s)
	}
	return all
}

func cuttable(s bot.Style) bool {
	switch s {
	case bot.Person, bot.Channel, bot.Link, bot.Moment:
		return false
	}
	return true
}

// split cuts text into pieces whose markdown has at most limit characters, at the end of a paragraph, line, sentence or word
// where it can. Nothing is lost: the pieces put together are the text.
func (p place) split(t bot.Text, limit int) []bot.Text {
	t = cleanText(t)
	if !p.over(t, limit) {
		if len(t) == 0 {
			return nil
		}
		return []bot.Text{t}
	}
	var all []bot.Text
	var piece bot.Text
	flush := func() {
		if len(piece) > 0 {
			all = append(all, piece)
		}
		piece = nil
	}
	for _, s := range t {
		for p.over(bot.Join(piece, bot.Text{s}), limit) {
			n := 0
			if cuttable(s.Style) {
				n = p.cut(piece, s, limit)
			}
			if n > 0 {
				head := s
				head.Text, s.Text = s.Text[:n], s.Text[n:]
				piece = append(piece, head)
			}
			if len(piece) == 0 {
				break // one span that cannot be cut: it is shorter than any limit
			}
			flush()
			if s.Text == "" {
				break
			}
		}
		if s.Text != "" || !cuttable(s.Style) {
			piece = append(piece, s)
		}
	}
	flush()
	return all
}

// over reports that the markdown of text has more than limit characters. It has never fewer than the text.
func (p place) over(t bot.Text, limit int) bool {
	words := 0
	for _, s := range t {
		if cuttable(s.Style) {
			words += bot.Size(s.Text)
		}
	}
	return words > limit || bot.Size(p.markdown(t)) > limit
}

// cut gives the number of bytes of a span that fit behind a piece. Zero means that the span should rather begin on a new one.
func (p place) cut(piece bot.Text, s bot.Span, limit int) int {
	fits := func(n int) bool {
		head := s
		head.Text = s.Text[:n]
		return !p.over(bot.Join(piece, bot.Text{head}), limit)
	}
	ends := make([]int, 0, min(len(s.Text), limit))
	for i, r := range s.Text {
		if len(ends) == limit {
			break
		}
		ends = append(ends, i+utf8.RuneLen(r))
	}
	low, high := 0, len(ends) // the longest head that fits, by halves
	for low < high {
		middle := (low + high + 1) / 2
		if fits(ends[middle-1]) {
			low = middle
		} else {
			high = middle - 1
		}
	}
	if low == 0 {
		return 0
	}
	end := ends[low-1]
	head := s.Text[:end]
	for _, at := range []string{"\n\n", "\n", ". ", " "} {
		if i := strings.LastIndex(head, at); i >= end/2 && fits(i+len(at)) {
			return i + len(at)
		}
	}
	if i := strings.LastIndexAny(head, " \n"); i > 0 {
		return i + 1
	}
	if len(piece) == 0 {
		return end
	}
	return 0
}
