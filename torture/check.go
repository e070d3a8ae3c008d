package main

import (
	"bufio"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
)

// evidence is what was seen from outside, to be compared with what is stored.
type evidence struct {
	heard []interaction
	posts map[place]post
	files []imported
	logs  *said
	ended time.Time // when the desk was told to stop
}

// check compares what people saw with what is stored.
func check(e evidence, s *stored, r *report) {
	checkPresses(e, s, r)
	checkFiles(e, s, r)
	checkPosts(e, s, r)
	checkPages(e, s, r)
	checkSlots(e, s, r)
	for _, what := range s.twice {
		r.doubled("in the records, where one was promised: %s", what)
	}
	for currency, sum := range s.sums {
		if sum != 0 {
			r.wrong("the ledger does not add up in %s: it is off by %d minor units", currency, sum)
		}
	}
	r.currencies, r.slots = len(s.sums), len(s.slots)
}

// checkPresses: what was answered is stored, what was answered with “nothing was changed” is not, and the effect is there.
func checkPresses(e evidence, s *stored, r *report) {
	r.interactions = len(e.heard)
	firsts := map[string]press{} // what a person's press of a button as it was drawn led to
	for _, in := range e.heard {
		if p, stored := s.presses[in.mark]; stored {
			r.stored++
			firsts[in.deed()] = p
		}
	}
	for _, in := range e.heard {
		p, stored := s.presses[in.mark]
		if !in.acked {
			continue
		}
		r.answered++
		late, fault := e.logs.late[in.mark], e.logs.faults[in.mark]
		if first, known := firsts[in.deed()]; !stored && !fault && known && in.pressed {
			p, stored = first, true // pressed twice before the card was drawn again: the answer is the first one's
			r.again++
		}
		switch {
		case late:
			r.late++
		case e.logs.uncertain[in.mark]:
			r.uncertain++
		case fault:
			r.faults++
		case !stored:
			r.lost("/%s %s by %s was answered (%s) and is not stored (%s)", in.command, in.detail, in.who, in.answer, in.mark)
			continue
		}
		if fault && stored {
			r.wrong("/%s %s by %s: the person was told that nothing was changed, but it was (%s)", in.command, in.detail, in.who, p.key)
		}
		if stored && !p.refused() {
			checkEffect(in, p, s, r)
		}
	}
}

var quoted = regexp.MustCompile(`"([^"]+)"`)

// checkEffect looks up what a carried-out command did.
func checkEffect(in interaction, p press, s *stored, r *report) {
	words := strings.Fields(in.detail)
	object := ""
	if len(words) > 0 {
		object = words[0]
	}
	var there bool
	switch in.command {
	case "seller onboard":
		shop := quoted.FindStringSubmatch(in.detail)
		there = shop == nil || s.sellers[shop[1]] != "" // without a name it asked for the form
	case "seller tick":
		there = len(words) > 1 && s.steps[words[0]+" "+words[1]] == "done"
	case "match approve", "match skip", "match swap":
		there = s.matches[object] != "" && s.matches[object] != "proposed"
	case "match propose", "payout run", "case open":
		there = named(p.answer, s)
	case "payout approve":
		there = s.approvals[object+" "+in.who] || s.runs[object] != "pending"
	case "case acknowledge":
		there = s.cases[object] != nil && s.cases[object].number("acked_at") != 0
	default:
		return
	}
	r.effects++
	if !there {
		r.lost("/%s %s by %s was carried out and its effect is missing; the answer was %.200s", in.command, in.detail, in.who, p.answer)
	}
}

// named reports that everything an answer names is stored.
func named(answer string, s *stored) bool {
	for _, ref := range reference.FindAllString(answer, -1) {
		if ref[0] == 'P' && s.runs[ref] == "" || ref[0] == 'V' && s.cases[ref] == nil || ref[0] == 'M' && s.matches[ref] == "" {
			return false
		}
	}
	return true
}

