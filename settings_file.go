package main

import (
	"bufio"
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// settingsFile is a file of NAME=value lines.
type settingsFile struct {
	path  string
	lines map[string]settingLine // by name
}

type settingLine struct {
	value  string
	number int
}

// configFile reads the settings file, if one is named.
func configFile(args []string) (*settingsFile, error) {
	path := os.Getenv("LIAISON_CONFIG")
	for i, a := range args {
		if value, ok := strings.CutPrefix(a, "--config="); ok {
			path = value
		} else if a == "--config" && i+1 < len(args) {
			path = args[i+1]
		}
	}
	if path == "" {
		return &settingsFile{}, nil
	}
	lines, err := readConfig(path)
	return &settingsFile{path, lines}, err
}

// Resolve gives what the file says of a setting, and yields to the environment: kong asks resolvers before it looks there.
func (s *settingsFile) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil
		}
		if line, ok := s.lines[name]; ok {
			return line.value, nil
		}
	}
	return nil, nil
}

// Validate refuses names that are no settings, all at once: with a mistyped one the desk would run on other records, or in
// another zone, and nobody would know why.
func (s *settingsFile) Validate(app *kong.Application) error {
	known := map[string]bool{}
	for _, flag := range app.Flags {
		for _, name := range flag.Envs {
			known[name] = true
		}
	}
	var wrong []string
	names := slices.SortedFunc(maps.Keys(s.lines), func(a, b string) int { return s.lines[a].number - s.lines[b].number })
	for _, name := range names {
		if known[name] {
			continue
		}
		where := fmt.Sprintf("line %d", s.lines[name].number)
		if like := nearest(name, slices.Sorted(maps.Keys(known))); like != "" {
			where += "; " + like + "?"
		}
		wrong = append(wrong, fmt.Sprintf("%s (%s)", name, where))
	}
	switch len(wrong) {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("%s: %s is no setting", s.path, wrong[0])
	}
	last := len(wrong) - 1
	return fmt.Errorf("%s: %s and %s are no settings", s.path, strings.Join(wrong[:last], ", "), wrong[last])
}

// nearest is the name that somebody may have meant; empty if none comes near.
func nearest(name string, known []string) string {
	const far = 3 // letters that are wrong, missing or too many
	name = strings.TrimPrefix(name, "export ")
	like := slices.MinFunc(known, func(a, b string) int { return cmp.Compare(changes(name, a), changes(name, b)) })
	if changes(name, like) > far {
		return ""
	}
	return like
}

// changes counts the letters that must be changed, added or left out to make one word of another.
func changes(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			same := before
			if a[i] != b[j] {
				same++
			}
			before, row[j+1] = row[j+1], min(same, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// readConfig reads NAME=value lines; lines that start with # are comments.
func readConfig(path string) (map[string]settingLine, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the settings file cannot be read: %w", err)
	}
	defer f.Close()
	lines := map[string]settingLine{}
	scan := bufio.NewScanner(f)
	for n := 1; scan.Scan(); n++ {
		line := strings.TrimSpace(scan.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok {
			return nil, fmt.Errorf("%s, line %d: write NAME=value", path, n)
		}
		value = strings.TrimSpace(value)
		if strings.Contains(value, " #") || strings.HasPrefix(value, "'") {
			return nil, fmt.Errorf("%s, line %d: write NAME=value, without quotes and with nothing behind the value; a comment is a line of its own", path, n)
		}
		lines[strings.TrimSpace(name)] = settingLine{strings.Trim(value, `"`), n}
	}
	return lines, scan.Err()
}
