package discord

import (
	"fmt"
	"net/url"
	"strings"
)

// embeds checks the embeds of a message: 10 of them, 25 fields each, 6000 characters
// over all. Source: Discord's page on messages, "Embed Limits".
func (f *form) embeds(body object, path string) {
	total := 0
	for i, e := range f.entries(body, path, "embeds", 0, 10) {
		at := join(join(path, "embeds"), i)
		size := func(s string) { total += len([]rune(s)) }
		size(f.text(e, at, "title", 0, 256))
		size(f.text(e, at, "description", 0, 4096))
		f.url(e, at, "url", "http", "https")
		f.whole(e, at, "color", 0, 0xFFFFFF, 0)
		for j, field := range f.entries(e, at, "fields", 0, 25) {
			in := join(join(at, "fields"), j)
			size(f.text(field, in, "name", 1, 256))
			size(f.text(field, in, "value", 1, 1024))
		}
		if o := sub(e, "footer"); o != nil {
			size(f.text(o, join(at, "footer"), "text", 1, 2048))
			f.url(o, join(at, "footer"), "icon_url", "http", "https", "attachment")
		}
		if o := sub(e, "author"); o != nil {
			size(f.text(o, join(at, "author"), "name", 1, 256))
			f.url(o, join(at, "author"), "url", "http", "https")
		}
		for _, key := range []string{"image", "thumbnail"} {
			if o := sub(e, key); o != nil {
				f.url(o, join(at, key), "url", "http", "https", "attachment")
			}
		}
	}
	if total > 6000 {
		f.fail(join(path, "embeds"), "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")
	}
}

// url checks an address of at most 2048 characters with one of some schemes.
func (f *form) url(o object, path, key string, schemes ...string) {
	if o[key] == nil {
		return
	}
	raw := f.text(o, path, key, 0, 2048)
	u, err := url.Parse(raw)
	if err != nil || u.Scheme == "" || u.Host == "" {
		f.fail(join(path, key), "URL_TYPE_INVALID_URL", "Not a well formed URL.")
		return
	}
	for _, s := range schemes {
		if u.Scheme == s {
			return
		}
	}
	f.fail(join(path, key), "URL_TYPE_INVALID_SCHEME", fmt.Sprintf("Scheme %q is not supported. Scheme must be one of ('%s').", u.Scheme, strings.Join(schemes, "', '")))
}
