// Package official finds the platforms' own specifications, which the tests of several rooms are judged by. They lie beside the
// repository, in the folder that LIAISON_SPEC names: they are not ours to ship. CONTRIBUTING.md says where each is from.
package official

import (
	"os"
	"path/filepath"
	"testing"
)

// Find gives the path of a specification; ok is false where there is none. In CI that ends the test.
func Find(t testing.TB, name string) (path string, ok bool) {
	t.Helper()
	dir := os.Getenv("LIAISON_SPEC")
	path = filepath.Join(dir, name)
	if _, err := os.Stat(path); dir != "" && err == nil { //nolint:gosec // whoever runs the tests names the folder
		return path, true
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("LIAISON_SPEC does not lead to %s: in CI everything is compared with the official specifications", name)
	}
	return "", false
}

// File gives the path of a specification. Where there is none the test is skipped with a word.
func File(t testing.TB, name string) (path string) {
	t.Helper()
	path, ok := Find(t, name)
	if !ok {
		t.Skipf("LIAISON_SPEC does not lead to %s: nothing is compared with it", name)
	}
	return path
}