// checkFiles: what was applied is there, what failed is not, what was killed is there as a whole or not at all.
func checkFiles(e evidence, s *stored, r *report) {
	r.files = map[string]int{}
	for _, f := range e.files {
		r.files[f.ended]++
		there := 0
		for _, key := range f.keys {
			if s.orders[key] || s.notices[key] {
				there++
			}
		}
		switch {
		case f.ended == "applied" && there < len(f.keys):
			r.lost("an import of %s was applied and %d of its %d rows are missing", f.kind, len(f.keys)-there, len(f.keys))
		case f.ended == "failed" && there > 0:
			r.wrong("an import of %s failed (%s) and left %d of its %d rows", f.kind, f.says, there, len(f.keys))
		case there > 0 && there < len(f.keys):
			r.wrong("an import of %s was killed and left %d of its %d rows", f.kind, there, len(f.keys))
		}
		if f.ended == "failed" {
			r.note("an import failed: %.200s", f.says)
		}
	}
}

// checkPages: the pages of a long message stand once each in its thread, and none is left out. A page is flagged with its
// message.
func checkPages(e evidence, s *stored, r *report) {
	flagged, most, times := map[int64]bool{}, map[int64]int64{}, map[post]int{}
	for _, o := range s.outbox {
		flagged[o.id] = o.repeated
	}
	for _, p := range e.posts {
		most[p.row] = max(most[p.row], p.page)
		times[p]++
	}
	for id, last := range most {
		for page := int64(1); page <= last; page++ {
			switch n := times[post{id, page}]; {
			case n == 0:
				r.lost("page %d of %d in the thread of row %d is missing", page, last, id)
			case n > 1 && flagged[id]:
				r.flagged += n - 1
			case n > 1:
				r.doubled("page %d in the thread of row %d was posted %d times", page, id, n)
			}
		}
	}
}

// checkPosts: every message that was decided is posted once. A card is one message however often it is drawn.
func checkPosts(e evidence, s *stored, r *report) {
	r.rows, r.posts = len(s.outbox), len(e.posts)
	at := map[int64][]place{}
	for where, p := range e.posts {
		if p.page == 0 {
			at[p.row] = append(at[p.row], where)
		}
	}
	cards := map[string]*cardHistory{}
	for _, o := range s.outbox {
		r.retaken += max(0, o.attempts-1)
		places := at[o.id]
		delete(at, o.id)
		switch {
		case o.state == "waiting", o.state == "sending":
			r.lost("%s is not out", o)
		case o.state == "parked" && o.repeated && len(places) > 0: // it arrived, and the desk says that it does not know
			r.flagged++
		case o.state == "parked" && o.repeated && r.unknowable:
			r.givenUp++
		case o.state == "parked":
			r.lost("%s was given up", o)
		}
		if o.mode == "card" {
			key := o.kind + " " + o.ref + " " + o.place
			if cards[key] == nil {
				cards[key] = &cardHistory{}
			}
			cards[key].add(o, places)
			continue
		}
		switch {
		case o.state == "sent" && len(places) == 0:
			r.lost("%s is nowhere in the workspace", o)
		case len(places) > 1 && o.repeated:
			r.flagged += len(places) - 1
		case len(places) > 1:
			r.doubled("%s was posted %d times: %v", o, len(places), places)
		}
	}
	for key, c := range cards {
		c.check(key, s.cards[key], r)
	}
	for id, places := range at {
		r.wrong("row %d was posted (%v) and is not in the outbox", id, places)
	}
	notes := map[string]int64{}
	for _, o := range s.outbox {
		if key := o.kind + " " + o.ref + " to " + o.place; o.mode == "note" && (o.kind == "digest" || o.kind == "case-reminder") {
			if notes[key] != 0 {
				r.doubled("%s was decided twice: rows %d and %d", key, notes[key], o.id)
			}
			notes[key] = o.id
		}
	}
}

// cardHistory is everything that was decided about one card in one channel.
type cardHistory struct {
	rows   []outgoing
	places []place
	flags  int
}

func (c *cardHistory) add(o outgoing, places []place) {
	c.rows, c.places = append(c.rows, o), append(c.places, places...)
	if o.repeated {
		c.flags++
	}
}

