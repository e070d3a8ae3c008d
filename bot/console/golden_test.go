package console

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liaison/agency"
	"liaison/bot/bottest"
)

var update = flag.Bool("update", false, "write the goldens anew")

// drawings is everything that the shared fixture looks like on a terminal, by name.
func drawings() map[string]string {
	all := map[string]string{}
	for _, c := range bottest.Messages(agency.Console) {
		all[c.Name] = Render(c.Message)
	}
	for _, c := range bottest.Forms() {
		all[c.Name] = RenderForm(c.Form)
	}
	return all
}

func TestEveryMessageOfTheFixtureRendersAsItsGolden(t *testing.T) {
	t.Parallel()
	kept := map[string]bool{}
	for name, got := range drawings() {
		got += "\n"
		path := filepath.Join("testdata", name+".golden.txt")
		kept[path] = true
		t.Run(name, func(t *testing.T) {
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("no golden: run go test -update and read it: %v", err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("differs from %s:\n%s", path, diff)
			}
		})
	}
	files, err := filepath.Glob("testdata/*.golden.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if !kept[path] {
			t.Errorf("%s belongs to nothing in the fixture", path)
		}
	}
}
