// Package powercut is a disk whose power can be cut: a small file system in memory that keeps apart what was written and what
// was synced. It is for tests of what the store promises: a killed process loses nothing, since the system still has what it
// wrote, so that only a disk that forgets can show whether an acknowledged commit was really on it.
//
// One folder, no links. A file's name is on the disk only after a sync of the folder, as POSIX has it; a rename that was not
// synced may leave either name, both or none.
package powercut

import (
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
)

// Disk is the files, as the system sees them and as they are on the platter.
type Disk struct {
	mu      sync.Mutex
	seen    map[string]*file // the folder as processes see it
	platter map[string]*file // the folder as it was synced
	off     bool             // the power is cut: nothing is written any more
	fail    bool             // the next sync of a file fails
}

// file is one file. Its platter plus the changes is what processes see.
type file struct {
	seen    []byte
	platter []byte
	changes []change // since the last sync, in order
}

// change is a write, or, with no data, a new size.
type change struct {
	at   int64
	data []byte
}

// NewDisk makes an empty disk.
func NewDisk() *Disk { return &Disk{seen: map[string]*file{}, platter: map[string]*file{}} }

// sector is what a disk writes whole.
const sector = 512

// Cut cuts the power. From then on every write and sync fails. What was not synced is lost, but for a part of it: a system
// writes back in its own order and time, so each unsynced change is on the platter by the given chance, and one in eight of
// those only up to a sector. It gives the disk as it is found when the power is back.
func (d *Disk) Cut(chance float64, dice *rand.Rand) *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.off = true
	found := maps.Clone(d.platter)
	for _, name := range slices.Sorted(maps.Keys(d.seen)) {
		if d.seen[name] != d.platter[name] && dice.Float64() < chance {
			found[name] = d.seen[name]
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.platter)) {
		if d.seen[name] == nil && dice.Float64() < chance {
			delete(found, name)
		}
	}
	after := NewDisk()
	for _, name := range slices.Sorted(maps.Keys(found)) {
		f := found[name].cut(chance, dice)
		after.seen[name], after.platter[name] = f, f
	}
	return after
}

// cut is the file as it is found after a power cut.
func (f *file) cut(chance float64, dice *rand.Rand) *file {
	content := slices.Clone(f.platter)
	for _, c := range f.changes {
		if dice.Float64() >= chance {
			continue
		}
		if len(c.data) > sector && dice.IntN(8) == 0 {
			c.data = c.data[:sector*(1+dice.IntN(len(c.data)/sector))]
		}
		content = c.apply(content)
	}
	return &file{seen: content, platter: slices.Clone(content)}
}

// apply changes content in place where it can.
func (c change) apply(content []byte) []byte {
	if c.data == nil {
		return resize(content, c.at)
	}
	if end := c.at + int64(len(c.data)); end > int64(len(content)) {
		content = resize(content, end)
	}
	copy(content[c.at:], c.data)
	return content
}

func resize(content []byte, size int64) []byte {
	if size <= int64(len(content)) {
		return content[:size]
	}
	return append(content, make([]byte, size-int64(len(content)))...)
}

// change records a change of a file; an error number when the power is off.
func (d *Disk) change(f *file, c change) syscall.Errno {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off {
		return syscall.EIO
	}
	f.changes = append(f.changes, c)
	f.seen = c.apply(f.seen)
	return 0
}

// sync brings a file onto the platter. Its name may still not be there.
func (d *Disk) sync(f *file) syscall.Errno {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off {
		return syscall.EIO
	}
	changes := f.changes
	f.changes = nil
	if d.fail {
		d.fail = false
		return syscall.EIO
	}
	for _, c := range changes {
		f.platter = c.apply(f.platter)
	}
	return 0
}

// FailNextSync makes the next sync of a file fail as Linux's do: processes go on to see what was written, the system takes it
// for synced, later syncs succeed, and it never reaches the platter.
func (d *Disk) FailNextSync() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail = true
}

// syncFolder brings the names onto the platter.
func (d *Disk) syncFolder() syscall.Errno {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off {
		return syscall.EIO
	}
	d.platter = maps.Clone(d.seen)
	return 0
}

// create makes an empty file, seen but not synced.
func (d *Disk) create(name string) (*file, syscall.Errno) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off {
		return nil, syscall.EIO
	}
	d.seen[name] = &file{}
	return d.seen[name], 0
}

// remove takes a name away, seen but not synced.
func (d *Disk) remove(name string) syscall.Errno {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off {
		return syscall.EIO
	}
	delete(d.seen, name)
	return 0
}

// rename gives a file another name, seen but not synced.
func (d *Disk) rename(from, to string) syscall.Errno {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off {
		return syscall.EIO
	}
	d.seen[to] = d.seen[from]
	delete(d.seen, from)
	return 0
}

// CopyTo writes the files, as they are seen, into a real folder.
func (d *Disk) CopyTo(folder string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var errs []error
	for name, f := range d.seen {
		errs = append(errs, os.WriteFile(filepath.Join(folder, name), f.seen, 0o600))
	}
	return errors.Join(errs...)
}
