package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// houseRooms says which of our packages each room may import. A package that is not here fails: a new room must be argued
// for in this list.
var houseRooms = map[string][]string{
	".":                {"*"},
	"agency":           {"agency/money", "agency/policy", "agency/matching"},
	"agency/money":     {},
	"agency/policy":    {},
	"agency/matching":  {"agency/money"},
	"agency/schedule":  {},
	"agency/seed":      {"agency", "agency/money", "agency/policy"},
	"bot":              {"agency", "agency/money", "agency/schedule"},
	"bot/slack":        {"bot", "agency"},
	"bot/discord":      {"bot", "agency"},
	"bot/console":      {"bot", "agency", "agency/money"},
	"bot/console/talk": {"bot", "bot/console", "agency"},
	"bot/sandbox":      {},
	// A second platform to behave like, so a second room: it may know neither us nor the Slack-compatible workspace.
	"bot/sandbox/discord": {},
	"bot/bottest":         {"bot", "agency"},
	// The sandboxes are judged by the official specifications too, and may know nothing else of us.
	"bot/bottest/official": {},
	"handlers":             {"agency", "agency/money", "agency/policy", "agency/matching", "agency/schedule", "bot"},
	"reminders":            {"agency", "agency/money", "agency/policy", "agency/schedule", "bot"},
	"metrics":              {"bot", "agency"}, // counts what it is told as a bot.Observer, so that no other room knows who counts
	"store":                {"agency", "agency/money"},
	"store/cluster":        {}, // the PostgreSQL that tests and torture run on
	"store/storetest":      {"store", "store/cluster", "agency"},
	"tiktok":               {"agency", "agency/money"},
	// Proofs by breaking, which the binary does not import. The sweep is the real rooms with a transcript for a platform, so
	// that what was said is known from outside the process that is killed; the disk of power cuts is a file system and knows
	// nothing of us.
	"torture/sweep":    {"agency", "agency/money", "agency/policy", "bot", "bot/console", "handlers", "store"},
	"torture/powercut": {},
	"torture":          {"bot/sandbox", "store/cluster"}, // it treats the desk as a stranger would: from outside
}

// keepers says which rooms alone may import an outside package: SDK types never leave their platform's folder, SQL never
// leaves the store.
var keepers = map[string][]string{
	"github.com/slack-go/slack":     {"bot/slack"},
	"github.com/bwmarrin/discordgo": {"bot/discord"},
	"github.com/go-analyze/charts":  {"bot/discord"}, //nolint:misspell // its name; Slack draws charts itself
	"github.com/jmoiron/sqlx":       {"store"},
	"database/sql":                  {"store", "store/cluster", "torture"}, // torture checks what the store did: it must not ask the store
	"github.com/xuri/excelize/v2":   {"tiktok"},
	"github.com/robfig/cron/v3":     {"bot", "reminders"}, // bot reads schedules that people type, reminders are woken by it
	"github.com/chromedp/chromedp":  {},                   // tests only
	"github.com/prometheus":         {"metrics"},
	"github.com/hanwen/go-fuse":     {"torture/powercut"},
}

// The caps of a room. They are thermostats: a file that passes one wants a wall.
const (
	maxFileLines     = 600
	maxFunctionLines = 80
)

// timeless rooms take the time from the desk, so that every rule can be tested at any time.
var timeless = []string{"agency", "agency/money", "agency/policy", "agency/matching", "agency/schedule", "agency/seed", "handlers", "reminders"}

type source struct {
	room, path string
	file       *ast.File
	lines      int
}

