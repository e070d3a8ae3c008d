package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"liaison/agency"
	"liaison/store"
)

type backupCmd struct {
	File string `arg:"" help:"File to write, which must not exist; or a folder, and the file is called by the time." type:"path"`
	Keep int    `help:"How many of those in the folder stay; 0: all."`
}

// Run copies the database while others use it.
func (c backupCmd) Run(p *process) error {
	if err := p.settings.there(); err != nil {
		return err
	}
	folder, err := c.folder()
	if err != nil {
		return err
	}
	to := c.File
	if folder != "" {
		to = filepath.Join(folder, time.Now().UTC().Format("liaison-20060102T150405Z.db"))
	}
	s, err := store.Connect(p.ctx, p.settings.DB)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // only read
	if err := s.Backup(p.ctx, to); err != nil {
		return err
	}
	fmt.Fprintf(p.out, "Copied to %s. `liaison restore` brings it back.\n", to)
	if c.Keep == 0 {
		return nil
	}
	return dropOld(to, c.Keep)
}

// folder is that into which files are written by the time; empty if a file is named.
func (c backupCmd) folder() (string, error) {
	info, err := os.Stat(c.File)
	switch {
	case c.Keep < 0:
		return "", agency.Invalid("--keep is how many backups stay, 1 or more.")
	case err == nil && info.IsDir():
		return c.File, nil
	case c.Keep > 0:
		return "", agency.Invalid("--keep is for a folder of backups, and %s is none. Make it first.", c.File)
	}
	return "", nil
}

// timed is a backup that is called by its time, or what one left that was killed. In the order of their names they are in
// that of their times.
var timed = regexp.MustCompile(`^liaison-\d{8}T\d{6}Z\.db(\.part)?$`)

// dropOld removes backups that are older than the newest, until only so many stay.
func dropOld(newest string, keep int) error {
	files, err := os.ReadDir(filepath.Dir(newest))
	if err != nil {
		return err
	}
	var old []string // the latest first
	for _, f := range slices.Backward(files) {
		if timed.MatchString(f.Name()) && f.Name() < filepath.Base(newest) {
			old = append(old, f.Name())
		}
	}
	kept, failed := 1, []error(nil)
	for _, name := range old {
		if kept < keep && !strings.HasSuffix(name, ".part") {
			kept++
			continue
		}
		failed = append(failed, os.Remove(filepath.Join(filepath.Dir(newest), name)))
	}
	return errors.Join(failed...)
}

// there refuses a SQLite database that does not exist: opening would make an empty one, and what is asked of that is no answer.
func (s settings) there() error {
	path, ok := strings.CutPrefix(s.DB, "sqlite://")
	if !ok || path == "" {
		return nil // the store says what is wrong
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return agency.NotFound("There is no database at %s. Set LIAISON_DB to the one that you mean; `liaison migrate` makes a new one.", path)
	}
	return nil
}

type restoreCmd struct {
	File string `arg:"" help:"A file that backup made." type:"path"`
}

// Run puts a backup in the place of a database that is gone.
func (c restoreCmd) Run(p *process) error {
	if info, err := os.Stat(c.File); err != nil || !info.Mode().IsRegular() {
		return agency.Invalid("There is no backup at %s. Name a file that `liaison backup` made.", c.File)
	}
	if err := store.Restore(p.ctx, c.File, p.settings.DB); err != nil {
		return err
	}
	fmt.Fprintf(p.out, "%s is in place at %s. Start the desk.\n", c.File, p.settings.DB)
	return nil
}
