package bot

import (
	"encoding/json"
	"testing"
)

// A silent yes is kept without a second write, so it must look like what a claim has written.
func TestASilentYesIsWhatAClaimWrites(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(Reply{})
	if err != nil || string(text) != silence {
		t.Errorf("an empty reply is kept as %s, a claim writes %s (%v)", text, silence, err)
	}
}