func sources(t *testing.T) (list []source, files *token.FileSet) {
	t.Helper()
	files = token.NewFileSet()
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (strings.HasPrefix(entry.Name(), ".") && path != "." || entry.Name() == "testdata" || entry.Name() == "docs") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(files, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		list = append(list, source{filepath.ToSlash(filepath.Dir(path)), path, file, files.Position(file.FileEnd).Line})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list, files
}

func TestRoomsImportOnlyWhatTheyMay(t *testing.T) {
	t.Parallel()
	list, _ := sources(t)
	seen := map[string]bool{}
	for _, s := range list {
		allowed, known := houseRooms[s.room]
		if !known {
			t.Errorf("%s: the room %q is not in the list; argue for it in rooms_test.go", s.path, s.room)
			continue
		}
		seen[s.room] = true
		for _, spec := range s.file.Imports {
			path := strings.Trim(spec.Path.Value, `"`)
			if ours, ok := strings.CutPrefix(path, "liaison/"); ok {
				if !slices.Contains(allowed, ours) && !slices.Contains(allowed, "*") {
					t.Errorf("%s imports %s, which its room may not", s.path, ours)
				}
				continue
			}
			for outside, rooms := range keepers {
				if (path == outside || strings.HasPrefix(path, outside+"/")) && !slices.Contains(rooms, strings.TrimSuffix(s.room, "/storetest")) {
					t.Errorf("%s imports %s, which belongs to %q alone", s.path, path, rooms)
				}
			}
			if strings.HasPrefix(s.room, "agency") && strings.Contains(strings.Split(path, "/")[0], ".") {
				t.Errorf("%s imports %s: the business imports the standard library only", s.path, path)
			}
		}
	}
	for room := range houseRooms {
		if !seen[room] {
			t.Errorf("the room %q of the list does not exist", room)
		}
	}
}

func TestEveryPackageIsDocumentedOnce(t *testing.T) {
	t.Parallel()
	list, _ := sources(t)
	docs := map[string][]string{}
	for _, s := range list {
		docs[s.room] = append(docs[s.room], "")
		if s.file.Doc != nil {
			docs[s.room][len(docs[s.room])-1] = s.path
		}
	}
	for room, paths := range docs {
		paths = slices.DeleteFunc(paths, func(p string) bool { return p == "" })
		if len(paths) != 1 {
			t.Errorf("package %s has %d package comments: %v; it needs one", room, len(paths), paths)
		}
	}
}

func TestFilesAndFunctionsStaySmall(t *testing.T) {
	t.Parallel()
	list, files := sources(t)
	for _, s := range list {
		if s.lines > maxFileLines {
			t.Errorf("%s has %d lines; at most %d", s.path, s.lines, maxFileLines)
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := files.Position(f.End()).Line - files.Position(f.Pos()).Line + 1; n > maxFunctionLines {
				t.Errorf("%s: %s has %d lines; at most %d", s.path, f.Name.Name, n, maxFunctionLines)
			}
			if f.Name.Name == "init" && f.Recv == nil {
				t.Errorf("%s has an init(): lists are explicit values", s.path)
			}
			if ast.IsExported(f.Name.Name) && f.Doc == nil && !method(f) && !slices.Contains([]string{"String", "Error", "Unwrap"}, f.Name.Name) {
				t.Errorf("%s: %s is exported and has no comment", s.path, f.Name.Name)
			}
		}
	}
}

// method reports methods of unexported types, which documentation does not show.
func method(f *ast.FuncDecl) bool {
	if f.Recv == nil {
		return false
	}
	kind := f.Recv.List[0].Type
	if star, ok := kind.(*ast.StarExpr); ok {
		kind = star.X
	}
	name, ok := kind.(*ast.Ident)
	return ok && !ast.IsExported(name.Name)
}

func TestTimelessRoomsAskTheDeskForTheTime(t *testing.T) {
	t.Parallel()
	list, files := sources(t)
	for _, s := range list {
		if !slices.Contains(timeless, s.room) {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if pkg, ok := call.X.(*ast.Ident); ok && pkg.Name == "time" && (call.Sel.Name == "Now" || call.Sel.Name == "Since") {
				t.Errorf("%s: time.%s; take the desk's time", files.Position(call.Pos()), call.Sel.Name)
			}
			return true
		})
	}
}
