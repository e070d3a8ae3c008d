package bot_test

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"liaison/agency"
)

// memory is an outbox in memory, for time that is simulated: a database does not wait in such time. It is no second truth:
// TestTheOutboxInMemoryAnswersAsTheStoreDoes compares it with the store.
type memory struct {
	mu     sync.Mutex
	rows   []*memo
	cards  map[standing]string
	last   int64
	helper agency.Identity // who is told of what was given up; none: nobody
}

// memo is a row.
type memo struct {
	agency.Outgoing
	state, claim, messageID, code, trouble string
	attempts, tries, pages                 int
	repeated                               bool
	due, claimedAt, unknownAt, endedAt     agency.Instant
	waitMore                               time.Duration
	postedAt                               agency.Instant
}

// standing is a card in a channel.
type standing struct {
	To        agency.Address
	Kind, Ref string
}

func (r *memo) card() standing { return standing{r.To, r.Kind, r.Ref} }

// same reports that a row draws a card.
func (r *memo) same(c standing) bool { return r.Mode == agency.Card && r.card() == c }

func (m *memory) lock() func() { m.mu.Lock(); return m.mu.Unlock }

func (m *memory) some(of func(*memo) bool) bool { return slices.ContainsFunc(m.rows, of) }

func (m *memory) remove(of func(*memo) bool) (n int64) {
	before := len(m.rows)
	m.rows = slices.DeleteFunc(m.rows, of)
	return int64(before - len(m.rows))
}

func (m *memory) place(c standing, id string) {
	if m.cards == nil {
		m.cards = map[standing]string{}
	}
	m.cards[c] = id
}

func (m *memory) waits(c standing) func(*memo) bool {
	return func(r *memo) bool { return r.state == "waiting" && r.same(c) }
}

// Write runs a transaction.
func (m *memory) Write(_ context.Context, do func(agency.Tx) error) error {
	defer m.lock()()
	rows, cards, last := make([]*memo, len(m.rows)), map[standing]string{}, m.last
	for i, r := range m.rows {
		kept := *r
		rows[i] = &kept
	}
	for c, id := range m.cards {
		cards[c] = id
	}
	err := do(memoryTx{m: m})
	if err != nil {
		m.rows, m.cards, m.last = rows, cards, last
	}
	return err
}

// Read gives views nothing to read, and holds nobody up while they take their time.
func (m *memory) Read(_ context.Context, look func(agency.Tx) error) error { return look(nil) }

const (
	claimAhead = 60_000
	dueAhead   = 20 * 60_000
)

func (m *memory) ClaimOutgoing(ctx context.Context, sender string, now, lost agency.Instant, limit int, on ...agency.Platform) (list []agency.Delivery, err error) {
	defer m.lock()()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	m.releaseLost(now, lost)
	first, busy := map[agency.Address]*memo{}, map[agency.Address]bool{}
	for _, r := range m.rows {
		switch r.state {
		case "sending":
			busy[r.To] = true
		case "waiting":
			if first[r.To] == nil {
				first[r.To] = r
			}
		}
	}
	for _, r := range m.rows {
		due := r.due <= now || r.due > now+dueAhead
		if first[r.To] != r || busy[r.To] || !due || len(list) >= limit || len(on) > 0 && !slices.Contains(on, r.To.Platform) {
			continue
		}
		r.state, r.claim, r.claimedAt = "sending", sender, now
		r.attempts++
		list = append(list, m.delivery(r))
	}
	return list, nil
}

func (m *memory) releaseLost(now, lost agency.Instant) {
	for _, r := range slices.Clone(m.rows) {
		if r.state != "sending" || r.claimedAt >= lost && r.claimedAt <= now+claimAhead {
			continue
		}
		if r.Mode == agency.Card && m.cards[r.card()] != "" && r.messageID == "" && m.some(m.waits(r.card())) {
			r.state, r.trouble, r.endedAt = "sent", "overtaken by a newer card", now
			continue
		}
		if r.Mode == agency.Card {
			m.remove(m.waits(r.card()))
		}
		r.state, r.trouble, r.unknownAt = "waiting", "the sender stopped before it could say how it ended", cmp.Or(r.unknownAt, r.claimedAt)
		r.tries++
	}
}

func (m *memory) delivery(r *memo) agency.Delivery {
	d := agency.Delivery{Outgoing: r.Outgoing, Claim: r.claim, Attempt: r.attempts, Tries: r.tries, UnknownAt: r.unknownAt, Repeated: r.repeated,
		MessageID: r.messageID, GivenUp: r.endedAt, Pages: r.pages, WaitMore: r.waitMore}
	for _, other := range m.rows {
		if other.To == r.To {
			d.PostedAt = max(d.PostedAt, other.postedAt)
		}
	}
	if r.Mode == agency.Card {
		if d.CardID = m.cards[r.card()]; d.CardID != "" {
			return d
		}
	}
	if kind, ref, ok := strings.Cut(r.Thread, " "); ok {
		d.ThreadID = m.cards[standing{r.To, kind, ref}]
	}
	return d
}

