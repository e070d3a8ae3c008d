package discord

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// tab is somebody at the page, in Chromium.
type tab struct {
	t   *testing.T
	ctx context.Context
}

// openTab starts Chromium. Without it the test is skipped; in CI it fails.
func openTab(t *testing.T) *tab {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("Chromium must be within reach in CI")
		}
		t.Skip("no Chromium within reach (Debian: apt-get install chromium)")
	}
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.Headless, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1360, 900),
	}
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	b := &tab{t, ctx}
	// The first step starts the browser and binds its life to its context: not one with a time limit.
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1360, 900)); err != nil {
		t.Fatal(err)
	}
	return b
}

// keys types into an element. chromedp's own SendKeys reads the element's attributes while the page may change them, which the race
// detector does not forgive.
func keys(selector, text string) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(chromedp.Focus(chromedp.CSS(selector), chromedp.NodeVisible), chromedp.KeyEvent(text))
}

func (b *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.picture("failed")
		b.t.Fatalf("%s: %v", what, err)
	}
}

// see waits for a condition on the page.
func (b *tab) see(condition string) {
	b.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("!!("+condition+")"))
		if err == nil && ok {
			return
		}
		if time.Now().After(deadline) {
			b.picture("failed")
			text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string]("document.body.innerText"))
			b.t.Fatalf("never seen: %s (%v)\nthe page says:\n%s", condition, err, text)
		}
		time.Sleep(30 * time.Millisecond)
	}
}

func (b *tab) press(selector string) {
	b.t.Helper()
	b.see("document.querySelector(" + quoted(selector) + ")")
	b.do("pressing "+selector, chromedp.Evaluate[chromedp.Void]("document.querySelector("+quoted(selector)+").click()"))
}

func quoted(s string) string { return "`" + s + "`" }

// picture keeps what the page looks like where LIAISON_PICTURES says so.
func (b *tab) picture(name string) {
	b.t.Helper()
	dir := os.Getenv("LIAISON_PICTURES")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Error(err)
		return
	}
	if err := os.WriteFile(filepath.Join(dir, "discord-"+name+".png"), png, 0o600); err != nil {
		b.t.Error(err)
	}
}

func TestACreatorUsesThePage(t *testing.T) {
	t.Parallel()
	o := testOptions()
	o.Path = "/discord"
	s, base := start(t, o)
	base += "/discord"
	fill(t, s, base)
	b := openTab(t)
	const composer, submit = `[data-testid=composer]`, `[data-testid=modal-submit]`
	b.do("coming", chromedp.Navigate(base+"/?as="+ben+"&c="+general))
	b.see("document.body.dataset.live && document.querySelector('dialog[open]')")
	b.picture("form")
	b.press(submit)
	b.see("document.querySelector('[data-testid=modal-trouble]').textContent.includes('required')")
	if form, _ := s.Modal(ben); form.Trouble == "" {
		t.Error("the page forgets what is missing as soon as it draws the form again")
	}
	b.do("filling the form", keys(`[data-custom=name] input`, "Ben"),
		chromedp.Evaluate[chromedp.Void](`document.querySelector('[data-custom=niche] select').value = '1'`))
	b.press(submit)
	b.see("!document.querySelector('dialog[open]') && document.body.innerText.includes('your application is in')")
	b.do("calling a command", chromedp.Click(chromedp.CSS(composer)), keys(composer, "/creator ra"))
	b.see("document.querySelector('#suggest:not([hidden]) [data-testid=suggestion] b')?.textContent === '/creator rate'")
	b.picture("picker")
	b.do("taking it", keys(composer, "\r"))
	b.see("document.activeElement.dataset.option === 'stars'")
	b.do("filling it in", keys(`[data-option=stars]`, "5"))
	b.press(`[data-more=shop]`)
	b.do("searching", keys(`[data-option=shop]`, "gl"))
	b.see("document.querySelector('.slot [data-testid=suggestion]')")
	b.picture("completion")
	b.do("taking the suggestion", keys(`[data-option=shop]`, "\t"))
	b.see("document.querySelector('[data-option=shop]').value === 'Glow Cosmetics'")
	b.do("sending", keys(`[data-option=stars]`, "\r"))
	b.see("[...document.querySelectorAll('[data-testid=used]')].filter(e => e.textContent === 'Ben Ito used /creator rate').length === 2")
	b.press(`[data-press=yes]`)
	b.see("document.body.innerText.includes('Approved by @Ben Ito') && !document.querySelector('[data-press=yes]')")
	b.press(`[data-testid=dismiss]`)
	b.press(`[data-testid=talk]`)
	b.see("document.querySelector('h1').textContent.includes('Helper')")
	b.do("writing", keys(composer, "hello\r"))
	b.see("document.querySelector('[data-testid=message]')?.innerText.includes('hello')")
	b.press(`[data-testid=edit]`)
	b.see("document.querySelector('[data-testid=about-to]:not([hidden])') && document.querySelector('" + composer + "').value === 'hello'")
	b.do("changing it", keys(composer, " there\r"))
	b.see("document.querySelector('[data-testid=message]')?.innerText.includes('hello there') && document.querySelector('.edited')")
	b.press(`[data-testid=reply]`)
	b.do("answering it", keys(composer, "once more\r"))
	b.see("[...document.querySelectorAll('[data-testid=message] .used')].some(e => e.textContent.includes('hello there'))")
	b.see("document.querySelector('[data-testid=about-to]').hidden")
	if got := s.Messages(s.Talk(ben), ""); len(got) != 2 || got[0].Content != "hello there" || got[1].Content != "once more" || got[1].ReplyTo != got[0].ID {
		t.Errorf("in the talk stands %v", got)
	}
	b.picture("reply")
	b.press(`[data-testid=unsay]`)
	b.see("document.querySelectorAll('[data-testid=message]').length === 1")
	b.press(`a[data-channel="` + general + `"]`)
	b.see("document.querySelector('[data-testid=embed]')")
	b.picture("dark")
	b.press(`[data-testid=theme]`)
	b.see("document.documentElement.dataset.theme === 'light'")
	b.picture("light")
	b.do("narrowing", chromedp.EmulateViewport(400, 850))
	b.see("document.documentElement.scrollWidth <= 400")
	b.picture("narrow")
}
