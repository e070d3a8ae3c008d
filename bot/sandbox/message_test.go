package sandbox

import (
	"fmt"
	"testing"
)

// TestTrim fills a conversation beyond its bound: answers for one person go before what the app posted for all, and only
// then the oldest of those.
func TestTrim(t *testing.T) {
	t.Parallel()
	r := &room{}
	add := func(ts, only string) {
		r.messages = append(r.messages, &Message{TS: ts, For: only})
		r.trim()
	}
	add("card", "")
	for n := range keepMessages {
		add(fmt.Sprint("answer ", n), "U1")
	}
	if r.find("card") == nil || r.find("answer 0") != nil || r.find("answer 1") == nil || len(r.messages) != keepMessages {
		t.Fatalf("%d messages, the oldest are %q and %q", len(r.messages), r.messages[0].TS, r.messages[1].TS)
	}
	for n := range keepMessages {
		add(fmt.Sprint("post ", n), "")
	}
	if r.find("card") != nil || r.messages[0].TS != "post 0" || len(r.messages) != keepMessages {
		t.Fatalf("%d messages, the oldest is %q", len(r.messages), r.messages[0].TS)
	}
}