// claimed is the row of a claim, while the claim is its sender's.
func (m *memory) claimed(d agency.Delivery) *memo {
	i := slices.IndexFunc(m.rows, func(r *memo) bool {
		return r.ID == d.ID && r.state == "sending" && r.claim == d.Claim && r.attempts == d.Attempt
	})
	if i < 0 {
		return nil
	}
	return m.rows[i]
}

// held locks, and gives the row of a claim to change.
func (m *memory) held(ctx context.Context, d agency.Delivery, change func(*memo)) (bool, error) {
	defer m.lock()()
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	r := m.claimed(d)
	if r != nil {
		change(r)
	}
	return r != nil, nil
}

func (m *memory) supersede(d agency.Delivery) {
	for _, r := range m.rows {
		if d.Mode == agency.Card && r.state == "parked" && r.ID < d.ID && r.same(standing{d.To, d.Kind, d.Ref}) && (d.CardID == "" || r.messageID == "") {
			r.state, r.trouble = "dropped", "overtaken by a newer card"
		}
	}
}

func (m *memory) OutgoingSent(ctx context.Context, d agency.Delivery, id string, now agency.Instant) (bool, error) {
	return m.held(ctx, d, func(r *memo) {
		r.state, r.messageID, r.trouble, r.code, r.endedAt = "sent", id, "", "", now
		if d.Mode != agency.Grant && (d.CardID == "" || d.MessageID != "") {
			r.postedAt = now
		}
		if d.Mode == agency.Card {
			m.place(r.card(), id)
		}
		m.supersede(d)
	})
}

func (m *memory) OutgoingLater(ctx context.Context, d agency.Delivery, t agency.Retry, now agency.Instant) (bool, error) {
	return m.held(ctx, d, func(r *memo) {
		if t.MessageID != "" && d.Mode == agency.Card {
			m.place(r.card(), t.MessageID)
		}
		if d.Mode == agency.Card && d.CardID != "" && t.MessageID == "" && m.some(m.waits(r.card())) {
			r.state, r.trouble, r.endedAt = "sent", "overtaken by a newer card", now
			return
		}
		if d.Mode == agency.Card {
			m.remove(m.waits(r.card()))
		}
		r.state, r.due, r.code, r.trouble, r.tries, r.unknownAt = "waiting", t.Due, t.Code, t.Code, t.Tries, t.UnknownAt
		r.repeated, r.messageID, r.endedAt, r.pages, r.waitMore = t.Repeated, t.MessageID, t.GivenUp, t.Pages, t.WaitMore
		if t.MessageID != "" {
			r.postedAt = now
		}
	})
}

func (m *memory) OutgoingRepeats(ctx context.Context, d agency.Delivery) (bool, error) {
	return m.held(ctx, d, func(r *memo) { r.repeated, r.endedAt = true, 0 })
}

func (m *memory) OutgoingCovers(ctx context.Context, d agency.Delivery) (some, ours bool, err error) {
	ours, err = m.held(ctx, d, func(r *memo) { some = m.remove(m.waits(standing{d.To, d.Kind, d.Ref})) > 0 })
	return some, ours, err
}

func (m *memory) ForgetCard(_ context.Context, at agency.Address, id string, now agency.Instant) error {
	defer m.lock()()
	for c, standsAs := range m.cards {
		if c.To != at || standsAs != id {
			continue
		}
		delete(m.cards, c)
		if !m.some(func(r *memo) bool { return r.same(c) && (r.state == "waiting" || r.state == "sending") }) {
			_ = memoryTx{m: m}.Enqueue(agency.Outgoing{To: at, Kind: c.Kind, Ref: c.Ref, Mode: agency.Card, At: now})
		}
	}
	return nil
}

// memoryTx is a transaction: what the outbox is asked of agency.Tx, and who is told of what was given up.
type memoryTx struct {
	agency.Tx
	m *memory
}

func (t memoryTx) Enqueue(o agency.Outgoing) error {
	t.m.last++
	o.ID = t.m.last
	known := func(r *memo) bool { return o.Key != "" && r.Key == o.Key }
	if o.Mode == agency.Card {
		known = t.m.waits(standing{o.To, o.Kind, o.Ref})
	}
	if !t.m.some(known) {
		t.m.rows = append(t.m.rows, &memo{Outgoing: o, state: "waiting"})
	}
	return nil
}

func (t memoryTx) CardPlaces(kind, ref string) (list []agency.Address, err error) {
	for c := range t.m.cards {
		if c.Kind == kind && c.Ref == ref {
			list = append(list, c.To)
		}
	}
	for _, r := range t.m.rows {
		if r.same(standing{r.To, kind, ref}) && (r.state == "waiting" || r.state == "sending") {
			list = append(list, r.To)
		}
	}
	slices.SortFunc(list, func(a, b agency.Address) int {
		return cmp.Or(cmp.Compare(a.Platform, b.Platform), cmp.Compare(a.Workspace, b.Workspace), cmp.Compare(a.Channel, b.Channel))
	})
	return slices.Compact(list), nil
}

