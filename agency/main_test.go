package agency_test

import (
	"testing"

	"liaison/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }
