package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// screenshots is where the browser test leaves its pictures; the README shows those of docs/pictures, which is where
// LIAISON_PICTURES=docs/pictures puts them.
func screenshots(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("LIAISON_PICTURES"); dir != "" {
		return dir
	}
	return t.TempDir()
}

// browser is one person at the demo's page, in Chromium.
type browser struct {
	t    *testing.T
	ctx  context.Context
	base string
	dir  string
}

// openBrowser starts Chromium. Without it the test is skipped; in CI it fails.
func openBrowser(t *testing.T, base string) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if path, err = exec.LookPath("google-chrome"); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal("Chromium must be within reach in CI")
			}
			t.Skip("no Chromium within reach (Debian: apt-get install chromium)")
		}
	}
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.Headless, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1280, 900)}
	for _, flag := range []string{"disable-quic", "disable-background-networking", "disable-component-update", "disable-sync", "hide-scrollbars"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	b := &browser{t: t, ctx: ctx, base: base, dir: screenshots(t)}
	// The first step starts the browser and binds its life to its context: not one with a time limit.
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900, chromedp.EmulateScale(1.5))); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *browser) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.shot("failed")
		b.t.Fatalf("%s: %v\nthe page says:\n%s", what, err, b.text())
	}
}

// goTo is somebody looking at a channel.
func (b *browser) goTo(user, channel string) {
	b.t.Helper()
	b.do("going to "+channel, chromedp.Navigate(b.base+"/?as="+user+"&c="+url.QueryEscape(channel)),
		chromedp.WaitVisible(chromedp.CSS("#composer"), chromedp.NodeVisible))
	b.ready()
}

// ready waits until the page's script listens.
func (b *browser) ready() {
	b.t.Helper()
	b.until("the page is ready", `document.readyState === 'complete'`)
	time.Sleep(150 * time.Millisecond) // the module script attaches after load
}

func (b *browser) eval(expression string) string {
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	got, err := chromedp.Run(ctx, chromedp.Evaluate[string](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return got
}

func (b *browser) text() string {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	got, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
	return got
}

// until waits for a condition on the page.
func (b *browser) until(what, condition string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 15*time.Second)
	defer cancel()
	for {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+condition+")"))
		if err == nil && ok {
			return
		}
		if ctx.Err() != nil {
			b.shot("failed")
			b.t.Fatalf("waited in vain until %s (%v)\nthe page says:\n%s", what, err, b.text())
		}
		time.Sleep(30 * time.Millisecond)
	}
}

// see waits until an element contains a text.
func (b *browser) see(selector, text string) {
	b.t.Helper()
	b.until(fmt.Sprintf("%s says %q", selector, text),
		fmt.Sprintf(`[...document.querySelectorAll(%s)].some(e => e.innerText.includes(%s))`, strconv.Quote(selector), strconv.Quote(text)))
}

// message is the newest message that contains a text, as an expression.
func message(text string) string {
	return fmt.Sprintf(`[...document.querySelectorAll('#messages [data-testid=message]')].filter(e => e.innerText.includes(%s)).at(-1)`, strconv.Quote(text))
}

// says waits for a message with a text.
func (b *browser) says(text string) {
	b.t.Helper()
	b.until(fmt.Sprintf("a message says %q", text), message(text))
}

// keys types into an element. chromedp's own SendKeys reads the element's attributes while the page may change them, which the race
// detector does not forgive.
func keys(selector, text string) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(chromedp.Focus(chromedp.CSS(selector), chromedp.NodeVisible), chromedp.KeyEvent(text))
}

// command types a command into the message box and sends it with the keyboard.
func (b *browser) command(line string) {
	b.t.Helper()
	b.do("typing "+line, chromedp.Click(chromedp.CSS("#composer")), keys("#composer", line+" "))
	b.clickOn(`document.querySelector('[data-testid=send]')`, "Send")
}

// clickOn waits for an element and clicks it with the mouse, where a person would. A page that moves under the mouse takes
// the click elsewhere, so the element itself tells whether it was hit.
func (b *browser) clickOn(expression, what string) {
	b.t.Helper()
	var err error
	for range 8 {
		b.until("there is "+what, "("+expression+") && !("+expression+").disabled")
		b.eval(`(() => { document.querySelectorAll('[data-picked]').forEach(e => e.removeAttribute('data-picked')); delete document.body.dataset.hit; const e = ` + expression +
			`; if (e) { e.setAttribute('data-picked', ''); e.addEventListener('click', () => { document.body.dataset.hit = 'yes'; }, {capture: true, once: true}); e.scrollIntoView({block: 'center'}); } return ''; })()`)
		ctx, cancel := context.WithTimeout(b.ctx, 3*time.Second)
		err = chromedp.Do(ctx, chromedp.Click(chromedp.CSS("[data-picked]"), chromedp.NodeVisible))
		cancel()
		if err == nil && b.eval(`document.body.dataset.hit || ''`) == "yes" {
			return
		} // the page has moved or drawn the message anew meanwhile: pick again
	}
	b.shot("failed")
	b.t.Fatalf("clicking %s: %v\nthe page says:\n%s", what, err, b.text())
}

// press presses a button on the newest message with a text; near narrows to the button that follows the text `near`.
func (b *browser) press(on, label string) {
	b.t.Helper()
	b.clickOn(fmt.Sprintf(`(() => { const m = %s; return m && [...m.querySelectorAll('button')].find(e => e.innerText.trim() === %s); })()`,
		message(on), strconv.Quote(label)), label)
}

// fill fills fields of the open modal by their names. Dates and choices are set, text is typed.
func (b *browser) fill(fields ...[2]string) {
	b.t.Helper()
	b.until("a modal is open", `document.querySelector('dialog#modal[open] form')`)
	for _, f := range fields {
		field := fmt.Sprintf(`document.querySelector('dialog#modal [data-block-id=%s] :is(input,select,textarea)')`, strconv.Quote(f[0]))
		b.until("the modal has "+f[0], field)
		b.eval(fmt.Sprintf(`(() => { const e = %s; e.focus(); e.value = %s; e.dispatchEvent(new Event('input', {bubbles: true})); e.dispatchEvent(new Event('change', {bubbles: true})); return ''; })()`,
			field, strconv.Quote(f[1])))
	}
}

// submit sends the open modal.
func (b *browser) submit() {
	b.t.Helper()
	b.clickOn(`document.querySelector('dialog#modal[open] [data-testid=modal-submit]')`, "the modal's button")
}

// closed waits until no modal is open.
func (b *browser) closed() {
	b.t.Helper()
	b.until("the modal has closed", `!document.querySelector('dialog#modal[open]')`)
}

// shot leaves a picture.
func (b *browser) shot(name string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Logf("no picture %s: %v", name, err)
		return
	}
	if err := os.WriteFile(filepath.Join(b.dir, name+".png"), picture, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// agree confirms in the dialog that a button asks with.
func (b *browser) agree() {
	b.t.Helper()
	b.clickOn(`document.querySelector('dialog#confirm[open] #confirm-yes')`, "the confirmation")
}

// home is somebody opening the desk's home page.
func (b *browser) home(user string) {
	b.t.Helper()
	b.do("coming home", chromedp.Navigate(b.base+"/?as="+user+"&tab=home&c="+b.eval(`document.querySelector('#sidebar [data-channel^=D]').dataset.channel`)))
	b.ready()
	b.see("#home", "Your desk")
}
