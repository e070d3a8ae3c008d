package discord

import "testing"

func auditor(t *testing.T) func(Request, []byte) { t.Helper(); return nil }
