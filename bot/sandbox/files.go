package sandbox

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// Slack takes files up to a gigabyte; a rehearsal does not need them and must stay small.
const (
	maxUpload = 8 << 20
	maxStored = 32 << 20
)

// file is an uploaded file. Its bytes go away first when the store is full.
type file struct {
	id, name, title string
	length          int
	data            []byte
	shared          bool
	created         int64
}

func (w *Workspace) uploadURL(c *call) (object, error) {
	n, ok := c.number("length", 0)
	if c.str("filename") == "" || n == 0 {
		return nil, refuse("missing_argument")
	}
	if !ok || n < 0 {
		return nil, refuse("invalid_arguments")
	}
	if n > maxUpload {
		return nil, refuse("file_upload_size_restricted")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	f := &file{id: w.newID("F"), name: path.Base(c.str("filename")), length: n, created: w.o.Now().Unix()}
	f.title = f.name
	w.files[f.id] = f
	ticket := secret()
	w.uploads[ticket] = f.id
	return object{"upload_url": c.base + "/upload/" + ticket, "file_id": f.id}, nil
}

// serveUpload takes the bytes, either raw or as the first file of a form.
func (w *Workspace) serveUpload(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	f := w.files[w.uploads[r.PathValue("ticket")]]
	w.mu.Unlock()
	if f == nil {
		http.Error(rw, "no such upload", http.StatusNotFound)
		return
	}
	r.Body = http.MaxBytesReader(rw, r.Body, maxUpload+(1<<20))
	var src io.Reader = r.Body
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		parts, err := r.MultipartReader()
		if err != nil {
			http.Error(rw, "bad form", http.StatusBadRequest)
			return
		}
		for {
			p, err := parts.NextPart()
			if err != nil {
				http.Error(rw, "no file in the form", http.StatusBadRequest)
				return
			}
			if p.FileName() != "" {
				src = p
				break
			}
		}
	}
	data, err := io.ReadAll(io.LimitReader(src, maxUpload+1))
	if err != nil || len(data) > maxUpload {
		http.Error(rw, "file too large", http.StatusRequestEntityTooLarge)
		return
	}
	w.mu.Lock()
	f.data = data
	w.trimFiles()
	w.mu.Unlock()
	io.WriteString(rw, "OK - "+f.name) //nolint:errcheck // the app has gone
}

// trimFiles forgets the bytes of the oldest files when the store is full.
func (w *Workspace) trimFiles() {
	for {
		total, oldest := 0, (*file)(nil)
		for _, f := range w.files {
			total += len(f.data)
			if len(f.data) > 0 && (oldest == nil || f.id < oldest.id) {
				oldest = f
			}
		}
		if total <= maxStored || oldest == nil {
			return
		}
		oldest.data = nil
	}
}

func (w *Workspace) completeUpload(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	v, ok := c.json("files")
	fs, isList := v.(list)
	if !ok || !isList || len(fs) == 0 {
		return nil, refuse("invalid_arguments")
	}
	rooms, err := w.shareTargets(c)
	if err != nil {
		return nil, err
	}
	var ids []string
	out := list{}
	for _, e := range fs {
		o, _ := e.(object)
		f := w.files[str(o, "id")]
		if f == nil || f.data == nil || f.shared {
			return nil, refuse("file_not_found")
		}
		if t := str(o, "title"); t != "" {
			f.title = t
		}
		ids = append(ids, f.id)
		out = append(out, object{"id": f.id, "title": f.title})
	}
	var blocks list
	if c.has("blocks") {
		if blocks, err = w.messageBlocks(c); errors.Is(err, refuse("invalid_blocks_format")) {
			err = refuse("invalid_blocks")
		}
		if err != nil {
			return nil, err
		}
	}
	for _, id := range ids {
		w.files[id].shared = true
	}
	for _, r := range rooms {
		m := &Message{Text: entities(c.str("initial_comment")), Blocks: blocks, Files: ids}
		if err := w.intoThread(r, m, c); err != nil {
			return nil, err
		}
		w.byBot(m, c)
		w.add(r, m)
		w.announce(r, m)
	}
	return object{"files": out}, nil
}

func (w *Workspace) shareTargets(c *call) ([]*room, error) {
	names := strings.Split(c.str("channels"), ",")
	if id := c.str("channel_id"); id != "" {
		names = append(names, id)
	}
	var out []*room
	for _, n := range names {
		if n = strings.TrimSpace(n); n == "" {
			continue
		}
		r, err := w.postTarget(n)
		if errors.Is(err, refuse("is_archived")) || errors.Is(err, refuse("messages_tab_disabled")) {
			return nil, refuse("posting_to_channel_denied")
		}
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	if len(out) > 100 {
		return nil, refuse("channels_limit_exceeded")
	}
	return out, nil
}

func (w *Workspace) fileObject(f *file) object {
	url := w.base + filePath(f)
	return object{
		"id": f.id, "created": f.created, "timestamp": f.created, "name": f.name, "title": f.title,
		"mimetype": mimeOf(f.name), "filetype": strings.TrimPrefix(path.Ext(f.name), "."), "size": len(f.data),
		"user": w.o.BotUserID, "mode": "hosted", "is_external": false, "is_public": true,
		"url_private": url, "url_private_download": url, "permalink": url,
	}
}

func filePath(f *file) string { return "/files/" + f.id + "/" + url.PathEscape(f.name) }

func mimeOf(name string) string {
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

// serveFile hands a shared file to the page or the app. Always as a download:
// what an app uploaded must not run inside the page's origin.
func (w *Workspace) serveFile(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	f := w.files[r.PathValue("id")]
	var data []byte
	if f != nil && f.shared {
		data = f.data
	}
	w.mu.Unlock()
	if data == nil {
		http.NotFound(rw, r)
		return
	}
	rw.Header().Set("Content-Type", "application/octet-stream")
	rw.Header().Set("X-Content-Type-Options", "nosniff")
	rw.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.name}))
	rw.Write(data) //nolint:errcheck // the reader has gone
}
