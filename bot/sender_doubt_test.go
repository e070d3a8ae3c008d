package bot_test

import (
	"context"
	"testing"
	"time"

	"liaison/agency"
	"liaison/bot"
	"liaison/store/storetest"
)

// TestAClaimThatWasNotCommittedIsNotPosted: what a sender is not sure to have claimed is not its to post.
func TestAClaimThatWasNotCommittedIsNotPosted(t *testing.T) {
	s, cut := storetest.CutPostgres(t)
	sender, c, _ := outbox(t, s)
	sender.Idle = 50 * time.Millisecond
	put(t, s, note("C1", "hello"))
	cut.Commits(storetest.BeforeCommit, 3)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = sender.Run(ctx) }()
	for until := time.Now().Add(30 * time.Second); c.count() == 0 && time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
	}
	time.Sleep(300 * time.Millisecond) // whoever posts it twice does so at once
	stop()
	<-done
	if n := c.count(); n != 1 {
		t.Errorf("posted %d times: %v", n, c.posts)
	}
}

// TestAPersonMaySendAgainWhatNobodyKnows: what was given up because its outcome is unknown goes out once more when a person says
// so.
func TestAPersonMaySendAgainWhatNobodyKnows(t *testing.T) {
	s := storetest.SQLite(t)
	sender, c, now := outbox(t, s)
	lost := &bot.SendError{Outcome: bot.Unknown, Code: "no_answer", Err: context.DeadlineExceeded}
	c.fail = []error{lost, lost}
	put(t, s, note("D1", "hello"))
	for range 4 {
		drain(t, sender)
		*now = now.Add(10 * time.Second)
	}
	_, parked, _ := s.OutboxDepth(t.Context())
	if parked != 1 {
		t.Fatalf("parked %d", parked)
	}
	err := s.Write(t.Context(), func(tx agency.Tx) error { _, err := tx.UnparkOutgoing(0); return err })
	if err != nil {
		t.Fatal(err)
	}
	drain(t, sender)
	_, parked, _ = s.OutboxDepth(t.Context())
	if c.count() != 1 || parked != 0 {
		t.Errorf("after a person's retry: %d posts, %d parked", c.count(), parked)
	}
}
