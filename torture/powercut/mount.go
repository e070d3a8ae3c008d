package powercut

import (
	"context"
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// Mount shows the disk as a folder until unmount is called. It needs /dev/fuse, and either the right to mount or fusermount3.
//
// The process that mounts must not map the disk's files into its memory: it would wait for itself.
func (d *Disk) Mount(folder string) (unmount func() error, err error) {
	never := time.Duration(0) // the system asks each time: a folder of four files needs no cache
	server, err := fs.Mount(folder, &root{disk: d}, &fs.Options{EntryTimeout: &never, AttrTimeout: &never, UID: uint32(os.Getuid()), GID: uint32(os.Getgid()),
		MountOptions: fuse.MountOptions{DirectMount: true, FsName: "powercut", Name: "powercut"}})
	if err != nil {
		return nil, fmt.Errorf("mounting the disk: %w", err)
	}
	return server.Unmount, nil
}

// root is the folder.
type root struct {
	fs.Inode
	disk *Disk
}

var (
	_ fs.NodeOnAdder  = (*root)(nil)
	_ fs.NodeCreater  = (*root)(nil)
	_ fs.NodeUnlinker = (*root)(nil)
	_ fs.NodeRenamer  = (*root)(nil)
	_ fs.NodeFsyncer  = (*root)(nil)
)

// OnAdd shows the files that are there when the disk is mounted.
func (r *root) OnAdd(ctx context.Context) {
	for name, f := range r.disk.seen {
		r.AddChild(name, r.NewPersistentInode(ctx, &entry{disk: r.disk, file: f}, fs.StableAttr{Mode: fuse.S_IFREG}), true)
	}
}

// Create makes a file.
func (r *root) Create(ctx context.Context, name string, _, _ uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	f, errno := r.disk.create(name)
	if errno != 0 {
		return nil, nil, 0, errno
	}
	e := &entry{disk: r.disk, file: f}
	e.attr(&out.Attr)
	return r.NewPersistentInode(ctx, e, fs.StableAttr{Mode: fuse.S_IFREG}), nil, 0, 0
}

// Unlink removes a file.
func (r *root) Unlink(_ context.Context, name string) syscall.Errno { return r.disk.remove(name) }

// Rename renames a file within the folder.
func (r *root) Rename(_ context.Context, from string, _ fs.InodeEmbedder, to string, _ uint32) syscall.Errno {
	return r.disk.rename(from, to)
}

// Fsync syncs the names.
func (r *root) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	return r.disk.syncFolder()
}

// entry is a file in the folder.
type entry struct {
	fs.Inode
	disk *Disk
	file *file
}

var (
	_ fs.NodeOpener    = (*entry)(nil)
	_ fs.NodeReader    = (*entry)(nil)
	_ fs.NodeWriter    = (*entry)(nil)
	_ fs.NodeFsyncer   = (*entry)(nil)
	_ fs.NodeFlusher   = (*entry)(nil)
	_ fs.NodeGetattrer = (*entry)(nil)
	_ fs.NodeSetattrer = (*entry)(nil)
)

func (e *entry) attr(out *fuse.Attr) {
	e.disk.mu.Lock()
	defer e.disk.mu.Unlock()
	out.Mode, out.Size, out.Blocks, out.Blksize = 0o600, uint64(len(e.file.seen)), uint64(len(e.file.seen)+sector-1)/sector, 4096
}

// Open implements fs.NodeOpener. The system's cache stays on: without it the shared memory of the -shm file could not be mapped.
func (e *entry) Open(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) {
	return nil, 0, 0
}

// Flush implements fs.NodeFlusher: closing a file does not sync it.
func (e *entry) Flush(context.Context, fs.FileHandle) syscall.Errno { return 0 }

// Read implements fs.NodeReader.
func (e *entry) Read(_ context.Context, _ fs.FileHandle, into []byte, at int64) (fuse.ReadResult, syscall.Errno) {
	e.disk.mu.Lock()
	defer e.disk.mu.Unlock()
	if at >= int64(len(e.file.seen)) {
		return fuse.ReadResultData(nil), 0
	}
	return fuse.ReadResultData(into[:copy(into, e.file.seen[at:])]), 0
}

// Write implements fs.NodeWriter.
func (e *entry) Write(_ context.Context, _ fs.FileHandle, data []byte, at int64) (uint32, syscall.Errno) {
	if errno := e.disk.change(e.file, change{at, slices.Clone(data)}); errno != 0 {
		return 0, errno
	}
	return uint32(len(data)), 0
}

// Fsync implements fs.NodeFsyncer.
func (e *entry) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	return e.disk.sync(e.file)
}

// Getattr implements fs.NodeGetattrer.
func (e *entry) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	e.attr(&out.Attr)
	return 0
}

// Setattr implements fs.NodeSetattrer: only the size can be set, the rest is taken and forgotten.
func (e *entry) Setattr(_ context.Context, _ fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	if size, ok := in.GetSize(); ok {
		if errno := e.disk.change(e.file, change{at: int64(size)}); errno != 0 {
			return errno
		}
	}
	e.attr(&out.Attr)
	return 0
}
