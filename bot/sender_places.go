package bot

import (
	"slices"
	"sync"

	"liaison/agency"
)

// places is what is under way: so much to each platform, since one that answers nothing does not take the others' places; and
// the newest try in each channel.
type places struct {
	mu    sync.Mutex
	taken map[agency.Platform]int
	tries map[agency.Address]*try
}

func (p *places) add(to agency.Platform, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken == nil {
		p.taken = map[agency.Platform]int{}
	}
	p.taken[to] += n
}

// left is how many messages may be claimed, whatever their platform, and the platforms that have no place.
func (p *places) left() (room int, full []agency.Platform) {
	p.mu.Lock()
	defer p.mu.Unlock()
	room = sendAtOnce
	for to, n := range p.taken {
		if n >= sendAtOnce {
			full = append(full, to)
		} else {
			room = min(room, sendAtOnce-n)
		}
	}
	slices.Sort(full)
	return room, full
}

// try is one try of this process.
type try struct {
	row   int64
	ended chan struct{}
	left  trace
}

// trace is what a try left on a platform, when the message is out: its id, how many pages of its thread are out too, and since when
// the outcome of the next one is unknown.
type trace struct {
	id        string
	pages     int
	unknownAt agency.Instant
}

// allPages is more than any message has.
const allPages = 1 << 20

// trace is what a try left that ended so.
func (d *held) trace(id string, err error) trace {
	if err == nil {
		return trace{id: id, pages: allPages}
	}
	known := d.known(id, sendErrorOf(err))
	return trace{known.MessageID, known.Pages, known.UnknownAt}
}

// goOn goes on where an earlier try of the same row ended of which the records were not told.
func (d *held) goOn(earlier trace) {
	if d.MessageID == "" && earlier.id != "" {
		d.MessageID, d.Pages, d.UnknownAt = earlier.id, earlier.pages, earlier.unknownAt
	}
}

// begin waits until this process has ended its earlier try in a channel; if that was of the same row, it gives what that left.
// There is one under way when a clock was set: then its claim seems to have run out.
func (p *places) begin(d agency.Delivery) (this *try, earlier trace) {
	this = &try{row: d.ID, ended: make(chan struct{})}
	p.mu.Lock()
	if p.tries == nil {
		p.tries = map[agency.Address]*try{}
	}
	before := p.tries[d.To]
	p.tries[d.To] = this
	p.mu.Unlock()
	if before == nil {
		return this, trace{}
	}
	<-before.ended
	if before.row != d.ID {
		return this, trace{}
	}
	return this, before.left
}

func (p *places) end(d agency.Delivery, this *try, left trace) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tries[d.To] == this {
		delete(p.tries, d.To)
	}
	this.left = left
	close(this.ended)
}
