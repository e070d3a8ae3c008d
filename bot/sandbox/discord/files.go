package discord

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // sizes of uploaded pictures
	_ "image/jpeg"
	_ "image/png"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// maxFile is the largest attachment in a guild without boosts: 10 MiB.
const maxFile = 10 << 20

// upload is one file of a multipart request.
type upload struct {
	name, contentType string
	data              []byte
}

// Attachment is a file of a message.
type Attachment struct {
	ID, Name    string
	Description string // alternative text
	ContentType string
	Data        []byte
	Width       int
	Height      int
}

func (a Attachment) path(channel string) string {
	return "/attachments/" + channel + "/" + a.ID + "/" + url.PathEscape(a.Name)
}

func (a Attachment) object(root, channel string) object {
	o := object{
		"id": a.ID, "filename": a.Name, "size": len(a.Data), "url": root + a.path(channel), "proxy_url": root + a.path(channel),
		"content_type": a.ContentType, "flags": 0,
	}
	if a.Description != "" {
		o["description"] = a.Description
	}
	if a.Width > 0 {
		o["width"], o["height"] = a.Width, a.Height
	}
	return o
}

var fileField = regexp.MustCompile(`^files\[([0-9]+)\]$`)

// readForm reads a multipart body: JSON in payload_json, files in files[n].
func (c *call) readForm(contentType string, body []byte) error {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil || params["boundary"] == "" {
		return refuse(50035)
	}
	c.files = map[int]upload{}
	r := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return refuse(50035)
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return refuse(50035)
		}
		if part.FormName() == "payload_json" {
			if err := c.readJSON(data); err != nil {
				return err
			}
			continue
		}
		n := len(c.files)
		if m := fileField.FindStringSubmatch(part.FormName()); m != nil {
			n, _ = strconv.Atoi(m[1])
		} else if part.FileName() == "" {
			continue // a plain form field, which only old clients send
		}
		if len(data) > maxFile {
			return refuse(40005)
		}
		c.files[n] = upload{fileName(part.FileName()), part.Header.Get("Content-Type"), data}
	}
}

var unsafeName = regexp.MustCompile(`[^A-Za-z0-9._-]`)

// fileName cleans a file name as Discord does: spaces become underscores and anything
// but letters, digits, dots, dashes and underscores goes.
func fileName(s string) string {
	s = unsafeName.ReplaceAllString(strings.ReplaceAll(s, " ", "_"), "")
	return orElse(s, "unknown")
}