func (t memoryTx) RedrawCard(kind, ref string, at agency.Instant) error {
	places, err := t.CardPlaces(kind, ref)
	for _, to := range places {
		if !t.m.some(t.m.waits(standing{to, kind, ref})) {
			_ = t.Enqueue(agency.Outgoing{To: to, Kind: kind, Ref: ref, Mode: agency.Card, At: at})
		}
	}
	return err
}

func (t memoryTx) PostedAt(to agency.Address, id string) (kind, ref string, ok bool, err error) {
	if id == "" {
		return "", "", false, nil
	}
	for c, standsAs := range t.m.cards {
		if c.To.Platform == to.Platform && c.To.Workspace == to.Workspace && standsAs == id {
			return c.Kind, c.Ref, true, nil
		}
	}
	for _, r := range t.m.rows {
		if r.To.Platform == to.Platform && r.To.Workspace == to.Workspace && r.messageID == id {
			return r.Kind, r.Ref, true, nil
		}
	}
	return "", "", false, nil
}

func (t memoryTx) ParkOutgoing(d agency.Delivery, code, trouble string, at agency.Instant) (bool, error) {
	r := t.m.claimed(d)
	if r == nil {
		return false, nil
	}
	r.state, r.code, r.trouble, r.tries, r.endedAt = "parked", code, trouble, d.Tries, at
	r.unknownAt, r.repeated, r.messageID, r.pages = d.UnknownAt, d.Repeated, d.MessageID, d.Pages
	if d.MessageID != "" && d.Mode == agency.Card {
		t.m.place(r.card(), d.MessageID)
	}
	t.m.supersede(d)
	return true, nil
}

func (t memoryTx) OutboxState(since agency.Instant) (o agency.Outbox, err error) {
	for _, r := range t.m.rows {
		switch r.state {
		case "waiting", "sending":
			if o.Waiting++; o.Waiting == 1 || r.At < o.Oldest {
				o.Oldest = r.At
			}
		case "parked":
			o.Parked++
		}
		if r.repeated && r.At >= since {
			o.Repeated++
		}
	}
	return o, nil
}

// undelivered lists rows, oldest first.
func (m *memory) undelivered(of func(*memo) bool) (list []agency.Undelivered) {
	for _, r := range m.rows {
		if of(r) {
			list = append(list, agency.Undelivered{Outgoing: r.Outgoing, State: r.state, Code: r.code, Trouble: r.trouble, Tries: r.tries, EndedAt: r.endedAt, Attempts: r.attempts})
		}
	}
	return list
}

func (t memoryTx) ParkedOutgoing(limit int) ([]agency.Undelivered, error) {
	list := t.m.undelivered(func(r *memo) bool { return r.state == "parked" })
	return list[:min(limit, len(list))], nil
}

func (t memoryTx) ParkedMessage(id int64) (agency.Undelivered, bool, error) {
	list := t.m.undelivered(func(r *memo) bool { return r.state == "parked" && r.ID == id })
	if len(list) == 0 {
		return agency.Undelivered{}, false, nil
	}
	return list[0], true, nil
}

func (t memoryTx) RepeatedOutgoing(since agency.Instant, limit int) ([]agency.Undelivered, error) {
	list := t.m.undelivered(func(r *memo) bool { return r.repeated && r.At >= since })
	slices.Reverse(list)
	return list[:min(limit, len(list))], nil
}

func (t memoryTx) UnparkOutgoing(id int64) (n int64, err error) {
	chosen := func(r *memo) bool { return r.state == "parked" && (id == 0 || r.ID == id) }
	for _, r := range slices.Clone(t.m.rows) {
		if chosen(r) && r.Mode == agency.Card && (r.unknownAt != 0 || r.messageID != "") {
			t.m.remove(t.m.waits(r.card()))
		}
	}
	var said []*memo // by others, which wait, are being posted, or come after
	for _, r := range t.m.rows {
		if chosen(r) && r.Mode == agency.Card && t.m.some(func(w *memo) bool {
			return w.same(r.card()) && (w.state == "waiting" || w.state == "sending" || w.state == "parked" && w.ID > r.ID && id == 0)
		}) {
			said = append(said, r)
		}
	}
	n = t.m.remove(func(r *memo) bool { return slices.Contains(said, r) })
	for _, r := range t.m.rows {
		if chosen(r) {
			r.state, r.tries, r.due = "waiting", 0, 0
			n++
		}
	}
	return n, nil
}

func (t memoryTx) DropOutgoing(id int64) (n int64, err error) {
	for _, r := range t.m.rows {
		if r.state == "parked" && (id == 0 || r.ID == id) {
			r.state = "dropped"
			n++
		}
	}
	return n, nil
}

func (t memoryTx) SubscriptionsAt(agency.Address) ([]agency.Subscription, error) { return nil, nil }

func (t memoryTx) Members() ([]agency.Member, error) {
	if t.m.helper == (agency.Identity{}) {
		return nil, nil
	}
	return []agency.Member{{ID: 1, Roles: []agency.Role{agency.Admin}}}, nil
}

func (t memoryTx) Identities(agency.MemberID) ([]agency.Identity, error) {
	return []agency.Identity{t.m.helper}, nil
}