func (c *cardHistory) check(key, known string, r *report) {
	parked := slices.ContainsFunc(c.rows, func(o outgoing) bool { return o.state == "parked" })
	switch n := len(c.places); {
	case n == 0 && !parked:
		r.lost("the card %s is nowhere in the workspace; %v", key, c.rows)
	case n > 1 && c.flags >= n-1:
		r.flagged += n - 1
	case n > 1:
		r.doubled("the card %s was posted %d times: %v by %v", key, n, c.places, c.rows)
	case n == 1 && known != c.places[0].channel+"/"+c.places[0].ts:
		r.wrong("the card %s is at %v, and the desk takes it to be at %q", key, c.places[0], known)
	}
}

// slotGrace is how long before the end a slot must have come to be asked for: the desk may have been down, and looks once
// a second.
const slotGrace = 30 * time.Second

// checkSlots: what fell due is claimed.
func checkSlots(e evidence, s *stored, r *report) {
	due := 0
	for _, d := range s.digests {
		var minute, hour int
		if _, err := fmt.Sscanf(d.text("schedule"), "%d %d * * *", &minute, &hour); err != nil {
			r.wrong("the schedule %q of a digest is not ours", d.text("schedule"))
			continue
		}
		since := time.UnixMilli(d.number("since")).UTC()
		slot := time.Date(since.Year(), since.Month(), since.Day(), hour, minute, 0, 0, time.UTC)
		if slot.Before(since) {
			slot = slot.AddDate(0, 0, 1)
		}
		if slot.After(e.ended.Add(-slotGrace)) {
			continue
		}
		due++
		if name := "digest " + d.text("id") + " " + slot.Format("2006-01-02T15:04"); s.slots[name] != 1 {
			r.lost("%s was due and claimed %d times", name, s.slots[name])
		}
	}
	for id, c := range s.cases {
		deadline := time.UnixMilli(c.number("deadline")).UTC()
		if c.text("state") == "resolved" || c.number("since") >= c.number("deadline") || deadline.After(e.ended.Add(-slotGrace)) {
			continue
		}
		due++
		if name := "case " + id + " due of " + deadline.Format(time.RFC3339); s.slots[name] != 1 {
			r.lost("%s was due and claimed %d times", name, s.slots[name])
		}
	}
	r.note("slots that fell due %d", due)
}

// said is what the desk's logs say that people cannot see.
type said struct {
	late      map[string]bool // acknowledged before the decision, by mark
	faults    map[string]bool // answered with “nothing was changed”, by mark
	uncertain map[string]bool // answered with “it is not certain”, by mark
	panics    []string
}

var logKey = regexp.MustCompile(` key=("[^"]*"|\S+)`)

// readLogs reads what the desks said over all their lives.
func readLogs(paths []string) (*said, error) {
	l := &said{late: map[string]bool{}, faults: map[string]bool{}, uncertain: map[string]bool{}}
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			l.take(lines.Text())
		}
		if err := lines.Err(); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func (l *said) take(line string) {
	if strings.Contains(line, "panic") {
		l.panics = append(l.panics, line)
	}
	found := logKey.FindStringSubmatch(line)
	if found == nil {
		return
	}
	marks := marksOf(strings.Trim(found[1], `"`))
	for _, mark := range marks {
		switch {
		case strings.Contains(line, `msg="acknowledged before `):
			l.late[mark] = true
		case strings.Contains(line, "msg=took ") && (strings.Contains(line, "refused=internal ") || strings.Contains(line, "refused=unavailable ")):
			l.faults[mark] = true
		case strings.Contains(line, "msg=took ") && strings.Contains(line, "refused=uncertain "):
			l.uncertain[mark] = true
		}
	}
}

// marksOf is what a key may be known by: the trigger of a command, the time and the person of a press, the form and its
// state of a submission.
func marksOf(key string) []string {
	key = strings.TrimPrefix(key, "slack:")
	parts := strings.Split(key, ":")
	if len(parts) < 3 {
		return []string{key}
	}
	return []string{key, strings.Join(parts[len(parts)-2:], ":"), strings.Join(parts[:2], ":")}
}