// attach pairs uploaded files with their entries in "attachments", and keeps those of
// an edited message that the request retains. Callers hold mu.
func (s *Server) attach(c *call, body object, path string, old *Message) ([]Attachment, error) {
	var out []Attachment
	f, taken := &form{}, map[int]bool{}
	wanted, said := body["attachments"]
	if !said && old != nil {
		out = append(out, old.Attachments...)
	}
	if wanted != nil {
		for i, a := range f.entries(body, path, "attachments", 0, 1000) {
			at := join(join(path, "attachments"), i)
			alt := f.text(a, at, "description", 0, 1024)
			name := f.text(a, at, "filename", 0, 1024)
			if kept := old.attachment(str(a, "id")); kept != nil {
				out = append(out, *kept)
				continue
			}
			n, ok := number(a["id"])
			file, sent := c.files[int(n)]
			if !ok || !sent || taken[int(n)] {
				return nil, refuse(50146)
			}
			taken[int(n)] = true
			if name != "" {
				file.name = fileName(name)
			}
			out = append(out, s.stored(file, alt))
		}
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	for n := range 100 {
		if file, sent := c.files[n]; sent && !taken[n] {
			out = append(out, s.stored(file, ""))
		}
	}
	if len(out) > 10 {
		return nil, refuse(30015)
	}
	return out, nil
}

func (m *Message) attachment(id string) *Attachment {
	if m == nil {
		return nil
	}
	for i := range m.Attachments {
		if m.Attachments[i].ID == id {
			return &m.Attachments[i]
		}
	}
	return nil
}

func (s *Server) stored(file upload, alt string) Attachment {
	a := Attachment{ID: s.snowflake(), Name: file.name, Description: alt, ContentType: file.contentType, Data: file.data}
	if a.ContentType == "" || a.ContentType == "application/octet-stream" {
		a.ContentType = http.DetectContentType(file.data)
	}
	if config, _, err := image.DecodeConfig(bytes.NewReader(file.data)); err == nil {
		a.Width, a.Height = config.Width, config.Height
	}
	return a
}

// missingMedia lists the places that refer to attachment://name where there is no
// such file.
func missingMedia(d *draft, old *Message) []string {
	names := map[string]bool{}
	for _, a := range d.attachments {
		names[a.Name] = true
	}
	if old != nil {
		for _, a := range old.Attachments {
			names[a.Name] = true
		}
	}
	var out []string
	for at, media := range mediaOf(d.components, d.embeds) {
		if name, ok := strings.CutPrefix(str(media, "url"), "attachment://"); ok && !names[name] {
			out = append(out, at)
		}
	}
	return out
}

// mediaOf finds every object with an address of a picture or file, by a name for it.
func mediaOf(components, embeds list) map[string]object {
	out := map[string]object{}
	add := func(at string, o object) {
		if o != nil {
			out[fmt.Sprintf("%s.%d", at, len(out))] = o
		}
	}
	walk(components, func(c object) {
		add("components", sub(c, "media"))
		if kind(c) == kindFile {
			add("components", sub(c, "file"))
		}
		for _, item := range asObjects(items(c, "items")) {
			add("components", sub(item, "media"))
		}
	})
	for _, e := range asObjects(embeds) {
		add("embeds", sub(e, "image"))
		add("embeds", sub(e, "thumbnail"))
	}
	return out
}

// resolveComponents returns a message's components with attachment:// replaced by the
// address of the file, as Discord answers them. Callers hold mu.
func (s *Server) resolveComponents(m *Message) list {
	out, _ := clone(nonNil(m.Components)).(list)
	walk(out, func(c object) {
		if a := m.named(str(sub(c, "file"), "url")); a != nil && kind(c) == kindFile {
			c["name"], c["size"] = a.Name, len(a.Data)
		}
	})
	for _, media := range mediaOf(out, nil) {
		s.locate(m, media)
		media["id"] = m.ID
	}
	return out
}

// resolveEmbeds does the same for embeds. Callers hold mu.
func (s *Server) resolveEmbeds(m *Message) list {
	out, _ := clone(nonNil(m.Embeds)).(list)
	for _, media := range mediaOf(nil, out) {
		s.locate(m, media)
	}
	return out
}

func (s *Server) locate(m *Message, media object) {
	media["proxy_url"] = media["url"]
	a := m.named(str(media, "url"))
	if a == nil {
		return
	}
	at := s.root() + a.path(m.Channel)
	media["url"], media["proxy_url"], media["content_type"] = at, at, a.ContentType
	if a.Width > 0 {
		media["width"], media["height"] = a.Width, a.Height
	}
}

// named finds the attachment behind attachment://name.
func (m *Message) named(address string) *Attachment {
	name, ok := strings.CutPrefix(address, "attachment://")
	if !ok {
		return nil
	}
	for i := range m.Attachments {
		if m.Attachments[i].Name == name {
			return &m.Attachments[i]
		}
	}
	return nil
}

func (s *Server) serveAttachment(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	var found *Attachment
	if ch := s.channels[r.PathValue("channel")]; ch != nil {
		for _, m := range ch.messages {
			if a := m.attachment(r.PathValue("id")); a != nil && a.Name == r.PathValue("name") {
				found = a
			}
		}
	}
	s.mu.Unlock()
	if found == nil {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox")
	h.Set("Content-Type", "application/octet-stream")
	if strings.HasPrefix(found.ContentType, "image/") && found.Width > 0 {
		h.Set("Content-Type", found.ContentType)
	} else {
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": found.Name}))
	}
	w.Write(found.Data) //nolint:errcheck,gosec // the reader has gone; only pictures are shown in place
}
